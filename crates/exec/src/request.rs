//! One request on an isolate, as everybody but its own turns sees it.
//!
//! # Who touches what
//! The [`Request`] is shared by its task (which owns the turns), by the host functions that its JavaScript calls,
//! by the operations that run for it on the caller's runtime, and by the caller. Everything mutable is in one
//! mutex that is never held while V8 is entered: a thread that V8 parks for ever must not take it along.

mod bodies;
mod control;
mod cpu;
mod deadline;
mod log_budget;
mod operations;
mod reading;
mod timers;

use std::any::Any;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use http::Method;
use isolate::{Interruption, Loss, RequestLimits, wake_after_turn};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tokio::runtime;
use tokio::task::AbortHandle;

pub(crate) use self::bodies::{Extent, IncomingBody, OutgoingBody, Received};
use self::cpu::CpuBudget;
pub(crate) use self::cpu::Purpose;
use self::deadline::Deadline;
use self::log_budget::LogBudget;
pub(crate) use self::reading::Read;
use self::timers::Timers;
use crate::budget::{BudgetExceeded, TenantBudget};
use crate::cache::WorkerCaches;
use crate::codings::Accepted;
use crate::compute::{Computed, NotDone};
use crate::crypto::{Failure, Output};
use crate::vocabulary::binding::{BindingAnswer, Bindings};
use crate::vocabulary::body::SenderEvent;
use crate::vocabulary::event::Outcome;
use crate::vocabulary::location::{SourceLocation, without_internals};
use crate::vocabulary::operations::{
    FetchResponse, LogRecord, OperationError, OperationsHandler, RequestUsage,
};
use crate::vocabulary::request_id::RequestId;
use crate::vocabulary::resources::{ResourceId, ResourceTable};
use crate::vocabulary::script::Script;
use crate::vocabulary::termination::{Termination, TerminationReason};

/// What a request knows of the execution context that it is one of.
pub(crate) trait Membership: Send + Sync {
    /// What is run there.
    fn script(&self) -> &Script;

    /// Timers or tasks have been left to nobody in particular: wakes a request that takes them over.
    fn offer_leavings(&self);

    /// `request` is lost, and the isolate with it.
    fn lost(&self, request: &Request);
}

/// How a request ended.
pub(crate) type Reply = Result<Outcome, Termination>;

/// See the [module](self) documentation.
pub(crate) struct Request {
    id: RequestId,
    /// Not its owner: whoever still waits for the answer should not keep an isolate that is gone otherwise.
    context: Weak<dyn Membership>,
    operations: Arc<dyn OperationsHandler>,
    /// What its calls of bindings go to.
    bindings: Bindings,
    /// What its worker keeps.
    caches: WorkerCaches,
    runtime: Option<runtime::Handle>,
    limits: RequestLimits,
    budget: TenantBudget,
    /// The memory limit of its isolate, in bytes.
    heap_max: usize,
    cpu: CpuBudget,
    deadline: Deadline,
    /// No longer one of its context's; written under the lock of the context.
    left: AtomicBool,
    /// Writes the body of its answer; written under the lock of the state.
    streams: AtomicBool,
    /// Its answer is held; likewise.
    holds_answer: AtomicBool,
    /// Waits for something that V8 does by itself; written by its turns.
    waits_for_platform: AtomicBool,
    /// Tasks that its JavaScript has to run; written with the isolate locked.
    tasks: AtomicUsize,
    /// Without one it only evaluates the script.
    has_event: bool,
    /// Codings that whoever waits for its answer takes, as bits.
    accepted: AtomicU8,
    /// Whoever waits for its answer wants no body of it.
    is_head: AtomicBool,
    resources: ResourceTable,
    /// There was no room for a body that it wanted to read.
    exceeded: OnceLock<BudgetExceeded>,
    state: Mutex<State>,
}

