//! What there is once in a process.

use isolate::platform;
use runner::PoolOptions;

use super::{Footprint, Plan, Row};
use crate::{call, pool, rest, runtime, worker_script};

/// The process at its stages, from the beginning of `main` to its first answer.
pub(super) fn measure(_: &Plan) -> Vec<Row> {
    let mut rows = vec![row("in `main`")];
    platform::initialize();
    rows.push(row("V8 started"));
    let snapshot = exec::build_snapshot().expect("the snapshot of this program");
    rows.push(row("snapshot built"));
    drop(snapshot);
    let pool = pool(PoolOptions::default());
    rest(&pool);
    rows.push(row("pool with 2 spares"));
    runtime().block_on(call(&pool, "worker", &worker_script()));
    rest(&pool);
    rows.push(row("first answer"));
    rows
}

fn row(name: &str) -> Row {
    let Footprint { resident, proportional, files, v8, other } = Footprint::now();
    let figures =
        [("RSS", resident), ("PSS", proportional), ("files", files), ("V8's pages", v8), ("others", other)];
    Row::new("process", name, 1, figures.map(|(name, bytes)| (name, bytes as f64)))
}
