//! A future that keeps a lock while it waits cannot move between threads.

use std::sync::Arc;

use isolate::LockerManagedIsolate;

fn spawn(isolate: Arc<LockerManagedIsolate>) {
    tokio::spawn(async move {
        let lock = isolate.lock();
        tokio::task::yield_now().await;
        drop(lock);
    });
}

fn main() {}
