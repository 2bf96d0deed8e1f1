//! A turn is the only way to the lock of an isolate that is shared.

use isolate::{LockerManagedIsolate, Turn, TurnIsolate};

fn lock(isolate: &TurnIsolate) {
    let _lock = isolate.managed().lock();
}

fn with_lock(isolate: &TurnIsolate) {
    isolate.managed().with_lock(|isolate| isolate.collect_garbage());
}

fn bare_locker(isolate: &TurnIsolate) {
    let _lock = isolate.managed().isolate().lock();
}

fn in_a_turn<'a>(turn: &'a Turn<'_>) -> &'a LockerManagedIsolate {
    turn.managed()
}

fn main() {}
