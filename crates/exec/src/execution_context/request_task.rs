//! The turns of one request.
//!
//! ```text
//!   Start ──► Claimed ──► Evaluating ──► Ready ──► Running ──► ended
//!     └───────────────(realm ready)───────────────────┘
//! ```
//! The turns that evaluate the script, which are few requests', have a budget of CPU time of their own: see
//! [`cpu`](crate::request). So no turn both evaluates and calls a handler.
//!
//! In each turn the request takes in what has reached it (ends of operations, timers, the abort), calls the
//! JavaScript for each, and looks at what is left to wait for. It ends when it has been answered and its
//! `waitUntil` work is done; when a limit is exceeded; or when nothing is left that could bring it further.
//!
//! # What ends with it
//! Its operations and timers, in its last turn. Requests of a context share promises: a token that is being refreshed, a
//! queue of those who want a lock. So the operations are *settled*, with an `AbortError`, and the code that waits for
//! them, in whichever request, gets to its `catch` and `finally`. Code of the ended request can start nothing more. It
//! runs on what its CPU time leaves, and when the wall clock has run out, for the moment that the last turn has.
//!
//! A timer has nobody to tell: its callback knows of no failure, and to call it early would break what it promises. So
//! the last few stay in the realm, and [ring](Realm::inherit) when they are due, as timers of a request that waits
//! for nothing but time, with a timer of its own or stalled. What they hold on to is bounded. Timers that code starts
//! after the end of its request are left likewise, to stalled requests only. Intervals do not stay: they would go on for
//! ever.
//!
//! Tasks (the delivery of a `MessagePort`'s messages) are due at once and run in the turns of the request that posted them,
//! a few in each, so that one that goes on posting leaves room for others. Those that are there when the request has its
//! answer run before it ends; what they post is left like timers, and so are the tasks of a request that is cut short.
//! [`inherit`](Realm::inherit) gives both away.
//!
//! Who is woken for them: one request that is stalled, when a request ends that leaves timers, when such a timer is
//! started, and when a stalled one ends, which may have been the one that was woken. If a request is cut short and
//! nobody is stalled, one that has timers only: it would find out by itself, but perhaps too late.
//!
//! A handler may wait for something else entirely. So a realm remembers that requests were [cut](Realm::is_cut) in it; if
//! one finds that it waits for nothing then, or runs into its wall clock with no operation in flight, the realm is given
//! up, and the next request has a new one. The same if JavaScript was interrupted in the middle, or a request has no CPU
//! time left to be settled with.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use isolate::{Alarm, Interruption, IsolateTask, Loss, Turn};

use crate::codings::Accepted;
use crate::execution_context::code_task;
use crate::execution_context::context_state::{ContextState, RealmClaim};
use crate::isolate_state::IsolateState;
use crate::isolate_state::memory;
use crate::isolate_state::raw_isolate::raw;
use crate::realm::evaluation::{Evaluation, Progress};
use crate::realm::{Called, Handlers, Interrupted, Realm};
use crate::request::{Message, Purpose, Received, Request};
use crate::vocabulary::event::{Event, Outcome};
use crate::vocabulary::termination::{Termination, TerminationReason};

/// See the [module](self) documentation.
pub(crate) struct RequestTask {
    request: Arc<Request>,
    context: Arc<ContextState>,
    stage: Stage,
    alarm: Option<Alarm>,
    /// The caller went away.
    aborted: bool,
    /// It has had nothing of its own to wait for.
    stalled: bool,
    /// There is nothing else left to do: how many of its tasks still run.
    last_tasks: Option<usize>,
}

/// Tasks that run in one turn at most.
const TASKS_PER_TURN: usize = 100;

enum Stage {
    /// Without an event: only the realm is wanted.
    Start(Option<Event>),
    /// The script is to be evaluated, and nobody else does.
    Claimed(Option<Event>),
    Evaluating(Option<Event>, Box<Evaluation>),
    /// It has been evaluated.
    Ready(Event, Arc<Realm>),
    Running(Arc<Realm>),
    Ended,
}

/// What comes after a turn.
enum Next {
    /// Another turn when woken, at this time at the latest.
    Wait(Instant),
    /// Another turn as soon as possible.
    Again,
    End,
    /// The end, without a moment's CPU time left.
    Exhausted,
}

impl RequestTask {
    /// The task of `request`, which delivers `event`; without an event it only evaluates the script.
    pub(crate) fn new(request: Arc<Request>, context: Arc<ContextState>, event: Option<Event>) -> Self {
        Self {
            request,
            context,
            stage: Stage::Start(event),
            alarm: None,
            aborted: false,
            stalled: false,
            last_tasks: None,
        }
    }

