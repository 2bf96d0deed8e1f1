//! Code that V8's compilers finished while nobody had the isolate.
//!
//! V8 compiles hot functions on threads of its own, and asks for the result to be installed by an interrupt of the isolate.
//! Who locks an isolate begins without interrupts: V8 throws away those that came while it was unlocked. A function whose
//! code is ready just then stays as slow as it is, for good: it counts as being compiled, so it is not compiled again. The more
//! an isolate is idle between its turns, the more of its functions are lost in this way.
//!
//! So who locks an isolate asks for the two interrupts again. They are served at the next call of a function, as they would
//! have been, and where nothing is ready nothing happens. V8 has no public function for it. Its own is called, which is part of
//! the library that this crate is linked with, takes V8's own lock, and may be called on any thread; it is a method of the
//! isolate's *stack guard*.
//!
//! # How the stack guard is found
//! It is the second word of an isolate (`v8-internal.h` says so) and begins with a pointer to the isolate. The interrupt leads V8 to its
//! two dispatchers of compiled code without a look at whether there are any, which there are not if an embedder has started V8 without
//! concurrent compilation. They too begin with a pointer to the isolate. If one of the three is not found, or the version is not the
//! one that is known, nothing is asked for, and a test fails.

use std::ffi::c_void;
use std::ptr;

/// The version whose isolates are known.
const VERSION: &str = "15.2.124.1-rusty";

const WORD: usize = size_of::<usize>();

/// Where an isolate has its stack guard, in words.
const STACK_GUARD: usize = 1;

/// Where it has the pointers to what installs code of the one compiler and of the other, likewise.
const DISPATCHERS: [usize; 2] = [9028, 8538];

/// The interrupts `INSTALL_CODE` and `INSTALL_MAGLEV_CODE`.
const INSTALL: u32 = (1 << 2) | (1 << 9);

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
unsafe extern "C" {
    /// `v8::internal::StackGuard::RequestInterrupt(InterruptFlag)`
    #[link_name = "_ZN2v88internal10StackGuard16RequestInterruptENS1_13InterruptFlagE"]
    fn request_interrupt(stack_guard: *mut c_void, interrupts: u32);
}

/// Where finished code of an isolate is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct FinishedCode {
    stack_guard: usize,
}

impl FinishedCode {
    /// Finds it for the isolate at this address.
    ///
    /// # Safety
    /// The isolate is one of the V8 that this crate is linked with, it lives, and only this thread uses it now.
    pub(super) unsafe fn find(isolate: *mut c_void) -> Option<Self> {
        if cfg!(not(all(target_os = "linux", target_arch = "x86_64"))) || v8::V8::get_version() != VERSION {
            return None;
        }
        let isolate = isolate.expose_provenance();
        // SAFETY: isolates of this version are larger than this.
        let word = |index: usize| unsafe { read(isolate + index * WORD) };
        // SAFETY: isolates of this version have pointers to objects here, or null.
        let is_its_own = |dispatcher: usize| dispatcher != 0 && unsafe { read(dispatcher) } == isolate;
        let found = word(STACK_GUARD) == isolate && DISPATCHERS.map(word).into_iter().all(is_its_own);
        found.then_some(Self { stack_guard: isolate + STACK_GUARD * WORD })
    }

    /// Has the isolate install what is finished, at the next call of a function.
    ///
    /// # Safety
    /// The isolate lives.
    pub(super) unsafe fn ask(&self) {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        // SAFETY: it is the stack guard of an isolate that lives.
        unsafe {
            request_interrupt(ptr::with_exposed_provenance_mut(self.stack_guard), INSTALL);
        }
    }
}

/// # Safety
/// There is a word of memory at this address, which V8 has written and nobody writes now.
unsafe fn read(address: usize) -> usize {
    // SAFETY: by the contract of this function.
    unsafe { ptr::with_exposed_provenance::<usize>(address).read_volatile() }
}

#[cfg(all(test, not(loom)))]
mod tests;
