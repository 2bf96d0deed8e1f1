//! What the requests of one execution context share.

use std::sync::Arc;

use isolate::TurnIsolate;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;

use crate::realm::Realm;
use crate::request::{Request, RequestId};
use crate::script::Script;

/// Shared by an [`ExecutionContext`](crate::ExecutionContext) and the tasks of its requests. The mutex is held for
/// a few instructions, never while V8 is entered.
pub(crate) struct ContextState {
    pub(crate) isolate: Arc<TurnIsolate>,
    pub(crate) script: Script,
    inner: Mutex<Inner>,
    /// Notified when no request is in flight any more.
    pub(crate) idle: Notify,
}

#[derive(Default)]
struct Inner {
    realm: RealmSlot,
    requests: FxHashMap<RequestId, Arc<Request>>,
    /// Requests with nothing pending of their own, which only another request of the context could go on with.
    stalled: FxHashMap<RequestId, Arc<Request>>,
    /// Requests that wait for the evaluation of the script.
    waiting_for_realm: Vec<Arc<Request>>,
    retired: bool,
}

#[derive(Default)]
enum RealmSlot {
    #[default]
    Empty,
    /// This request evaluates the script.
    Evaluating(RequestId),
    Ready(Arc<Realm>),
}

/// What a request that needs the realm has to do.
pub(crate) enum RealmClaim {
    Ready(Arc<Realm>),
    /// Evaluate the script, then call [`ContextState::evaluated`] or end.
    Evaluate,
    /// Wait to be woken: another request is evaluating it.
    Wait,
}

impl ContextState {
    pub(crate) fn new(isolate: Arc<TurnIsolate>, script: Script) -> Arc<Self> {
        Arc::new(Self { isolate, script, inner: Mutex::default(), idle: Notify::new() })
    }

    pub(crate) fn add(&self, request: &Arc<Request>) {
        self.inner.lock().requests.insert(request.id(), Arc::clone(request));
    }

    /// The request has ended, in whatever way. If nothing is left that could bring the stalled ones further, they are
    /// woken to find that out. If it has not come to the end of its evaluation of the script, whoever waited for that
    /// tries for itself.
    pub(crate) fn remove(&self, request: &Request) {
        let (waiting, idle) = {
            let mut inner = self.inner.lock();
            inner.requests.remove(&request.id());
            inner.stalled.remove(&request.id());
            let mut waiting = Vec::new();
            if !inner.stalled.is_empty() && !inner.anything_to_come() {
                waiting.extend(inner.stalled.values().cloned());
            }
            if matches!(inner.realm, RealmSlot::Evaluating(by) if by == request.id()) {
                inner.realm = RealmSlot::Empty;
                waiting.append(&mut inner.waiting_for_realm);
            }
            (waiting, inner.requests.is_empty())
        };
        for other in waiting {
            other.wake();
        }
        if idle {
            self.idle.notify_waiters();
        }
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.inner.lock().requests.len()
    }

    /// Notes that `request` waits for nothing of its own. Returns false if no other request has a turn to come
    /// either, so that nothing will ever happen.
    pub(crate) fn stall(&self, request: &Arc<Request>) -> bool {
        let mut inner = self.inner.lock();
        inner.stalled.insert(request.id(), Arc::clone(request));
        inner.anything_to_come()
    }

    pub(crate) fn claim_realm(&self, request: &Arc<Request>) -> RealmClaim {
        let mut inner = self.inner.lock();
        match &inner.realm {
            RealmSlot::Ready(realm) => RealmClaim::Ready(Arc::clone(realm)),
            RealmSlot::Evaluating(_) => {
                inner.waiting_for_realm.push(Arc::clone(request));
                RealmClaim::Wait
            }
            RealmSlot::Empty => {
                inner.realm = RealmSlot::Evaluating(request.id());
                RealmClaim::Evaluate
            }
        }
    }

    /// The end of an evaluation. One that failed ends with its request: see [`remove`](Self::remove).
    pub(crate) fn evaluated(&self, realm: Arc<Realm>) {
        let waiting = {
            let mut inner = self.inner.lock();
            inner.realm = RealmSlot::Ready(realm);
            std::mem::take(&mut inner.waiting_for_realm)
        };
        for request in waiting {
            request.wake();
        }
    }

    /// Lets go of the realm: the next request evaluates the script anew. One that is being evaluated stays.
    pub(crate) fn reset(&self) {
        let mut inner = self.inner.lock();
        if matches!(inner.realm, RealmSlot::Ready(_)) {
            let realm = std::mem::take(&mut inner.realm);
            drop(inner);
            drop(realm);
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.inner.lock().realm, RealmSlot::Ready(_))
    }

    /// JavaScript of the realm was stopped somewhere in the middle: its state is not to be trusted any more. The
    /// requests in flight go on with it.
    pub(crate) fn retire(&self) {
        self.inner.lock().retired = true;
        self.reset();
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.inner.lock().retired
    }
}

impl Inner {
    /// Whether any request has a turn to come. One that was stalled may have been given work since, in a turn of
    /// another.
    fn anything_to_come(&self) -> bool {
        let stalled = |request: &Request| self.stalled.contains_key(&request.id());
        self.requests.values().any(|request| !stalled(request) || request.pending().has_work)
    }
}
