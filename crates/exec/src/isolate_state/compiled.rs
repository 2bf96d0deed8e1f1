//! Code that V8 has compiled, and can give as an entry of the [`CodeCache`].
//!
//! A context notes what it compiles, as long as a better entry can be made of it: without one, or from one that was made
//! before [all stages](CodeStage) were over. When its script has been evaluated it makes the entries that are missing. When
//! it comes to a later stage it hands out a [`Refill`], which makes entries again: with what has run since, and of what
//! requests have imported.

use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::vocabulary::code_cache::{CodeCache, CodeClaim, CodeForm, CodeKey, CodeStage};
use crate::vocabulary::script::Script;

/// Something that was compiled.
#[derive(Clone)]
pub(crate) enum Compiled {
    Module(v8::Global<v8::UnboundModuleScript>),
    Classic(v8::Global<v8::UnboundScript>),
    Function(v8::Global<v8::Function>),
}

/// What was compiled from which entry.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    key: CodeKey,
    /// When the entry was made; `None` if there was none that V8 took.
    stage: Option<CodeStage>,
}

/// A source that is about to be compiled, with what the cache has of it.
pub(crate) struct CachedSource<'a> {
    cache: Option<(&'a CodeCache, CodeKey)>,
    found: Option<(Arc<[u8]>, CodeStage)>,
}

/// What a context has compiled. Whoever uses it has the isolate's lock, so nobody waits for the mutex.
pub(crate) struct CompiledCode {
    cache: Option<CodeCache>,
    notes: Mutex<FxHashMap<CodeKey, Note>>,
}

struct Note {
    compiled: Compiled,
    /// Of the entry that there was; `None` if there never was one.
    stage: Option<CodeStage>,
}

/// Entries that are to be made again, by whoever has time for it.
pub(crate) struct Refill {
    cache: CodeCache,
    script: Script,
    stage: CodeStage,
    left: Vec<(CodeKey, Compiled)>,
    /// Whether there is more in the cache than there was.
    has_grown: bool,
    claim: CodeClaim,
}

impl<'a> CachedSource<'a> {
    /// Has `compile` compile the source, from what the cache has. The origin says what is to be [noted](CompiledCode::note).
    pub(crate) fn compile<R>(
        &self,
        text: v8::Local<'_, v8::String>,
        origin: &v8::ScriptOrigin<'_>,
        compile: impl FnOnce(&mut v8::script_compiler::Source, v8::script_compiler::CompileOptions) -> Option<R>,
    ) -> Option<(R, Option<Origin>)> {
        use v8::script_compiler::{CachedData, CompileOptions, Source};
        let Some((cache, key)) = self.cache else {
            let mut source = Source::new(text, Some(origin));
            return Some((compile(&mut source, CompileOptions::NoCompileOptions)?, None));
        };
        let Some((code, stage)) = &self.found else {
            let mut source = Source::new(text, Some(origin));
            let compiled = compile(&mut source, CompileOptions::NoCompileOptions)?;
            return Some((compiled, Some(Origin { key, stage: None })));
        };
        let mut source = Source::new_with_cached_data(text, Some(origin), CachedData::new(code));
        let compiled = compile(&mut source, CompileOptions::ConsumeCodeCache);
        let rejected = source.get_cached_data().is_none_or(|data| data.rejected());
        cache.used(&key, rejected);
        Some((compiled?, Some(Origin { key, stage: (!rejected).then_some(*stage) })))
    }
}

impl CompiledCode {
    pub(crate) fn new(cache: Option<CodeCache>) -> Self {
        Self { cache, notes: Mutex::default() }
    }

