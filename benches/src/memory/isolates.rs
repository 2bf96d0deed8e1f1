//! Isolates and contexts without a pool.

use std::sync::Arc;

use exec::{ExecutionContext, NoOperations};
use isolate::{
    IsolateOptions, IsolateThreads, LockerManagedIsolate, RuntimeLimits, Snapshot, TurnIsolate, platform,
};

use tikv_jemalloc_ctl::thread;

use super::{FIRST, Footprint, Plan, Row};
use crate::bare::new_isolate;
use crate::{runtime, worker_script};

const TABLE: &str = "isolates";

/// Isolates as V8 makes them.
pub(super) fn bare(plan: &Plan) -> Vec<Row> {
    vec![many(plan, "isolate of V8", new_isolate)]
}

/// Isolates with limits, in which there is no context.
pub(super) fn without_snapshot(plan: &Plan) -> Vec<Row> {
    let options = IsolateOptions::default();
    vec![many(plan, "the same with limits", move || LockerManagedIsolate::new(&options))]
}

/// Isolates as the pool keeps them ready.
pub(super) fn from_snapshot(plan: &Plan) -> Vec<Row> {
    let options = exec::isolate_options(RuntimeLimits::default(), Some(snapshot()));
    vec![many(plan, "spare: from the snapshot, with a context", move || LockerManagedIsolate::new(&options))]
}

/// Contexts of one script on one isolate.
pub(super) fn contexts(plan: &Plan) -> Vec<Row> {
    let options = exec::isolate_options(RuntimeLimits::default(), Some(snapshot()));
    let isolate =
        platform::initialize().run(move || LockerManagedIsolate::new(&options)).expect("an isolate");
    let isolate = TurnIsolate::new(isolate, IsolateThreads::of_process());
    let (runtime, script) = (runtime(), worker_script());
    let mut contexts = Vec::new();
    let mut make = |count: usize| {
        for _ in 0..count {
            let context = ExecutionContext::new_with_pooled_isolate(Arc::clone(&isolate), script.clone());
            runtime.block_on(context.prepare(Arc::new(NoOperations))).expect("the script evaluates");
            contexts.push(context);
        }
        let collected = isolate.with_lock(|isolate| isolate.collect_garbage());
        runtime.block_on(collected).expect("the isolate is there");
        Footprint::now()
    };
    let before = make(FIRST);
    let grown = make(plan.pieces).since(before);
    vec![Row::of_pieces(TABLE, "further context, with its script", plan.pieces, grown)]
}

fn snapshot() -> Snapshot {
    exec::build_snapshot().expect("the snapshot of this program")
}

/// Makes many of a kind on a thread that may use V8.
fn many<T: Send + 'static>(plan: &Plan, name: &'static str, make: impl Fn() -> T + Send + 'static) -> Row {
    let pieces = plan.pieces;
    let row = platform::initialize().run(move || {
        let mut made: Vec<T> = Vec::with_capacity(FIRST + pieces);
        made.extend((0..FIRST).map(|_| make()));
        let (before, allocated_before) = (Footprint::now(), allocated_here());
        made.extend((0..pieces).map(|_| make()));
        let (after, allocated) = (Footprint::now(), allocated_here() - allocated_before);
        Row::of_pieces(TABLE, name, pieces, after.since(before)).with("allocated", allocated / pieces as f64)
    });
    row.expect("the isolates can be made")
}

/// Bytes that this thread has allocated and not freed, whatever became of them elsewhere.
fn allocated_here() -> f64 {
    let allocated = thread::allocatedp::read().expect("a counter of the allocator").get();
    let freed = thread::deallocatedp::read().expect("a counter of the allocator").get();
    allocated as f64 - freed as f64
}
