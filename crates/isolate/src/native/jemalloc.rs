//! What jemalloc counts for a thread.

use std::ffi::CStr;
use std::ptr;

use crate::memory::meter::{ThreadAllocations, set_allocation_meter};

thread_local! {
    /// Where jemalloc counts for this thread what it allocates and frees. `None` if it does not.
    static COUNTERS: Option<(*const u64, *const u64)> =
        counter(c"thread.allocatedp").zip(counter(c"thread.deallocatedp"));
}

fn counter(name: &CStr) -> Option<*const u64> {
    let mut counter = ptr::null_mut::<u64>();
    let mut size = size_of_val(&counter);
    // SAFETY: the name is NUL-terminated, and `size` is that of what `counter` may be overwritten with.
    let result = unsafe {
        tikv_jemalloc_sys::mallctl(name.as_ptr(), (&raw mut counter).cast(), &mut size, ptr::null_mut(), 0)
    };
    (result == 0 && !counter.is_null()).then_some(counter.cast_const())
}

/// Installs jemalloc's counters as the [meter](set_allocation_meter): for programs whose allocator it is.
pub fn use_jemalloc_as_meter() -> bool {
    set_allocation_meter(allocations)
}

/// Of the calling thread. Two loads, once it has been called there.
fn allocations() -> ThreadAllocations {
    // A thread that is about to end has no isolates any more.
    let counters = COUNTERS.try_with(|counters| *counters).ok().flatten();
    counters.map_or_else(ThreadAllocations::default, |(allocated, freed)| ThreadAllocations {
        // SAFETY: jemalloc keeps its counters of a thread in place for as long as the thread lives, and only the thread
        // itself, which is this one, writes them.
        allocated: unsafe { *allocated },
        // SAFETY: as above.
        freed: unsafe { *freed },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allocations_of_a_thread_are_counted() {
        const SIZE: u64 = 1 << 20;
        let before = allocations();
        let bytes = std::hint::black_box(vec![1_u8; SIZE as usize]);
        let held = allocations();
        assert!(held.allocated >= before.allocated + SIZE && held.freed < before.freed + SIZE);
        std::thread::scope(|scope| scope.spawn(move || drop(bytes)).join()).unwrap();
        assert!(allocations().freed < before.freed + SIZE, "another thread freed it");
    }
}
