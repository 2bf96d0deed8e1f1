//! Collecting the garbage of isolates that nobody uses.
//!
//! V8 collects when it allocates. An isolate with nothing to do keeps what its last requests left, and V8 keeps the free
//! pages. A complete collection gives both back; it takes 5 to 60 ms, so it is a task like others, on an isolate thread,
//! which does nothing if somebody else is waiting for the isolate when its turn comes.

use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use parking_lot::Mutex;

use crate::memory::check;
use crate::native;
use crate::threads::turn_isolate::TurnIsolate;
use crate::turns::task::{IsolateTask, Loss, TaskControl, TurnBudget};
use crate::turns::turn::Turn;

/// CPU time that a collection may take before its isolate is given up. Nothing but an enormous heap takes so long.
const MAX_CPU: Duration = Duration::from_secs(30);

type Done = Box<dyn FnOnce() + Send>;

/// See [`TurnIsolate::collect_if_idle`].
pub(crate) fn collect(isolate: &Arc<TurnIsolate>, done: Done) {
    let task = Collection { isolate: Arc::downgrade(isolate) };
    isolate.spawn(Box::new(task), Arc::new(CollectionControl { done: Mutex::new(Some(done)) }));
}

/// Asks the C library's allocator to give free memory back to the system. Takes milliseconds. Other allocators are left
/// to do so by themselves.
pub fn release_free_memory() {
    native::trim_heap();
}

struct Collection {
    /// Not its owner: the task may be in the isolate's own queue.
    isolate: Weak<TurnIsolate>,
}

impl IsolateTask for Collection {
    fn poll_turn(&mut self, turn: &mut Turn<'_>, _: &mut Context<'_>) -> Poll<()> {
        if let Some(isolate) = self.isolate.upgrade()
            && isolate.waiting() == 0
        {
            let look = check::collect(turn.inner(), isolate.managed().heap_state());
            isolate.managed().shared().give_back_caches(turn.inner());
            isolate.gauges().set_collected(look.held);
        }
        Poll::Ready(())
    }
}

struct CollectionControl {
    done: Mutex<Option<Done>>,
}

impl CollectionControl {
    fn tell(&self) {
        let done = self.done.lock().take();
        if let Some(done) = done {
            done();
        }
    }
}

impl TaskControl for CollectionControl {
    fn budget(&self) -> TurnBudget {
        TurnBudget { cpu: MAX_CPU, deadline: None }
    }

    fn charge(&self, _: Duration) {}

    fn finished(&self) {
        self.tell();
    }

    fn lost(&self, _: Loss) {
        self.tell();
    }
}
