//! Isolates, scripts as tasks, and patience.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use isolate::{
    EnteredIsolate, Interruption, IsolateOptions, IsolateTask, IsolateThreads, LockerManagedIsolate, Loss,
    RuntimeLimits, TaskControl, Turn, TurnBudget, TurnIsolate, platform,
};
use parking_lot::Mutex;

/// How long a test waits for what must happen: a guard against hangs only.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const MIB: usize = 1 << 20;

/// A heap of `heap_max` MiB and more time than any test takes.
pub(crate) fn limits(heap_max: usize) -> RuntimeLimits {
    let limits = RuntimeLimits::default().with_heap_max(heap_max * MIB);
    limits.with_cpu_time(2 * PATIENCE).with_wall_clock(2 * PATIENCE)
}

pub(crate) fn isolate_with(options: IsolateOptions) -> LockerManagedIsolate {
    platform::initialize().run(move || LockerManagedIsolate::new(&options)).unwrap()
}

/// An isolate with a heap of `heap_max` MiB.
pub(crate) fn isolate(heap_max: usize) -> LockerManagedIsolate {
    isolate_with(IsolateOptions::default().with_limits(limits(heap_max)))
}

pub(crate) fn turn_isolate(threads: &IsolateThreads, heap_max: usize) -> Arc<TurnIsolate> {
    TurnIsolate::new(isolate(heap_max), threads)
}

/// Runs `run` on a thread that may use V8.
pub(crate) fn on_v8_thread<R: Send + 'static>(run: impl FnOnce() -> R + Send + 'static) -> R {
    platform::initialize().run(run).unwrap()
}

/// Waits for `future`, with patience.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await.expect("the future hangs") })
}

/// Waits until `condition` holds.
pub(crate) fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Evaluates `source` in a new context and runs its microtasks. The result or the exception as a string.
pub(crate) fn eval(isolate: &mut EnteredIsolate, source: &str) -> Result<String, String> {
    isolate.evaluate(source).map_err(|error| error.to_string())
}

/// The isolate of V8's bindings.
#[allow(unsafe_code, reason = "tests of what the safe interface does not offer")]
pub(crate) fn raw(isolate: &mut EnteredIsolate) -> &mut v8::Isolate {
    // SAFETY: the tests put nothing on it but handles, and enter no other isolate.
    unsafe { isolate.raw() }
}

/// Whether the calling thread has no isolate locked: locking one more would panic.
pub(crate) fn has_nothing_locked() -> bool {
    static PROBE: LazyLock<LockerManagedIsolate> = LazyLock::new(|| isolate(64));
    catch_unwind(AssertUnwindSafe(|| drop(PROBE.lock()))).is_ok()
}

/// How a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Ran { value: Result<String, String>, interruption: Option<Interruption> },
    Lost(Loss),
}

impl End {
    pub(crate) fn value(value: &str) -> Self {
        Self::Ran { value: Ok(value.into()), interruption: None }
    }

    /// Whether the script was stopped for this reason, with or without its thread.
    pub(crate) fn is_for(&self, reason: Interruption) -> bool {
        match self {
            Self::Ran { interruption, .. } => *interruption == Some(reason),
            Self::Lost(loss) => *loss == Loss::Stuck(reason),
        }
    }
}

/// What a script may use.
#[derive(Clone, Copy)]
pub(crate) struct Budget {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
}

impl Budget {
    pub(crate) const GENEROUS: Self = Self { cpu: PATIENCE, wall: PATIENCE };

    pub(crate) const fn cpu(millis: u64) -> Self {
        Self { cpu: Duration::from_millis(millis), wall: PATIENCE }
    }
}

/// A script that runs in one turn.
struct ScriptTask {
    source: String,
    control: Arc<ScriptControl>,
}

pub(crate) struct ScriptControl {
    cpu: Duration,
    deadline: Instant,
    charged: Mutex<Duration>,
    end: Mutex<Sender<End>>,
}

impl IsolateTask for ScriptTask {
    fn poll_turn(&mut self, turn: &mut Turn<'_>, _: &mut Context<'_>) -> Poll<()> {
        let inside = turn.inside_v8();
        let value = eval(turn, &self.source);
        drop(inside);
        self.control.end(End::Ran { value, interruption: turn.interruption() });
        Poll::Ready(())
    }
}

impl ScriptControl {
    fn end(&self, end: End) {
        let _test_may_be_over = self.end.lock().send(end);
    }

    pub(crate) fn charged(&self) -> Duration {
        *self.charged.lock()
    }
}

impl TaskControl for ScriptControl {
    fn budget(&self) -> TurnBudget {
        TurnBudget { cpu: self.cpu, deadline: Some(self.deadline) }
    }

    fn charge(&self, cpu: Duration) {
        *self.charged.lock() += cpu;
    }

    fn lost(&self, loss: Loss) {
        self.end(End::Lost(loss));
    }
}

/// A script that has been started.
pub(crate) struct Running {
    pub(crate) control: Arc<ScriptControl>,
    end: Receiver<End>,
}

impl Running {
    /// Waits for the end.
    pub(crate) fn end(&self) -> End {
        self.end.recv_timeout(PATIENCE).expect("the script neither ends nor is lost")
    }

    pub(crate) fn has_ended(&self) -> Option<End> {
        self.end.try_recv().ok()
    }
}

pub(crate) fn start(isolate: &Arc<TurnIsolate>, source: &str, budget: Budget) -> Running {
    let (sender, end) = channel();
    let control = Arc::new(ScriptControl {
        cpu: budget.cpu,
        deadline: Instant::now() + budget.wall,
        charged: Mutex::default(),
        end: Mutex::new(sender),
    });
    let task = ScriptTask { source: source.into(), control: Arc::clone(&control) };
    isolate.spawn(Box::new(task), Arc::clone(&control) as Arc<dyn TaskControl>);
    Running { control, end }
}

pub(crate) fn run(isolate: &Arc<TurnIsolate>, source: &str, budget: Budget) -> End {
    start(isolate, source, budget).end()
}
