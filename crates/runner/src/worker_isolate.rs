//! What the pool holds for a worker: an isolate, and the contexts on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use exec::{ExecutionContext, Fingerprint, OperationsHandler, Script, TenantBudget};
use isolate::TurnIsolate;
use parking_lot::Mutex;

use crate::shard::WorkerId;

/// An isolate of one worker, with the context that its next request finds.
#[derive(Debug)]
pub(crate) struct WorkerIsolate {
    worker: WorkerId,
    isolate: Arc<TurnIsolate>,
    /// Of the worker, whatever isolates it has.
    budget: TenantBudget,
    state: Mutex<State>,
    /// The heap size that the pool knows.
    reported_heap: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    /// In use by all requests (warm), or made ready for the next one (fresh).
    context: Option<ExecutionContext>,
    /// What it was last given to run.
    last_script: Option<Fingerprint>,
}

/// A change of the heap by less than this is not worth telling the pool, in bytes.
const HEAP_GRAIN: u64 = 1 << 20;

impl WorkerIsolate {
    pub(crate) fn new(worker: WorkerId, isolate: Arc<TurnIsolate>, budget: TenantBudget) -> Self {
        Self { worker, isolate, budget, state: Mutex::default(), reported_heap: AtomicU64::new(0) }
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
            Some(context) => context.with_limits_of(script),
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
            Some(context) if fits(context, script) => context.clone().with_limits_of(script),
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

    /// The size of the heap, if it is worth telling the pool again.
    pub(crate) fn changed_heap_size(&self) -> Option<u64> {
        let bytes = self.isolate.heap_size() as u64;
        let reported = self.reported_heap.load(Ordering::Relaxed);
        if bytes.abs_diff(reported) < HEAP_GRAIN {
            return None;
        }
        self.reported_heap.store(bytes, Ordering::Relaxed);
        Some(bytes)
    }

    fn new_context(&self, script: &Script) -> ExecutionContext {
        ExecutionContext::new_with_pooled_isolate(Arc::clone(&self.isolate), script.clone())
            .with_budget(self.budget.clone())
    }
}

fn fits(context: &ExecutionContext, script: &Script) -> bool {
    context.is_usable() && context.script().fingerprint() == script.fingerprint()
}
