//! V8's code cache: the bytecode of modules, for contexts that are made later.
//!
//! An entry is made once a module has been evaluated, so that the functions that ran are in it, and taken whenever the
//! same module is compiled again: in a new isolate after an eviction, in one of several isolates, in each of the oneshot
//! mode. The key is a SHA-256 of the module, so a cache can give nobody the code of another source.
//!
//! Handlers, and what they call, run after the evaluation. So an entry is made again when requests have run, and takes the
//! place of the one before if it is larger. An entry has a [stage](CodeStage), which only grows: how much had run when it
//! was made. Whoever is about to make entries of a later stage [claims](claims) them, so that of several isolates of a
//! worker one does it.
//!
//! The entries of a script leave the process, and come into another one, as a [bundle](bundle): whoever holds a
//! [`CodeCache`] may keep that in a file. V8 compares its version, its flags and its snapshot with those of an entry, and
//! rejects one that does not fit; the bytecode itself it believes.

pub(crate) mod bundle;
mod claims;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use crate::vocabulary::script::Script;

pub use bundle::{CodeBundleError, CodeEnvironment};
pub(crate) use claims::CodeClaim;

/// Who is told that entries of a script were made, with the isolate locked: it must return at once.
type Listener = dyn Fn(&Script) + Send + Sync;

/// Compiled code of the modules that were evaluated last, within a budget of bytes; beyond it the entries go that have not
/// been used for longest. Cloning is cheap and shares it.
///
/// Its lock is held for a look-up, once for each module of a context that is made.
#[derive(Clone)]
pub struct CodeCache {
    inner: Arc<Mutex<Inner>>,
    listener: Option<Arc<Listener>>,
}

/// Counters and gauges of a [`CodeCache`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CodeCacheStats {
    /// Bytes of all entries.
    pub bytes: usize,
    /// Modules that there is an entry of.
    pub entries: usize,
    /// Modules that were compiled from an entry.
    pub hits: u64,
    /// Modules that there was no entry of.
    pub misses: u64,
    /// Entries that V8 did not take; they are dropped.
    pub rejected: u64,
    /// Entries that were made when requests had run, and had more in them than those before.
    pub refilled: u64,
}

/// What an entry is of: the digest of a module, and how it was compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CodeKey {
    pub(crate) module: [u8; 32],
    pub(crate) form: CodeForm,
}

/// What V8 compiled a module as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CodeForm {
    Module,
    Classic,
    Function,
}

impl CodeForm {
    pub(crate) const ALL: [Self; 3] = [Self::Module, Self::Classic, Self::Function];
}

/// How much of a module had run when an entry was made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum CodeStage {
    /// Its evaluation.
    Evaluation,
    /// The first request of a context.
    FirstRequest,
    /// Several requests of a context, which may have been of different kinds. No entry is made again after that.
    Requests,
}

impl CodeStage {
    /// Requests of a context that make the last stage.
    pub(crate) const REQUESTS: u32 = 16;

    /// From the first to the last.
    pub(crate) const ALL: [Self; 3] = [Self::Evaluation, Self::FirstRequest, Self::Requests];

    /// The stage that begins when so many requests of a context have ended.
    pub(crate) fn after(requests: u32) -> Option<Self> {
        match requests {
            1 => Some(Self::FirstRequest),
            Self::REQUESTS => Some(Self::Requests),
            _ => None,
        }
    }
}

struct Inner {
    budget: usize,
    clock: u64,
    entries: FxHashMap<CodeKey, Entry>,
    /// By when they were last used.
    order: BTreeMap<u64, CodeKey>,
    /// What somebody is about to make an entry of.
    claimed: FxHashSet<CodeKey>,
    stats: CodeCacheStats,
}

struct Entry {
    code: Arc<[u8]>,
    stage: CodeStage,
    used: u64,
    /// Whether somebody who was about to make it again did not come to it.
    is_overdue: bool,
}

impl CodeCache {
    /// Modules whose source is shorter, in bytes, are compiled faster than they are looked up.
    pub(crate) const MIN_SOURCE: usize = 1 << 10;

