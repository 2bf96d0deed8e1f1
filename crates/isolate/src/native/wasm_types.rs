//! The types of Wasm modules, of which V8 keeps one of each for the whole process.
//!
//! Modules of all isolates that write down the same type (a function's, a structure's, an array's) mean the same one, so V8 has
//! a table of them, which only grows: what is in it stays when the module goes and when the isolate goes. It has room for two
//! million, and takes some hundred bytes for each. When a type more is asked for V8 gives up, *with the mutex of the table
//! locked*: from then on whoever compiles a module waits for ever, and sleeping in the place of the abort, as for a heap that is
//! full, would give up one thread after another. So that ends the process (`fatal.rs`).
//!
//! # Protocol
//! V8 adds types where it reads the section of a module that declares them, and for a `WebAssembly.Tag`; nowhere else. Whoever
//! has it read a module has [room](reserve) for all the types that are declared in it, from before V8 begins until it is done with
//! them. What V8 knows and what is reserved are together never more than it has room for, so no number of modules that are read at
//! the same time fills the table. No room is given once V8 knows [`MOST`] types, or keeps [`MOST_BYTES`] for them. A thread that V8
//! parks in between adds no more, so it gives its room back.
//!
//! Reading a module may go on in the background, when nobody knows what has room for it. So the bootstrap of `exec` has V8
//! read a module of the types alone first, on the isolate's thread, for which there is room: those of the whole are in the table then.
//!
//! V8 asks besides, before it compiles a module for a script, whether that is allowed (never for `WebAssembly.validate`): for
//! isolates without that bootstrap none is allowed from the same bounds on, which keeps them from it one module at a time.
//!
//! Whoever runs a server should start the next one long before
//! ([`Platform::wasm_table`](crate::platform::Platform::wasm_table)).
//!
//! V8 has no function for it in its interface, so its C++ names are used, which are the same on every system that follows the
//! Itanium ABI. If a version of V8 does not have them the program does not link.

use std::cell::Cell;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::memory::type_section::TypeSection;

/// So many types V8 has room for.
const CAPACITY: usize = 2_000_000;

/// No module is read once V8 knows so many types.
pub(crate) const MOST: usize = CAPACITY / 2;

/// Likewise, once they take so much.
pub(crate) const MOST_BYTES: usize = 256 << 20;

/// A section with types is no longer. It may declare half a million.
pub(crate) const LONGEST_SECTION: usize = 1 << 20;

/// For types that come without a module: tags, whose constructor may be in the middle of calls of itself when there is no room left.
const FOR_TAGS: usize = 20_000;

/// A module that declares more is large.
const LARGE: usize = 10_000;

/// What large ones leave to others, whatever is read at the same time.
const FOR_OTHERS: usize = 200_000;

/// What V8 says when its table is full.
pub(super) const FULL: &str = "too many canonicalized types";

// SAFETY: declared in V8's `src/wasm/canonical-types.h` as `TypeCanonicalizer* GetTypeCanonicalizer()` and as the methods
// `size_t TypeCanonicalizer::GetCurrentNumberOfTypes() const` and `size_t TypeCanonicalizer::EstimateCurrentMemoryConsumption()
// const`, whose object goes before their arguments.
unsafe extern "C" {
    #[link_name = "_ZN2v88internal4wasm20GetTypeCanonicalizerEv"]
    fn type_canonicalizer() -> *const c_void;

    #[link_name = "_ZNK2v88internal4wasm17TypeCanonicalizer23GetCurrentNumberOfTypesEv"]
    fn current_number_of_types(canonicalizer: *const c_void) -> usize;

    #[link_name = "_ZNK2v88internal4wasm17TypeCanonicalizer32EstimateCurrentMemoryConsumptionEv"]
    fn current_memory(canonicalizer: *const c_void) -> usize;
}

/// An isolate has been made: V8 has been started.
static ANY_ISOLATE: AtomicBool = AtomicBool::new(false);

