//! What one worker keeps; policy, which knows no lock and no clock.
//!
//! Responses have numbers in the order in which they were put. They are found by cache and URL; those of one URL, which
//! differ by what their `Vary` says, are few ([`MAX_VARIANTS`]), so that they can be looked through.

use std::collections::{BTreeMap, HashMap};
use std::ops::{Add, Sub};
use std::sync::Arc;
use std::time::Instant;

use http::HeaderMap;

use super::entry::Entry;
use super::{CacheLimits, OpenError};

/// Responses of one URL in one cache; beyond, the one of them that was not used for longest goes.
pub(super) const MAX_VARIANTS: usize = 64;

/// Which cache is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The one that is always there.
    Default,
    /// The one of this name.
    Named(String),
    /// The first that has something, in the order in which they were opened.
    Any,
}

/// What is looked for: the URL, without a fragment, and the headers of a request.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
}

/// How it is looked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// The query of the URL does not matter.
    pub(crate) ignore_search: bool,
    /// `Vary` does not matter.
    pub(crate) ignore_vary: bool,
}

/// How much is on a shelf, or how much that changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) bytes: i64,
    pub(super) entries: i64,
}

impl Size {
    pub(super) fn of(entry: &Entry) -> Self {
        Self { bytes: i64::try_from(entry.weight()).unwrap_or(i64::MAX), entries: 1 }
    }

    pub(super) fn negated(self) -> Self {
        Self { bytes: -self.bytes, entries: -self.entries }
    }
}

impl Add for Size {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, entries: self.entries + other.entries }
    }
}

impl Sub for Size {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { bytes: self.bytes - other.bytes, entries: self.entries - other.entries }
    }
}

impl std::iter::Sum for Size {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), Add::add)
    }
}

/// The number of a cache; 0 is the default one.
type CacheNumber = u64;

/// See the [module](self) documentation.
pub(super) struct Shelf {
    limits: CacheLimits,
    /// In the order in which they were opened.
    names: Vec<(Arc<str>, CacheNumber)>,
    /// In the order in which they were put.
    slots: BTreeMap<u64, Slot>,
    urls: HashMap<CacheNumber, HashMap<Box<str>, Vec<u64>>>,
    /// By when they were last used.
    order: BTreeMap<u64, u64>,
    size: Size,
    /// Numbers of caches, of responses and of uses come from here.
    last: u64,
}

struct Slot {
    cache: CacheNumber,
    used: u64,
    entry: Arc<Entry>,
}

type Entries = Vec<Arc<Entry>>;

impl Shelf {
    pub(super) fn new(limits: CacheLimits) -> Self {
        Self {
            limits,
            names: Vec::new(),
            slots: BTreeMap::new(),
            urls: HashMap::new(),
            order: BTreeMap::new(),
            size: Size::default(),
            last: 0,
        }
    }

