//! The C library's allocator.

/// Makes the C library's allocator divide its memory among that many arenas at most, instead of eight for each core. An
/// isolate is used and disposed on other threads than it was made on, so that each arena keeps free memory of its own.
pub(crate) fn bound_arenas(count: usize) {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: may be called at any time, from any thread.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, libc::c_int::try_from(count).unwrap_or(libc::c_int::MAX));
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = count;
}

/// Asks the C library's allocator to give free memory back to the system. Takes milliseconds.
pub(crate) fn trim_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: may be called at any time, from any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}
