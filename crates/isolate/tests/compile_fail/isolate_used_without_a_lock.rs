//! There is no way to the `v8::Isolate` but through a lock.

use isolate::{LockerManagedIsolate, TurnIsolate};

fn collect(isolate: &mut v8::Isolate) {
    isolate.low_memory_notification();
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
