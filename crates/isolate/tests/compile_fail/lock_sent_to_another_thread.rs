//! A lock belongs to the thread that took it.

use isolate::LockerManagedIsolate;

/// As `thread::spawn` asks of what it takes; the compiler's words about that one depend on whether the library's source is there.
fn to_another_thread<T: Send>(_: T) {}

fn send(isolate: &LockerManagedIsolate) {
    let lock = isolate.lock();
    to_another_thread(lock);
}

fn main() {}
