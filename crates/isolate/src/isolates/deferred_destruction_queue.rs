//! Things that must not be dropped without the isolate's lock.

use std::collections::VecDeque;
use std::fmt;

use parking_lot::Mutex;

use crate::native::EnteredIsolate;

/// Work that needs the isolate's lock, queued by threads that do not hold it. Whoever locks the isolate next
/// does it first.
///
/// A [`v8::Global`] may be dropped anywhere: the `v8` crate has a queue of its own for those. This one is for
/// what consists of more than handles, such as the state of a request whose future was dropped on an I/O
/// thread.
#[derive(Default)]
pub struct DeferredDestructionQueue {
    queue: Mutex<VecDeque<Destruction>>,
}

type Destruction = Box<dyn FnOnce(&mut EnteredIsolate) + Send>;

impl DeferredDestructionQueue {
    /// Queues `destroy`. It runs under the lock, at the next lock or never if the isolate is disposed before.
    pub fn push(&self, destroy: impl FnOnce(&mut EnteredIsolate) + Send + 'static) {
        self.queue.lock().push_back(Box::new(destroy));
    }

    /// How many items wait.
    pub fn len(&self) -> usize {
        self.queue.lock().len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queue.lock().is_empty()
    }

    /// Runs what is queued now. No lock of the queue is held while an item runs; the others stay in the queue
    /// when one panics.
    pub(crate) fn drain(&self, isolate: &mut EnteredIsolate) {
        for _ in 0..self.len() {
            let Some(destroy) = self.pop() else { return };
            destroy(isolate);
        }
    }

    fn pop(&self) -> Option<Destruction> {
        self.queue.lock().pop_front()
    }
}

impl fmt::Debug for DeferredDestructionQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeferredDestructionQueue").field("len", &self.len()).finish()
    }
}
