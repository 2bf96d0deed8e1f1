//! CPU time and wall clock.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use isolate::{
    Interruption, IsolateOptions, IsolateTask, IsolateThreads, Loss, TaskControl, Turn, TurnBudget,
    TurnIsolate,
};
use parking_lot::Mutex;

use crate::support::{
    Budget, End, PATIENCE, block_on, eval, isolate_with, limits, run, start, turn_isolate, wait_for,
};

const TERMINATED: &str = "terminated";

fn terminated(reason: Interruption) -> End {
    End::Ran { value: Err(TERMINATED.into()), interruption: Some(reason) }
}

#[test]
fn lesson_19_a_top_level_loop_ends_at_its_cpu_limit() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let loops = [
        "while (true) {}",
        "for (;;) { try { for (;;) {} } finally { continue } }",
        "'a'.repeat(60).match(/(a+)+b/)",
        "let n = 0; while (true) { n += [3, 1, 2].sort(() => 0).length }",
    ];
    for source in loops {
        let end = run(&isolate, source, Budget::cpu(30));
        assert!(end.is_for(Interruption::CpuTime), "{source}: {end:?}");
    }
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::value("1"));
    assert_eq!((isolate.condemned(), threads.stats().replaced), (None, 0));
}

#[test]
fn a_thread_that_gets_no_core_after_an_interruption_is_not_given_up() {
    let threads = IsolateThreads::new(1);
    let limits = limits(64).with_wall_clock(Duration::from_millis(50));
    let isolate = TurnIsolate::new(isolate_with(IsolateOptions::default().with_limits(limits)), &threads);
    // Asleep, as far as the CPU is concerned.
    let turn = isolate.with_lock_async(|_| async { std::thread::sleep(Duration::from_secs(2)) });
    let behind = start(&isolate, "1", Budget::GENEROUS);
    assert_eq!(block_on(turn), Err(Loss::Stuck(Interruption::WallClock)));
    assert_eq!(behind.end(), End::value("1"));
    assert_eq!((isolate.condemned(), threads.stats().replaced), (None, 0));
}

/// The optimising compiler must leave the loop's stack check in: see `platform::V8_FLAGS`.
#[test]
fn a_loop_of_unrolled_initialisations_can_be_terminated() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let source = "let n=0;while(true){let b=new Array(4000);b[0]=n++}";
    assert_eq!(run(&isolate, source, Budget::cpu(1000)), terminated(Interruption::CpuTime));
    let source = "(() => { let n=0;while(true){let b=new Array(4000);b[0]=n++} })()";
    assert_eq!(run(&isolate, source, Budget::cpu(1000)), terminated(Interruption::CpuTime));
    assert_eq!(threads.stats().replaced, 0);
}

#[test]
fn lesson_20_a_microtask_loop_ends_and_leaves_nothing_behind() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    for source in [
        "(async () => { while (true) await 0 })(); 'started'",
        "(function again() { Promise.resolve().then(again) })(); 'started'",
        "for (let i = 0; i < 10; i++) (async () => { while (true) await 0 })(); 'started'",
    ] {
        let end = run(&isolate, source, Budget::cpu(30));
        assert!(end.is_for(Interruption::CpuTime), "{source}: {end:?}");
        // If its microtasks were still there, this turn would run them.
        assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::value("1"), "after {source}");
    }
}

#[test]
fn lesson_23_a_stale_termination_does_not_reach_the_next_turn() {
    let threads = IsolateThreads::new(2);
    let isolate = turn_isolate(&threads, 64);
    for at in 0..120_u64 {
        // Some are killed just when they end by themselves.
        let source = if at % 3 == 0 { "while (true) {}" } else { "for (let i = 0; i < 3e5; i++) {} 'ended'" };
        let _killed_or_not = run(&isolate, source, Budget::cpu(at % 4));
        for good in ["'good'", "let n = 0; for (let i = 0; i < 1e4; i++) n += i; 'good'"] {
            assert_eq!(run(&isolate, good, Budget::GENEROUS), End::value("good"), "turn {at}");
        }
    }
    assert_eq!(isolate.condemned(), None);
}

#[test]
fn lesson_23_a_termination_from_outside_that_comes_late_does_not_reach_the_next_turn() {
    let threads = IsolateThreads::new(2);
    let isolate = turn_isolate(&threads, 64);
    for _ in 0..50 {
        isolate.managed().terminate_execution();
        assert_eq!(run(&isolate, "'good'", Budget::GENEROUS), End::value("good"));
    }
}

#[test]
fn a_termination_from_outside_ends_the_running_turn() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let running = start(&isolate, "while (true) {}", Budget::GENEROUS);
    let mut end = None;
    wait_for("the end of the loop", || {
        isolate.managed().terminate_execution();
        end = running.has_ended();
        end.is_some()
    });
    assert_eq!(end, Some(End::Ran { value: Err(TERMINATED.into()), interruption: None }));
}

#[test]
fn the_wall_clock_ends_a_running_turn() {
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let budget = Budget { cpu: PATIENCE, wall: Duration::from_millis(30) };
    assert_eq!(run(&isolate, "while (true) {}", budget), terminated(Interruption::WallClock));
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::value("1"));
}