    /// Whether there is nothing to be lost.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.names.is_empty()
    }

    /// How much is there. The names of caches, which are bounded in number and length, do not count.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    pub(super) fn open(&mut self, name: &str) -> Result<(), OpenError> {
        self.number_or_new(name).map(drop).ok_or(OpenError::TooMany)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.number(name).is_some()
    }

    pub(super) fn names(&self) -> Vec<Arc<str>> {
        self.names.iter().map(|(name, _)| Arc::clone(name)).collect()
    }

    /// Deletes a cache: whether there was one, and what was in it.
    pub(super) fn delete(&mut self, name: &str) -> (bool, Entries) {
        let Some(at) = self.names.iter().position(|(own, _)| **own == *name) else {
            return (false, Vec::new());
        };
        let (_, number) = self.names.remove(at);
        let numbers: Vec<_> =
            self.urls.get(&number).into_iter().flatten().flat_map(|(_, of)| of.clone()).collect();
        (true, self.take(&numbers))
    }

    /// Puts `entry` in, in place of those that it matches. What was replaced, and what had to go. Into a cache that is not
    /// there and that there is no room for nothing is put.
    pub(super) fn put(&mut self, which: &Which, entry: Entry) -> (Entries, Entries) {
        let number = match which {
            Which::Default | Which::Any => Some(0),
            Which::Named(name) => self.number_or_new(name),
        };
        let Some(cache) = number else { return (Vec::new(), Vec::new()) };
        // Replaced is what this request would be answered with.
        let of_url: Vec<u64> = self.of_url(cache, entry.url()).to_vec();
        let matching = of_url.into_iter().filter(|number| {
            self.slots.get(number).is_some_and(|slot| slot.entry.suits(entry.request_headers()))
        });
        let matching: Vec<_> = matching.collect();
        let replaced = self.take(&matching);
        let mut evicted = Vec::new();
        if self.of_url(cache, entry.url()).len() >= MAX_VARIANTS {
            let of_url = self.of_url(cache, entry.url()).iter();
            let oldest = of_url.min_by_key(|number| self.slots.get(number).map(|slot| slot.used)).copied();
            evicted.extend(oldest.and_then(|number| self.take_one(number)));
        }
        let size = Size::of(&entry);
        while !self.has_room(size) {
            let Some(entry) = self.evict() else { return (replaced, evicted) };
            evicted.push(entry);
        }
        self.insert(cache, entry, size);
        (replaced, evicted)
    }

    /// The first of those that match and are fresh, in the order in which they were put; it is used thereby. And those that
    /// are stale, which are not there any more.
    pub(super) fn find(
        &mut self,
        which: &Which,
        key: &Key,
        options: Options,
        now: Instant,
    ) -> (Option<Arc<Entry>>, Entries) {
        let mut stale = Vec::new();
        for cache in self.numbers(which) {
            let (found, gone) = self.matching(cache, Some(key), options, now);
            stale.extend(gone);
            if let Some(number) = found.into_iter().next() {
                self.touch(number);
                return (self.slots.get(&number).map(|slot| Arc::clone(&slot.entry)), stale);
            }
        }
        (None, stale)
    }

    /// All that match, or all, in the order in which they were put; and those that are stale. It uses none.
    pub(super) fn find_all(
        &mut self,
        which: &Which,
        key: Option<&Key>,
        options: Options,
        now: Instant,
    ) -> (Entries, Entries) {
        let (mut found, mut stale) = (Vec::new(), Vec::new());
        for cache in self.numbers(which) {
            let (numbers, gone) = self.matching(cache, key, options, now);
            found
                .extend(numbers.iter().filter_map(|number| Some(Arc::clone(&self.slots.get(number)?.entry))));
            stale.extend(gone);
        }
        (found, stale)
    }

    /// Takes out all that match; and those that are stale.
    pub(super) fn remove(
        &mut self,
        which: &Which,
        key: &Key,
        options: Options,
        now: Instant,
    ) -> (Entries, Entries) {
        let (mut found, mut stale) = (Vec::new(), Vec::new());
        for cache in self.numbers(which) {
            let (numbers, gone) = self.matching(cache, Some(key), options, now);
            found.extend(self.take(&numbers));
            stale.extend(gone);
        }
        (found, stale)
    }

    /// Takes out what was not used for longest.
    pub(super) fn evict(&mut self) -> Option<Arc<Entry>> {
        let (_, number) = self.order.first_key_value()?;
        self.take_one(*number)
    }

    fn number(&self, name: &str) -> Option<CacheNumber> {
        self.names.iter().find(|(own, _)| **own == *name).map(|(_, number)| *number)
    }

    fn number_or_new(&mut self, name: &str) -> Option<CacheNumber> {
        if let Some(number) = self.number(name) {
            return Some(number);
        }
        if self.names.len() >= self.limits.worker_caches {
            return None;
        }
        self.last += 1;
        self.names.push((name.into(), self.last));
        Some(self.last)
    }

    fn numbers(&self, which: &Which) -> Vec<CacheNumber> {
        match which {
            Which::Default => vec![0],
            Which::Named(name) => self.number(name).into_iter().collect(),
            Which::Any => std::iter::once(0).chain(self.names.iter().map(|(_, number)| *number)).collect(),
        }
    }

    fn of_url(&self, cache: CacheNumber, url: &str) -> &[u64] {
        self.urls.get(&cache).and_then(|urls| urls.get(url)).map_or(&[], Vec::as_slice)
    }

    /// The numbers of those that match and are fresh, in their order; those that are stale are taken out.
    fn matching(
        &mut self,
        cache: CacheNumber,
        key: Option<&Key>,
        options: Options,
        now: Instant,
    ) -> (Vec<u64>, Entries) {
        let of_cache = || self.urls.get(&cache).into_iter().flatten();
        let mut numbers: Vec<u64> = match key {
            Some(key) if !options.ignore_search => self.of_url(cache, &key.url).to_vec(),
            Some(key) => {
                let wanted = without_query(&key.url);
                let same = of_cache().filter(|(url, _)| without_query(url) == wanted);
                same.flat_map(|(_, numbers)| numbers.iter().copied()).collect()
            }
            None => of_cache().flat_map(|(_, numbers)| numbers.iter().copied()).collect(),
        };
        numbers.sort_unstable();
        let suits = |entry: &Entry| match key {
            Some(key) if !options.ignore_vary => entry.suits(&key.headers),
            _ => true,
        };
        let mut stale = Vec::new();
        numbers.retain(|number| {
            let Some(Slot { entry, .. }) = self.slots.get(number) else { return false };
            if !entry.is_fresh(now) {
                stale.push(*number);
                return false;
            }
            suits(entry)
        });
        (numbers, self.take(&stale))
    }

    fn touch(&mut self, number: u64) {
        self.last += 1;
        if let Some(slot) = self.slots.get_mut(&number) {
            self.order.remove(&slot.used);
            slot.used = self.last;
            self.order.insert(self.last, number);
        }
    }

    fn has_room(&self, more: Size) -> bool {
        let Size { bytes, entries } = self.size + more;
        let within = |amount: i64, bound: usize| usize::try_from(amount).unwrap_or(0) <= bound;
        within(bytes, self.limits.worker_bytes) && within(entries, self.limits.worker_entries)
    }

    fn insert(&mut self, cache: CacheNumber, entry: Entry, size: Size) {
        self.last += 1;
        let number = self.last;
        let urls = self.urls.entry(cache).or_default();
        match urls.get_mut(entry.url()) {
            Some(numbers) => numbers.push(number),
            None => drop(urls.insert(entry.url().into(), vec![number])),
        }
        self.order.insert(number, number);
        self.size = self.size + size;
        self.slots.insert(number, Slot { cache, used: number, entry: Arc::new(entry) });
    }

    fn take(&mut self, numbers: &[u64]) -> Entries {
        numbers.iter().filter_map(|number| self.take_one(*number)).collect()
    }

    fn take_one(&mut self, number: u64) -> Option<Arc<Entry>> {
        let Slot { cache, used, entry } = self.slots.remove(&number)?;
        self.order.remove(&used);
        self.size = self.size - Size::of(&entry);
        if let Some(urls) = self.urls.get_mut(&cache) {
            if let Some(numbers) = urls.get_mut(entry.url()) {
                numbers.retain(|own| *own != number);
                if numbers.is_empty() {
                    urls.remove(entry.url());
                }
            }
            if urls.is_empty() {
                self.urls.remove(&cache);
            }
        }
        Some(entry)
    }

    /// Recounts everything.
    #[cfg(test)]
    pub(super) fn validate(&self) {
        let size: Size = self.slots.values().map(|slot| Size::of(&slot.entry)).sum();
        assert_eq!(size, self.size);
        assert!(self.has_room(Size::default()), "{size:?}");
        let order: Vec<_> = self.order.iter().map(|(used, number)| (*number, *used)).collect();
        let mut slots: Vec<_> = self.slots.iter().map(|(number, slot)| (*number, slot.used)).collect();
        slots.sort_unstable_by_key(|(_, used)| *used);
        assert_eq!(order, slots);
        let mut indexed = 0;
        for (cache, urls) in &self.urls {
            assert!(*cache == 0 || self.names.iter().any(|(_, number)| number == cache));
            for (url, numbers) in urls {
                assert!(!numbers.is_empty() && numbers.len() <= MAX_VARIANTS);
                indexed += numbers.len();
                assert!(numbers.iter().all(|number| self.slots[number].entry.url() == &**url));
            }
        }
        assert_eq!(indexed, self.slots.len());
    }
}

fn without_query(url: &str) -> &str {
    url.split_once('?').map_or(url, |(url, _)| url)
}
