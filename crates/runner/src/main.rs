//! The `runner` command.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

/// Serves V8's own allocations too. What one thread allocates another frees, with every request and every isolate; that
/// is where the C library's allocator is slow, and keeps memory. It also counts by thread, which is how isolates are held
/// to a limit of native memory.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    #[cfg(feature = "jemalloc")]
    isolate::use_jemalloc_as_meter();
    cli::main()
}
