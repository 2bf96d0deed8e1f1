//! Promises that are rejected with nobody to handle it.
//!
//! V8 reports a rejection when it happens and again if a handler is added later. What is left at the end of a turn
//! is told to the script, and logged. A promise that was bears a mark, which guest code cannot see: if a handler is added
//! then, the script is told of that too.

#![allow(unsafe_code, reason = "V8 calls back with a message that only lives during the call")]

use crate::isolate_state::{IsolateState, current_request};

/// More than these in one turn are not remembered.
const MAX_REMEMBERED: usize = 32;

/// What the mark is called among V8's private names.
const MARK: &str = "isolate-pool#reported";

/// Rejections of this turn without a handler, and those of earlier turns that have got one.
#[derive(Default)]
pub(crate) struct Rejections {
    list: Vec<Rejection>,
    handled: Vec<Rejection>,
    /// Whether any promise of the isolate has been marked.
    marks: bool,
}

pub(crate) struct Rejection {
    pub(crate) promise: v8::Global<v8::Promise>,
    /// What it was rejected with.
    pub(crate) value: v8::Global<v8::Value>,
    /// Whose code rejected it, or has added the handler: see [`current_request`].
    pub(crate) frame: v8::Global<v8::Value>,
}

/// Asks V8 to report rejections of `isolate`.
pub(crate) fn watch(isolate: &mut v8::Isolate) {
    isolate.set_promise_reject_callback(rejected);
}

extern "C" fn rejected(message: v8::PromiseRejectMessage<'_>) {
    // SAFETY: V8 calls this with the isolate entered and a context, which the scope finds in the message.
    v8::callback_scope!(unsafe scope, &message);
    let promise = message.get_promise();
    match message.get_event() {
        v8::PromiseRejectEvent::PromiseRejectWithNoHandler => {
            if IsolateState::of(scope).rejections.list.len() < MAX_REMEMBERED {
                let value = message.get_value().unwrap_or_else(|| v8::undefined(scope).into());
                let rejection = Rejection::new(scope, promise, value);
                IsolateState::of(scope).rejections.list.push(rejection);
            }
        }
        v8::PromiseRejectEvent::PromiseHandlerAddedAfterReject => handler_added(scope, promise),
        v8::PromiseRejectEvent::PromiseRejectAfterResolved
        | v8::PromiseRejectEvent::PromiseResolveAfterResolved => {}
    }
}

fn handler_added(scope: &mut v8::PinScope<'_, '_>, promise: v8::Local<'_, v8::Promise>) {
    let global = v8::Global::new(scope, promise);
    let rejections = &mut IsolateState::of(scope).rejections;
    let before = rejections.list.len();
    rejections.list.retain(|rejection| rejection.promise != global);
    let has_room = rejections.handled.len() < MAX_REMEMBERED;
    if rejections.list.len() < before || !rejections.marks || !has_room {
        return;
    }
    let Some(mark) = mark(scope) else { return };
    if promise.has_private(scope, mark) == Some(true) {
        promise.delete_private(scope, mark);
        let value = promise.result(scope);
        let rejection = Rejection::new(scope, promise, value);
        IsolateState::of(scope).rejections.handled.push(rejection);
    }
}

/// The script was told of `promise`, which still has no handler.
pub(crate) fn mark_reported(scope: &mut v8::PinScope<'_, '_>, promise: v8::Local<'_, v8::Promise>) {
    let Some(mark) = mark(scope) else { return };
    let value = v8::Boolean::new(scope, true).into();
    promise.set_private(scope, mark, value);
    IsolateState::of(scope).rejections.marks = true;
}

fn mark<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Private>> {
    let name = v8::String::new(scope, MARK)?;
    Some(v8::Private::for_api(scope, Some(name)))
}

impl Rejection {
    fn new(
        scope: &mut v8::PinScope<'_, '_>,
        promise: v8::Local<'_, v8::Promise>,
        value: v8::Local<'_, v8::Value>,
    ) -> Self {
        let frame = current_request::frame(scope);
        Self {
            promise: v8::Global::new(scope, promise),
            value: v8::Global::new(scope, value),
            frame: v8::Global::new(scope, frame),
        }
    }
}

impl Rejections {
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty() && self.handled.is_empty()
    }

    /// Forgets the rejections with this very `reason`.
    pub(crate) fn forget(&mut self, reason: &v8::Global<v8::Value>) {
        self.list.retain(|rejection| rejection.value != *reason);
    }

    /// Takes out the rejections without a handler.
    pub(crate) fn take(&mut self) -> Vec<Rejection> {
        std::mem::take(&mut self.list)
    }

    /// Takes out those of which the script was told before they got a handler.
    pub(crate) fn take_handled(&mut self) -> Vec<Rejection> {
        std::mem::take(&mut self.handled)
    }

    /// Forgets everything: the code it came from was stopped.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.handled.clear();
    }
}
