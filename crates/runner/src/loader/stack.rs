//! The stack that parsing takes.

use std::io;
use std::thread;

/// Enough for the deepest text that [`nesting`](super::nesting) lets pass, without optimisation too. Only what is touched
/// takes memory.
const BYTES: usize = 1 << 30;

/// Runs `work` on a stack of its own, and waits for it. Panics go on here.
///
/// # Errors
/// There is no memory for another thread.
pub(super) fn with_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("loader".to_owned()).stack_size(BYTES);
        match thread.spawn_scoped(scope, work)?.join() {
            Ok(done) => Ok(done),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
