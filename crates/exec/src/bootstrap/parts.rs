//! Parts of the Web APIs that are not in the snapshot: see `internal/parts.js`.
//!
//! V8 reads their text where it is in the program. The code that it makes of a part is kept for all isolates, once the part
//! has been evaluated for the first time in the process: with the functions that ran by then.

use std::sync::OnceLock;

use v8::script_compiler::{self, CachedData, CompileOptions, NoCacheReason};

use super::{Source, origin};

/// A part. The tests under Node read this table.
struct Part {
    /// What its files define of `internals`.
    keys: &'static [&'static str],
    /// The globals that they define.
    globals: &'static [&'static str],
    files: &'static [Source],
}

macro_rules! parts {
    ($({ keys: [$($key:literal)*] globals: [$($global:literal)*] files: [$($file:literal)*] })*) => {
        &[$(Part {
            keys: &[$($key),*],
            globals: &[$($global),*],
            files: files! { $($file)* },
        }),*]
    };
}

static PARTS: &[Part] = parts! {
    {
        keys: ["inspect" "inspectText"]
        globals: []
        files: ["console/inspect_text.js" "console/inspect.js"]
    }
    {
        keys: []
        globals: ["console"]
        files: ["console/console.js"]
    }
    {
        keys: ["encoding"]
        globals: ["TextDecoder" "TextEncoder"]
        files: ["encoding/encoding.js"]
    }
    {
        keys: ["urlParts" "urlSearchParams"]
        globals: ["URL" "URLSearchParams"]
        files: ["url/url_search_params.js" "url/url.js"]
    }
    {
        keys: []
        globals: ["URLPattern"]
        files: ["url/url_pattern.js"]
    }
    {
        keys: ["structuredClone"]
        globals: ["structuredClone"]
        files: ["html/structured_clone.js"]
    }
    {
        keys: ["streams"]
        globals: [
            "ByteLengthQueuingStrategy" "CountQueuingStrategy" "ReadableByteStreamController"
            "ReadableStream" "ReadableStreamBYOBReader" "ReadableStreamBYOBRequest"
            "ReadableStreamDefaultController" "ReadableStreamDefaultReader" "TransformStream"
            "TransformStreamDefaultController" "WritableStream" "WritableStreamDefaultController"
            "WritableStreamDefaultWriter"
        ]
        files: [
            "streams/queue.js" "streams/promises.js" "streams/strategies.js" "streams/readable.js"
            "streams/default_controller.js" "streams/pull_into.js" "streams/byte_controller.js"
            "streams/readers.js" "streams/readable_controllers.js" "streams/iterator.js"
            "streams/readable_stream.js" "streams/tee.js" "streams/tee_bytes.js" "streams/from.js"
            "streams/writable.js" "streams/writable_controller.js" "streams/pipe.js"
            "streams/writable_stream.js" "streams/transform.js" "streams/transform_stream.js"
        ]
    }
    {
        keys: []
        globals: ["TextDecoderStream" "TextEncoderStream"]
        files: ["encoding/text_streams.js"]
    }
    {
        keys: []
        globals: ["CompressionStream" "DecompressionStream"]
        files: ["compression/streams.js"]
    }
    {
        keys: ["broadcastChannel" "messageEvent" "messagePort" "ports" "streamTransfers"]
        globals: ["BroadcastChannel" "MessageChannel" "MessageEvent" "MessagePort"]
        files: [
            "messaging/message_event.js" "messaging/port.js" "messaging/message_port.js"
            "messaging/broadcast_channel.js" "messaging/stream_transfer.js"
        ]
    }
    {
        keys: ["performance" "performanceEntries" "performanceObserver"]
        globals: [
            "Performance" "PerformanceEntry" "PerformanceMark" "PerformanceMeasure" "PerformanceObserver"
            "PerformanceObserverEntryList" "performance"
        ]
        files: ["performance/entries.js" "performance/observer.js" "performance/performance.js"]
    }
    {
        keys: []
        globals: ["Navigator" "navigator"]
        files: ["html/navigator.js"]
    }
    {
        keys: []
        globals: ["scheduler"]
        files: ["html/scheduler.js"]
    }
    {
        keys: [
            "DigestStream" "asymmetric" "cryptoBuffers" "cryptoKey" "cryptoNormalize" "cryptoRegistry" "jwk"
            "secret" "subtle"
        ]
        globals: ["CryptoKey" "SubtleCrypto"]
        files: [
            "crypto/buffers.js" "crypto/crypto_key.js" "crypto/registry.js" "crypto/normalize.js"
            "crypto/jwk.js" "crypto/secret.js" "crypto/hmac.js" "crypto/aes.js" "crypto/kdf.js"
            "crypto/asymmetric.js" "crypto/ec.js" "crypto/okp.js" "crypto/rsa.js" "crypto/digest_stream.js"
            "crypto/subtle.js"
        ]
    }
    {
        keys: ["random"]
        globals: ["Crypto" "crypto"]
        files: ["crypto/crypto.js"]
    }
    {
        keys: ["blob"]
        globals: ["Blob" "File"]
        files: ["file/blob.js"]
    }
    {
        keys: ["progressEvent"]
        globals: ["ProgressEvent"]
        files: ["dom/progress_event.js"]
    }
    {
        keys: []
        globals: ["FileReader"]
        files: ["file/file_reader.js"]
    }
    {
        keys: ["mime"]
        globals: []
        files: ["fetch/mime.js"]
    }
    {
        keys: ["formData"]
        globals: ["FormData"]
        files: ["fetch/form_data.js"]
    }
    {
        keys: ["bodyPump" "bodyStream"]
        globals: []
        files: ["fetch/body_stream.js" "fetch/body_pump.js"]
    }
};