    fn advance(&mut self, turn: &mut Turn<'_>) -> Result<Next, Interrupted> {
        if turn.run_foreground_tasks() && turn.interruption().is_some() {
            return Err(Interrupted);
        }
        let waited_for_platform = self.request.waits_for_platform();
        if waited_for_platform {
            self.request.wait_for_platform(false);
        }
        if turn.began() >= self.request.deadline() {
            if let Stage::Running(realm) = &self.stage
                && realm.is_cut()
                && !self.request.has_operations()
            {
                self.context.renew(realm);
            }
            return Ok(self.stop(TerminationReason::WallClockTimeout));
        }
        if self.request.cpu_left().is_zero() {
            return Ok(Next::Exhausted);
        }
        let realm = match &self.stage {
            Stage::Running(realm) => Arc::clone(realm),
            Stage::Start(_) | Stage::Claimed(_) | Stage::Evaluating(..) | Stage::Ready(..) => {
                match self.start(turn)? {
                    Started::Running(realm) => realm,
                    Started::Not(next) => return Ok(next),
                }
            }
            Stage::Ended => return Ok(Next::End),
        };
        self.run(turn, &realm, waited_for_platform)
    }

    fn start(&mut self, turn: &mut Turn<'_>) -> Result<Started, Interrupted> {
        if let Some(Message::Abort) = self.request.next_message() {
            return Ok(Started::Not(self.stop(TerminationReason::Aborted)));
        }
        let (event, progress) = match std::mem::replace(&mut self.stage, Stage::Ended) {
            Stage::Evaluating(event, evaluation) => (event, evaluation.proceed(turn)),
            Stage::Start(event) => match self.context.claim_realm(&self.request) {
                RealmClaim::Ready(realm) => return self.dispatch(turn, realm, event),
                RealmClaim::Wait => {
                    self.stage = Stage::Start(event);
                    return Ok(Started::Not(Next::Wait(self.request.deadline())));
                }
                RealmClaim::Evaluate => {
                    self.stage = Stage::Claimed(event);
                    self.request.next_turn_is_for(Purpose::Startup);
                    return Ok(Started::Not(Next::Again));
                }
            },
            Stage::Claimed(event) => {
                (event, Evaluation::start(turn, &self.context.script, self.context.code_cache.get().cloned()))
            }
            Stage::Ready(event, realm) => return self.dispatch(turn, realm, Some(event)),
            Stage::Running(_) | Stage::Ended => return Ok(Started::Not(Next::End)),
        };
        match progress {
            Progress::Done(realm) => {
                self.context.evaluated(Arc::clone(&realm));
                self.request.next_turn_is_for(Purpose::Request);
                let Some(event) = event else { return self.dispatch(turn, realm, None) };
                self.stage = Stage::Ready(event, realm);
                Ok(Started::Not(Next::Again))
            }
            Progress::Waiting(evaluation) => {
                self.stage = Stage::Evaluating(event, evaluation);
                self.request.wait_for_platform(true);
                Ok(Started::Not(Next::Wait(self.request.deadline())))
            }
            Progress::Failed(termination) => {
                self.request.reply(Err(termination));
                Ok(Started::Not(Next::End))
            }
            Progress::Interrupted => Err(Interrupted),
        }
    }

    fn dispatch(
        &mut self,
        turn: &mut Turn<'_>,
        realm: Arc<Realm>,
        event: Option<Event>,
    ) -> Result<Started, Interrupted> {
        let Some(event) = event else {
            self.request.reply(Ok(Outcome::Completed));
            return Ok(Started::Not(Next::End));
        };
        if !realm.handles(&event) {
            return Ok(Started::Not(self.has_nothing_for(&event, realm.handlers())));
        }
        if let Event::Call(call) = &event
            && call.arguments().len() > turn.managed().limits().isolate.json_bytes
        {
            let max = turn.managed().limits().isolate.json_bytes;
            let message = format!("the arguments are larger than {} KiB", max >> 10);
            self.request.reply(Err(Termination::new(TerminationReason::MemoryLimit, message)));
            return Ok(Started::Not(Next::End));
        }
        let mut event = event;
        let body = match &mut event {
            Event::Fetch(fetch) => {
                self.request.asked(fetch.method(), Accepted::of(fetch.headers()));
                self.request.receive(std::mem::take(fetch.body_mut()))
            }
            Event::Scheduled(_) | Event::Task(_) | Event::Call(_) => Ok(Received::Empty),
        };
        let Ok(body) = body else { return Ok(Started::Not(self.stop(TerminationReason::Other))) };
        if let Received::Bytes(bytes) = &body
            && !IsolateState::make_room(raw(turn), bytes.len())
        {
            return Ok(Started::Not(self.stop(TerminationReason::MemoryLimit)));
        }
        IsolateState::of(raw(turn)).remember(&self.request);
        self.stage = Stage::Running(Arc::clone(&realm));
        match realm.dispatch(turn, self.request.id(), &event, &body)? {
            Called::Done => Ok(Started::Running(realm)),
            Called::Missing => Ok(Started::Not(self.has_nothing_for(&event, realm.handlers()))),
            Called::TooLarge => Ok(Started::Not(self.stop(TerminationReason::MemoryLimit))),
            Called::Failed => Ok(Started::Not(self.stop(TerminationReason::Other))),
        }
    }

