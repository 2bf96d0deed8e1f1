//! What host functions find on the isolate they are called in.

use std::collections::HashMap;
use std::sync::Arc;

use isolate::HeapState;

use crate::host::encoding::Decoders;
use crate::operations::{LogRecord, OperationsHandler};
use crate::rejections::Rejections;
use crate::request::{Request, RequestId};

/// State in a slot of the isolate. `Send`, as everything on a shared isolate must be.
///
/// Code that holds a reference to it must not call into V8: see [`crate::request`].
#[derive(Default)]
pub(crate) struct IsolateState {
    /// The requests that have taken a turn and have not ended.
    pub(crate) requests: HashMap<RequestId, Arc<Request>>,
    /// Where the log goes while no request is current: evaluation of a script.
    pub(crate) evaluation: Option<Arc<dyn OperationsHandler>>,
    /// Streaming text decoders.
    pub(crate) decoders: Decoders,
    /// Promises that were rejected with nobody to handle it.
    pub(crate) rejections: Rejections,
    /// The memory accounting of the isolate.
    pub(crate) heap: Option<Arc<HeapState>>,
}

impl IsolateState {
    /// The state of `isolate`.
    pub(crate) fn of(isolate: &mut v8::Isolate) -> &mut Self {
        if isolate.get_slot::<Self>().is_none() {
            isolate.set_slot(Self::default());
        }
        isolate.get_slot_mut::<Self>().expect("set above")
    }

    /// Sends a line to the log of `request`, or of whoever evaluates a script.
    pub(crate) fn log(&self, request: Option<RequestId>, record: LogRecord) {
        let request = request.and_then(|id| self.requests.get(&id)).map(|request| request.operations());
        if let Some(operations) = request.or(self.evaluation.as_ref()) {
            operations.handle_log(record);
        }
    }
}

#[allow(dead_code, reason = "checked by the compiler only")]
fn the_state_is_send() {
    fn send<T: Send>() {}
    send::<IsolateState>();
}
