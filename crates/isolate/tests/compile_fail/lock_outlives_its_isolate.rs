//! A lock borrows its isolate.

use isolate::{IsolateOptions, LockerManagedIsolate};

fn main() {
    let lock = {
        let isolate = LockerManagedIsolate::new(&IsolateOptions::default());
        isolate.lock()
    };
    drop(lock);
}
