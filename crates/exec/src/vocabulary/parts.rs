//! The texts of the bootstrap, and the parts of it that are evaluated when they are first used: see `internal/parts.js`.

/// A file. V8 reads its text where it is in the program, also in isolates from the snapshot.
pub(crate) struct Source {
    pub(crate) name: &'static str,
    pub(crate) text: v8::OneByteConst,
}

impl Source {
    /// # Panics
    /// If it has anything but ASCII.
    pub(crate) const fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, text: v8::String::create_external_onebyte_const(text.as_bytes()) }
    }
}

/// Files below `bootstrap/`, by their names.
macro_rules! files {
    ($($name:literal)*) => {
        &[$($crate::vocabulary::parts::Source::new(
            concat!("ext:", $name),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/bootstrap/", $name)),
        )),*]
    };
}
pub(crate) use files;

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
        keys: ["queue"]
        globals: []
        files: ["internal/queue.js"]
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
        globals: ["FixedLengthStream" "IdentityTransformStream"]
        files: ["streams/identity.js"]
    }
    {
        keys: ["textStreams"]
        globals: ["TextDecoderStream" "TextEncoderStream"]
        files: ["encoding/text_streams.js"]
    }
    {
        keys: []
        globals: ["CompressionStream" "DecompressionStream"]
        files: ["compression/streams.js"]
    }
    {
        keys: ["messageEvent" "messagePort" "ports"]
        globals: ["MessageChannel" "MessageEvent" "MessagePort"]
        files: ["messaging/message_event.js" "messaging/port.js" "messaging/message_port.js"]
    }
    {
        keys: ["broadcastChannel"]
        globals: ["BroadcastChannel"]
        files: ["messaging/broadcast_channel.js"]
    }
    {
        keys: ["streamTransfers"]
        globals: []
        files: ["messaging/stream_transfer.js"]
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
        globals: ["WorkerLocation" "location"]
        files: ["html/location.js"]
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
        keys: ["quotaExceeded"]
        globals: ["QuotaExceededError"]
        files: ["dom/quota_exceeded_error.js"]
    }
    {
        keys: ["objectUrls"]
        globals: []
        files: ["file/object_urls.js"]
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
        keys: ["cache"]
        globals: ["Cache" "CacheStorage" "caches"]
        files: ["cache/cache.js" "cache/cache_storage.js"]
    }
    {
        keys: ["integrity"]
        globals: []
        files: ["fetch/integrity.js"]
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

pub(crate) const COUNT: usize = PARTS.len();

/// The part that defines this property of `internals`, or this global.
pub(crate) fn find(name: &str, is_global: bool) -> Option<usize> {
    PARTS.iter().position(|part| (if is_global { part.globals } else { part.keys }).contains(&name))
}

/// The files of a part, in the order of their evaluation.
pub(crate) fn files_of(part: usize) -> &'static [Source] {
    PARTS[part].files
}

/// All globals that parts define.
pub(crate) fn globals() -> impl Iterator<Item = &'static str> {
    PARTS.iter().flat_map(|part| part.globals).copied()
}

/// The files of all parts.
pub(crate) fn sources() -> impl Iterator<Item = &'static Source> {
    PARTS.iter().flat_map(|part| part.files)
}
