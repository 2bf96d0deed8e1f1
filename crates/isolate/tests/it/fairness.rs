//! Who is served when some take much.

use isolate::{Interruption, IsolateThreads};

use crate::support::{Budget, End, run, start, turn_isolate};

#[test]
fn one_tenant_that_loops_does_not_keep_the_others_from_their_turns() {
    let threads = IsolateThreads::new(4);
    let looping = turn_isolate(&threads, 64);
    let others: Vec<_> = (0..8).map(|_| turn_isolate(&threads, 64)).collect();
    let hog = start(&looping, "while (true) {}", Budget::cpu(20_000));
    // Behind it, on its own isolate, a queue: it takes one thread, however long it is.
    let queue: Vec<_> = (0..50).map(|_| start(&looping, "1", Budget::GENEROUS)).collect();
    for _ in 0..5 {
        let running: Vec<_> = others.iter().map(|isolate| start(isolate, "1", Budget::GENEROUS)).collect();
        for running in running {
            assert_eq!(running.end(), End::value("1"));
        }
    }
    assert_eq!(hog.has_ended(), None);
    looping.managed().terminate_execution();
    hog.end();
    for running in queue {
        assert_eq!(running.end(), End::value("1"));
    }
}

#[test]
fn a_busy_isolate_gives_way_after_every_turn() {
    let threads = IsolateThreads::new(1);
    let (busy, quiet) = (turn_isolate(&threads, 64), turn_isolate(&threads, 64));
    let queue: Vec<_> =
        (0..200).map(|_| start(&busy, "for (let i = 0; i < 1e5; i++);", Budget::GENEROUS)).collect();
    assert_eq!(run(&quiet, "1", Budget::GENEROUS), End::value("1"));
    assert!(busy.waiting() > 0, "the quiet isolate was served only after the busy one's whole queue");
    for running in queue {
        running.end();
    }
}

#[test]
fn more_loops_than_threads_end_by_their_limits() {
    let threads = IsolateThreads::new(2);
    let isolates: Vec<_> = (0..6).map(|_| turn_isolate(&threads, 64)).collect();
    let loops: Vec<_> =
        isolates.iter().map(|isolate| start(isolate, "while (true) {}", Budget::cpu(50))).collect();
    let quiet = turn_isolate(&threads, 64);
    assert_eq!(run(&quiet, "1", Budget::GENEROUS), End::value("1"));
    for running in loops {
        assert!(running.end().is_for(Interruption::CpuTime));
    }
}