struct State {
    answer: Answer,
    /// Dropped by [`release`](Request::release): the lease of the isolate. There until then.
    held: Option<Box<dyn Any + Send>>,
    messages: VecDeque<Message>,
    waker: Option<Waker>,
    in_flight: FxHashMap<u64, InFlight>,
    /// Operations started so far.
    subrequests: usize,
    /// Bytes of the bodies that the operations in flight send.
    outgoing: usize,
    timers: Timers,
    log: LogBudget,
    wait_until_done: bool,
    ended: bool,
    /// Those that its JavaScript writes.
    outgoing_bodies: Vec<(ResourceId, Arc<OutgoingBody>)>,
    /// Which of them is the body of its answer.
    answer_body: Option<ResourceId>,
}

/// What the caller gets.
enum Answer {
    /// Nothing yet; the caller may be waiting.
    Awaited(Option<Waker>),
    /// Its body has begun in a turn that is not over: what happens until then can still be told instead of it.
    Held(Reply, Option<Waker>),
    Given(Reply),
    Taken,
}

impl Answer {
    /// Takes the answer if it is there; `None` if it is not, and somebody other than `waker` would be woken for it.
    fn poll(&mut self, waker: &Waker) -> Option<Poll<Reply>> {
        if let Self::Awaited(present) | Self::Held(_, present) = self {
            let known = present.as_ref().is_some_and(|present| present.will_wake(waker));
            return known.then_some(Poll::Pending);
        }
        match std::mem::replace(self, Self::Taken) {
            Self::Given(reply) => Some(Poll::Ready(reply)),
            Self::Awaited(_) | Self::Held(..) | Self::Taken => panic!("polled after the answer was taken"),
        }
    }
}

/// An operation in flight.
struct InFlight {
    /// Not there yet for the moment in which the operation is being spawned.
    task: Option<AbortHandle>,
    outgoing: usize,
}

/// What reaches a request from outside of its turns.
#[derive(Debug)]
pub(crate) enum Message {
    /// An operation came to its end.
    Settled { operation: u64, result: Settled },
    /// Something happened to a body that its JavaScript writes.
    Body { body: ResourceId, event: SenderEvent },
    /// The caller went away.
    Abort,
}

/// How an operation ended.
#[derive(Debug)]
pub(crate) enum Settled {
    Fetch(Result<FetchResponse, OperationError>),
    Binding(Result<BindingAnswer, OperationError>),
    Read(Read),
    Computed(Result<Computation, NotDone>),
}

/// How an operation ended, with its body taken in for JavaScript.
#[derive(Debug)]
pub(crate) enum Arrived {
    Fetch(Result<(FetchResponse, Received), OperationError>),
    Binding(Result<BindingAnswer, OperationError>),
    Read(Read),
    Computed(Result<Result<Output, Failure>, NotDone>),
}

/// What a compute thread made of an operation of `crypto`.
pub(crate) type Computation = Computed<Result<Output, Failure>>;

/// What a request waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    /// Whether the caller has its answer.
    pub(crate) replied: bool,
    /// Whether the work given to `waitUntil` is done.
    pub(crate) wait_until_done: bool,
    /// Operations, timers, tasks or messages that will bring another turn.
    pub(crate) has_work: bool,
    /// Operations, tasks, messages, or a body that waits for whoever reads it.
    pub(crate) has_operations: bool,
    /// When the next timer is due.
    pub(crate) next_timer: Option<Instant>,
}

impl Pending {
    /// Whether nothing is left to do for the request.
    pub(crate) fn is_over(&self) -> bool {
        self.replied && self.wait_until_done
    }
}

/// Refusal to start more timers or operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StartError {
    #[error("the request has ended")]
    Ended,
    #[error("too many timers")]
    TooManyTimers,
    #[error("too many operations in flight")]
    TooManyOperations,
    #[error("the request has started too many operations")]
    TooManySubrequests,
    #[error("the operations in flight send too much")]
    TooMuchData,
    #[error("no tokio runtime to run the operation on")]
    NoRuntime,
    #[error("there is no such binding")]
    NoBinding,
    #[error("the body is being read, or nobody can read it any more")]
    BodyInUse,
    #[error(transparent)]
    Budget(#[from] BudgetExceeded),
}

