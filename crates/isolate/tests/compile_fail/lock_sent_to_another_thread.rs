//! A lock belongs to the thread that took it.

use isolate::LockerManagedIsolate;

fn send(isolate: &LockerManagedIsolate) {
    let lock = isolate.lock();
    std::thread::scope(|scope| {
        scope.spawn(move || drop(lock));
    });
}

fn main() {}
