//! The isolate that a future finds while it is polled.

use std::cell::Cell;

use super::EnteredIsolate;
use crate::isolate_id::IsolateId;

thread_local! {
    /// The isolate whose turn runs on this thread, while a future is polled in it.
    static ENTERED: Cell<Option<(IsolateId, *mut EnteredIsolate)>> = const { Cell::new(None) };
}

/// Makes `isolate` reachable for [`with_entered`] during `poll`.
pub(crate) fn entered_during<R>(id: IsolateId, isolate: &mut EnteredIsolate, poll: impl FnOnce() -> R) -> R {
    let _reset = Reset(ENTERED.replace(Some((id, isolate))));
    poll()
}

/// Calls `f` with the isolate `id`, if this thread is inside [`entered_during`] for it and not already
/// inside another call of this function.
pub(crate) fn with_entered<R>(id: IsolateId, f: impl FnOnce(&mut EnteredIsolate) -> R) -> Option<R> {
    let (entered, isolate) = ENTERED.get()?;
    if entered != id {
        return None;
    }
    let _reset = Reset(ENTERED.replace(None));
    // SAFETY: the pointer was made from the `&mut` that `entered_during` borrows until its `poll` returns, on
    // this thread, and that borrow is not used meanwhile. The cell is empty during `f`, so there is no second
    // reference.
    Some(f(unsafe { &mut *isolate }))
}

struct Reset(Option<(IsolateId, *mut EnteredIsolate)>);

impl Drop for Reset {
    fn drop(&mut self) {
        ENTERED.set(self.0);
    }
}