/// How many types there is room for beside those that V8 knows. Locked before the mutex of V8's table.
static RESERVED: Mutex<usize> = Mutex::new(0);

thread_local! {
    /// What is reserved for modules that this thread has V8 read.
    static RESERVED_HERE: Cell<usize> = const { Cell::new(0) };
}

/// What V8 keeps of the types of all modules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WasmTable {
    /// How many types.
    pub types: usize,
    /// What they take, in bytes.
    pub bytes: usize,
}

impl WasmTable {
    /// No module is read once as much as this is reached.
    pub const MOST: Self = Self { types: MOST, bytes: MOST_BYTES };

    /// That of this process. Empty without an isolate.
    pub(crate) fn now() -> Self {
        if !ANY_ISOLATE.load(Ordering::Acquire) {
            return Self::default();
        }
        // SAFETY: V8 has been started. It made its only table then, and keeps it as long as the process lives.
        let canonicalizer = unsafe { type_canonicalizer() };
        // SAFETY: as above; the methods take the mutex of the table, and may be called on any thread.
        unsafe {
            Self { types: current_number_of_types(canonicalizer), bytes: current_memory(canonicalizer) }
        }
    }

    /// Whether a module may be read at all.
    pub fn has_room(self) -> bool {
        self.types < MOST && self.bytes < MOST_BYTES
    }
}

/// Why a module is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoWasmRoom {
    /// It declares too much.
    #[error("its types take more than {} KiB", LONGEST_SECTION >> 10)]
    Section,
    /// V8 knows too many types, and forgets none.
    #[error("V8 has no room for its types")]
    Full,
    /// Too many are declared by modules that are read now.
    #[error("too many types are read at the same time")]
    Busy,
}

/// While this lives there is room for the types of a module, which V8 may read on this thread.
#[derive(Debug)]
#[must_use]
pub struct WasmRoom {
    types: usize,
    known_before: usize,
    on_this_thread: PhantomData<*const ()>,
}

impl WasmRoom {
    /// How many types V8 has come to know meanwhile: those of this module that are new, and others that were read at the same time,
    /// but no more than there is room for.
    pub fn new_types(&self) -> usize {
        WasmTable::now().types.saturating_sub(self.known_before).min(self.types)
    }
}

impl Drop for WasmRoom {
    fn drop(&mut self) {
        give_back(self.types);
    }
}

/// Makes room for these types.
pub(crate) fn reserve(section: &TypeSection) -> Result<WasmRoom, NoWasmRoom> {
    if section.bytes() > LONGEST_SECTION {
        return Err(NoWasmRoom::Section);
    }
    let types = section.most();
    let mut reserved = RESERVED.lock();
    let known = WasmTable::now();
    if !known.has_room() {
        return Err(NoWasmRoom::Full);
    }
    let left_to_others = if types > LARGE { FOR_TAGS + FOR_OTHERS } else { FOR_TAGS };
    if known.types + *reserved + types > CAPACITY - left_to_others {
        return Err(NoWasmRoom::Busy);
    }
    *reserved += types;
    RESERVED_HERE.set(RESERVED_HERE.get() + types);
    Ok(WasmRoom { types, known_before: known.types, on_this_thread: PhantomData })
}

fn give_back(types: usize) {
    RESERVED_HERE.set(RESERVED_HERE.get() - types);
    *RESERVED.lock() -= types;
}

/// The calling thread will never go on.
pub(super) fn thread_is_parked() {
    give_back(RESERVED_HERE.get());
}

/// Has V8 ask before it compiles a module in this isolate.
pub(super) fn guard(isolate: &mut v8::Isolate) {
    ANY_ISOLATE.store(true, Ordering::Release);
    isolate.set_allow_wasm_code_generation_callback(may_compile);
}

unsafe extern "C" fn may_compile(_: v8::Local<v8::Context>, _: v8::Local<v8::String>) -> bool {
    WasmTable::now().has_room()
}
