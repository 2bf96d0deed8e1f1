//! The large backing stores of an isolate, so that the memory of one that is lost can be given back.
//!
//! When V8 parks a thread, its isolate is never disposed: nothing in it will be freed by anybody. What can be given back
//! are pages whose addresses are known, and that nobody looks at any more. V8 tells nobody where its heap is; but its
//! `ArrayBuffer`s come from our allocator, and those of a mebibyte or more are noted here.
//!
//! # Who may touch what, and when
//! A store is noted after it was allocated and forgotten before it is freed, under the mutex. So what is noted under
//! the mutex is allocated. V8 frees on threads of its own too, also after the isolate's thread was parked.
//!
//! The pages of a store are given back under the mutex, by the isolate's own thread, which never runs anything else
//! again, and with which nobody else can lock the isolate. Nobody reads the store afterwards: its bytes are reached through
//! the isolate only (host functions copy them, and keep no backing store beyond a turn). The store stays allocated, with
//! zeros in the place of its contents. A thread that was merely **abandoned** runs, and keeps what it has.

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use super::pages;

/// A store of this size is large, in bytes. Smaller ones are not worth a lock each time.
const LARGE: usize = 1 << 20;

/// Addresses and sizes of large stores.
#[derive(Debug, Default)]
pub(crate) struct LargeBuffers(Mutex<FxHashMap<usize, usize>>);

impl LargeBuffers {
    /// Notes a store that has been allocated. Costs nothing if it is not large.
    pub(super) fn note(&self, store: *mut u8, length: usize) {
        if length >= LARGE && !store.is_null() {
            self.0.lock().insert(store.expose_provenance(), length);
        }
    }

    /// Forgets a store that is about to be freed.
    pub(super) fn forget(&self, store: *mut u8, length: usize) {
        if length >= LARGE {
            self.0.lock().remove(&store.addr());
        }
    }

    /// Gives the pages of all large stores back to the system. Returns their size, in bytes.
    ///
    /// # Safety
    /// Nobody reads or writes the contents of any of them from now on.
    pub(super) unsafe fn give_back(&self) -> usize {
        let stores = self.0.lock();
        // SAFETY: what is noted is not freed, and nobody needs its contents by the contract of this function.
        let give_back = |(&address, &length): (&usize, &usize)| unsafe { pages::give_back(address, length) };
        stores.iter().map(give_back).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_pages_inside_are_given_back() {
        let mut store = vec![7_u8; 3 * LARGE];
        let (address, length) = (store.as_mut_ptr(), store.len());
        let buffers = LargeBuffers::default();
        buffers.note(address, length);
        buffers.note(address.wrapping_add(length), 10);
        // SAFETY: the test reads the contents only to see that they are gone.
        let given_back = unsafe { buffers.give_back() };
        assert!(given_back > length - (1 << 17) && given_back <= length, "{given_back}");
        let zeros = store.iter().filter(|byte| **byte == 0).count();
        assert_eq!(zeros, given_back);
        buffers.forget(address, length);
        // SAFETY: as above; nothing is noted any more.
        assert_eq!(unsafe { buffers.give_back() }, 0);
    }
}