#[test]
fn neighbours_are_served_while_one_loops() {
    let threads = IsolateThreads::new(4);
    let (looping, neighbour) = (turn_isolate(&threads, 64), turn_isolate(&threads, 64));
    let running = start(&looping, "while (true) {}", Budget::cpu(5000));
    let behind = start(&looping, "'behind'", Budget::GENEROUS);
    for _ in 0..20 {
        assert_eq!(run(&neighbour, "1", Budget::GENEROUS), End::value("1"));
    }
    assert_eq!(running.has_ended(), None);
    assert_eq!(behind.has_ended(), None);
    looping.managed().terminate_execution();
    running.end();
    assert_eq!(behind.end(), End::value("behind"), "a neighbour on the same isolate is not hit");
}

#[test]
fn a_turn_is_charged_with_what_it_used() {
    let threads = IsolateThreads::new(2);
    let isolate = turn_isolate(&threads, 64);
    let used = Duration::from_millis(60);
    let running = start(&isolate, "while (true) {}", Budget { cpu: used, wall: PATIENCE });
    assert!(running.end().is_for(Interruption::CpuTime));
    wait_for("the charge", || running.control.charged() >= used);
    let short = start(&isolate, "1", Budget::GENEROUS);
    assert_eq!(short.end(), End::value("1"));
    wait_for("the charge", || !short.control.charged().is_zero());
}

/// Runs the same few milliseconds of JavaScript in every turn.
struct ManyTurns {
    left: usize,
    control: Arc<ManyTurnsControl>,
}

#[derive(Default)]
struct ManyTurnsControl {
    threads: Mutex<Vec<std::thread::ThreadId>>,
    charges: Mutex<Vec<Duration>>,
    over: Mutex<bool>,
}

impl IsolateTask for ManyTurns {
    fn poll_turn(&mut self, turn: &mut Turn<'_>, context: &mut Context<'_>) -> Poll<()> {
        eval(turn, "for (let i = 0, end = Date.now() + 2; Date.now() < end; i++);").unwrap();
        self.control.threads.lock().push(std::thread::current().id());
        self.left -= 1;
        if self.left == 0 {
            *self.control.over.lock() = true;
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl TaskControl for ManyTurnsControl {
    fn budget(&self) -> TurnBudget {
        TurnBudget { cpu: PATIENCE, deadline: None }
    }

    fn charge(&self, cpu: Duration) {
        self.charges.lock().push(cpu);
    }

    fn lost(&self, loss: Loss) {
        panic!("lost: {loss:?}");
    }
}

#[test]
fn lesson_24_every_turn_is_charged_on_whatever_thread_it_runs() {
    const TURNS: usize = 40;
    let threads = IsolateThreads::new(4);
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let control = Arc::new(ManyTurnsControl::default());
            let isolate = turn_isolate(&threads, 64);
            isolate.spawn(
                Box::new(ManyTurns { left: TURNS, control: Arc::clone(&control) }),
                Arc::clone(&control) as Arc<dyn TaskControl>,
            );
            (isolate, control)
        })
        .collect();
    for (_, control) in &tasks {
        wait_for("all turns", || control.charges.lock().len() == TURNS);
        assert!(*control.over.lock());
        assert!(control.charges.lock().iter().all(|charge| !charge.is_zero()));
    }
    let mut used: Vec<_> = tasks.iter().flat_map(|(_, control)| control.threads.lock().clone()).collect();
    used.sort_by_key(|id| format!("{id:?}"));
    used.dedup();
    assert!(used.len() > 1, "all turns ran on one thread");
}

#[test]
fn lesson_28_deep_recursion_is_an_exception() {
    let threads = IsolateThreads::new(2);
    let isolate = turn_isolate(&threads, 256);
    for source in [
        "(function f() { f() })()",
        "JSON.parse('['.repeat(1e6))",
        "const a = []; a[0] = a; let b = a; for (let i = 0; i < 1e5; i++) b = [b]; JSON.stringify(b)",
        "let s = []; for (let i = 0; i < 1e6; i++) s = [s]; String(s)",
        "const o = { toString() { return '' + o } }; '' + o",
        "new RegExp('('.repeat(1e5) + ')'.repeat(1e5))",
        "eval('('.repeat(1e6))",
        "const p = new Proxy({}, { get(_, k, r) { return r[k] } }); p.x",
        "class A { get x() { return this.x } } new A().x",
    ] {
        let End::Ran { value: Err(error), interruption: None } = run(&isolate, source, Budget::GENEROUS)
        else {
            panic!("no exception: {source}");
        };
        assert!(
            ["RangeError", "SyntaxError", "InternalError"].iter().any(|name| error.starts_with(name)),
            "{source}: {error}"
        );
    }
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::value("1"));
}

#[test]
fn a_future_is_told_of_its_deadline_while_another_has_the_isolate() {
    let threads = IsolateThreads::new(2);
    let options =
        IsolateOptions::default().with_limits(limits(64).with_wall_clock(Duration::from_millis(500)));
    let isolate = TurnIsolate::new(isolate_with(options), &threads);
    // The queue is first in, first out; and the script's wall clock is that of its own budget.
    let busy =
        start(&isolate, "const end = Date.now() + 4000; while (Date.now() < end); 'done'", Budget::GENEROUS);
    let waiting = isolate.with_lock_async(|_| async {});
    assert_eq!(block_on(waiting), Err(Loss::Stuck(Interruption::WallClock)));
    assert_eq!(busy.has_ended(), None, "it did not have to wait for its turn");
    assert_eq!(busy.end(), End::value("done"));
}
