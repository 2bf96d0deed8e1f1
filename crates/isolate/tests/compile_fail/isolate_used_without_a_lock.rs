//! There is no way to what is in an isolate but through a lock.

use isolate::{EnteredIsolate, LockerManagedIsolate, TurnIsolate};

fn collect(isolate: &mut EnteredIsolate) {
    isolate.collect_garbage();
}

fn managed(isolate: &mut LockerManagedIsolate) {
    collect(isolate);
}

fn shared(isolate: &TurnIsolate) {
    collect(isolate.managed());
}

fn bare(isolate: &LockerManagedIsolate) {
    isolate.isolate().low_memory_notification();
}

fn main() {}
