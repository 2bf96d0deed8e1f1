//! What host functions find on the isolate they are called in.

pub(crate) mod blank_realm;
pub(crate) mod code_generation;
pub(crate) mod compiled;
pub(crate) mod current_request;
pub(crate) mod memory;
pub(crate) mod modules;
pub(crate) mod raw_isolate;
pub(crate) mod rejections;

use std::ops::Deref;
use std::sync::{Arc, Weak};

use isolate::{HeapState, Turn};
use rustc_hash::FxHashMap;

use crate::isolate_state::blank_realm::BlankRealm;
use crate::isolate_state::modules::ModuleMap;
use crate::isolate_state::raw_isolate::raw;
use crate::isolate_state::rejections::Rejections;
use crate::request::Request;
use crate::vocabulary::operations::LogRecord;
use crate::vocabulary::request_id::RequestId;
use crate::vocabulary::resources::{Resource, ResourceId, ResourceTable};

/// State in a slot of the isolate. `Send`, as everything on a shared isolate must be.
///
/// Code that holds a reference to it must not call into V8: see [`crate::request`].
#[derive(Default)]
pub(crate) struct IsolateState {
    /// The requests that have been given to JavaScript and have not ended. An isolate that is lost may stay for ever;
    /// its requests should not.
    requests: FxHashMap<RequestId, InFlight>,
    /// The request whose turn it is; the code that runs may be another's.
    turn: Option<Arc<Request>>,
    /// The request that the host has called into JavaScript for; none while a script is evaluated.
    called_for: Option<RequestId>,
    /// The resources of the context that is entered or was last.
    context_resources: Weak<ResourceTable>,
    /// Promises that were rejected with nobody to handle it.
    pub(crate) rejections: Rejections,
    /// Made with the isolate, for the first script that is evaluated on it.
    pub(crate) spare_realm: Option<BlankRealm>,
    /// The modules of the contexts that are alive, and perhaps of some that are not.
    pub(crate) module_maps: Vec<Weak<ModuleMap>>,
    /// The memory accounting of the isolate.
    pub(crate) heap: Option<Arc<HeapState>>,
    /// Characters of source text that a script may give to `eval` and `Function`; none before the first turn, which runs
    /// the first.
    pub(crate) longest_source: usize,
}

struct InFlight {
    request: Weak<Request>,
    /// Whether the bootstrap has something to forget when the request ends.
    known_to_bootstrap: bool,
}

/// Who has a table of resources.
pub(crate) enum ResourceOwner {
    Request(Arc<Request>),
    Context(Arc<ResourceTable>),
}

impl Deref for ResourceOwner {
    type Target = ResourceTable;

    fn deref(&self) -> &ResourceTable {
        match self {
            Self::Request(request) => request.resources(),
            Self::Context(resources) => resources,
        }
    }
}

impl IsolateState {
    /// Puts the state on `isolate`, which is new.
    pub(crate) fn install(isolate: &mut v8::Isolate) {
        isolate.set_slot(Self::default());
    }

    /// The state of `isolate`.
    ///
    /// # Panics
    /// If the isolate was not made with [`isolate_options`](crate::isolate_options).
    pub(crate) fn of(isolate: &mut v8::Isolate) -> &mut Self {
        isolate.get_slot_mut::<Self>().expect("isolate_options() has it installed")
    }

    /// Whether the isolate's budget for buffers has room for `bytes` more; collects garbage if it has not.
    pub(crate) fn make_room(isolate: &mut v8::Isolate, bytes: usize) -> bool {
        if bytes == 0 {
            return true;
        }
        let heap = Self::of(isolate).heap.clone();
        heap.is_none_or(|heap| memory::make_room(isolate, &heap, bytes))
    }

    /// A turn of `request` begins.
    pub(crate) fn begin_turn(turn: &mut Turn<'_>, request: &Arc<Request>) {
        let state = Self::of(raw(turn));
        state.turn = Some(Arc::clone(request));
        if state.heap.is_none() {
            let heap = Arc::clone(turn.managed().heap_state());
            let longest_source = turn.managed().limits().isolate.source_bytes;
            let state = Self::of(raw(turn));
            (state.heap, state.longest_source) = (Some(heap), longest_source);
        }
    }

