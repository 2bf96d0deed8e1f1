//! The store against a naive model: lists that are looked through.

use std::sync::Barrier;
use std::thread;

use http::StatusCode;
use http::header::{HeaderValue, VARY};
use proptest::prelude::*;

use super::*;
use crate::budget::{ProcessBudget, TenantLimits};

const LIMITS: CacheLimits = CacheLimits {
    bytes: 20_000,
    worker_bytes: 9_000,
    worker_entries: 6,
    entry_bytes: 5_000,
    worker_caches: 2,
};

/// A response of `size` bytes that is different for each value of `x-a`.
fn put(url: u8, variant: u8) -> Put {
    let mut headers = HeaderMap::new();
    headers.insert(VARY, HeaderValue::from_static("x-a"));
    let key = key(url, variant);
    Put::new(key.url, key.headers, StatusCode::OK, headers)
}

fn key(url: u8, variant: u8) -> Key {
    let mut headers = HeaderMap::new();
    headers.insert("x-a", HeaderValue::from(u16::from(variant)));
    Key { url: format!("http://a/{}?{}", url / 2, url % 2), headers }
}

fn which(n: u8) -> Which {
    match n {
        0 => Which::Default,
        n => Which::Named(n.to_string()),
    }
}

#[derive(Clone, Debug)]
enum Step {
    Put { cache: u8, url: u8, variant: u8, size: usize },
    Find { cache: u8, url: u8, variant: u8, ignore_search: bool, ignore_vary: bool },
    Remove { cache: u8, url: u8, variant: u8, ignore_vary: bool },
    Delete { cache: u8 },
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let (cache, url, variant) = (0..4_u8, 0..6_u8, 0..2_u8);
    let step = prop_oneof![
        5 => (cache.clone(), url.clone(), variant.clone(), 0..6_000_usize)
            .prop_map(|(cache, url, variant, size)| Step::Put { cache, url, variant, size }),
        4 => (cache.clone(), url.clone(), variant.clone(), any::<bool>(), any::<bool>()).prop_map(
            |(cache, url, variant, ignore_search, ignore_vary)| Step::Find {
                cache, url, variant, ignore_search, ignore_vary
            }
        ),
        1 => (cache.clone(), url, variant, any::<bool>())
            .prop_map(|(cache, url, variant, ignore_vary)| Step::Remove { cache, url, variant, ignore_vary }),
        1 => (1..4_u8).prop_map(|cache| Step::Delete { cache }),
    ];
    (0..4_usize, step)
}

/// What a worker has, in the order in which it was put.
#[derive(Default)]
struct Model {
    names: Vec<u8>,
    kept: Vec<Kept>,
    clock: u64,
}

#[derive(Clone, Debug)]
struct Kept {
    cache: u8,
    url: u8,
    variant: u8,
    serial: u64,
    weight: usize,
    used: u64,
}

impl Model {
    fn bytes(&self) -> usize {
        self.kept.iter().map(|kept| kept.weight).sum()
    }

    fn evict(&mut self) {
        let oldest = self.kept.iter().enumerate().min_by_key(|(_, kept)| kept.used).map(|(at, _)| at);
        self.kept.remove(oldest.unwrap());
    }

    fn open(&mut self, cache: u8) -> bool {
        if cache == 0 || self.names.contains(&cache) {
            return true;
        }
        let has_room = self.names.len() < LIMITS.worker_caches;
        if has_room {
            self.names.push(cache);
        }
        has_room
    }

    fn put(&mut self, kept: Kept) {
        if kept.weight > LIMITS.entry_bytes || !self.open(kept.cache) {
            return;
        }
        let same = |old: &Kept| (old.cache, old.url, old.variant) == (kept.cache, kept.url, kept.variant);
        self.kept.retain(|old| !same(old));
        while self.bytes() + kept.weight > LIMITS.worker_bytes || self.kept.len() >= LIMITS.worker_entries {
            self.evict();
        }
        self.clock += 1;
        self.kept.push(Kept { used: self.clock, ..kept });
    }

    fn find(&mut self, cache: u8, matches: impl Fn(&Kept) -> bool) -> Option<u64> {
        self.clock += 1;
        let clock = self.clock;
        let found = self.kept.iter_mut().find(|kept| kept.cache == cache && matches(kept))?;
        found.used = clock;
        Some(found.serial)
    }
}

