//! One worker on one isolate.

mod code_task;
mod context_state;
mod request_task;

use std::any::Any;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll, ready};

use isolate::{
    IsolateOptions, IsolateThreads, LockerManagedIsolate, RequestLimits, RuntimeLimits, Snapshot,
    SnapshotError, TurnIsolate, platform,
};

use crate::bootstrap;
use crate::budget::TenantBudget;
use crate::cache::WorkerCaches;
use crate::execution_context::context_state::ContextState;
use crate::execution_context::request_task::RequestTask;
use crate::isolate_state::IsolateState;
use crate::isolate_state::code_generation;
use crate::isolate_state::raw_isolate::preparation;
use crate::isolate_state::rejections;
use crate::realm::creation;
use crate::realm::modules::callbacks;
use crate::request::{Reply, Request};
use crate::vocabulary::binding::Bindings;
use crate::vocabulary::code_cache::{CodeCache, CodeEnvironment};
use crate::vocabulary::event::{Event, Outcome};
use crate::vocabulary::operations::OperationsHandler;
use crate::vocabulary::script::Script;
use crate::vocabulary::termination::Termination;

/// A worker's script on an isolate: where its events are executed.
///
/// The script is evaluated by the first event, within that event's limits, or ahead of it by
/// [`prepare`](Self::prepare). Its global state stays until [`reset`](Self::reset). Several events may be in
/// flight at the same time; each has limits, timers and operations of its own.
///
/// Cloning is cheap and shares the context.
#[derive(Clone)]
pub struct ExecutionContext {
    state: Arc<ContextState>,
    /// Of the requests that are started through this.
    limits: RequestLimits,
    bindings: Bindings,
    caches: WorkerCaches,
    budget: TenantBudget,
}

/// Why a context could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StandaloneError {
    /// The process uses another snapshot.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// No thread could be created to make the isolate.
    #[error(transparent)]
    Isolate(#[from] io::Error),
}

/// The options of an isolate on which [`ExecutionContext`]s can live.
pub fn isolate_options(limits: RuntimeLimits, snapshot: Option<Snapshot>) -> IsolateOptions {
    // Without a snapshot a realm costs milliseconds, which is for those to pay who want no snapshot.
    let prepare = if snapshot.is_some() { prepare_with_realm } else { prepare };
    IsolateOptions::default()
        .with_limits(limits)
        .with_snapshot(snapshot)
        .with_external_references(bootstrap::external_references())
        .with_prepare(Some(preparation(prepare)))
}

fn prepare(isolate: &mut v8::Isolate) {
    IsolateState::install(isolate);
    rejections::watch(isolate);
    code_generation::watch(isolate);
    callbacks::install(isolate);
}

fn prepare_with_realm(isolate: &mut v8::Isolate) {
    prepare(isolate);
    // If it fails it will fail again when it is needed, where there is somebody to tell.
    IsolateState::of(isolate).spare_realm = creation::create(isolate, true).ok();
}

/// The startup snapshot with the Web APIs: built by the first call in this process, in some tens of milliseconds.
///
/// # Errors
/// [`SnapshotError::AnotherInUse`] if the process uses another snapshot.
pub fn build_snapshot() -> Result<Snapshot, SnapshotError> {
    Snapshot::build(&bootstrap::snapshot_source())
}

/// Reads a snapshot file that was written from [`build_snapshot`] by this very program.
///
/// # Errors
/// As [`Snapshot::read`]; [`SnapshotError::Bootstrap`] if it was written by a program with other Web APIs.
pub fn read_snapshot(path: impl AsRef<std::path::Path>) -> Result<Snapshot, SnapshotError> {
    Snapshot::read(path, Some(&bootstrap::hash()))
}

/// What compiled code depends on beside its source, in isolates that are made with a snapshot or without.
pub fn code_environment(with_snapshot: bool) -> CodeEnvironment {
    platform::initialize();
    CodeEnvironment::new(with_snapshot.then(bootstrap::hash).as_ref())
}

impl ExecutionContext {
    /// A context for `script` on `isolate`, which must have been made with [`isolate_options`]. Nothing happens
    /// before the first event.
    pub fn new_with_pooled_isolate(isolate: Arc<TurnIsolate>, script: Script) -> Self {
        let (limits, bindings) = (limits_of(&script, &isolate), script.bindings().clone());
        let state = ContextState::new(isolate, script);
        Self { state, limits, bindings, caches: WorkerCaches::default(), budget: TenantBudget::unlimited() }
    }

