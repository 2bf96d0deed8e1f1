//! A locked isolate as safe code may have it, and the unsafe ways to the `v8::Isolate` behind it.
//!
//! # Why the raw isolate is unsafe to get
//! Any thread may have an isolate's next turn, so everything that hangs on an isolate must be `Send`. V8's bindings do
//! not ask for that: `v8::Isolate::set_slot` takes any `T: 'static`, and every scope, the one that a host function gets
//! included, dereferences to the isolate. An `Rc` in a slot would be a data race without a line of unsafe code. So whoever
//! wants the isolate, or a scope, promises in an unsafe block to put nothing on it that must stay on its thread; what can
//! do no harm is offered by [`EnteredIsolate`] itself.

use std::fmt;

/// An isolate that is locked and entered on this thread.
///
/// Neither `Send` nor `Sync`.
#[repr(transparent)]
pub struct EnteredIsolate(v8::Isolate);

impl EnteredIsolate {
    pub(crate) fn of(isolate: &mut v8::Isolate) -> &mut Self {
        let isolate: *mut v8::Isolate = isolate;
        // SAFETY: the two have the same layout, and the result borrows what the argument did.
        unsafe { &mut *isolate.cast::<Self>() }
    }

    pub(crate) fn of_ref(isolate: &v8::Isolate) -> &Self {
        let isolate: *const v8::Isolate = isolate;
        // SAFETY: as above.
        unsafe { &*isolate.cast::<Self>() }
    }

    /// The isolate, for this crate, which keeps the promises of [`raw`](Self::raw).
    pub(crate) fn inner(&mut self) -> &mut v8::Isolate {
        &mut self.0
    }

    pub(crate) fn inner_ref(&self) -> &v8::Isolate {
        &self.0
    }

    /// The isolate of V8's bindings.
    ///
    /// # Safety
    /// Of what the caller does with it, and with every scope that it makes of it:
    ///
    /// * What is put on the isolate or its contexts (slots, embedder data, what an [`v8::External`] points to) must be
    ///   `Send`, because any thread may have the next turn, and the one that disposes the isolate is another again.
    /// * The isolate must still be in its place, and the one that is entered, when the borrow ends: it is not swapped with
    ///   another, and others that are entered meanwhile are exited again.
    pub unsafe fn raw(&mut self) -> &mut v8::Isolate {
        &mut self.0
    }
}

impl fmt::Debug for EnteredIsolate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnteredIsolate").finish_non_exhaustive()
    }
}

/// What is done once with a new isolate.
#[derive(Clone, Copy, Debug)]
pub struct Preparation(fn(&mut v8::Isolate));

impl Preparation {
    /// `prepare` is called once with each new isolate, while it is entered.
    ///
    /// # Safety
    /// `prepare` must do with the isolate nothing that [`EnteredIsolate::raw`] forbids.
    pub const unsafe fn new(prepare: fn(&mut v8::Isolate)) -> Self {
        Self(prepare)
    }

    pub(crate) fn apply(self, isolate: &mut v8::Isolate) {
        (self.0)(isolate);
    }
}
