//! What the tests share.

mod directory;
mod load;
mod pool;
mod process;
mod raw;
mod stub;

use std::time::Duration;

pub(crate) use directory::Directory;
pub(crate) use load::{Client, Http2Client, Load};
pub(crate) use pool::{World, eventually, options, send, spawn_send, text_of};
pub(crate) use process::{Log, Runner, program, run, run_with_stderr, said, signal};
pub(crate) use raw::{RawClient, Reply, exchange, frame, preface};
pub(crate) use stub::{Stub, TestServer, text};

/// Longer than anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Fails the test if `future` takes too long.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("in time")
}