    /// An empty cache for so many bytes.
    pub fn new(budget: usize) -> Self {
        let inner = Inner {
            budget,
            clock: 0,
            entries: FxHashMap::default(),
            order: BTreeMap::new(),
            claimed: FxHashSet::default(),
            stats: CodeCacheStats::default(),
        };
        Self { inner: Arc::new(Mutex::new(inner)), listener: None }
    }

    /// The same cache; `listener` is called whenever entries were made through this, and has to return at once, since the
    /// isolate is locked meanwhile.
    pub fn with_listener(self, listener: impl Fn(&Script) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Arc::new(listener)), ..self }
    }

    /// Whether there is an entry of any module of the script.
    pub fn has_code_of(&self, script: &Script) -> bool {
        let inner = self.inner.lock();
        script.code_keys().any(|key| inner.entries.contains_key(&key))
    }

    /// All entries of the modules of a script, for [`import`](Self::import) in a process with the same environment; `None`
    /// if there is none. Copies and hashes them.
    pub fn export(&self, script: &Script, environment: &CodeEnvironment) -> Option<Vec<u8>> {
        let entries: Vec<_> = {
            let inner = self.inner.lock();
            let entry = |key| {
                inner.entries.get(&key).map(|entry| bundle::Entry {
                    key,
                    stage: entry.stage,
                    code: Arc::clone(&entry.code),
                })
            };
            script.code_keys().filter_map(entry).collect()
        };
        (!entries.is_empty()).then(|| bundle::write(&entries, script.code_digest(), environment))
    }

    /// Takes entries that another process [exported](Self::export) of the same script, once their hash has been compared;
    /// those of other modules are left alone. Returns how many there are.
    ///
    /// The hash finds damage and not forgery, and V8 believes the bytecode: whoever can make a bundle can have this process
    /// do anything.
    ///
    /// # Errors
    /// It is no such bundle; nothing was taken.
    pub fn import(
        &self,
        script: &Script,
        environment: &CodeEnvironment,
        bundle: &[u8],
    ) -> Result<usize, CodeBundleError> {
        let mut entries = bundle::read(bundle, script.code_digest(), environment)?;
        let own: FxHashSet<_> = script.code_keys().collect();
        // Nobody gets to say what the modules of another script are compiled to.
        entries.retain(|entry| own.contains(&entry.key));
        entries.iter().for_each(|entry| self.put(entry.key, entry.code, entry.stage));
        Ok(entries.len())
    }

    /// Entries of the script were made.
    pub(crate) fn tell(&self, script: &Script) {
        if let Some(listener) = &self.listener {
            listener(script);
        }
    }

    /// Counters and gauges.
    pub fn stats(&self) -> CodeCacheStats {
        let inner = self.inner.lock();
        CodeCacheStats { entries: inner.entries.len(), ..inner.stats }
    }

    /// Whether there is an entry.
    pub(crate) fn contains(&self, key: &CodeKey) -> bool {
        self.inner.lock().entries.contains_key(key)
    }

    /// The entry, if there is one; counts a miss otherwise.
    pub(crate) fn get(&self, key: &CodeKey) -> Option<(Arc<[u8]>, CodeStage)> {
        let mut inner = self.inner.lock();
        let found = inner.touch(key);
        if found.is_none() {
            inner.stats.misses += 1;
        }
        found
    }

    /// V8 has taken the entry that it was given, or rejected it.
    pub(crate) fn used(&self, key: &CodeKey, rejected: bool) {
        let mut inner = self.inner.lock();
        if rejected {
            inner.stats.rejected += 1;
            inner.remove(key);
        } else {
            inner.stats.hits += 1;
        }
    }

    /// Puts an entry in, unless it is larger than the whole budget.
    pub(crate) fn put(&self, key: CodeKey, code: &[u8], stage: CodeStage) {
        let code = code.into();
        self.inner.lock().put(key, code, stage);
    }

    /// An entry was made again, at a later stage. It takes the place of the one before if there is more in it, and if there
    /// is none it comes in. Returns whether it did.
    pub(crate) fn refill(&self, key: CodeKey, code: &[u8], stage: CodeStage) -> bool {
        let mut inner = self.inner.lock();
        if let Some(entry) = inner.entries.get_mut(&key)
            && entry.code.len() >= code.len()
        {
            entry.stage = entry.stage.max(stage);
            return false;
        }
        inner.stats.refilled += 1;
        inner.put(key, code.into(), stage);
        true
    }
}

