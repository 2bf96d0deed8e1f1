//! Single operations of the pool, each beside what bare V8 takes for the same thing.
//!
//! `cargo xtask bench` prints them as a table.

#![allow(missing_docs, reason = "a program without an interface")]

mod cold;
mod context;
mod hit;
mod locks;
mod migration;
mod miss;
mod paced;
mod warm;

use criterion::Criterion;

fn main() {
    benches::on_v8_thread(operations);
}

fn operations(criterion: &mut Criterion) {
    hit::bench(criterion);
    miss::bench(criterion);
    context::bench(criterion);
    cold::bench(criterion);
    warm::bench(criterion);
    paced::bench(criterion);
    migration::bench(criterion);
    locks::bench(criterion);
}