impl Request {
    /// A request to the worker of `context`, whose time starts now. `held` is dropped when it has ended.
    pub(crate) fn new(
        context: Weak<dyn Membership>,
        limits: RequestLimits,
        heap_max: usize,
        budget: TenantBudget,
        (operations, bindings, caches): (Arc<dyn OperationsHandler>, Bindings, WorkerCaches),
        held: Box<dyn Any + Send>,
        has_event: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            id: RequestId::next(),
            context,
            operations,
            bindings,
            caches,
            runtime: runtime::Handle::try_current().ok(),
            limits,
            budget,
            heap_max,
            cpu: CpuBudget::new(&limits),
            deadline: Deadline::after(limits.wall_clock),
            left: AtomicBool::new(false),
            streams: AtomicBool::new(false),
            holds_answer: AtomicBool::new(false),
            waits_for_platform: AtomicBool::new(false),
            tasks: AtomicUsize::new(0),
            has_event,
            accepted: AtomicU8::new(Accepted::ALL.to_bits()),
            is_head: AtomicBool::new(false),
            resources: ResourceTable::with_bound(limits.resources),
            exceeded: OnceLock::new(),
            state: Mutex::new(State {
                answer: Answer::Awaited(None),
                held: Some(held),
                messages: VecDeque::new(),
                waker: None,
                in_flight: FxHashMap::default(),
                subrequests: 0,
                outgoing: 0,
                log: LogBudget::default(),
                timers: Timers::default(),
                wait_until_done: false,
                ended: false,
                outgoing_bodies: Vec::new(),
                answer_body: None,
            }),
        })
    }

    /// The objects of the host that are its own, and end with it.
    pub(crate) fn resources(&self) -> &ResourceTable {
        &self.resources
    }

    /// Whoever waits for its answer asked for it with `method`, and takes these codings; all, unless it is said.
    pub(crate) fn asked(&self, method: &Method, codings: Accepted) {
        self.is_head.store(*method == Method::HEAD, Ordering::Relaxed);
        self.accepted.store(codings.to_bits(), Ordering::Relaxed);
    }

    /// What its fetches ask for, if its script does not say: what is passed on is for whoever waits for its answer.
    pub(crate) fn accepted(&self) -> Accepted {
        Accepted::from_bits(self.accepted.load(Ordering::Relaxed))
    }

    /// The budget of its worker.
    pub(crate) fn budget(&self) -> &TenantBudget {
        &self.budget
    }

    /// The memory limit of its isolate, in bytes.
    pub(crate) fn heap_max(&self) -> usize {
        self.heap_max
    }

    /// The bindings that its code may call.
    pub(crate) fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// What its worker keeps.
    pub(crate) fn caches(&self) -> &WorkerCaches {
        &self.caches
    }

    /// Its limits.
    pub(crate) fn limits(&self) -> &RequestLimits {
        &self.limits
    }

    pub(crate) fn id(&self) -> RequestId {
        self.id
    }

    /// What it shares with the other requests of its worker, if that is still there.
    pub(crate) fn context(&self) -> Option<Arc<dyn Membership>> {
        self.context.upgrade()
    }

    /// Leaves its context. Returns false if it has before.
    pub(crate) fn leave(&self) -> bool {
        !self.left.swap(true, Ordering::Relaxed)
    }

    pub(crate) fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// Notes whether it waits for something that V8 does by itself.
    pub(crate) fn wait_for_platform(&self, waits: bool) {
        self.waits_for_platform.store(waits, Ordering::Relaxed);
    }

    pub(crate) fn waits_for_platform(&self) -> bool {
        self.waits_for_platform.load(Ordering::Relaxed)
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline.at()
    }

    /// What is left for the turn that runs, or comes next.
    pub(crate) fn cpu_left(&self) -> Duration {
        self.cpu.left()
    }

    /// Before a turn: a request that still writes its answer has its CPU time anew for each length of its wall clock.
    pub(crate) fn refill_cpu(&self) {
        if self.streams.load(Ordering::Relaxed) && self.deadline.is_another_period(self.limits.wall_clock) {
            self.cpu.refill(&self.limits);
        }
    }

    /// The turn after this one is to `purpose`, with the CPU time that there is for that.
    pub(crate) fn next_turn_is_for(&self, purpose: Purpose) {
        self.cpu.next(purpose);
    }

    /// A turn has used this much CPU time.
    pub(crate) fn charge_cpu(&self, cpu: Duration) {
        self.cpu.charge(cpu);
        self.budget.charge_cpu(cpu);
    }

    /// Registers who is woken by [`send`](Self::send): the task of the request, whose waker stays the same.
    pub(crate) fn set_waker(&self, waker: &Waker) {
        if self.state.lock().waker.as_ref().is_some_and(|present| present.will_wake(waker)) {
            return;
        }
        let waker = waker.clone();
        let mut state = self.state.lock();
        // The waker owns the task, which owns this: once it has ended nobody would break the circle.
        let unused = if state.ended { Some(waker) } else { state.waker.replace(waker) };
        drop(state);
        drop(unused);
    }

    /// Delivers a message and asks for a turn.
    pub(crate) fn send(&self, message: Message) {
        let waker = {
            let mut state = self.state.lock();
            if state.ended {
                return;
            }
            state.messages.push_back(message);
            state.waker.clone()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Asks for a turn, to look at the state again.
    pub(crate) fn wake(&self) {
        let waker = self.state.lock().waker.clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn next_message(&self) -> Option<Message> {
        self.state.lock().messages.pop_front()
    }

    /// Gives the caller its answer, unless it has one. The first answer stands. On an isolate thread the caller hears of
    /// it when the turn is over; one whose body is being written is [held](Self::publish) until then.
    pub(crate) fn reply(&self, reply: Reply) {
        let waker = {
            let mut state = self.state.lock();
            let Answer::Awaited(waker) = &mut state.answer else { return };
            let waker = waker.take();
            if state.answer_body.is_some() {
                state.answer = Answer::Held(reply, waker);
                return self.holds_answer.store(true, Ordering::Relaxed);
            }
            state.answer = Answer::Given(reply);
            waker
        };
        if let Some(waker) = waker {
            wake_after_turn(waker);
        }
    }

    /// The turn in which an answer was held is over.
    pub(crate) fn publish(&self) {
        if !self.holds_answer.load(Ordering::Relaxed) {
            return;
        }
        let waker = {
            let mut state = self.state.lock();
            self.holds_answer.store(false, Ordering::Relaxed);
            match std::mem::replace(&mut state.answer, Answer::Taken) {
                Answer::Held(reply, waker) => {
                    state.answer = Answer::Given(reply);
                    waker
                }
                other => {
                    state.answer = other;
                    None
                }
            }
        };
        if let Some(waker) = waker {
            wake_after_turn(waker);
        }
    }

    /// The answer, for the caller, who is woken when it is there.
    ///
    /// # Panics
    /// If it has been taken before.
    pub(crate) fn poll_answer(&self, waker: &Waker) -> Poll<Reply> {
        if let Some(polled) = self.state.lock().answer.poll(waker) {
            return polled;
        }
        // Others' code, so not under the lock; nor what it replaces.
        let waker = waker.clone();
        let replaced = {
            let mut state = self.state.lock();
            match &mut state.answer {
                Answer::Awaited(present) | Answer::Held(_, present) => present.replace(waker),
                Answer::Given(_) | Answer::Taken => {
                    let polled = state.answer.poll(&waker);
                    drop(state);
                    drop(waker);
                    return polled.expect("it is there");
                }
            }
        };
        drop(replaced);
        Poll::Pending
    }

    /// The caller went away.
    pub(crate) fn abandon(&self) {
        let waker = match &mut self.state.lock().answer {
            Answer::Awaited(waker) | Answer::Held(_, waker) => waker.take(),
            Answer::Given(_) | Answer::Taken => None,
        };
        drop(waker);
        self.send(Message::Abort);
    }

    /// Ends the request with a termination of `reason`, unless it was answered; then the body of its answer breaks off, if
    /// it is not at its end.
    pub(crate) fn terminate(&self, reason: TerminationReason) {
        let termination = || Termination::new(reason, self.explain(reason));
        if matches!(self.state.lock().answer, Answer::Awaited(_)) {
            self.reply(Err(termination()));
        } else if self.writes_answer() {
            self.break_off(termination());
        }
    }

    /// As [`terminate`](Self::terminate), where its code had this `stack`, if that is known.
    pub(crate) fn terminate_at(&self, reason: TerminationReason, stack: Option<String>) {
        let stack = stack.map(|stack| without_internals(&stack)).filter(|stack| !stack.is_empty());
        let Some(stack) = stack.filter(|_| matches!(self.state.lock().answer, Answer::Awaited(_))) else {
            return self.terminate(reason);
        };
        let context = self.context();
        let script = context.as_ref().map(|context| context.script());
        let location = script.and_then(|script| SourceLocation::in_stack(script, &stack));
        let written = script.and_then(|script| script.source_maps()?.frames(script, &stack));
        let stack = written.unwrap_or(stack);
        let termination = Termination::new(reason, self.explain(reason));
        self.reply(Err(Termination { stack: Some(stack), location: location.map(Box::new), ..termination }));
    }

    /// All work given to `waitUntil` has settled. The request finds out in its next turn.
    pub(crate) fn wait_until_done(&self) {
        self.state.lock().wait_until_done = true;
    }

    pub(crate) fn pending(&self) -> Pending {
        let state = self.state.lock();
        let next_timer = state.timers.next();
        let has_operations = self.has_tasks()
            || !state.in_flight.is_empty()
            || !state.messages.is_empty()
            || state.outgoing_bodies.iter().any(|(_, body)| body.waits());
        Pending {
            replied: !matches!(state.answer, Answer::Awaited(_)),
            wait_until_done: state.wait_until_done,
            has_work: next_timer.is_some() || has_operations,
            has_operations,
            next_timer,
        }
    }

    /// Returns when it is due. The request sets its alarm at the end of its next turn.
    pub(crate) fn start_timer(&self, timer: u64, delay: Duration) -> Result<Instant, StartError> {
        let due = Instant::now() + delay;
        let mut state = self.state.lock();
        if state.ended {
            return Err(StartError::Ended);
        }
        if !state.timers.start(timer, due, self.limits.timers) {
            return Err(StartError::TooManyTimers);
        }
        Ok(due)
    }

    pub(crate) fn cancel_timer(&self, timer: u64) {
        self.state.lock().timers.cancel(timer);
    }

    pub(crate) fn has_operations(&self) -> bool {
        !self.state.lock().in_flight.is_empty()
    }

    /// Whether its code has not come to its end: the handler, what was given to `waitUntil`, or what waits for timers,
    /// tasks and operations.
    pub(crate) fn is_unfinished(&self) -> bool {
        let state = self.state.lock();
        !state.wait_until_done
            || state.timers.next().is_some()
            || !state.in_flight.is_empty()
            || self.has_tasks()
    }

    /// Its JavaScript has one task more to run.
    pub(crate) fn add_task(&self) {
        self.tasks.fetch_add(1, Ordering::Relaxed);
    }

    /// One of its tasks is run.
    pub(crate) fn take_task(&self) {
        self.tasks.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many tasks its JavaScript has to run.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.load(Ordering::Relaxed)
    }

    pub(crate) fn has_tasks(&self) -> bool {
        self.tasks() > 0
    }

    pub(crate) fn has_timers(&self) -> bool {
        self.state.lock().timers.next().is_some()
    }

    /// Takes out the first timer that is due at `now`.
    pub(crate) fn due_timer(&self, now: Instant) -> Option<u64> {
        self.state.lock().timers.take_due(now)
    }

    /// Whether the log of the request still takes lines.
    pub(crate) fn takes_log(&self) -> bool {
        !self.state.lock().log.is_used_up()
    }

    /// Writes a line to the log, within the request's budget for it.
    pub(crate) fn log(&self, record: LogRecord) {
        let admitted = self.state.lock().log.admit(record, &self.limits);
        if let Some(record) = admitted.and_then(|record| log_budget::at_the_rate(&self.budget, record)) {
            self.operations.handle_log(record);
        }
    }

    /// The request takes no more turns: stops its operations and timers, and answers if nobody has.
    pub(crate) fn end(&self) {
        self.terminate(TerminationReason::Terminated);
        self.publish();
        self.stop_work();
    }

    /// Stops operations and timers. No more can be started.
    pub(crate) fn stop_work(&self) {
        let (operations, bodies, waker) = {
            let mut state = self.state.lock();
            state.ended = true;
            state.timers = Timers::default();
            self.tasks.store(0, Ordering::Relaxed);
            state.messages.clear();
            let operations = std::mem::take(&mut state.in_flight);
            state.outgoing = 0;
            let bodies = std::mem::take(&mut state.outgoing_bodies);
            (operations, bodies, state.waker.take())
        };
        drop((bodies, waker));
        self.resources.close_all();
        for task in operations.into_values().filter_map(|operation| operation.task) {
            task.abort();
        }
    }

    /// Tells what the request has used, and lets go of what was held for it. Not before its last turn is over, or given up:
    /// only then is it known whether the isolate can serve another.
    pub(crate) fn release(&self) {
        let held = self.state.lock().held.take();
        if held.is_some() {
            let (cpu, startup_cpu) = self.cpu.used(&self.limits);
            self.operations.handle_end(RequestUsage { has_event: self.has_event, cpu, startup_cpu });
        }
        drop(held);
    }

    /// The reason that it ends with when its task is lost.
    pub(crate) fn reason_for_loss(&self, loss: Loss) -> TerminationReason {
        match loss {
            Loss::Stuck(interruption) => self.reason_for(interruption),
            Loss::Memory => TerminationReason::MemoryLimit,
            Loss::Condemned => TerminationReason::Terminated,
            Loss::Panicked => TerminationReason::Other,
        }
    }

    /// The reason that it ends with when its turn is interrupted.
    pub(crate) fn reason_for(&self, interruption: Interruption) -> TerminationReason {
        match interruption {
            Interruption::CpuTime => self.out_of_cpu(),
            Interruption::WallClock => TerminationReason::WallClockTimeout,
            Interruption::Memory => TerminationReason::MemoryLimit,
        }
    }

    /// The reason that it ends with when the CPU time for its turn is used up.
    pub(crate) fn out_of_cpu(&self) -> TerminationReason {
        match self.cpu.purpose() {
            Purpose::Startup => TerminationReason::InitializationError,
            Purpose::Request => TerminationReason::CpuTimeLimit,
        }
    }

    /// The termination of it for an exception that nobody caught.
    pub(crate) fn uncaught(&self, exception: Termination) -> Termination {
        self.exceeded.get().map_or(exception, |exceeded| Termination::over_budget(*exceeded))
    }

    /// Whether it has answered, and still writes the body.
    pub(crate) fn writes_answer(&self) -> bool {
        self.streams.load(Ordering::Relaxed)
    }

    fn waits_for_budget(&self) -> bool {
        self.state.lock().outgoing_bodies.iter().any(|(_, body)| body.waits_for_budget())
    }

    fn explain(&self, reason: TerminationReason) -> String {
        let limits = &self.limits;
        match reason {
            TerminationReason::CpuTimeLimit => {
                format!("the worker used more than {} ms of CPU time", limits.cpu_time.as_millis())
            }
            TerminationReason::MemoryLimit => {
                format!("the worker used more than {} MiB of memory", self.heap_max >> 20)
            }
            TerminationReason::WallClockTimeout if self.writes_answer() && self.deadline.is_last() => {
                format!("the body of the answer took more than {} ms", limits.stream_max.as_millis())
            }
            TerminationReason::WallClockTimeout if self.writes_answer() => {
                let idle = limits.stream_idle.as_millis();
                let why = if self.waits_for_budget() { ": no room in the budget of bytes" } else { "" };
                format!("nothing moved in the body of the answer for {idle} ms{why}")
            }
            TerminationReason::WallClockTimeout => {
                format!("the worker did not answer within {} ms", limits.wall_clock.as_millis())
            }
            TerminationReason::NeverResponds => {
                "the worker's promise is pending and nothing is left that could resolve it".into()
            }
            TerminationReason::Aborted => "the caller went away".into(),
            TerminationReason::Overloaded => "no capacity".into(),
            TerminationReason::Terminated => "the request was stopped".into(),
            // Other such errors come with a message of their own.
            TerminationReason::InitializationError => {
                let limit = limits.startup_cpu.as_millis();
                format!("evaluating the script took more than {limit} ms of CPU time")
            }
            TerminationReason::Exception | TerminationReason::Other => "internal error".into(),
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