    /// The script has nothing that `event` could be given to.
    fn has_nothing_for(&self, event: &Event, present: Handlers) -> Next {
        let target = event.target();
        let message = match event {
            Event::Fetch(_) | Event::Scheduled(_) | Event::Task(_) => {
                format!("the script has no {target} handler; found: {}", present.names())
            }
            Event::Call(_) => format!("the script exports no function {target}"),
        };
        self.request.reply(Err(Termination::new(TerminationReason::InitializationError, message)));
        Next::End
    }

    fn run(
        &mut self,
        turn: &mut Turn<'_>,
        realm: &Arc<Realm>,
        waited_for_platform: bool,
    ) -> Result<Next, Interrupted> {
        // The turn of something that knows no scripts may have run what this has waited for, and left the microtasks.
        if waited_for_platform || turn.ran_foreground_tasks() {
            realm.settle_background(turn)?;
        }
        let id = self.request.id();
        while let Some(message) = self.request.next_message() {
            match message {
                Message::Settled { operation, result } => {
                    let arrived = self.request.arrived(result);
                    // What was computed for it elsewhere may have taken all that there was.
                    if self.request.cpu_left().is_zero() {
                        return Ok(Next::Exhausted);
                    }
                    realm.settle(turn, id, operation, &arrived)?;
                }
                Message::Body { body, event } => {
                    if self.request.heard_of_outgoing(body, event) {
                        realm.abort_request(turn, id)?;
                    }
                    realm.body_event(turn, id, body, event)?;
                }
                Message::Abort => {
                    realm.abort_request(turn, id)?;
                    self.request.terminate(TerminationReason::Aborted);
                    self.aborted = true;
                }
            }
        }
        if self.request.has_timers() {
            let now = Instant::now();
            while let Some(timer) = self.request.due_timer(now) {
                realm.fire_timer(turn, id, timer)?;
            }
        }
        self.run_tasks(turn, realm)?;
        // Nobody waits for the handler any more: only what was given to `waitUntil` goes on.
        if self.aborted && realm.pending_wait_until(turn, id)? == 0 {
            return Ok(Next::End);
        }
        self.what_next(turn, realm)
    }

    /// Those that are there, and not what they post.
    fn run_tasks(&mut self, turn: &mut Turn<'_>, realm: &Realm) -> Result<(), Interrupted> {
        let there = self.request.tasks().min(TASKS_PER_TURN);
        let count = self.last_tasks.map_or(there, |last| there.min(last));
        for _ in 0..count {
            self.request.take_task();
            realm.run_task(turn, self.request.id())?;
        }
        self.last_tasks = self.last_tasks.map(|last| last - count);
        Ok(())
    }

    fn what_next(&mut self, turn: &mut Turn<'_>, realm: &Arc<Realm>) -> Result<Next, Interrupted> {
        let mut pending = self.request.pending();
        if pending.is_over() {
            let last = *self.last_tasks.get_or_insert_with(|| self.request.tasks());
            return Ok(if last > 0 { Next::Again } else { Next::End });
        }
        let deadline = self.request.deadline();
        if !pending.has_operations {
            // What it inherits is nothing of its own.
            self.stalled |= !pending.has_work;
            if self.stalled || realm.is_cut() {
                realm.inherit(turn, self.request.id(), deadline, self.stalled)?;
                pending = self.request.pending();
            }
        }
        if self.request.has_tasks() {
            return Ok(Next::Again);
        }
        if pending.has_work {
            return Ok(match pending.next_timer {
                // To be woken for it would take longer.
                Some(timer) if timer <= Instant::now() => Next::Again,
                timer => Next::Wait(timer.map_or(deadline, |timer| timer.min(deadline))),
            });
        }
        // Others may go on with it, and how long they take has a bound of its own.
        if self.request.writes_answer() {
            return Ok(Next::Wait(deadline));
        }
        if turn.expects_foreground_tasks() {
            self.request.wait_for_platform(true);
            return Ok(Next::Wait(deadline));
        }
        if self.context.stall(&self.request) {
            return Ok(Next::Wait(deadline));
        }
        if realm.is_cut() {
            self.context.renew(realm);
        }
        Ok(self.stop(TerminationReason::NeverResponds))
    }

