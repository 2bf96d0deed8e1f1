//! The functions that the bootstrap JavaScript calls.
//!
//! They are properties of one object that only the bootstrap sees. Guest code reaches them through the Web APIs,
//! so their arguments have been converted and checked there; what is wrong nevertheless throws a `TypeError`.
//! Each takes a tuple of [types](arguments), and is not called with anything else.

mod arguments;
mod base64;
mod bindings;
mod bodies;
mod buffer;
mod built_in;
mod caches;
mod compression;
pub(crate) mod crypto;
mod data_url;
mod encoding;
mod fetch;
mod headers;
mod json;
mod kept_code;
mod kinds;
mod lazy_globals;
mod misc;
mod multipart;
mod outcome;
mod parts;
mod properties;
mod stacks;
mod structured_clone;
mod tasks;
mod timers;
mod url;
mod url_pattern;
mod values;
mod wasm;

use isolate::outside_v8;
use std::panic::{AssertUnwindSafe, catch_unwind};
use v8::MapFnTo;

use self::arguments::FromArguments;
use crate::request::StartError;

pub(crate) use bodies::received_to_js;
pub(crate) use headers::headers_to_js;
pub(crate) use json::is_deeper;
pub(crate) use lazy_globals::define as define_lazy_globals;
pub(crate) use misc::clock;
pub(crate) use values::{
    byte_string, bytes_to_js, chunks_to_js, script_origin, throw_range_error, throw_type_error, uri_to_js,
};
pub(crate) use wasm::with_room as with_room_for_wasm;

/// Pairs of names and functions. Around each is what reads its [arguments], and a guard: a panic must not unwind into V8,
/// which would end the process.
macro_rules! guarded {
    ($(($name:literal, $function:path),)*) => {
        vec![$({
            fn guarded<'s>(
                scope: &mut v8::PinScope<'s, '_>,
                arguments: v8::FunctionCallbackArguments<'s>,
                result: v8::ReturnValue<'s>,
            ) {
                let call = AssertUnwindSafe(|| {
                    // What the host allocates here may be freed by anybody.
                    let _outside = outside_v8();
                    match FromArguments::read(scope, arguments) {
                        Ok(arguments) => $function(scope, arguments, result),
                        Err(error) => error.throw(scope),
                    }
                });
                if catch_unwind(call).is_err() {
                    tracing::error!(function = $name, "a host function panicked");
                    throw_type_error(scope, "internal error");
                }
            }
            ($name, guarded.map_fn_to())
        }),*]
    };
}