impl Inner {
    fn put(&mut self, key: CodeKey, code: Arc<[u8]>, stage: CodeStage) {
        self.remove(&key);
        if code.len() > self.budget {
            return;
        }
        self.clock += 1;
        let used = self.clock;
        self.stats.bytes += code.len();
        self.order.insert(used, key);
        self.entries.insert(key, Entry { code, stage, used, is_overdue: false });
        while self.stats.bytes > self.budget
            && let Some((_, oldest)) = self.order.first_key_value()
        {
            let oldest = *oldest;
            self.remove(&oldest);
        }
    }

    fn touch(&mut self, key: &CodeKey) -> Option<(Arc<[u8]>, CodeStage)> {
        let entry = self.entries.get_mut(key)?;
        self.clock += 1;
        self.order.remove(&entry.used);
        entry.used = self.clock;
        self.order.insert(entry.used, *key);
        Some((Arc::clone(&entry.code), entry.stage))
    }

    fn remove(&mut self, key: &CodeKey) {
        if let Some(entry) = self.entries.remove(key) {
            self.order.remove(&entry.used);
            self.stats.bytes -= entry.code.len();
        }
    }
}

impl fmt::Debug for CodeCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeCache").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> CodeKey {
        CodeKey { module: [n; 32], form: CodeForm::Module }
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let cache = CodeCache::new(10);
        for n in 0..3 {
            cache.put(key(n), &[n; 3], CodeStage::Evaluation);
        }
        assert_eq!(cache.get(&key(0)), Some(([0; 3].into(), CodeStage::Evaluation)));
        cache.put(key(3), &[3; 4], CodeStage::Evaluation);
        assert_eq!((cache.stats().bytes, cache.stats().entries), (10, 3));
        let left: Vec<_> = (0..4).filter(|n| cache.get(&key(*n)).is_some()).collect();
        assert_eq!(left, [0, 2, 3]);
    }

    #[test]
    fn bytes_and_counts_are_kept_right() {
        let cache = CodeCache::new(10);
        cache.put(key(1), &[0; 11], CodeStage::Evaluation);
        assert_eq!(cache.stats(), CodeCacheStats::default());
        cache.put(key(1), &[0; 6], CodeStage::Evaluation);
        cache.put(key(1), &[0; 7], CodeStage::Evaluation);
        assert_eq!((cache.stats().bytes, cache.stats().entries), (7, 1));
        assert!(cache.get(&CodeKey { form: CodeForm::Classic, ..key(1) }).is_none());
        cache.used(&key(1), false);
        cache.used(&key(1), true);
        let expected = CodeCacheStats { hits: 1, misses: 1, rejected: 1, ..Default::default() };
        assert_eq!(cache.stats(), expected);
    }

    #[test]
    fn an_entry_that_is_made_again_is_taken_if_there_is_more_in_it() {
        let cache = CodeCache::new(10);
        cache.put(key(1), &[1; 4], CodeStage::Evaluation);
        assert!(!cache.refill(key(1), &[2; 4], CodeStage::FirstRequest));
        assert_eq!(cache.get(&key(1)), Some(([1; 4].into(), CodeStage::FirstRequest)));
        assert!(cache.refill(key(1), &[3; 5], CodeStage::Requests));
        assert!(!cache.refill(key(1), &[4; 3], CodeStage::FirstRequest));
        assert_eq!(cache.get(&key(1)), Some(([3; 5].into(), CodeStage::Requests)));
        // What a request imported has none.
        assert!(cache.refill(key(2), &[5; 5], CodeStage::FirstRequest));
        assert_eq!((cache.stats().refilled, cache.stats().bytes, cache.stats().entries), (2, 10, 2));
        // It needs more room than it had.
        assert!(cache.refill(key(2), &[6; 6], CodeStage::Requests));
        assert_eq!((cache.contains(&key(1)), cache.stats().bytes), (false, 6));
    }
}
