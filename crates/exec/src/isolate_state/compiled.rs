//! Code that V8 has compiled, and can give as an entry of the [`CodeCache`].

use std::sync::Arc;

use crate::vocabulary::code_cache::{CodeCache, CodeForm, CodeKey};

/// Something that was compiled without an entry.
pub(crate) enum Compiled {
    Module(v8::Global<v8::UnboundModuleScript>),
    Classic(v8::Global<v8::UnboundScript>),
    Function(v8::Global<v8::Function>),
}

/// A source that is about to be compiled, with what the cache has of it.
pub(crate) struct CachedSource<'a> {
    cache: Option<(&'a CodeCache, CodeKey)>,
    code: Option<Arc<[u8]>>,
}

impl<'a> CachedSource<'a> {
    /// `bytes` is the length of the source; short ones are not looked up.
    pub(crate) fn new(cache: Option<&'a CodeCache>, module: [u8; 32], form: CodeForm, bytes: usize) -> Self {
        let cache =
            cache.filter(|_| bytes >= CodeCache::MIN_SOURCE).map(|cache| (cache, CodeKey { module, form }));
        let code = cache.and_then(|(cache, key)| cache.get(&key));
        Self { cache, code }
    }

    /// Has `compile` compile the source, from what the cache has. The key says what to make an entry of.
    pub(crate) fn compile<R>(
        &self,
        text: v8::Local<'_, v8::String>,
        origin: &v8::ScriptOrigin<'_>,
        compile: impl FnOnce(&mut v8::script_compiler::Source, v8::script_compiler::CompileOptions) -> Option<R>,
    ) -> Option<(R, Option<CodeKey>)> {
        use v8::script_compiler::{CachedData, CompileOptions, Source};
        let Some((cache, key)) = self.cache else {
            let mut source = Source::new(text, Some(origin));
            return Some((compile(&mut source, CompileOptions::NoCompileOptions)?, None));
        };
        let Some(code) = &self.code else {
            let mut source = Source::new(text, Some(origin));
            return Some((compile(&mut source, CompileOptions::NoCompileOptions)?, Some(key)));
        };
        let mut source = Source::new_with_cached_data(text, Some(origin), CachedData::new(code));
        let compiled = compile(&mut source, CompileOptions::ConsumeCodeCache);
        let rejected = source.get_cached_data().is_none_or(|data| data.rejected());
        cache.used(&key, rejected);
        Some((compiled?, rejected.then_some(key)))
    }
}

impl Compiled {
    /// Makes an entry of it, with the functions that have run since.
    pub(crate) fn store(self, scope: &mut v8::PinScope<'_, '_>, cache: &CodeCache, key: CodeKey) {
        let code = match self {
            Self::Module(script) => v8::Local::new(scope, script).create_code_cache(),
            Self::Classic(script) => v8::Local::new(scope, script).create_code_cache(),
            Self::Function(function) => v8::Local::new(scope, function).create_code_cache(),
        };
        if let Some(code) = code {
            cache.put(key, &code);
        }
    }
}
