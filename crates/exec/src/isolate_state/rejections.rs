//! Promises that are rejected with nobody to handle it.
//!
//! V8 reports a rejection when it happens and again if a handler is added later. What is left at the end of a turn
//! is logged.

#![allow(unsafe_code, reason = "V8 calls back with a message that only lives during the call")]

use crate::isolate_state::{IsolateState, current_request};
use crate::vocabulary::request_id::RequestId;

/// More than these in one turn are not remembered.
const MAX_REMEMBERED: usize = 32;

/// Rejections of this turn without a handler.
#[derive(Default)]
pub(crate) struct Rejections {
    list: Vec<Rejection>,
}

pub(crate) struct Rejection {
    promise: v8::Global<v8::Promise>,
    /// What it was rejected with.
    pub(crate) value: v8::Global<v8::Value>,
    /// Whose code rejected it.
    pub(crate) request: Option<RequestId>,
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
            let value = message.get_value().unwrap_or_else(|| v8::undefined(scope).into());
            let rejection = Rejection {
                promise: v8::Global::new(scope, promise),
                value: v8::Global::new(scope, value),
                request: current_request::get(scope),
            };
            let list = &mut IsolateState::of(scope).rejections.list;
            if list.len() < MAX_REMEMBERED {
                list.push(rejection);
            }
        }
        v8::PromiseRejectEvent::PromiseHandlerAddedAfterReject => {
            let promise = v8::Global::new(scope, promise);
            let list = &mut IsolateState::of(scope).rejections.list;
            list.retain(|rejection| rejection.promise != promise);
        }
        v8::PromiseRejectEvent::PromiseRejectAfterResolved
        | v8::PromiseRejectEvent::PromiseResolveAfterResolved => {}
    }
}

impl Rejections {
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Forgets the rejections with this very `reason`.
    pub(crate) fn forget(&mut self, reason: &v8::Global<v8::Value>) {
        self.list.retain(|rejection| rejection.value != *reason);
    }

    /// Takes out what there is.
    pub(crate) fn take(&mut self) -> Vec<Rejection> {
        std::mem::take(&mut self.list)
    }

    /// Forgets everything: the code it came from was stopped.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }
}
