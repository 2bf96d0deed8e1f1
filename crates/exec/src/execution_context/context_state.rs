//! What the requests of one execution context share.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use isolate::TurnIsolate;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::sync::Notify;

use crate::realm::Realm;
use crate::request::{Membership, Request};
use crate::vocabulary::code_cache::CodeCache;
use crate::vocabulary::request_id::RequestId;
use crate::vocabulary::script::Script;

/// Shared by an [`ExecutionContext`](crate::ExecutionContext) and the tasks of its requests. The mutex is held for
/// a few instructions, never while V8 is entered; by turns, and not by those who start requests.
pub(crate) struct ContextState {
    pub(crate) isolate: Arc<TurnIsolate>,
    pub(crate) script: Script,
    /// Where code that was compiled before is found; set before the first request.
    pub(crate) code_cache: OnceLock<CodeCache>,
    in_flight: AtomicUsize,
    retired: AtomicBool,
    inner: Mutex<Inner>,
    /// Notified when no request is in flight any more.
    pub(crate) idle: Notify,
}

#[derive(Default)]
struct Inner {
    realm: RealmSlot,
    /// Requests that have had a turn and wait for another.
    waiting: FxHashMap<RequestId, Arc<Request>>,
    /// Those of them with nothing pending of their own, which only another request of the context could go on with.
    stalled: FxHashMap<RequestId, Arc<Request>>,
    /// Requests that wait for the evaluation of the script.
    waiting_for_realm: Vec<Arc<Request>>,
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
        Arc::new(Self {
            isolate,
            script,
            code_cache: OnceLock::new(),
            in_flight: AtomicUsize::new(0),
            retired: AtomicBool::new(false),
            inner: Mutex::default(),
            idle: Notify::new(),
        })
    }

    /// A request is started.
    pub(crate) fn add(&self) {
        self.in_flight.fetch_add(1, Ordering::SeqCst);
    }

    /// `request` ends a turn and waits for another.
    pub(crate) fn waits(&self, request: &Arc<Request>) {
        self.inner.lock().note_waiting(request);
    }

    /// The request has ended, in whatever way, and perhaps in two. If nothing is left that could bring the stalled ones
    /// further, they are woken to find that out; another is if this was one of them, since it may have been woken for all:
    /// see [`offer_leavings`](Self::offer_leavings). If it has not come to the end of its evaluation of the script, whoever
    /// waited for that tries for itself.
    pub(crate) fn remove(&self, request: &Request) {
        let (waiting, idle) = {
            let mut inner = self.inner.lock();
            if !request.leave() {
                return;
            }
            inner.waiting.remove(&request.id());
            let was_stalled = inner.stalled.remove(&request.id()).is_some();
            let in_flight = self.in_flight.fetch_sub(1, Ordering::SeqCst) - 1;
            let mut waiting = Vec::new();
            if !inner.stalled.is_empty() && !inner.anything_to_come(in_flight) {
                waiting.extend(inner.stalled.values().cloned());
            } else if was_stalled {
                waiting.extend(inner.one_that_is_stalled());
            }
            if matches!(inner.realm, RealmSlot::Evaluating(by) if by == request.id()) {
                inner.realm = RealmSlot::Empty;
                waiting.append(&mut inner.waiting_for_realm);
            }
            (waiting, in_flight == 0)
        };
        for other in waiting {
            other.wake();
        }
        if idle {
            self.idle.notify_waiters();
        }
    }

    /// A request has ended and left timers or tasks in the realm. Wakes one that has nothing else to wait for, which takes them
    /// over; if the request was cut short, also one that has timers of its own.
    pub(crate) fn offer_leavings(&self, cut_short: bool) {
        let heir = {
            let inner = self.inner.lock();
            let mut waiting = inner.waiting.values();
            inner
                .one_that_is_stalled()
                .or_else(|| waiting.find(|request| cut_short && !request.pending().has_operations).cloned())
        };
        if let Some(heir) = heir {
            heir.wake();
        }
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    /// Notes that `request` waits for nothing of its own. Returns false if no other request has a turn to come
    /// either, so that nothing will ever happen.
    pub(crate) fn stall(&self, request: &Arc<Request>) -> bool {
        let mut inner = self.inner.lock();
        if !inner.note_waiting(request) {
            return false;
        }
        inner.stalled.insert(request.id(), Arc::clone(request));
        inner.anything_to_come(self.in_flight())
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

    /// The isolate is lost: what the host keeps for the realm goes now, since its JavaScript may never be let go of.
    pub(crate) fn lose_resources(&self) {
        let realm = match &self.inner.lock().realm {
            RealmSlot::Ready(realm) => Some(Arc::clone(realm)),
            RealmSlot::Empty | RealmSlot::Evaluating(_) => None,
        };
        if let Some(realm) = realm {
            realm.resources().close_all();
        }
    }

    /// JavaScript of the realm was stopped somewhere in the middle: its state is not to be trusted any more. The
    /// requests in flight go on with it.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::SeqCst);
        self.reset();
    }

    /// As [`retire`](Self::retire), because requests wait in `realm` for what nothing will do. Nothing happens if it has
    /// been replaced already.
    pub(crate) fn renew(&self, realm: &Arc<Realm>) {
        let taken = {
            let mut inner = self.inner.lock();
            if !matches!(&inner.realm, RealmSlot::Ready(ready) if Arc::ptr_eq(ready, realm)) {
                return;
            }
            self.retired.store(true, Ordering::SeqCst);
            std::mem::take(&mut inner.realm)
        };
        drop(taken);
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::SeqCst)
    }
}

impl Membership for ContextState {
    fn script(&self) -> &Script {
        &self.script
    }

    fn offer_leavings(&self) {
        self.offer_leavings(false);
    }

    fn lost(&self, request: &Request) {
        self.lose_resources();
        self.remove(request);
    }
}

impl Inner {
    /// Notes that `request` waits for another turn. Returns false if it has ended.
    fn note_waiting(&mut self, request: &Arc<Request>) -> bool {
        let waits = !request.has_left();
        if waits {
            self.waiting.insert(request.id(), Arc::clone(request));
        }
        waits
    }

    fn one_that_is_stalled(&self) -> Option<Arc<Request>> {
        self.stalled.values().find(|request| !request.pending().has_work).cloned()
    }

    /// Whether any of the requests `in_flight` has a turn to come. One that was stalled may have been given work since,
    /// in a turn of another.
    fn anything_to_come(&self, in_flight: usize) -> bool {
        let stalled = |request: &Request| self.stalled.contains_key(&request.id());
        in_flight > self.waiting.len()
            || self.waiting.values().any(|request| !stalled(request) || request.pending().has_work)
    }
}