    /// A context for `script` on an isolate of its own, with these limits, on threads that all such contexts of the process
    /// share: for whoever needs no pool. Blocks for a few milliseconds, the first time in a process for some tens.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use exec::{CallEvent, Event, ExecutionContext, NoOperations, Script, TenantBudget};
    /// use isolate::RuntimeLimits;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let script = Script::new("export const double = (n) => 2 * n");
    /// let context = ExecutionContext::standalone(script, RuntimeLimits::default())?;
    /// let call = CallEvent::new("double", &(21,), &TenantBudget::unlimited())?;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// let outcome = runtime.block_on(context.exec(Arc::new(NoOperations), Event::Call(call)))?;
    /// assert_eq!(outcome.into_task_result().expect("what it returned").json(), b"42");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StandaloneError`].
    pub fn standalone(script: Script, limits: RuntimeLimits) -> Result<Self, StandaloneError> {
        let options = isolate_options(limits, Some(build_snapshot()?));
        let isolate = platform::initialize().run(move || LockerManagedIsolate::new(&options))?;
        let isolate = TurnIsolate::new(isolate, IsolateThreads::of_process());
        Ok(Self::new_with_pooled_isolate(isolate, script))
    }

    /// The same context, whose code is taken from `cache` and put there; for one that has had no event yet. Later than that
    /// it changes nothing.
    pub fn with_code_cache(self, cache: CodeCache) -> Self {
        // Who comes second shares the context, and so the cache.
        let _set = self.state.code_cache.set(cache);
        self
    }

    /// The same context, whose events that are given to it through this are charged to `budget`. Without it they are
    /// charged to nobody.
    pub fn with_budget(mut self, budget: TenantBudget) -> Self {
        self.budget = budget;
        self
    }

    /// The same context, whose events that are given to it through this find these behind `caches`. Without them nothing
    /// that is put there is kept.
    pub fn with_caches(mut self, caches: WorkerCaches) -> Self {
        self.caches = caches;
        self
    }

    /// The same context, whose events that are given to it through this have the limits and the bindings of `script`: of
    /// another [`Script`] with the same fingerprint.
    pub fn with_settings_of(mut self, script: &Script) -> Self {
        self.limits = limits_of(script, &self.state.isolate);
        self.bindings = script.bindings().clone();
        self
    }

    /// Delivers `event` to its handler and waits for what comes of it. `waitUntil` work goes on afterwards, within
    /// the same limits: see [`drain_wait_until`](Self::drain_wait_until).
    ///
    /// JavaScript runs on isolate threads; operations run on the tokio runtime that this is called from. Dropping
    /// the future aborts the request: its `signal` fires, and its operations are cancelled unless `waitUntil`
    /// work is left.
    ///
    /// # Errors
    /// A [`Termination`], with the reason.
    pub async fn exec(
        &self,
        operations: Arc<dyn OperationsHandler>,
        event: Event,
    ) -> Result<Outcome, Termination> {
        self.exec_holding(operations, event, ()).await
    }

    /// As [`exec`](Self::exec); `held` is dropped when the request has ended entirely, `waitUntil` work included.
    /// That is where a lease of the isolate goes.
    ///
    /// # Errors
    /// As [`exec`](Self::exec).
    pub async fn exec_holding(
        &self,
        operations: Arc<dyn OperationsHandler>,
        event: Event,
        held: impl Any + Send,
    ) -> Result<Outcome, Termination> {
        event.check()?;
        self.start(operations, Some(event), Box::new(held)).await
    }

    /// Evaluates the script ahead of the first event, if that has not happened yet.
    ///
    /// # Errors
    /// As [`exec`](Self::exec).
    pub async fn prepare(&self, operations: Arc<dyn OperationsHandler>) -> Result<(), Termination> {
        if self.is_ready() {
            return Ok(());
        }
        self.start(operations, None, Box::new(())).await.map(drop)
    }

    /// As [`prepare`](Self::prepare), without waiting: the script is evaluated when the isolate has time. A script that
    /// cannot be evaluated is found out by its first event.
    pub fn prepare_in_background(&self, operations: Arc<dyn OperationsHandler>) {
        self.start(operations, None, Box::new(())).detach();
    }

    fn start(
        &self,
        operations: Arc<dyn OperationsHandler>,
        event: Option<Event>,
        held: Box<dyn Any + Send>,
    ) -> InFlight {
        let outside = (operations, self.bindings.clone(), self.caches.clone());
        let context = Arc::downgrade(&self.state);
        let heap_max = self.state.isolate.managed().limits().isolate.heap_max;
        let (budget, has_event) = (self.budget.clone(), event.is_some());
        let request = Request::new(context, self.limits, heap_max, budget, outside, held, has_event);
        self.state.add();
        let task = RequestTask::new(Arc::clone(&request), Arc::clone(&self.state), event);
        self.state.isolate.spawn(Box::new(task), Arc::clone(&request) as _);
        InFlight { request: Some(request) }
    }

    /// Waits until no request is in flight on this context, `waitUntil` work included.
    pub async fn drain_wait_until(&self) {
        loop {
            let idle = self.state.idle.notified();
            if self.state.in_flight() == 0 {
                return;
            }
            idle.await;
        }
    }

    /// Forgets the worker's global state: the next event finds a new context with the script evaluated anew.
    /// Requests in flight keep the one they have.
    pub fn reset(&self) {
        self.state.reset();
    }

    /// How many requests are in flight, `waitUntil` work included.
    pub fn in_flight(&self) -> usize {
        self.state.in_flight()
    }