/// While there is too much the worker with the most gives something up; of several the one that came last.
fn share(models: &mut [Model], numbers: &[u64]) {
    while models.iter().map(Model::bytes).sum::<usize>() > LIMITS.bytes {
        let largest = (0..models.len()).max_by_key(|n| (models[*n].bytes(), numbers[*n])).unwrap();
        models[largest].evict();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_store_keeps_what_the_model_keeps(steps in prop::collection::vec(step(), 1..150)) {
        let store = CacheStore::new(LIMITS);
        let workers: Vec<_> = (0..4).map(|n| store.of(&n.to_string())).collect();
        let numbers: Vec<_> = workers.iter().map(|caches| caches.0.as_ref().unwrap().worker.number).collect();
        let mut models: Vec<Model> = (0..4).map(|_| Model::default()).collect();
        let mut serial = 0;
        for (n, step) in steps {
            let (caches, model) = (&workers[n], &mut models[n]);
            match step {
                Step::Put { cache, url, variant, size } => {
                    serial += 1;
                    let mut body = vec![0; size.max(8)];
                    body[..8].copy_from_slice(&u64::to_le_bytes(serial));
                    let mut put = put(url, variant);
                    prop_assert_eq!(caches.judge(&mut put), Verdict::Kept);
                    let weight = Entry::new(self::put(url, variant), body.clone().into(), Instant::now()).weight();
                    caches.put(&which(cache), put, body.into());
                    model.put(Kept { cache, url, variant, serial, weight, used: 0 });
                    share(&mut models, &numbers);
                }
                Step::Find { cache, url, variant, ignore_search, ignore_vary } => {
                    let options = Options { ignore_search, ignore_vary };
                    let found = caches.find(&which(cache), &key(url, variant), options);
                    let found = found.map(|answer| u64::from_le_bytes(answer.body[..8].try_into().unwrap()));
                    let expected = model.find(cache, |kept| {
                        (kept.url == url || ignore_search && kept.url / 2 == url / 2)
                            && (ignore_vary || kept.variant == variant)
                    });
                    prop_assert_eq!(found, expected);
                }
                Step::Remove { cache, url, variant, ignore_vary } => {
                    let options = Options { ignore_vary, ..Options::default() };
                    let removed = caches.remove(&which(cache), &key(url, variant), options);
                    let before = model.kept.len();
                    model.kept.retain(|kept| {
                        !(kept.cache == cache && kept.url == url && (ignore_vary || kept.variant == variant))
                    });
                    prop_assert_eq!(removed, model.kept.len() < before);
                }
                Step::Delete { cache } => {
                    let was = model.names.contains(&cache);
                    prop_assert_eq!(caches.delete(&cache.to_string()), was);
                    model.names.retain(|name| *name != cache);
                    model.kept.retain(|kept| kept.cache != cache);
                }
            }
            for (caches, model) in workers.iter().zip(&models) {
                caches.0.as_ref().unwrap().worker.shelf.lock().validate();
                for cache in 0..4 {
                    let kept = caches.find_all(&which(cache), None, Options::default());
                    let kept: Vec<_> =
                        kept.iter().map(|entry| u64::from_le_bytes(entry.body()[..8].try_into().unwrap())).collect();
                    let expected = model.kept.iter().filter(|kept| kept.cache == cache);
                    prop_assert_eq!(kept, expected.map(|kept| kept.serial).collect::<Vec<_>>());
                }
            }
            prop_assert_eq!(store.stats().bytes, models.iter().map(Model::bytes).sum::<usize>());
            prop_assert_eq!(store.stats().entries, models.iter().map(|model| model.kept.len()).sum::<usize>());
        }
    }
}

#[test]
fn a_worker_that_puts_without_end_takes_nothing_from_those_with_less() {
    let limits = CacheLimits { worker_bytes: 20_000, worker_entries: 1_000, ..LIMITS };
    let store = CacheStore::new(limits);
    let [modest, greedy, other] = ["modest", "greedy", "other"].map(|id| store.of(id));
    for url in 0..4 {
        modest.put(&Which::Default, put(url, 0), vec![1; 500].into());
    }
    for url in 0..100 {
        for caches in [&greedy, &other] {
            caches.put(&Which::Default, put(url, 0), vec![2; 3_000].into());
        }
    }
    let all = |caches: &WorkerCaches| caches.find_all(&Which::Default, None, Options::default()).len();
    assert_eq!(all(&modest), 4);
    assert!(all(&greedy).abs_diff(all(&other)) <= 1, "{} and {}", all(&greedy), all(&other));
    assert!(store.stats().bytes <= limits.bytes && store.stats().bytes > limits.bytes - 5_000);
    assert!(store.stats().evictions > 100);
}

#[test]
fn a_url_has_few_variants() {
    let store = CacheStore::new(CacheLimits::default());
    let caches = store.of("a");
    for variant in 0..=255 {
        caches.put(&Which::Default, put(0, variant), Bytes::from_static(b"x"));
    }
    assert_eq!(store.stats().entries, shelf::MAX_VARIANTS);
    assert!(caches.find(&Which::Default, &key(0, 255), Options::default()).is_some());
    assert!(caches.find(&Which::Default, &key(0, 0), Options::default()).is_none());
}

#[test]
fn what_is_stale_is_not_found_and_not_there() {
    let store = CacheStore::new(CacheLimits::default());
    let caches = store.of("a");
    let mut put = put(0, 0);
    put.headers.insert("cache-control", HeaderValue::from_static("max-age=60"));
    assert_eq!(caches.judge(&mut put), Verdict::Kept);
    caches.put(&Which::Default, put, Bytes::from_static(b"x"));
    let worker = &caches.0.as_ref().unwrap().worker;
    let later = Instant::now() + std::time::Duration::from_secs(61);
    let (fresh, _) =
        worker.shelf.lock().find(&Which::Default, &key(0, 0), Options::default(), Instant::now());
    assert!(fresh.is_some());
    let (found, gone) = worker.shelf.lock().find(&Which::Default, &key(0, 0), Options::default(), later);
    assert!(found.is_none());
    assert_eq!((gone.len(), worker.shelf.lock().size()), (1, shelf::Size::default()));
}

#[test]
fn workers_that_have_nothing_are_forgotten_and_those_with_something_are_not() {
    let store = CacheStore::new(CacheLimits::default());
    store.of("kept").put(&Which::Default, put(0, 0), Bytes::from_static(b"x"));
    store.of("named").open("a").unwrap();
    for n in 0..10_000 {
        store.of(&n.to_string());
    }
    assert!(store.shared.table.lock().workers.len() <= MIN_SWEEP + 1);
    assert!(store.of("kept").find(&Which::Default, &key(0, 0), Options::default()).is_some());
    assert!(store.of("named").has("a"));
}

#[test]
fn a_body_is_charged_once_while_somebody_has_it() {
    let store = CacheStore::new(CacheLimits::default());
    let caches = store.of("a");
    let budget = TenantBudget::new(TenantLimits::default().with_bytes(1_500), &ProcessBudget::default());
    caches.put(&Which::Default, put(0, 0), vec![7; 1_000].into());
    let find = || caches.find(&Which::Default, &key(0, 0), Options::default()).unwrap();
    let take = || find().lend(&budget).unwrap();
    let (one, two) = (take(), take());
    assert_eq!((one.as_ptr(), budget.usage().bytes), (two.as_ptr(), 1_000));
    caches.remove(&Which::Default, &key(0, 0), Options::default());
    drop(one);
    assert_eq!((store.stats().bytes, budget.usage().bytes), (0, 1_000));
    drop(two);
    assert_eq!(budget.usage().bytes, 0);
    caches.put(&Which::Default, put(0, 0), vec![7; 2_000].into());
    assert!(find().lend(&budget).is_err());
}

#[test]
fn at_rest_the_sum_is_within_its_bound_whoever_put_what() {
    let store = CacheStore::new(LIMITS);
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for n in 0..4_u8 {
            let (store, start) = (&store, &start);
            scope.spawn(move || {
                start.wait();
                // Two threads have a worker together.
                let caches = store.of(&(n / 2).to_string());
                for round in 0..500_u32 {
                    let url = (round % 11) as u8;
                    caches.put(&Which::Default, put(url, n), vec![n; (round as usize * 37) % 4_000].into());
                    let found = caches.find(&Which::Default, &key(url, n), Options::default());
                    assert!(found.is_none_or(|answer| answer.body.iter().all(|byte| *byte == n)));
                    if round % 7 == 0 {
                        caches.remove(
                            &Which::Any,
                            &key(url, n),
                            Options { ignore_vary: true, ..Options::default() },
                        );
                    }
                }
            });
        }
    });
    let all = |id: &str| store.of(id).find_all(&Which::Default, None, Options::default());
    let kept = [all("0"), all("1")].concat();
    let bytes: usize = kept.iter().map(|entry| entry.weight()).sum();
    let CacheStats { bytes: counted, entries, .. } = store.stats();
    assert_eq!((counted, entries), (bytes, kept.len()));
    assert!(bytes <= LIMITS.bytes);
}

#[test]
fn without_room_nothing_is_kept() {
    let caches = CacheStore::new(CacheLimits::default().with_bytes(0)).of("a");
    for caches in [caches, WorkerCaches::default()] {
        assert_eq!(caches.judge(&mut put(0, 0)), Verdict::Refused);
        caches.put(&Which::Default, put(0, 0), Bytes::from_static(b"x"));
        assert!(caches.find(&Which::Default, &key(0, 0), Options::default()).is_none());
        assert!(caches.open("a").is_ok() && !caches.has("a"));
    }
    let none = CacheStore::new(CacheLimits::default().with_worker_entries(0)).of("a");
    none.put(&Which::Default, put(0, 0), Bytes::from_static(b"x"));
    assert!(none.find_all(&Which::Default, None, Options::default()).is_empty());
}
