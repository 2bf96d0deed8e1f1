//! What V8 itself cannot survive: scripts that reach its fatal out-of-memory handler, or do not react.

use isolate::{Interruption, IsolateThreads, Loss};

use crate::process::alone;
use crate::support::{Budget, End, run, start, turn_isolate, wait_for};

/// From the head of the design: each of them ended the process with V8's own handler.
const FATAL: [&str; 5] = [
    "new Array(2**27).fill(0)",
    "const a = []; a.length = 2**32 - 1; a.fill(1)",
    "Array.from({ length: 2**28 })",
    "new WebAssembly.Table({ initial: 1e7, element: 'anyfunc' })",
    "let a = new Array(1e5).fill(1); for (let i = 0; i < 30; i++) a = [a, a]; a.flat(Infinity)",
];

#[test]
fn the_process_survives_what_v8_does_not() {
    alone!();
    let threads = IsolateThreads::new(2);
    let mut replaced = 0;
    for source in FATAL {
        let isolate = turn_isolate(&threads, 64);
        let running = start(&isolate, source, Budget::GENEROUS);
        let behind = start(&isolate, "1", Budget::GENEROUS);
        let end = running.end();
        println!("{source}: {end:?}");
        assert!(end.is_for(Interruption::Memory), "{source}: {end:?}");
        assert_eq!(behind.end(), End::Lost(Loss::Memory), "{source}");
        wait_for("the isolate to be condemned", || isolate.condemned() == Some(Loss::Memory));
        replaced += u64::from(end == End::Lost(Loss::Stuck(Interruption::Memory)));
        assert_eq!(threads.stats().replaced, replaced);
    }
    // 60 others live and die, on threads of which more were lost than there are.
    let isolates: Vec<_> = (0..60).map(|_| turn_isolate(&threads, 64)).collect();
    for isolate in &isolates {
        let source = "globalThis.a = []; for (let i = 0; i < 1e4; i++) a.push({ i }); a.length";
        assert_eq!(run(isolate, source, Budget::GENEROUS), End::value("10000"));
    }
    drop(isolates);
    wait_for("disposals", || isolate::pending_disposals() == 0);
    assert_eq!(run(&turn_isolate(&threads, 64), "1", Budget::GENEROUS), End::value("1"));
}

#[test]
fn a_turn_that_does_not_react_costs_its_thread_and_comes_back_in_peace() {
    alone!();
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 2048);
    let source = "'a'.repeat(2**26).replace(/a/g, 'bbbbbbbb')";
    let running = start(&isolate, source, Budget::cpu(100));
    let behind = start(&isolate, "1", Budget::GENEROUS);
    let end = running.end();
    println!("{source}: {end:?}");
    assert!(end.is_for(Interruption::CpuTime), "{end:?}");
    if end == End::Lost(Loss::Stuck(Interruption::CpuTime)) {
        assert_eq!(behind.end(), End::Lost(Loss::Condemned));
        assert_eq!(threads.stats().replaced, 1);
    }
    assert_eq!(run(&turn_isolate(&threads, 64), "1", Budget::GENEROUS), End::value("1"));
}

/// V8 looks for a stack overflow before it looks for a termination. A loop at the very end of the stack, whose every
/// call and every check overflows, can go on for ever (about one run in six); its thread is given up, and demoted.
#[test]
fn a_loop_at_the_end_of_the_stack_costs_its_thread_at_most() {
    alone!();
    let threads = IsolateThreads::new(1);
    for _ in 0..4 {
        let isolate = turn_isolate(&threads, 64);
        let source = "(function f() { for (;;) { try { f() } catch {} } })()";
        let end = run(&isolate, source, Budget::cpu(50));
        assert!(end.is_for(Interruption::CpuTime), "{end:?}");
        assert_eq!(run(&turn_isolate(&threads, 64), "1", Budget::GENEROUS), End::value("1"));
    }
}

#[test]
fn a_callers_thread_that_is_out_of_memory_condemns_the_isolate() {
    alone!();
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let caller = std::sync::Arc::clone(&isolate);
    isolate::platform::initialize().spawn("caller", move || {
        let _parked =
            crate::support::block_on(caller.with_lock(|isolate| crate::support::eval(isolate, FATAL[0])));
    });
    wait_for("the isolate to be condemned", || isolate.condemned() == Some(Loss::Memory));
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::Lost(Loss::Memory));
}
