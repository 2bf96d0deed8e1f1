//! Who makes an entry again.
//!
//! # Protocol
//! Isolates of a worker come to a stage at about the same time, and each could make the same entries. So an isolate claims
//! them first: those of a later stage than the entry that is there, and that nobody else has claimed. The claim ends when it
//! is dropped, whether the entries were made or not: whoever comes next to a stage claims what has not been made. A claim
//! holds no lock, and nobody waits for one.
//!
//! Who claims may wait for a better time, and be gone before it comes: where isolates take each other's places none may live
//! that long. So what was claimed and not made is overdue, and is to be made at once by who claims it next.
//!
//! An entry that was there and is not any more had to go for others: the budget is too small, and there would be no end to
//! making it.

use super::{CodeCache, CodeKey, CodeStage};

/// What nobody else makes entries of until it is dropped.
pub(crate) struct CodeClaim {
    cache: CodeCache,
    stage: CodeStage,
    keys: Vec<CodeKey>,
    is_overdue: bool,
}

impl CodeCache {
    /// Claims those of `keys` that somebody who has come to `stage` can make a better entry of; `None` if there are none. With
    /// each is the stage of the entry that there was of it.
    pub(crate) fn claim(
        &self,
        keys: impl IntoIterator<Item = (CodeKey, Option<CodeStage>)>,
        stage: CodeStage,
    ) -> Option<CodeClaim> {
        let mut inner = self.inner.lock();
        let (mut claimed, mut is_overdue) = (Vec::new(), false);
        for (key, before) in keys {
            let (is_due, overdue) = match inner.entries.get(&key) {
                Some(entry) => (entry.stage < stage, entry.is_overdue),
                None => (before.is_none(), false),
            };
            if is_due && inner.claimed.insert(key) {
                claimed.push(key);
                is_overdue |= overdue;
            }
        }
        drop(inner);
        (!claimed.is_empty()).then(|| CodeClaim { cache: self.clone(), stage, keys: claimed, is_overdue })
    }
}

impl CodeClaim {
    pub(crate) fn keys(&self) -> &[CodeKey] {
        &self.keys
    }

    /// Whether somebody had claimed some of them, and did not come to make them.
    pub(crate) fn is_overdue(&self) -> bool {
        self.is_overdue
    }
}

impl Drop for CodeClaim {
    fn drop(&mut self) {
        let mut inner = self.cache.inner.lock();
        for key in &self.keys {
            inner.claimed.remove(key);
            if let Some(entry) = inner.entries.get_mut(key) {
                entry.is_overdue = entry.stage < self.stage;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::CodeForm;
    use super::*;

    #[test]
    fn of_several_one_makes_an_entry_and_nobody_twice() {
        let keys = [1, 2].map(|n| CodeKey { module: [n; 32], form: CodeForm::Module });
        let all = keys.map(|key| (key, None));
        let cache = CodeCache::new(100);
        cache.put(keys[0], b"code", CodeStage::Evaluation);
        cache.put(keys[1], b"code", CodeStage::FirstRequest);
        let claim = cache.claim(all, CodeStage::FirstRequest).unwrap();
        assert_eq!((claim.keys(), claim.is_overdue()), (&keys[..1], false));
        assert!(cache.claim(all, CodeStage::FirstRequest).is_none());
        assert_eq!(cache.claim(all, CodeStage::Requests).unwrap().keys(), [keys[1]]);
        // It was given up.
        drop(claim);
        let claim = cache.claim(all, CodeStage::FirstRequest).unwrap();
        assert!(claim.is_overdue());
        cache.refill(keys[0], b"more code", CodeStage::FirstRequest);
        drop(claim);
        assert!(cache.claim(all, CodeStage::FirstRequest).is_none());
        assert_eq!(cache.claim(all, CodeStage::Requests).unwrap().keys(), keys);
        assert!(cache.claim([], CodeStage::Requests).is_none());
        // One that was there, and one that never was.
        let gone = [3, 4].map(|n| CodeKey { module: [n; 32], form: CodeForm::Module });
        let claim =
            cache.claim([(gone[0], Some(CodeStage::Evaluation)), (gone[1], None)], CodeStage::Requests);
        assert_eq!(claim.unwrap().keys(), [gone[1]]);
    }
}
