//! The types of Wasm modules, of which V8 keeps one of each for the whole process.
//!
//! Modules of all isolates that write down the same type (a function's, a structure's, an array's) mean the same one, so V8 has
//! a table of them, which only grows: what is in it stays when the module goes and when the isolate goes. It has room for two
//! million, and takes some hundred bytes for each. When a type more is asked for V8 gives up, *with the mutex of the table
//! locked*: from then on whoever compiles a module waits for ever, and sleeping in the place of the abort, as for a heap that is
//! full, would give up one thread after another. So that ends the process (`fatal.rs`).
//!
//! V8 asks before it compiles a module for a script whether that is allowed. A module has a million types at most, so none is
//! allowed once there are [`MOST`]: the script gets a `CompileError`. It does not ask for `WebAssembly.validate`, nor for modules
//! that the host compiles: who offers these asks first
//! ([`Platform::has_room_for_wasm`](crate::platform::Platform::has_room_for_wasm)). That keeps the table from being full, with an
//! exception: V8 knows no types of a module before it has read it, so that several of the largest at the same time are more than there is
//! room for. Whoever runs a server should start the next one long before
//! ([`Platform::wasm_types`](crate::platform::Platform::wasm_types)).
//!
//! V8 has no function for it in its interface, so its C++ names are used, which are the same on every system that follows the
//! Itanium ABI. If a version of V8 does not have them the program does not link.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

/// No module is compiled once V8 has so many types: half of what it has room for, and as many as one module may have.
pub(crate) const MOST: usize = 1_000_000;

/// What V8 says when its table is full.
pub(super) const FULL: &str = "too many canonicalized types";

// SAFETY: declared in V8's `src/wasm/canonical-types.h` as `TypeCanonicalizer* GetTypeCanonicalizer()` and as the method
// `size_t TypeCanonicalizer::GetCurrentNumberOfTypes() const`, whose object goes before its arguments.
unsafe extern "C" {
    #[link_name = "_ZN2v88internal4wasm20GetTypeCanonicalizerEv"]
    fn type_canonicalizer() -> *const c_void;

    #[link_name = "_ZNK2v88internal4wasm17TypeCanonicalizer23GetCurrentNumberOfTypesEv"]
    fn current_number_of_types(canonicalizer: *const c_void) -> usize;
}

/// An isolate has been made: V8 has been started.
static ANY_ISOLATE: AtomicBool = AtomicBool::new(false);

/// How many types V8 has come to know since it was started. None without an isolate.
pub(crate) fn count() -> usize {
    if !ANY_ISOLATE.load(Ordering::Acquire) {
        return 0;
    }
    // SAFETY: V8 has been started. It made its only table then, and keeps it as long as the process lives.
    let canonicalizer = unsafe { type_canonicalizer() };
    // SAFETY: as above; the method takes the mutex of the table, and may be called on any thread.
    unsafe { current_number_of_types(canonicalizer) }
}

/// Has V8 ask before it compiles a module in this isolate.
pub(super) fn guard(isolate: &mut v8::Isolate) {
    ANY_ISOLATE.store(true, Ordering::Release);
    isolate.set_allow_wasm_code_generation_callback(may_compile);
}

unsafe extern "C" fn may_compile(_: v8::Local<v8::Context>, _: v8::Local<v8::String>) -> bool {
    count() < MOST
}
