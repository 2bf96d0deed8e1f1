//! Counting what V8 reserves of the process's addresses: see [`reservations`](crate::memory::reservations) for what that is
//! and why.
//!
//! V8's own figures say nothing of it, and its bindings offer no way to its page allocator. That calls `mmap64` and `munmap` of
//! the C library, though, and a program may have functions of these names itself, which go before those of the library. Ours
//! do what the library's do, and keep a table.
//!
//! # Protocol
//! * A thread that has an isolate's lock has its id in [`LOCKED`]. What it reserves (anonymous memory that nobody may touch yet)
//!   counts for that isolate; what any other thread maps, and memory that is mapped to be used at once, counts for nobody.
//! * A region is put into the table when it has been mapped, and is taken out before it is unmapped, so no two regions of
//!   the table overlap. Whoever unmaps it, on whatever thread, gives it back to the isolate it was counted for.
//! * V8 makes regions whose addresses are aligned by unmapping the ends of larger ones, so regions shrink at both ends.
//! * The table has a mutex. Under it the allocator may be called, which maps and unmaps memory of its own: [`BUSY`] says that
//!   this thread is in there, and need not look. V8 is not called.
//!
//! On systems where V8 calls something else nothing is counted.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::isolate_id::IsolateId;
use crate::memory::heap::HeapState;