const COUNT: usize = PARTS.len();

/// The code of the files of each part, once it has been evaluated.
static CODE: [OnceLock<Vec<Option<Vec<u8>>>>; COUNT] = [const { OnceLock::new() }; COUNT];

/// The part that defines this property of `internals`, or this global.
pub(crate) fn find(name: &str, is_global: bool) -> Option<usize> {
    PARTS.iter().position(|part| (if is_global { part.globals } else { part.keys }).contains(&name))
}

/// All globals that parts define.
pub(crate) fn globals() -> impl Iterator<Item = &'static str> {
    PARTS.iter().flat_map(|part| part.globals).copied()
}

/// What a snapshot depends on.
pub(super) fn sources() -> impl Iterator<Item = &'static Source> {
    PARTS.iter().flat_map(|part| part.files)
}

/// The function of a file of a part. `None` if it has no more files, or with an exception pending.
pub(crate) fn compile<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    part: usize,
    file: usize,
) -> Option<v8::Local<'s, v8::Function>> {
    let source = PARTS[part].files.get(file)?;
    let code = CODE[part].get().and_then(|codes| codes[file].as_deref());
    let script = unbound(scope, source, code)?.bind_to_current_context(scope);
    v8::Local::<v8::Function>::try_from(script.run(scope)?).ok()
}

/// The part has been evaluated. Keeps its code, if nobody has yet.
pub(crate) fn keep(scope: &mut v8::PinScope<'_, '_>, part: usize) {
    CODE[part].get_or_init(|| {
        let code = |file| {
            // V8 has it in the table of what it compiled.
            let script = unbound(scope, file, None)?;
            Some(script.create_code_cache()?.to_vec())
        };
        PARTS[part].files.iter().map(code).collect()
    });
}

fn unbound<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    file: &'static Source,
    code: Option<&[u8]>,
) -> Option<v8::Local<'s, v8::UnboundScript>> {
    let name = v8::String::new(scope, file.name)?;
    let origin = origin(scope, name, false);
    let text = v8::String::new_from_onebyte_const(scope, &file.text)?;
    let (mut source, options) = match code {
        Some(code) => {
            let source =
                script_compiler::Source::new_with_cached_data(text, Some(&origin), CachedData::new(code));
            (source, CompileOptions::ConsumeCodeCache)
        }
        None => (script_compiler::Source::new(text, Some(&origin)), CompileOptions::NoCompileOptions),
    };
    script_compiler::compile_unbound_script(scope, &mut source, options, NoCacheReason::NoReason)
}
