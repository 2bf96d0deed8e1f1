//! What may cross threads, checked at compile time.

use std::cell::Cell;
use std::future::{Ready, ready};

use pool_core::{AcquireError, BackgroundReaper, CacheStats, Lease, Pool, ResourceId, Retired};

fn send_sync<T: Send + Sync>() {}
fn send<T: Send>(_: T) {}

#[test]
fn handles_leases_and_futures_are_send() {
    send_sync::<Pool<String, Vec<u8>>>();
    send_sync::<Lease<String, Vec<u8>>>();
    send_sync::<AcquireError<std::io::Error>>();
    send_sync::<(CacheStats, ResourceId)>();
    send::<Option<BackgroundReaper<Retired<String, Vec<u8>>>>>(None);

    let pool = Pool::<String, Vec<u8>>::new(Default::default(), drop).unwrap();
    let key = String::new();
    let create = || -> Ready<Result<Vec<u8>, ()>> { ready(Ok(vec![])) };
    send(pool.acquire(&key, create));
    send(pool.drained());
}

/// A pool of things that must stay on their thread is possible; it stays there too.
#[test]
fn single_threaded_resources_work() {
    let pool = Pool::<u8, Cell<u32>>::new(Default::default(), drop).unwrap();
    assert!(pool.try_acquire(&1).is_none());
}