thread_local! {
    static LOCKED: Cell<Option<IsolateId>> = const { Cell::new(None) };
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

static TABLE: Mutex<Option<Table>> = Mutex::new(None);

#[derive(Default)]
struct Table {
    isolates: HashMap<IsolateId, Arc<HeapState>>,
    /// By where they begin.
    regions: BTreeMap<usize, Region>,
}

struct Region {
    length: usize,
    heap: Arc<HeapState>,
}

/// From here on what is reserved under the lock of this isolate is counted.
pub(crate) fn count_for(id: IsolateId, heap: &Arc<HeapState>) {
    with_table(|table| table.isolates.insert(id, Arc::clone(heap)));
}

/// There is nobody any more who could lock this isolate. What is reserved for it may still be there.
pub(crate) fn stop_counting_for(id: IsolateId) {
    with_table(|table| table.isolates.remove(&id));
}

/// The calling thread has this isolate's lock from now on, or none.
pub(crate) fn set_locked(id: Option<IsolateId>) {
    LOCKED.set(id);
}

/// `None` if this thread is in there already.
fn with_table<R>(f: impl FnOnce(&mut Table) -> R) -> Option<R> {
    if BUSY.replace(true) {
        return None;
    }
    let result = f(TABLE.lock().get_or_insert_default());
    BUSY.set(false);
    Some(result)
}

/// Who is to be charged for what this thread reserves.
fn account() -> Option<Arc<HeapState>> {
    let id = LOCKED.get()?;
    with_table(|table| table.isolates.get(&id).cloned()).flatten()
}

fn note(start: usize, length: usize, heap: Arc<HeapState>) {
    with_table(|table| table.regions.insert(start, Region { length, heap }));
}

/// These bytes are about to be unmapped.
fn forget(start: usize, length: usize) {
    with_table(|table| table.forget(start, length));
}

impl Table {
    fn forget(&mut self, start: usize, length: usize) {
        let end = start.saturating_add(length);
        let Some((&first, region)) = self.regions.range_mut(..end).next_back() else { return };
        let last = first + region.length;
        if last <= start {
            return;
        }
        match (start <= first, end >= last) {
            (true, true) => {
                if let Some(Region { length, heap }) = self.regions.remove(&first) {
                    heap.reservations().give_back(1, length);
                }
                // There may be others before it.
                self.forget(start, first.saturating_sub(start));
            }
            (true, false) => {
                if let Some(Region { length, heap }) = self.regions.remove(&first) {
                    heap.reservations().give_back(0, end - first);
                    self.regions.insert(end, Region { length: length - (end - first), heap });
                }
                self.forget(start, first.saturating_sub(start));
            }
            (false, true) => {
                region.heap.reservations().give_back(0, last - start);
                region.length = start - first;
            }
            // A hole; nobody makes one.
            (false, false) => {}
        }
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64", not(miri)))]
mod names {
    use std::ffi::{c_int, c_long, c_void};
    use std::ptr;

    use super::{account, forget, note};

    /// As the C library's: maps memory.
    ///
    /// # Safety
    /// That of the library's function.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn mmap64(
        address: *mut c_void,
        length: usize,
        protection: c_int,
        flags: c_int,
        file: c_int,
        offset: libc::off64_t,
    ) -> *mut c_void {
        let reserves = protection == libc::PROT_NONE && flags & libc::MAP_ANONYMOUS != 0;
        let heap = if reserves { account() } else { None };
        if heap.as_ref().is_some_and(|heap| !heap.reserve_addresses(length)) {
            // SAFETY: the thread's own, and always valid.
            unsafe { *libc::__errno_location() = libc::ENOMEM };
            return libc::MAP_FAILED;
        }
        // SAFETY: the arguments are those of the system call, in their order, and the caller answers for what they say. It
        // sets the error, as the library's function does.
        let mapped: c_long =
            unsafe { libc::syscall(libc::SYS_mmap, address, length, protection, flags, file, offset) };
        let mapped = ptr::with_exposed_provenance_mut::<c_void>(mapped.cast_unsigned() as usize);
        if let Some(heap) = heap {
            if mapped == libc::MAP_FAILED {
                heap.reservations().give_back(1, length);
            } else {
                note(mapped.addr(), length, heap);
            }
        }
        mapped
    }

    /// As the C library's: unmaps memory.
    ///
    /// # Safety
    /// That of the library's function.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn munmap(address: *mut c_void, length: usize) -> c_int {
        forget(address.addr(), length);
        // SAFETY: as above.
        let result: c_long = unsafe { libc::syscall(libc::SYS_munmap, address, length) };
        // 0 or -1.
        result as c_int
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::IsolateLimits;

    fn table(regions: &[(usize, usize)], heap: &Arc<HeapState>) -> Table {
        let region = |&(start, length): &(usize, usize)| {
            assert!(heap.reserve_addresses(length));
            (start, Region { length, heap: Arc::clone(heap) })
        };
        Table { regions: regions.iter().map(region).collect(), ..Table::default() }
    }

    #[test]
    fn regions_shrink_at_both_ends_and_go_as_a_whole() {
        let heap = Arc::new(HeapState::new(&IsolateLimits::default()));
        let regions = [(100, 50), (200, 50), (300, 50)];
        for (unmapped, left) in [
            ((0, 100), vec![(100, 50), (200, 50), (300, 50)]),
            ((150, 50), vec![(100, 50), (200, 50), (300, 50)]),
            ((100, 10), vec![(110, 40), (200, 50), (300, 50)]),
            ((90, 20), vec![(110, 40), (200, 50), (300, 50)]),
            ((240, 10), vec![(100, 50), (200, 40), (300, 50)]),
            ((240, 30), vec![(100, 50), (200, 40), (300, 50)]),
            ((300, 50), vec![(100, 50), (200, 50)]),
            ((290, 100), vec![(100, 50), (200, 50)]),
            ((0, 400), vec![]),
            ((150, 300), vec![(100, 50)]),
            ((0, 320), vec![(320, 30)]),
            ((210, 10), vec![(100, 50), (200, 50), (300, 50)]),
            ((0, usize::MAX), vec![]),
        ] {
            let mut table = table(&regions, &heap);
            table.forget(unmapped.0, unmapped.1);
            let found: Vec<_> = table.regions.iter().map(|(start, region)| (*start, region.length)).collect();
            assert_eq!(found, left, "{unmapped:?}");
            table.forget(0, usize::MAX);
            assert_eq!(heap.reservations().counted(), (0, 0), "{unmapped:?}");
        }
    }
}
