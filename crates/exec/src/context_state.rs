//! What the requests of one execution context share.

use std::collections::HashMap;
use std::sync::Arc;

use isolate::TurnIsolate;
use parking_lot::Mutex;
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
    /// Notified when a request ends.
    pub(crate) request_ended: Notify,
}

#[derive(Default)]
struct Inner {
    realm: RealmSlot,
    requests: HashMap<RequestId, Arc<Request>>,
    /// Requests with nothing pending of their own, which only another request of the context could go on with.
    stalled: Vec<Arc<Request>>,
    /// Requests that wait for the evaluation of the script.
    waiting_for_realm: Vec<Arc<Request>>,
    retired: bool,
}

#[derive(Default)]
enum RealmSlot {
    #[default]
    Empty,
    /// One request evaluates the script.
    Evaluating,
    Ready(Arc<Realm>),
}

/// What a request that needs the realm has to do.
pub(crate) enum RealmClaim {
    Ready(Arc<Realm>),
    /// Evaluate the script, then call [`ContextState::evaluated`].
    Evaluate,
    /// Wait to be woken: another request is evaluating it.
    Wait,
}

impl ContextState {
    pub(crate) fn new(isolate: Arc<TurnIsolate>, script: Script) -> Arc<Self> {
        Arc::new(Self { isolate, script, inner: Mutex::default(), request_ended: Notify::new() })
    }

    pub(crate) fn add(&self, request: &Arc<Request>) {
        self.inner.lock().requests.insert(request.id(), Arc::clone(request));
    }

    /// The request has ended; those that may have waited for it look again whether they can go on.
    pub(crate) fn remove(&self, request: &Request) {
        let stalled = {
            let mut inner = self.inner.lock();
            inner.requests.remove(&request.id());
            std::mem::take(&mut inner.stalled)
        };
        for other in stalled {
            other.wake();
        }
        self.request_ended.notify_waiters();
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.inner.lock().requests.len()
    }

    /// Notes that `request` waits for nothing of its own. Returns false if there is no other request either, so
    /// that nothing will ever come.
    pub(crate) fn stall(&self, request: &Arc<Request>) -> bool {
        let mut inner = self.inner.lock();
        let stalled = |known: &Vec<Arc<Request>>| known.iter().any(|other| other.id() == request.id());
        if !stalled(&inner.stalled) {
            inner.stalled.push(Arc::clone(request));
        }
        // If all are stalled, no turn of any of them will come.
        inner.stalled.len() < inner.requests.len()
    }

    pub(crate) fn claim_realm(&self, request: &Arc<Request>) -> RealmClaim {
        let mut inner = self.inner.lock();
        match &inner.realm {
            RealmSlot::Ready(realm) => RealmClaim::Ready(Arc::clone(realm)),
            RealmSlot::Evaluating => {
                inner.waiting_for_realm.push(Arc::clone(request));
                RealmClaim::Wait
            }
            RealmSlot::Empty => {
                inner.realm = RealmSlot::Evaluating;
                RealmClaim::Evaluate
            }
        }
    }

    /// The end of an evaluation; without a realm it failed, and whoever waited tries for itself.
    pub(crate) fn evaluated(&self, realm: Option<Arc<Realm>>) {
        let waiting = {
            let mut inner = self.inner.lock();
            inner.realm = realm.map_or(RealmSlot::Empty, RealmSlot::Ready);
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

    /// JavaScript of the realm was stopped somewhere in the middle: its state is not to be trusted any more.
    pub(crate) fn retire(&self) {
        self.inner.lock().retired = true;
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.inner.lock().retired
    }
}
