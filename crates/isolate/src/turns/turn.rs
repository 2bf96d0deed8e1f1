//! One turn of one task.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use crate::isolates::locker_managed_isolate::ManagedIsolate;
use crate::memory::check;
use crate::memory::meter::InsideV8;
use crate::native::EnteredIsolate;
use crate::platform::timekeeper::Alarm;
use crate::turns::task::{Interruption, TaskCell};
use crate::turns::thread_slot::ThreadSlot;

/// A turn: the isolate, locked and entered on this thread, for as long as one
/// [`poll_turn`](crate::IsolateTask::poll_turn) lasts. Dereferences to the
/// [`EnteredIsolate`].
pub struct Turn<'a> {
    pub(crate) lock: &'a mut EnteredIsolate,
    pub(crate) isolate: &'a ManagedIsolate,
    pub(crate) slot: &'a ThreadSlot,
    pub(crate) task: &'a Arc<TaskCell>,
    pub(crate) began: Instant,
    /// `None` until [`run_foreground_tasks`](Self::run_foreground_tasks) is called.
    pub(crate) ran_foreground_tasks: Option<bool>,
}

impl<'a> Turn<'a> {
    /// Why the JavaScript of this turn was stopped, if it was. After an interruption the task should run no
    /// more JavaScript in this turn; what is left in the microtask queue is thrown away when the turn ends.
    pub fn interruption(&self) -> Option<Interruption> {
        if self.isolate.memory_limit_hit() {
            return Some(Interruption::Memory);
        }
        self.slot.interruption()
    }

    /// Where the JavaScript of this turn was when it was stopped, if that is known: lines of a stack, the innermost first. It
    /// is known of CPU time and deadlines, unless the code was deep inside of V8. Taken by the first call.
    pub fn stack_at_interruption(&self) -> Option<String> {
        self.isolate.shared().limit_stack().take()
    }

    /// When it began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Wakes the task at `at`, or as soon as possible after. Cheaper than an [`Alarm`] with the task's waker.
    pub fn alarm(&self, at: Instant) -> Alarm {
        Alarm::of_task(at, Arc::clone(self.task) as _)
    }

    /// The isolate's limits, memory accounting and identity.
    pub fn managed(&self) -> &ManagedIsolate {
        self.isolate
    }

    /// To be held while the turn is inside of V8: see [`HeapState::inside_v8`](crate::HeapState::inside_v8).
    pub fn inside_v8(&self) -> InsideV8<'a> {
        self.isolate.heap_state().inside_v8()
    }

    /// Collects all garbage now: 5 to 60 ms.
    pub fn collect_garbage(&mut self) {
        let isolate = self.isolate;
        check::collect(self.lock.inner(), isolate.heap_state());
    }

    /// Runs the tasks that V8 posted to this isolate and that are ready, such as the end of an asynchronous Wasm
    /// compilation. Returns whether there were any; then the microtasks that follow from them, and an interruption of
    /// guest code that they called, are the caller's to see to.
    ///
    /// A task that runs JavaScript calls this first in its turn, with no JavaScript on the stack. For one that does not
    /// call it in a turn, it is called after that.
    pub fn run_foreground_tasks(&mut self) -> bool {
        let (isolate, slot) = (self.isolate, self.slot);
        // Finalisers free what the isolate held.
        let _inside = self.inside_v8();
        let stop = || isolate.memory_limit_hit() || slot.interruption().is_some();
        let ran = isolate.foreground_tasks().run(stop);
        self.ran_foreground_tasks = Some(ran || self.ran_foreground_tasks());
        ran
    }

    /// Whether tasks of V8 were run in this turn.
    pub fn ran_foreground_tasks(&self) -> bool {
        self.ran_foreground_tasks == Some(true)
    }

    /// Whether V8 will post tasks that bring scripts further, or has: it compiles in the background, or a timeout of its
    /// own runs. A task that waits for that says so in [`waits_for_platform`](crate::TaskControl::waits_for_platform).
    pub fn expects_foreground_tasks(&self) -> bool {
        self.lock.inner_ref().has_pending_background_tasks() || self.isolate.foreground_tasks().is_expected()
    }
}

impl Deref for Turn<'_> {
    type Target = EnteredIsolate;

    fn deref(&self) -> &EnteredIsolate {
        self.lock
    }
}

impl DerefMut for Turn<'_> {
    fn deref_mut(&mut self) -> &mut EnteredIsolate {
        self.lock
    }
}
