//! What the pool holds for a worker: an isolate, and the contexts on it.

use std::sync::Arc;

use exec::{ExecutionContext, Script};
use isolate::TurnIsolate;
use parking_lot::Mutex;

/// An isolate of one worker, with the context that its next request finds.
#[derive(Debug)]
pub(crate) struct WorkerIsolate {
    isolate: Arc<TurnIsolate>,
    warm: Mutex<Option<ExecutionContext>>,
}

impl WorkerIsolate {
    pub(crate) fn new(isolate: Arc<TurnIsolate>) -> Self {
        Self { isolate, warm: Mutex::default() }
    }

    pub(crate) fn isolate(&self) -> &Arc<TurnIsolate> {
        &self.isolate
    }

    /// A context that no other request uses.
    pub(crate) fn fresh(&self, script: &Script) -> ExecutionContext {
        ExecutionContext::new_with_pooled_isolate(Arc::clone(&self.isolate), script.clone())
    }

    /// The context of the worker; a new one if there is none yet, it is of another script (or the same with another
    /// environment or version), or a limit has stopped it in the middle.
    pub(crate) fn warm(&self, script: &Script) -> ExecutionContext {
        let mut warm = self.warm.lock();
        match &*warm {
            Some(context)
                if context.is_usable() && context.script().fingerprint() == script.fingerprint() =>
            {
                context.clone()
            }
            _ => {
                let context = self.fresh(script);
                let replaced = warm.replace(context.clone());
                drop(warm);
                drop(replaced);
                context
            }
        }
    }
}
