//! The account of the memory that V8 allocates outside of its heap, kept by a meter that the tests turn.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::mpsc::channel;

use isolate::{Interruption, IsolateOptions, IsolateThreads, Loss, ThreadAllocations, TurnIsolate};

use crate::support::{
    Budget, End, MIB, PATIENCE, block_on, isolate_with, limits, run, start, turn_isolate, wait_for,
};

thread_local! {
    static ALLOCATED: Cell<u64> = const { Cell::new(0) };
    static FREED: Cell<u64> = const { Cell::new(0) };
}

fn allocate(mebibytes: usize) {
    ALLOCATED.set(ALLOCATED.get() + (mebibytes * MIB) as u64);
}

fn free(mebibytes: usize) {
    FREED.set(FREED.get() + (mebibytes * MIB) as u64);
}

/// An isolate whose native memory is what the tests say that its thread allocates.
fn metered(threads: &IsolateThreads) -> Arc<TurnIsolate> {
    set_meter();
    turn_isolate(threads, 64)
}

fn set_meter() {
    isolate::set_allocation_meter(|| ThreadAllocations { allocated: ALLOCATED.get(), freed: FREED.get() });
}

/// The same with so many MiB of native memory at most.
fn metered_with(threads: &IsolateThreads, native: usize) -> Arc<TurnIsolate> {
    set_meter();
    let mut limits = limits(64);
    limits.isolate = limits.isolate.with_native(native * MIB);
    TurnIsolate::new(isolate_with(IsolateOptions::default().with_limits(limits)), threads)
}

/// Calls `f` on the isolate, inside of V8.
fn inside(isolate: &Arc<TurnIsolate>, f: fn()) -> Result<(), Loss> {
    block_on(isolate.with_lock_async(move |access| async move { access.enter(|_| f()) }))
}

fn native(isolate: &TurnIsolate) -> usize {
    isolate.managed().heap_state().native_bytes() / MIB
}

#[test]
fn what_is_held_inside_of_v8_counts_and_nothing_else() {
    let threads = IsolateThreads::new(1);
    let (one, other) = (metered(&threads), metered(&threads));
    inside(&one, || {
        allocate(30);
        free(10);
    })
    .unwrap();
    assert_eq!((native(&one), native(&other)), (20, 0));
    inside(&one, || {
        let outside = isolate::outside_v8();
        allocate(500);
        drop(outside);
        allocate(1);
    })
    .unwrap();
    assert_eq!(native(&one), 21, "what the host allocates meanwhile is not V8's");
    block_on(one.with_lock_async(|_| async { allocate(500) })).unwrap();
    assert_eq!(native(&one), 21, "nor what a future does between its entries");
    // What V8 allocated elsewhere and frees here.
    inside(&one, || free(100)).unwrap();
    assert_eq!(native(&one), 0);
    inside(&one, || allocate(5)).unwrap();
    assert_eq!((native(&one), native(&other)), (5, 0));
}

#[test]
fn a_guard_within_its_own_kind_changes_nothing() {
    let threads = IsolateThreads::new(1);
    let isolate = metered(&threads);
    let heap = Arc::clone(isolate.managed().heap_state());
    block_on(isolate.with_lock_async(move |access| async move {
        access.enter(|_| {
            let inner = heap.inside_v8();
            allocate(3);
            drop(inner);
            allocate(4);
            let _outside = isolate::outside_v8();
            let inner = isolate::outside_v8();
            allocate(100);
            drop(inner);
            allocate(100);
            // JavaScript that a host function calls.
            let _inside = heap.inside_v8();
            allocate(5);
        });
    }))
    .unwrap();
    assert_eq!(native(&isolate), 12);
}

#[test]
fn lesson_50_native_memory_above_its_limit_costs_the_isolate() {
    let threads = IsolateThreads::new(1);
    let isolate = metered(&threads);
    inside(&isolate, || allocate(60)).unwrap();
    inside(&isolate, || allocate(4)).unwrap();
    assert_eq!(isolate.condemned(), None, "at the limit is not above it");
    let end = inside(&isolate, || allocate(1));
    assert!(matches!(end, Ok(()) | Err(Loss::Memory)), "{end:?}");
    wait_for("the isolate to be condemned", || isolate.condemned() == Some(Loss::Memory));
}

#[test]
fn lesson_50_it_ends_a_long_turn_too() {
    let threads = IsolateThreads::new(1);
    let isolate = metered(&threads);
    inside(&isolate, || allocate(60)).unwrap();
    // Parses texts that are never the same, and keeps what came of them. The thread's meter is turned by the test.
    let end = block_on(isolate.with_lock_async(|access| async move {
        access.enter(|isolate| {
            allocate(30);
            crate::support::eval(isolate, "while (true) {}")
        })
    }));
    assert_eq!(end, Err(Loss::Stuck(Interruption::Memory)));
}

/// Has V8 look at a function that pushes two million numbers, again and again: it takes tens of mebibytes for that.
const VALIDATES: &str = "
    const leb = (n) => { const b = []; do { b.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7 } while (n); return b };
    const pushes = 2e6, body = 2 * pushes + 3;
    const code = [1, ...leb(body), 0];
    const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, ...leb(code.length - 1 + body), ...code];
    const bytes = new Uint8Array(head.length + 2 * pushes + 2);
    bytes.set(head);
    for (let i = 0; i < pushes; i++) bytes[head.length + 2 * i] = 65;
    bytes.set([0, 11], bytes.length - 2);
    if (!WebAssembly.validate(bytes)) throw new Error('this is no module');
    while (true) WebAssembly.validate(bytes);
";

#[test]
fn what_the_wasm_of_others_takes_is_not_an_isolates_own() {
    const LIMIT: usize = 8;
    let threads = IsolateThreads::new(2);
    let (hostile, innocent) = (metered(&threads), metered_with(&threads, LIMIT));
    let endless = start(&hostile, VALIDATES, Budget::GENEROUS);
    let mut seen = 0;
    wait_for("V8 to report what others take", || {
        let reported = innocent.with_lock_async(|access| async move {
            access.enter(|isolate| isolate.heap_statistics().malloced_memory())
        });
        if block_on(reported).unwrap() > 2 * LIMIT * MIB {
            seen += 1;
        }
        assert_eq!(run(&innocent, "for (let i = 0; i < 1e6; i++); 1", Budget::GENEROUS), End::value("1"));
        seen > 20
    });
    assert_eq!(innocent.condemned(), None);
    hostile.managed().terminate_execution();
    drop(endless);
}

#[test]
fn an_account_that_is_wrong_is_forgotten_while_nobody_uses_the_isolate() {
    let threads = IsolateThreads::new(1);
    let isolate = metered(&threads);
    // An eighth above what the last collection left is tolerated in between.
    inside(&isolate, || allocate(62)).unwrap();
    let collect = || {
        let (sender, done) = channel();
        isolate.collect_if_idle(move || sender.send(()).unwrap());
        done.recv_timeout(PATIENCE).unwrap();
    };
    collect();
    inside(&isolate, || allocate(6)).unwrap();
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::value("1"));
    assert_eq!((isolate.condemned(), native(&isolate)), (None, 68));
    collect();
    assert_eq!(isolate.condemned(), Some(Loss::Memory));
    assert_eq!(start(&isolate, "1", Budget::GENEROUS).end(), End::Lost(Loss::Memory));
}