    /// The source of a `module`, of so many bytes, with what the cache has of it; short ones are not looked up.
    pub(crate) fn source(&self, module: [u8; 32], form: CodeForm, bytes: usize) -> CachedSource<'_> {
        let cache = self.cache.as_ref().filter(|_| bytes >= CodeCache::MIN_SOURCE);
        let cache = cache.map(|cache| (cache, CodeKey { module, form }));
        CachedSource { cache, found: cache.and_then(|(cache, key)| cache.get(&key)) }
    }

    /// Whether there is an entry.
    pub(crate) fn has(&self, module: [u8; 32], form: CodeForm) -> bool {
        self.cache.as_ref().is_some_and(|cache| cache.contains(&CodeKey { module, form }))
    }

    /// Something was compiled. What is compiled again takes the place of what was before.
    pub(crate) fn note(&self, origin: Origin, compiled: Compiled) {
        if origin.stage.is_none_or(|stage| stage < CodeStage::Requests) {
            self.notes.lock().insert(origin.key, Note { compiled, stage: origin.stage });
        }
    }

    /// The module turned out to be none.
    pub(crate) fn forget(&self, module: [u8; 32]) {
        self.notes.lock().remove(&CodeKey { module, form: CodeForm::Module });
    }

    /// Makes the entries that are missing, now that `script` has been evaluated. Takes about as long as compiling what has run
    /// did.
    pub(crate) fn fill(&self, scope: &mut v8::PinScope<'_, '_>, script: &Script) {
        let Some(cache) = &self.cache else { return };
        // Not while the mutex is held: V8 may park the thread.
        let mut notes = std::mem::take(&mut *self.notes.lock());
        let mut has_made = false;
        for (key, note) in notes.iter_mut().filter(|(_, note)| note.stage.is_none()) {
            v8::scope!(let scope, scope);
            if let Some(code) = note.compiled.code(scope) {
                cache.put(*key, &code, CodeStage::Evaluation);
            }
            note.stage = Some(CodeStage::Evaluation);
            has_made = true;
        }
        *self.notes.lock() = notes;
        if has_made {
            cache.tell(script);
        }
    }

    /// What is to be made again now that the context has come to `stage`; `None` if that is nothing, or somebody else's.
    pub(crate) fn refill(&self, script: &Script, stage: CodeStage) -> Option<Refill> {
        let cache = self.cache.as_ref()?;
        let mut notes = self.notes.lock();
        let due = |note: &Note| note.stage.is_none_or(|before| before < stage);
        let keys = notes.iter().filter(|(_, note)| due(note)).map(|(key, note)| (*key, note.stage));
        // Nobody's lock is taken where there is nothing to do.
        let claim = keys.clone().next().and_then(|_| cache.claim(keys, stage));
        let compiled = |key: &CodeKey| notes.get(key).map(|note| (*key, note.compiled.clone()));
        let left = claim.iter().flat_map(CodeClaim::keys).filter_map(compiled).collect();
        if stage == CodeStage::Requests {
            notes.clear();
        }
        drop(notes);
        let (cache, script) = (cache.clone(), script.clone());
        claim.map(|claim| Refill { cache, script, stage, left, has_grown: false, claim })
    }
}

impl Refill {
    /// Whether others who were to make them have gone before: there may never be a better time.
    pub(crate) fn is_overdue(&self) -> bool {
        self.claim.is_overdue()
    }

    /// Makes the next entry, which takes about as long as compiling what has run of its module did. Returns whether there are
    /// more.
    pub(crate) fn next(&mut self, scope: &v8::PinScope<'_, '_, ()>) -> bool {
        if let Some((key, compiled)) = self.left.pop()
            && let Some(code) = compiled.code(scope)
        {
            self.has_grown |= self.cache.refill(key, &code, self.stage);
        }
        !self.left.is_empty()
    }
}

impl Drop for Refill {
    /// What was made counts, even if the rest was not.
    fn drop(&mut self) {
        if self.has_grown {
            self.cache.tell(&self.script);
        }
    }
}

impl Compiled {
    /// As an entry, with the functions that have run; `None` if V8 makes none of it.
    fn code(&self, scope: &v8::PinScope<'_, '_, ()>) -> Option<v8::UniqueRef<v8::CachedData<'static>>> {
        match self {
            Self::Module(script) => v8::Local::new(scope, script).create_code_cache(),
            Self::Classic(script) => v8::Local::new(scope, script).create_code_cache(),
            Self::Function(function) => v8::Local::new(scope, function).create_code_cache(),
        }
    }
}