    /// Whether the script has been evaluated.
    pub fn is_ready(&self) -> bool {
        self.state.is_ready()
    }

    /// Whether the next event would find the global state that earlier ones left. False once JavaScript was stopped
    /// in the middle by a limit (that state is gone then; another event would have the script evaluated anew), or the
    /// isolate was condemned. Known before the caller of the event that did it is told.
    pub fn is_usable(&self) -> bool {
        !self.state.is_retired() && self.state.isolate.condemned().is_none()
    }

    /// The script.
    pub fn script(&self) -> &Script {
        &self.state.script
    }
}

/// What requests of `script` may use on `isolate`.
fn limits_of(script: &Script, isolate: &TurnIsolate) -> RequestLimits {
    script.limits().unwrap_or(isolate.managed().limits().request)
}

impl fmt::Debug for ExecutionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecutionContext")
            .field("script", &self.state.script)
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}

/// The caller's side of a request; dropping it before the answer aborts the request.
struct InFlight {
    /// Empty when there is nothing more to wait for.
    request: Option<Arc<Request>>,
}

impl Future for InFlight {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Reply> {
        let request = self.request.as_ref().expect("not polled after it was ready");
        let reply = ready!(request.poll_answer(context.waker()));
        self.request = None;
        Poll::Ready(reply)
    }
}

impl InFlight {
    /// Lets the request go on without its caller.
    fn detach(mut self) {
        self.request = None;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(request) = self.request.take() {
            request.abandon();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exception::hints;
    use crate::vocabulary::code_cache::{CodeForm, CodeKey, CodeStage};
    use crate::vocabulary::event::TaskEvent;
    use crate::vocabulary::operations::NoOperations;

    fn new_context(script: &Script, cache: &CodeCache) -> (ExecutionContext, IsolateThreads) {
        let mut limits = RuntimeLimits::default();
        limits.request.startup_cpu = std::time::Duration::from_secs(20);
        let options = isolate_options(limits, Some(build_snapshot().unwrap()));
        let isolate = platform::initialize().run(move || LockerManagedIsolate::new(&options)).unwrap();
        let threads = IsolateThreads::new(1);
        let isolate = TurnIsolate::new(isolate, &threads);
        let context = ExecutionContext::new_with_pooled_isolate(isolate, script.clone());
        (context.with_code_cache(cache.clone()), threads)
    }

    async fn task(script: &Script, cache: &CodeCache) -> serde_json::Value {
        let (context, _threads) = new_context(script, cache);
        let task = TaskEvent { id: "task".into(), payload: serde_json::json!(20), attempt: 1 };
        let outcome = context.exec(Arc::new(NoOperations), Event::Task(task)).await.unwrap();
        let Outcome::TaskResult(result) = outcome else { panic!("{outcome:?}") };
        result.parse()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn code_that_v8_does_not_take_is_a_miss_and_is_made_anew() {
        let padding = "// padding\n".repeat(200);
        let source = format!(
            "{padding}const twice = (n) => 2 * n; export default {{ task: ({{ payload }}) => twice(payload) }}"
        );
        let script = Script::new(source);
        let cache = CodeCache::new(1 << 20);
        let key = CodeKey { module: script.digest_of(0), form: CodeForm::Module };
        assert_eq!(task(&script, &cache).await, 40);
        let (good, _) = cache.get(&key).expect("an entry");
        let mut flipped = good.to_vec();
        flipped[0] ^= 0xff;
        let other_source = {
            let mut bytes = good.to_vec();
            bytes[8] ^= 0x01;
            bytes
        };
        let poisoned =
            [vec![], vec![0], good[..good.len() / 2].to_vec(), flipped, other_source, vec![0xa5; 5000]];
        for (n, code) in (1..).zip(poisoned) {
            cache.put(key, &code, CodeStage::Requests);
            assert_eq!(task(&script, &cache).await, 40);
            assert_eq!(cache.stats().rejected, n, "{} bytes", code.len());
            assert_ne!(*cache.get(&key).expect("made anew").0, *code);
        }
    }

    /// Whoever adds one of them takes its line out.
    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_explained_is_not_there() {
        let names: Vec<_> = hints::GLOBALS.iter().map(|(name, _)| *name).collect();
        let source = "export default { task: ({ payload }) => payload.filter((name) => name in globalThis) }";
        let options = isolate_options(RuntimeLimits::default(), Some(build_snapshot().unwrap()));
        let isolate = platform::initialize().run(move || LockerManagedIsolate::new(&options)).unwrap();
        let threads = IsolateThreads::new(1);
        let isolate = TurnIsolate::new(isolate, &threads);
        let context = ExecutionContext::new_with_pooled_isolate(isolate, Script::new(source));
        let task = TaskEvent { id: "names".into(), payload: names.into(), attempt: 1 };
        let outcome = context.exec(Arc::new(NoOperations), Event::Task(task)).await.unwrap();
        let Outcome::TaskResult(present) = outcome else { panic!("{outcome:?}") };
        assert_eq!(present.parse(), serde_json::json!([]));
    }
}
