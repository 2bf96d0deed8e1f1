//! Giving pages back to the system that stay allocated.

use std::ptr;

/// Gives the whole pages inside of `length` bytes at `address` back, and returns their size. They read as zeros from then on,
/// and take memory again when they are written.
///
/// # Safety
/// The bytes are allocated, their provenance is exposed, and nobody needs what is in them or uses them meanwhile.
pub(super) unsafe fn give_back(address: usize, length: usize) -> usize {
    // SAFETY: no arguments that could be wrong.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(1 << 16).max(1);
    let start = address.next_multiple_of(page);
    let end = (address + length) / page * page;
    if start >= end {
        return 0;
    }
    let pages = ptr::with_exposed_provenance_mut(start);
    // SAFETY: the pages lie inside of bytes that are allocated and that nobody needs, by the contract of this function; what
    // the allocator knows of them lies outside. The system refuses what it cannot do, and nothing has happened then.
    match unsafe { libc::madvise(pages, end - start, libc::MADV_DONTNEED) } {
        0 => end - start,
        _ => 0,
    }
}