    /// The turn ends.
    pub(crate) fn end_turn(&mut self) {
        self.turn = None;
    }

    /// Whether `request` has the turn, and so will look at what it waits for when the turn ends.
    pub(crate) fn has_turn(&self, request: &Request) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.id() == request.id())
    }

    /// The request whose turn it is.
    pub(crate) fn whose_turn(&self) -> Option<&Arc<Request>> {
        self.turn.as_ref()
    }

    /// Whose log the code of `request` writes to, if that is still in flight. Code of no request belongs to the
    /// script; its lines go to whoever has the turn.
    pub(crate) fn log_of(&self, request: Option<RequestId>) -> Option<Arc<Request>> {
        match request {
            Some(id) => self.request(id),
            None => self.turn.clone(),
        }
    }

    /// Writes a line to the log of `request`.
    pub(crate) fn log(&self, request: Option<RequestId>, record: LogRecord) {
        if let Some(request) = self.log_of(request) {
            request.log(record);
        }
    }

    /// The request with this id, if it is in flight.
    pub(crate) fn request(&self, id: RequestId) -> Option<Arc<Request>> {
        if let Some(turn) = self.turn.as_ref().filter(|turn| turn.id() == id) {
            return Some(Arc::clone(turn));
        }
        self.requests.get(&id).and_then(|in_flight| in_flight.request.upgrade())
    }

    /// A context with these resources is entered.
    pub(crate) fn enters_context(&mut self, resources: &Arc<ResourceTable>) {
        if self.context_resources.as_ptr() != Arc::as_ptr(resources) {
            self.context_resources = Arc::downgrade(resources);
        }
    }

    /// Where the code of `request` keeps resources; code of no request belongs to the context.
    pub(crate) fn resources_of(&self, request: Option<RequestId>) -> Option<ResourceOwner> {
        match request {
            Some(id) => self.request(id).map(ResourceOwner::Request),
            None => self.context_resources.upgrade().map(ResourceOwner::Context),
        }
    }

    /// A resource that the code of `request` has the id of: most likely its own, but JavaScript can pass it on.
    pub(crate) fn find_resource<T: Resource>(
        &self,
        request: Option<RequestId>,
        id: ResourceId,
    ) -> Option<(ResourceOwner, Arc<T>)> {
        let in_flight = self.requests.values().filter_map(|in_flight| in_flight.request.upgrade());
        let mut owners = (self.resources_of(request).into_iter())
            .chain(self.context_resources.upgrade().map(ResourceOwner::Context))
            .chain(in_flight.map(ResourceOwner::Request));
        owners.find_map(|owner| {
            let found = owner.get(id)?;
            Some((owner, found))
        })
    }

    /// `request` is given to JavaScript.
    pub(crate) fn remember(&mut self, request: &Arc<Request>) {
        let in_flight = InFlight { request: Arc::downgrade(request), known_to_bootstrap: true };
        self.requests.insert(request.id(), in_flight);
    }

    /// The bootstrap has forgotten the request, which is in flight still.
    pub(crate) fn forgotten_by_bootstrap(&mut self, request: RequestId) {
        if let Some(in_flight) = self.requests.get_mut(&request) {
            in_flight.known_to_bootstrap = false;
        }
    }

    /// Whether no request is in flight.
    pub(crate) fn is_idle(&self) -> bool {
        self.requests.is_empty()
    }

    /// Forgets `request`, which has ended. Returns whether the bootstrap is to be told.
    pub(crate) fn forget(&mut self, request: RequestId) -> bool {
        self.requests.remove(&request).is_some_and(|in_flight| in_flight.known_to_bootstrap)
    }
}

#[allow(dead_code, reason = "checked by the compiler only")]
fn the_state_is_send() {
    fn send<T: Send>() {}
    send::<IsolateState>();
}
