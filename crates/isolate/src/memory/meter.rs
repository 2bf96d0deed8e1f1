//! What V8 holds outside of its heap, as the allocator of the process counts it.
//!
//! V8 keeps memory behind small objects that none of its own figures shows: what ICU makes for `Intl`, the bytes of a
//! Wasm module, the zones of a parser. It comes from `malloc`, on the thread that runs the JavaScript. So an allocator
//! that counts by thread tells what an isolate has come to hold: the difference over the time that a thread spends
//! inside V8.
//!
//! # Protocol
//! The owner of the process installs a [meter](set_allocation_meter). Whoever goes into V8 on behalf of an isolate holds
//! [`HeapState::inside_v8`](crate::HeapState::inside_v8) meanwhile; a host function that V8 calls holds [`outside_v8`],
//! and so does our allocator of `ArrayBuffer`s, which has an account of its own. The two nest in each other, and a guard
//! within one of its own kind changes nothing. Taking and releasing the isolate's lock is time inside V8: V8 frees there what it
//! has kept for the thread since its last turn. Only the thread that has the isolate's lock writes its account, so a load
//! and a store do; others read it.
//!
//! # How far the account is from the truth
//! * What V8 allocates on one of its worker threads and frees on the isolate's thread (the optimising compiler) makes it
//!   too small; it stops at zero. These sizes are those of compilations, a few hundred kilobytes at a time.
//! * What V8 allocates on the isolate's thread and frees on a worker (the records of swept `ArrayBuffer`s, slots of the
//!   remembered set) makes it too large, by tens of bytes for each object of that kind. The allocator of buffers sees the
//!   frees of the former, and gives their records back ([`NativeAccount::freed_elsewhere`]).
//! * Nothing that the host allocates on one thread and frees on another counts at all.
//!
//! So the error grows with the garbage of a long life, slowly. It is forgotten with the isolate: one whose account is
//! above its limit when it is collected [for being idle](crate::TurnIsolate::collect_if_idle) is given up while nobody
//! uses it, which costs a request nothing.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

/// What a thread has allocated and freed since it began, in bytes; both only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadAllocations {
    /// Bytes allocated by the thread, whoever freed them.
    pub allocated: u64,
    /// Bytes freed by the thread, whoever allocated them.
    pub freed: u64,
}

type Meter = fn() -> ThreadAllocations;

static METER: OnceLock<Meter> = OnceLock::new();

/// Installs what tells the allocations of the calling thread; it is called several times in each turn, and so should
/// cost nanoseconds. The allocator it tells of must be the one that V8 uses. Returns false if there is one already.
///
/// Without one, isolates are held to what V8 itself reports of its native memory: zones of the parser and compilers, the
/// string table. `Intl` objects and the bytes of Wasm modules are not among it, and the zones of Wasm's compiler are those of
/// all isolates: one that is used while a neighbour compiles much may be stopped for that.
pub fn set_allocation_meter(meter: fn() -> ThreadAllocations) -> bool {
    METER.set(meter).is_ok()
}

pub(crate) fn is_installed() -> bool {
    METER.get().is_some()
}

thread_local! {
    /// The reading when this thread went into V8, if it is inside and its account is kept.
    static INSIDE_SINCE: Cell<Option<i64>> = const { Cell::new(None) };
    /// What this thread has come to hold while it was [outside](outside_v8).
    static HELD_OUTSIDE: Cell<i64> = const { Cell::new(0) };
}

/// What the thread holds, as far as it came to it since it began.
fn held(meter: Meter) -> i64 {
    let ThreadAllocations { allocated, freed } = meter();
    allocated.wrapping_sub(freed).cast_signed()
}

/// The same without what it came to outside of V8: only differences mean something.
fn reading(meter: Meter) -> i64 {
    held(meter).wrapping_sub(HELD_OUTSIDE.get())
}

/// The native memory of one isolate.
#[derive(Debug, Default)]
pub(crate) struct NativeAccount {
    bytes: AtomicI64,
}

impl NativeAccount {
    /// Bytes held now; with what came since the thread went into V8, if the calling thread is there.
    pub(crate) fn bytes(&self) -> usize {
        let since = METER.get().zip(INSIDE_SINCE.get()).map_or(0, |(meter, since)| reading(*meter) - since);
        usize::try_from(self.bytes.load(Ordering::Relaxed).saturating_add(since)).unwrap_or(0)
    }

    /// See [`HeapState::inside_v8`](crate::HeapState::inside_v8).
    pub(crate) fn inside(&self) -> InsideV8<'_> {
        let meter = METER.get().copied().filter(|_| INSIDE_SINCE.get().is_none());
        if let Some(meter) = meter {
            INSIDE_SINCE.set(Some(reading(meter)));
        }
        InsideV8 { account: meter.map(|meter| (self, meter)), on_this_thread: PhantomData }
    }

    /// Something of this size, which V8 allocated while the account was kept, was freed by a thread of V8's own.
    pub(crate) fn freed_elsewhere(&self, bytes: i64) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Stops at zero.
    fn add(&self, bytes: i64) {
        let after = self.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if after < 0 {
            self.bytes.fetch_sub(after, Ordering::Relaxed);
        }
    }
}

/// While this lives, what the thread allocates and frees counts for an isolate.
#[must_use]
pub struct InsideV8<'a> {
    account: Option<(&'a NativeAccount, Meter)>,
    on_this_thread: PhantomData<*const ()>,
}

impl Drop for InsideV8<'_> {
    fn drop(&mut self) {
        if let Some((account, meter)) = self.account
            && let Some(since) = INSIDE_SINCE.take()
        {
            account.add(reading(meter).wrapping_sub(since));
        }
    }
}

/// While the result lives, what the thread allocates and frees counts for nobody: in functions of the host that V8
/// calls, whose memory may be freed by others.
pub fn outside_v8() -> OutsideV8 {
    // Where nothing counts, there is nothing to leave out.
    let outside = METER.get().zip(INSIDE_SINCE.take()).map(|(meter, since)| (*meter, held(*meter), since));
    OutsideV8 { outside, on_this_thread: PhantomData }
}

/// See [`outside_v8`].
#[must_use]
pub struct OutsideV8 {
    /// The meter, what the thread held, and since when it was inside.
    outside: Option<(Meter, i64, i64)>,
    on_this_thread: PhantomData<*const ()>,
}

/// Whether the calling thread is inside V8 for an isolate whose account is kept.
pub(crate) fn is_inside() -> bool {
    INSIDE_SINCE.get().is_some()
}

impl Drop for OutsideV8 {
    fn drop(&mut self) {
        if let Some((meter, before, since)) = self.outside {
            HELD_OUTSIDE.set(HELD_OUTSIDE.get().wrapping_add(held(meter).wrapping_sub(before)));
            INSIDE_SINCE.set(Some(since));
        }
    }
}
