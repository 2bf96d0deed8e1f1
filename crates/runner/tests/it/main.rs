//! Tests of the runner from outside. `transport`, `errors`, `budgets` and `fetch` use the server and the client with a
//! substitute for the pool; `pool`, `cancellation` and `deploy` use the pool without a server; `hostile`, `workers`, `logging`,
//! `supervise`, `reload`, `streaming`, `tls`, `code_cache`, `codings`, `prefixes`, `admin`, `dev`, `listen`, `loader`, `npm_packages`, `help`, `config` and `cli` start the real binary. A test named after a lesson guards against a failure that systems of this kind have
//! shipped.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod budgets;
mod caches;
mod calls;
mod cancellation;
mod cli;
mod code_cache;
mod codings;
mod config;
mod deploy;
mod dev;
mod documents;
mod errors;
mod fetch;
mod framing;
mod help;
mod hostile;
mod leaving;
mod listen;
mod loader;
mod logging;
mod memory;
mod npm_packages;
mod pace;
mod pool;
mod prefixes;
mod proxies;
mod reload;
mod short_turns;
mod snapshot_store;
mod streaming;
mod supervise;
mod support;
mod tls;
mod transport;
mod tutorial;
mod workers;
