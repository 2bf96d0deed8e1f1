//! Caches of an isolate that have a fixed size, and take half a megabyte even if nothing is in them.
//!
//! V8 gives every isolate three *stub caches* of 120 KiB, where code that meets objects of many shapes looks up how to get at a
//! property, and two *code caches* of some 60 KiB, where a walk of the stack looks up which code an address is in (compiled
//! JavaScript in one, Wasm in the other). It writes an empty entry into each place: when the isolate is made, and, but for
//! Wasm, at each complete collection. Most workers never fill more than a few pages of them. So the pages of caches that are empty
//! go back to the system, and come again, as zeros, when they are touched.
//!
//! # Why zeros are as good as empty entries
//! A code cache is zeros until it is used. An entry of a stub cache is a name, a handler and a map. It counts if both name and
//! map are the ones that are looked for, which are objects; an empty one has the small integer zero for a map, and so has one
//! of zeros. V8 moves an entry that it replaces to a second table, unless its map is a small integer. Nothing else reads them:
//! neither the collector, which only makes them empty, nor the compilers, which only know their addresses. All of them are
//! used by whoever has the isolate's lock, and by nobody else. An entry of a code cache may own memory, so of these only pages
//! are given back that are zeros already.
//!
//! # How they are found
//! V8 has no function for it. The isolate has pointers to its caches, at offsets that are known of one version. They are
//! believed if everything agrees: the version; the addresses of the stub caches, which stand in the isolate twice, the
//! second time in the table through which compiled code finds them; and the pointer to the isolate that each stub cache ends
//! with and the first code cache begins with. Otherwise nothing is given back, and a test fails.

use std::ffi::c_void;
use std::ptr;

use super::pages;

/// The version whose isolates are known.
const VERSION: &str = "15.2.124.1-rusty";

const WORD: usize = size_of::<usize>();

/// What is given back of a code cache at a time; nothing of it where pages are larger.
const PAGE: usize = 4096;

/// Where the isolate has the pointers to its stub caches, one behind the other, and to its code caches, in words.
const STUB_CACHES: usize = 8444;
const CODE_CACHES: [usize; 2] = [8455, 9115];

/// Where compiled code has the addresses of the stub caches: for each, six of them.
const REFERENCES: usize = 2954;
const REFERENCES_OF_EACH: usize = 6;

/// Words of an entry of a stub cache: name, handler, map.
const ENTRY: usize = 3;

/// Entries of the two tables of a stub cache.
const ENTRIES: usize = (1 << 12) + (1 << 10);

/// Bytes of a stub cache, without the pointer to its isolate behind it.
const LENGTH: usize = ENTRIES * ENTRY * WORD;

/// Where the caches of an isolate are.
#[derive(Clone, Copy, Debug)]
pub(super) struct IdleCaches {
    isolate: usize,
    stub_caches: [usize; 3],
    /// Address and length, without the first word.
    code_caches: [(usize, usize); 2],
}

impl IdleCaches {
    /// Finds those of the isolate at this address.
    ///
    /// # Safety
    /// The isolate is one of the V8 that this crate is linked with, it lives, and only this thread uses it now.
    pub(super) unsafe fn find(isolate: *mut c_void) -> Option<Self> {
        if v8::V8::get_version() != VERSION {
            return None;
        }
        // SAFETY: V8 gets its memory for an isolate from the C library's functions.
        let words = unsafe { allocation_size(isolate) } / WORD;
        if words <= CODE_CACHES[1] {
            return None;
        }
        let isolate = isolate.expose_provenance();
        // SAFETY: the isolate is larger than this, and it has been written as a whole.
        let word = |index: usize| unsafe { read(isolate + index * WORD) };
        let stub_caches = [0, 1, 2].map(|n| word(STUB_CACHES + n));
        let references = [0, 1, 2].map(|n| word(REFERENCES + n * REFERENCES_OF_EACH));
        // SAFETY: an address that the isolate has in both places is one of a stub cache, which is longer by a word.
        let is_its_own = |cache: &usize| unsafe { read(cache + LENGTH) } == isolate;
        if stub_caches != references || stub_caches[0] == 0 || !stub_caches.iter().all(is_its_own) {
            return None;
        }
        let code_caches = CODE_CACHES.map(word);
        // SAFETY: by now it is certain that the isolate is as the offsets say, and this is the pointer to a cache.
        if unsafe { read(code_caches[0]) } != isolate {
            return None;
        }
        let rest = |cache: usize| {
            // SAFETY: as above; V8 gets its memory from the C library's functions.
            let length = unsafe { allocation_size(ptr::with_exposed_provenance_mut(cache)) };
            (cache + WORD, length.saturating_sub(WORD))
        };
        Some(Self { isolate, stub_caches, code_caches: code_caches.map(rest) })
    }

    /// Gives back the pages of those that are empty. Returns how many bytes that are. Takes some 50 µs.
    ///
    /// # Panics
    /// If they are of an isolate at another address than this.
    ///
    /// # Safety
    /// The isolate lives, and only this thread uses it now.
    pub(super) unsafe fn give_back(&self, isolate: *mut c_void) -> usize {
        assert_eq!(isolate.addr(), self.isolate, "the caches must be those of the isolate");
        let mut given_back = 0;
        for cache in self.stub_caches {
            let mut maps = (ENTRY - 1..ENTRIES * ENTRY).step_by(ENTRY);
            // SAFETY: the words are those of the cache, which lives as long as its isolate.
            if maps.all(|word| unsafe { read(cache + word * WORD) } == 0) {
                // SAFETY: the cache is allocated, only this thread uses it, and what is in it is as good as zeros.
                given_back += unsafe { pages::give_back(cache, LENGTH) };
            }
        }
        for (cache, length) in self.code_caches {
            let end = cache + length;
            for page in (cache.next_multiple_of(PAGE)..end.saturating_sub(PAGE - 1)).step_by(PAGE) {
                // SAFETY: the words are in the allocation of the cache, which lives as long as its isolate.
                if (0..PAGE).step_by(WORD).all(|offset| unsafe { read(page + offset) } == 0) {
                    // SAFETY: the page is allocated, only this thread uses it, and there are only zeros in it.
                    given_back += unsafe { pages::give_back(page, PAGE) };
                }
            }
        }
        given_back
    }
}

/// # Safety
/// There is a word of memory at this address, which V8 has allocated and nobody writes now.
unsafe fn read(address: usize) -> usize {
    // SAFETY: by the contract of this function. Volatile, since what is there may never have been written.
    unsafe { ptr::with_exposed_provenance::<usize>(address).read_volatile() }
}

/// Bytes of an allocation from its beginning on; 0 where the C library does not tell.
///
/// # Safety
/// It comes from the C library's functions.
unsafe fn allocation_size(allocation: *mut c_void) -> usize {
    #[cfg(target_os = "linux")]
    // SAFETY: by the contract of this function.
    return unsafe { libc::malloc_usable_size(allocation) };
    #[cfg(not(target_os = "linux"))]
    {
        let _ = allocation;
        0
    }
}

#[cfg(test)]
mod tests;
