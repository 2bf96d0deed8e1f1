use super::*;
use crate::isolates::locker_managed_isolate::{IsolateOptions, LockerManagedIsolate};
use crate::platform;

/// Looks up properties of more shapes than an inline cache has places for, to load them, to store them and to define
/// them, again and again.
const MEGAMORPHIC: &str = "
    class Box { constructor(value) { this[`own${value % 40}`] = value; this.value = value } }
    const load = (object) => object.value;
    const store = (object, value) => { object.value = value };
    let sum = 0;
    for (let round = 0; round < 50; round++) {
        for (let n = 0; n < 40; n++) {
            const box = new Box(n);
            store(box, load(box) + 1);
            sum += load(box);
        }
    }
    sum";

fn caches(isolate: &LockerManagedIsolate) -> IdleCaches {
    let lock = isolate.lock();
    // SAFETY: the isolate is locked by this thread.
    unsafe { IdleCaches::find(super::super::isolate::pointer(lock.inner_ref())) }.expect("they are found")
}

/// Pages of the caches that take memory.
fn resident(caches: &IdleCaches) -> usize {
    let pages = |cache: &usize| {
        let start = cache.next_multiple_of(PAGE);
        let mut resident = vec![0; (LENGTH - PAGE) / PAGE];
        let length = resident.len() * PAGE;
        let pages = ptr::with_exposed_provenance_mut(start);
        // SAFETY: the pages are those of an allocation, and there is a byte for each.
        let result = unsafe { libc::mincore(pages, length, resident.as_mut_ptr()) };
        assert_eq!(result, 0);
        resident.iter().filter(|byte| **byte & 1 == 1).count()
    };
    caches.stub_caches.iter().map(pages).sum()
}

#[test]
fn the_pages_of_empty_caches_are_given_back_and_come_again() {
    let done = platform::initialize().run(|| {
        let isolate = LockerManagedIsolate::new(&IsolateOptions::default());
        let caches = caches(&isolate);
        assert_eq!(resident(&caches), 0, "of a new isolate");
        for _ in 0..2 {
            let mut lock = isolate.lock();
            assert_eq!(lock.evaluate(MEGAMORPHIC).as_deref(), Ok("41000"));
            assert!(resident(&caches) > 0, "they are in use");
            lock.collect_garbage();
            assert!(resident(&caches) > 80, "V8 has written all of them");
            isolate.shared().give_back_caches(lock.inner());
            assert_eq!(resident(&caches), 0);
            assert_eq!(lock.evaluate(MEGAMORPHIC).as_deref(), Ok("41000"));
            // Not empty: they stay as they are.
            isolate.shared().give_back_caches(lock.inner());
            assert_eq!(lock.evaluate(MEGAMORPHIC).as_deref(), Ok("41000"));
        }
    });
    done.expect("no assertion has failed");
}
