//! What the pool holds for a worker: an isolate, and the contexts on it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use exec::{CodeCache, ExecutionContext, Fingerprint, OperationsHandler, Script, TenantBudget, WorkerCaches};
use isolate::TurnIsolate;
use parking_lot::Mutex;
use pool_core::ResourceId;

use crate::shard::WorkerId;

/// An isolate of one worker, with the context that its next request finds.
#[derive(Debug)]
pub(crate) struct WorkerIsolate {
    worker: WorkerId,
    isolate: Arc<TurnIsolate>,
    furniture: Furniture,
    state: Mutex<State>,
    size: Arc<Size>,
}

/// What the contexts on an isolate have besides. Budget and caches are the worker's, whatever isolates it has.
#[derive(Debug)]
pub(crate) struct Furniture {
    pub(crate) budget: TenantBudget,
    pub(crate) caches: WorkerCaches,
    pub(crate) code_cache: Option<CodeCache>,
}

/// What the pool knows of the size of an isolate, for those who have no lease of it.
#[derive(Debug)]
pub(crate) struct Size {
    isolate: Weak<TurnIsolate>,
    /// Known from the first lease on.
    resource: OnceLock<ResourceId>,
    /// What the pool was told last.
    reported: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// In use by all requests (warm), or made ready for the next one (fresh).
    context: Option<ExecutionContext>,
    /// What it was last given to run.
    last_script: Option<Fingerprint>,
}

/// A change of the size by less than this is not worth telling the pool, in bytes.
const GRAIN: u64 = 1 << 20;

impl WorkerIsolate {
    pub(crate) fn new(worker: WorkerId, isolate: Arc<TurnIsolate>, furniture: Furniture) -> Self {
        let size = Arc::new(Size {
            isolate: Arc::downgrade(&isolate),
            resource: OnceLock::new(),
            reported: AtomicU64::new(0),
        });
        Self { worker, isolate, furniture, state: Mutex::default(), size }
    }

    /// Whose it is.
    pub(crate) fn worker(&self) -> &WorkerId {
        &self.worker
    }

    pub(crate) fn isolate(&self) -> &Arc<TurnIsolate> {
        &self.isolate
    }

    /// A context that no other request uses: the one that was made ready, if it fits.
    pub(crate) fn fresh(&self, script: &Script) -> ExecutionContext {
        let ready = {
            let mut state = self.state.lock();
            state.last_script = Some(script.fingerprint());
            state.context.take()
        };
        match ready.filter(|context| fits(context, script)) {
            Some(context) => context.with_settings_of(script),
            None => self.new_context(script),
        }
    }

    /// Makes a context ready for the next request, unless there is one.
    pub(crate) fn prepare_fresh(&self, script: &Script, operations: Arc<dyn OperationsHandler>) {
        if self.isolate.condemned().is_some() {
            return;
        }
        let mut state = self.state.lock();
        if state.context.as_ref().is_none_or(|context| !fits(context, script)) {
            let context = self.new_context(script);
            let replaced = state.context.replace(context.clone());
            drop(state);
            drop(replaced);
            context.prepare_in_background(operations);
        }
    }

    /// The context of the worker; a new one if there is none yet, it is of another script (or the same with another
    /// environment or version), or a limit has stopped it in the middle.
    pub(crate) fn warm(&self, script: &Script) -> ExecutionContext {
        let mut state = self.state.lock();
        state.last_script = Some(script.fingerprint());
        match &state.context {
            Some(context) if fits(context, script) => context.clone().with_settings_of(script),
            _ => {
                let context = self.new_context(script);
                let replaced = state.context.replace(context.clone());
                drop(state);
                drop(replaced);
                context
            }
        }
    }

    /// The script of the last request.
    pub(crate) fn last_script(&self) -> Option<Fingerprint> {
        self.state.lock().last_script
    }

    /// It is this resource of the pool.
    pub(crate) fn leased_as(&self, resource: ResourceId) {
        self.size.resource.get_or_init(|| resource);
    }

    pub(crate) fn size(&self) -> &Arc<Size> {
        &self.size
    }

    /// The size of the isolate, if it is worth telling the pool again.
    pub(crate) fn changed_size(&self) -> Option<u64> {
        self.size.changed(&self.isolate)
    }

    fn new_context(&self, script: &Script) -> ExecutionContext {
        let Furniture { budget, caches, code_cache } = &self.furniture;
        let context = ExecutionContext::new_with_pooled_isolate(Arc::clone(&self.isolate), script.clone())
            .with_budget(budget.clone())
            .with_caches(caches.clone());
        match code_cache {
            Some(cache) => context.with_code_cache(cache.clone()),
            None => context,
        }
    }
}

impl Size {
    /// The isolate, while it is in use or in the pool.
    pub(crate) fn isolate(&self) -> Option<Arc<TurnIsolate>> {
        self.isolate.upgrade()
    }

    /// Which resource of the pool it is; `None` before its first lease.
    pub(crate) fn resource(&self) -> Option<ResourceId> {
        self.resource.get().copied()
    }

    /// The size of its `isolate`, if it is worth telling the pool again.
    pub(crate) fn changed(&self, isolate: &TurnIsolate) -> Option<u64> {
        let bytes = isolate.heap_size() as u64;
        let reported = self.reported.load(Ordering::Relaxed);
        if bytes.abs_diff(reported) < GRAIN {
            return None;
        }
        self.reported.store(bytes, Ordering::Relaxed);
        Some(bytes)
    }
}

fn fits(context: &ExecutionContext, script: &Script) -> bool {
    context.is_usable() && context.script().fingerprint() == script.fingerprint()
}
