//! One turn of one task.

use std::ops::{Deref, DerefMut};
use std::time::Instant;

use crate::locker_managed_isolate::LockerManagedIsolate;
use crate::task::Interruption;
use crate::thread_slot::ThreadSlot;

/// A turn: the isolate, locked and entered on this thread, for as long as one
/// [`poll_turn`](crate::IsolateTask::poll_turn) lasts. Dereferences to the [`v8::Isolate`].
pub struct Turn<'a> {
    pub(crate) lock: &'a mut v8::Isolate,
    pub(crate) isolate: &'a LockerManagedIsolate,
    pub(crate) slot: &'a ThreadSlot,
    pub(crate) began: Instant,
}

impl Turn<'_> {
    /// Why the JavaScript of this turn was stopped, if it was. After an interruption the task should run no
    /// more JavaScript in this turn; what is left in the microtask queue is thrown away when the turn ends.
    pub fn interruption(&self) -> Option<Interruption> {
        if self.isolate.memory_limit_hit() {
            return Some(Interruption::Memory);
        }
        self.slot.interruption()
    }

    /// When it began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// The isolate's limits, memory accounting and identity.
    pub fn managed(&self) -> &LockerManagedIsolate {
        self.isolate
    }

    /// Runs the tasks that V8 posted to this isolate, such as the end of an asynchronous Wasm compilation.
    pub fn pump_platform(&mut self) {
        self.isolate.platform().pump(self.lock);
    }
}

impl Deref for Turn<'_> {
    type Target = v8::Isolate;

    fn deref(&self) -> &v8::Isolate {
        self.lock
    }
}

impl DerefMut for Turn<'_> {
    fn deref_mut(&mut self) -> &mut v8::Isolate {
        self.lock
    }
}