    /// Ends the request for `reason`, which its caller is told if it has no answer yet.
    fn stop(&self, reason: TerminationReason) -> Next {
        self.request.terminate(reason);
        Next::End
    }

    fn wait(&mut self, until: Instant, turn: &Turn<'_>) {
        if self.alarm.is_none() {
            self.context.waits(&self.request);
        }
        if self.alarm.as_ref().is_none_or(|alarm| alarm.at() != until) {
            self.alarm = Some(turn.alarm(until));
        }
    }

    /// After an interruption the caller is told when all is cleared away: it may come again at once, and what clears away
    /// could still cost the isolate.
    fn end(&mut self, turn: &mut Turn<'_>, interruption: Option<TerminationReason>) {
        let mut interrupted = interruption.is_some();
        let stack = interruption.and_then(|_| turn.stack_at_interruption());
        self.alarm = None;
        let stage = std::mem::replace(&mut self.stage, Stage::Ended);
        let known_to_bootstrap = IsolateState::of(raw(turn)).forget(self.request.id());
        let (mut leaves, mut cut_short) = (false, false);
        if let Stage::Running(realm) = &stage
            && known_to_bootstrap
        {
            if self.request.is_unfinished() {
                realm.cut();
            }
            if !interrupted {
                if self.request.has_timers() || self.request.has_tasks() {
                    let heap = Arc::clone(turn.managed().heap_state());
                    leaves = memory::has_room_for_leavings(raw(turn), &heap);
                    cut_short = !self.request.pending().wait_until_done;
                }
                self.request.stop_work();
                interrupted = realm.end_request(turn, self.request.id(), leaves).is_err();
            }
        }
        let mut overdue = None;
        if let Stage::Running(realm) = &stage
            && !interrupted
            && let Some(refill) = realm.note_end()
        {
            if refill.is_overdue() {
                overdue = Some(refill);
            } else {
                code_task::spawn(&self.context.isolate, refill, self.request.budget().clone());
            }
        }
        drop(stage);
        if interrupted {
            self.context.retire();
            IsolateState::of(raw(turn)).rejections.clear();
        }
        // The caller has its answer, and the isolate may stay idle for long: what was stopped in the middle leaves a
        // heap full of garbage, large bodies leave buffers. After a memory limit the isolate goes as a whole.
        let idle = IsolateState::of(raw(turn)).is_idle();
        let heap = turn.managed().heap_state();
        if !heap.limit_hit() && (interrupted || (idle && memory::is_crowded(heap))) {
            turn.collect_garbage();
        }
        self.context.remove(&self.request);
        if leaves {
            self.context.offer_leavings(cut_short);
        }
        if let Some(reason) = interruption {
            self.request.terminate_at(reason, stack);
        }
        self.request.end();
        if let Some(refill) = overdue {
            code_task::make_at_once(turn, refill);
        }
    }
}

enum Started {
    Running(Arc<Realm>),
    Not(Next),
}

impl IsolateTask for RequestTask {
    fn poll_turn(&mut self, turn: &mut Turn<'_>, context: &mut Context<'_>) -> Poll<()> {
        self.request.set_waker(context.waker());
        IsolateState::begin_turn(turn, &self.request);
        let interruption = match self.advance(turn) {
            Ok(Next::Wait(until)) => {
                IsolateState::of(raw(turn)).end_turn();
                self.request.publish();
                self.wait(until, turn);
                return Poll::Pending;
            }
            Ok(Next::Again) => {
                IsolateState::of(raw(turn)).end_turn();
                self.request.publish();
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Ok(Next::End) => None,
            Ok(Next::Exhausted) => Some(self.request.out_of_cpu()),
            Err(Interrupted) => {
                let interruption = turn.interruption();
                self.context.retire();
                if interruption == Some(Interruption::Memory) {
                    self.context.isolate.condemn(Loss::Memory);
                }
                let reason = interruption.map(|interruption| self.request.reason_for(interruption));
                Some(reason.unwrap_or(TerminationReason::Other))
            }
        };
        self.end(turn, interruption);
        IsolateState::of(raw(turn)).end_turn();
        Poll::Ready(())
    }
}