/// Every host function under its name, in the order of the snapshot's external references.
fn functions() -> Vec<(&'static str, v8::FunctionCallback)> {
    guarded![
        ("log", misc::log),
        ("now", misc::now),
        ("timeOrigin", misc::time_origin),
        ("randomFill", crypto::random::fill),
        ("randomUuid", crypto::random::uuid),
        ("cipherStep", crypto::node::cipher),
        ("gcmTag", crypto::node::gcm_tag),
        ("hashClone", crypto::node::clone),
        ("hashFinish", crypto::node::finish),
        ("hashKnows", crypto::node::knows),
        ("hashNew", crypto::node::open),
        ("hashOnce", crypto::node::once),
        ("hashPush", crypto::node::push),
        ("pbkdf2Step", crypto::node::pbkdf2),
        ("cryptoAesCbc", crypto::aes::run_cbc),
        ("cryptoAesCtr", crypto::aes::run_ctr),
        ("cryptoAesGcm", crypto::aes::run_gcm),
        ("cryptoAesKw", crypto::aes::run_kw),
        ("cryptoDigest", crypto::digest::digest),
        ("cryptoDigestFinish", crypto::digest::finish),
        ("cryptoDigestNew", crypto::digest::open),
        ("cryptoDigestPush", crypto::digest::push),
        ("cryptoEcAgree", crypto::ec::agree),
        ("cryptoEcFromJwk", crypto::ec::from_jwk),
        ("cryptoEcGenerate", crypto::ec::generate),
        ("cryptoEcImport", crypto::ec::import),
        ("cryptoEcSign", crypto::ec::sign),
        ("cryptoEcVerify", crypto::ec::verify),
        ("cryptoEqual", crypto::secret::equal),
        ("cryptoHmacSign", crypto::hmac::sign),
        ("cryptoHmacVerify", crypto::hmac::verify),
        ("cryptoHkdf", crypto::kdf::hkdf),
        ("cryptoKeyExport", crypto::key::export),
        ("cryptoKeyToJwk", crypto::key::to_jwk),
        ("cryptoOkpAgree", crypto::okp::agree),
        ("cryptoOkpFromJwk", crypto::okp::from_jwk),
        ("cryptoOkpGenerate", crypto::okp::generate),
        ("cryptoOkpImport", crypto::okp::import),
        ("cryptoOkpSign", crypto::okp::sign),
        ("cryptoOkpVerify", crypto::okp::verify),
        ("cryptoPbkdf2", crypto::kdf::pbkdf2),
        ("cryptoRsaBits", crypto::rsa::bits),
        ("cryptoRsaExponent", crypto::rsa::exponent),
        ("cryptoRsaFromJwk", crypto::rsa::from_jwk),
        ("cryptoRsaGenerate", crypto::rsa::generate),
        ("cryptoRsaImport", crypto::rsa::import),
        ("cryptoRsaOaep", crypto::rsa::oaep),
        ("cryptoRsaSign", crypto::rsa::sign),
        ("cryptoRsaVerify", crypto::rsa::verify),
        ("cryptoSecretBits", crypto::secret::bits),
        ("cryptoSecretFirstBits", crypto::secret::first_bits),
        ("cryptoSecretFromJwk", crypto::secret::from_jwk),
        ("cryptoSecretGenerate", crypto::secret::generate),
        ("cryptoSecretImport", crypto::secret::import),
        ("reportUnhandled", misc::report_unhandled),
        ("thrownAt", misc::thrown_at),
        ("currentRequest", misc::current_request_id),
        ("respond", outcome::respond),
        ("fail", outcome::fail),
        ("bodyFailed", outcome::body_failed),
        ("complete", outcome::complete),
        ("waitUntilDone", outcome::wait_until_done),
        ("waitUntilRejected", outcome::wait_until_rejected),
        ("timerStart", timers::start),
        ("timerCancel", timers::cancel),
        ("taskAdd", tasks::add),
        ("fetchStart", fetch::start),
        ("bindingStart", bindings::start),
        ("opCancel", fetch::cancel),
        ("cacheDelete", caches::delete),
        ("cacheHas", caches::has),
        ("cacheKeys", caches::keys),
        ("cacheMatch", caches::find),
        ("cacheMatchAll", caches::find_all),
        ("cacheNames", caches::names),
        ("cacheOpen", caches::open),
        ("cachePut", caches::put),
        ("cacheRemove", caches::remove),
        ("bodyRead", bodies::read),
        ("bodyClose", bodies::close),
        ("bodyBreakable", bodies::make_breakable),
        ("bodyBreak", bodies::break_off),
        ("bodyOpen", bodies::open),
        ("bodyWrite", bodies::write),
        ("bodyEnd", bodies::end),
        ("partCompile", parts::compile),
        ("partKeep", parts::keep),
        ("partOf", parts::find),
        ("builtInCompile", built_in::compile),
        ("builtInFind", built_in::find),
        ("builtInKeep", built_in::keep),
        ("dataUrl", data_url::process),
        ("urlEnds", url::ends),
        ("urlParse", url::parse),
        ("urlSet", url::set),
        ("urlPatternParse", url_pattern::parse),
        ("urlPatternInput", url_pattern::components),
        ("urlPatternText", url_pattern::components_of_text),
        ("base64Decode", base64::decode),
        ("base64Encode", base64::encode),
        ("base64Cut", base64::cut),
        ("bufferCompare", buffer::compare),
        ("bufferFind", buffer::find),
        ("bufferIsAscii", buffer::is_ascii),
        ("bufferIsUtf8", buffer::is_utf8),
        ("bufferText", buffer::text),
        ("bufferWrite", buffer::write),
        ("encodeUtf8", encoding::encode_utf8),
        ("encodeInto", encoding::encode_into),
        ("decodeUtf8", encoding::decode_utf8),
        ("utf8Length", encoding::utf8_length),
        ("decode", encoding::decode),
        ("decoderNew", encoding::decoder_new),
        ("decoderPush", encoding::decoder_push),
        ("decoderNormalize", encoding::decoder_normalize),
        ("coderNew", compression::coder_new),
        ("coderStep", compression::coder_step),
        ("coderClose", compression::coder_close),
        ("cloneKind", structured_clone::clone_kind),
        ("isPlain", structured_clone::is_plain),
        ("cloneWasmModule", structured_clone::clone_wasm_module),
        ("wasmRead", wasm::read),
        ("wasmTagBegins", wasm::tag_begins),
        ("wasmTagEnds", wasm::tag_ends),
        ("cloneLeaf", structured_clone::clone_leaf),
        ("bufferTwin", structured_clone::buffer_twin),
        ("bufferIsSame", structured_clone::buffer_is_same),
        ("bufferDetach", structured_clone::buffer_detach),
        ("viewTracks", structured_clone::view_tracks),
        ("valueKinds", kinds::of),
        ("promiseParts", kinds::promise_parts),
        ("previewEntries", kinds::preview_entries),
        ("namedKeys", properties::named_keys),
        ("fieldKeys", properties::field_keys),
        ("proxyTarget", properties::proxy_target),
        ("proxyHandler", properties::proxy_handler),
        ("jsonIsDeep", json::is_deep),
        ("multipartParse", multipart::parse),
        ("multipartNew", multipart::begin),
        ("multipartStep", multipart::step),
        ("multipartEnd", multipart::end),
        ("writtenFrames", stacks::written_frames),
    ]
}

/// The host functions, for snapshots.
pub(crate) fn references() -> impl Iterator<Item = v8::ExternalReference> {
    let functions = functions().into_iter().map(|(_, function)| v8::ExternalReference { function });
    functions.chain([lazy_globals::reference()])
}

/// The names of the host functions, in order: part of what a snapshot depends on.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    functions().into_iter().map(|(name, _)| name)
}

/// The object with all host functions. `None` if V8 is being terminated.
pub(crate) fn object<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Object>> {
    let null = v8::null(scope).into();
    let host = v8::Object::with_prototype_and_properties(scope, null, &[], &[]);
    for (name, callback) in functions() {
        let function = v8::Function::builder_raw(callback)
            .constructor_behavior(v8::ConstructorBehavior::Throw)
            .build(scope)?;
        let name = v8::String::new(scope, name)?;
        function.set_name(name);
        host.set(scope, name.into(), function.into())?;
    }
    Some(host)
}

/// Throws the refusal of a timer or operation.
fn throw_start_error(scope: &mut v8::PinScope<'_, '_>, error: StartError) {
    throw_type_error(scope, &error.to_string());
}
