//! Code of the bootstrap that V8 has made in another isolate of the process.

use v8::script_compiler::{CachedData, CompileOptions, Source};

/// What V8 is to compile: `text`, with the `code` that it has made of it before, if it has.
pub(super) fn source<'s>(
    text: v8::Local<'s, v8::String>,
    origin: &v8::ScriptOrigin<'s>,
    code: Option<&[u8]>,
) -> (Source, CompileOptions) {
    match code {
        Some(code) => {
            let source = Source::new_with_cached_data(text, Some(origin), CachedData::new(code));
            (source, CompileOptions::ConsumeCodeCache)
        }
        None => (Source::new(text, Some(origin)), CompileOptions::NoCompileOptions),
    }
}

/// Whether V8 did not take the code that it was given with the source.
pub(super) fn is_rejected(source: &Source) -> bool {
    source.get_cached_data().is_some_and(CachedData::rejected)
}
