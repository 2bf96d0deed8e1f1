//! V8's fatal errors: which of them end the process.
//!
//! V8 gives up in several ways, and says by itself which is which:
//!
//! | V8 finds | and calls | then |
//! | --- | --- | --- |
//! | no memory | the isolate's out-of-memory handler (`isolate.rs`) | the turn's thread is parked |
//! | no room for one more type of Wasm, whose table it has locked (`wasm_types.rs`) | the isolate's out-of-memory handler | the message is logged, the process ends |
//! | an error "with no security impact", such as an array longer than it makes | its printer of stack traces | the same |
//! | a size that it does not support, in some places (`SIZES`) | its fatal error handler | the same |
//! | a failed check: its memory may be corrupt | its fatal error handler | the message is logged, the process ends |
//! | a failed check of generated code, misuse of its interface | nobody | it traps, which ends the process |
//!
//! All that V8 says then goes to stderr (`OS::PrintError` in its sources). To stdout it prints what its flags for tracing
//! and debugging ask for, and nobody sets these; so there is nothing to divert.
//!
//! The second kind is one that scripts reach: `'a'.repeat(2**27 + 10).split('')`. V8 prints a few lines to stderr,
//! calls the printer and would trap next (`SIGTRAP`); it stands where it was about to allocate, and nothing has happened
//! to its memory. So the printer of a thread that is in a turn does not return: the turn is given up and the thread
//! sleeps for ever, exactly as when it is out of memory. On any other thread it returns, and the process ends.
//!
//! Before it sleeps, a parked thread gives back what can be given back of its isolate's memory, and counts the rest
//! ([`write_off`](super::isolate::SharedV8Isolate::write_off)): it still has the isolate locked, and V8 reads the same
//! figures by itself when it is out of memory.
//!
//! # Why not a signal handler
//! A handler of `SIGTRAP` sees the second and the last kind, and cannot tell them apart: generated code checks what
//! would be a hole in the engine, and traps in the same way. The printer is called for the second kind only (and where
//! the fatal error handler is called before, which does not return), on an ordinary stack where locks and memory may be
//! used, and the process keeps the default action for every signal.
//!
//! The platform's way to set the printer is a method that the `v8` crate does not offer, so its C++ name is used. It is
//! the same on every system that follows the Itanium ABI. If a version of V8 has no such function the program does not
//! link; if it does not call it, the tests in `tests/it/fatal.rs` fail.

use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use super::isolate::SharedV8Isolate;
use super::wasm_types;
use crate::teller;

// SAFETY: declared in V8's `src/base/logging.h` as `void SetPrintStackTrace(void (*print_stack_trace_)())`.
unsafe extern "C" {
    #[link_name = "_ZN2v84base18SetPrintStackTraceEPFvvE"]
    fn set_stack_trace_printer(printer: extern "C" fn());
}

/// How the messages begin with which V8 gives up on a size that it does not support, or on memory that it does not get,
/// where its code has no way to throw an exception. They are not checks of its state.
const SIZES: [&str; 3] = ["Fatal JavaScript invalid ", "Invalid size", "Out of memory: "];

/// How long the process goes on after the message of a failed check was logged, if nobody has said how to write out the
/// log.
const LOG_DELAY: Duration = Duration::from_millis(200);

/// The time that logging and writing out may take, in seconds.
const LAST_WORDS: u32 = 2;

static BEFORE_ABORT: OnceLock<fn()> = OnceLock::new();

static GIVE_UP: OnceLock<GiveUp> = OnceLock::new();

/// The isolate of a turn that was given up. It takes no more turns.
pub(crate) trait LostTurn {
    fn isolate(&self) -> &SharedV8Isolate;

    /// It keeps so many bytes.
    fn has_lost_memory(&self, bytes: usize);
}

/// Gives up the turn of the calling thread because of a fault, if it is in one. Returns the isolate, which the thread has
/// locked.
pub(crate) type GiveUp = fn(&str) -> Option<Arc<dyn LostTurn>>;

/// To be called once, after V8 has started and before an isolate is made.
pub(crate) fn install_fatal_error_handlers() {
    // SAFETY: V8 reads the pointer when it finds a fatal error. No isolate has been made, so no other thread can do so
    // now.
    unsafe { set_stack_trace_printer(print_stack_trace) };
    v8::V8::set_fatal_error_handler(cannot_go_on);
}

/// See [`on_fatal_error`](crate::platform::on_fatal_error).
pub(crate) fn before_abort(f: fn()) {
    let _first_counts = BEFORE_ABORT.set(f);
}

/// Turns are given up by `give_up` from now on. Only the first call counts; before it there must be no turns.
pub(crate) fn give_up_turns_by(give_up: GiveUp) {
    let _first_counts = GIVE_UP.set(give_up);
}

/// Parks the calling thread if it is in a turn, which is given up.
fn park_if_in_turn(fault: &str) {
    let Some(turn) = GIVE_UP.get().and_then(|give_up| give_up(fault)) else { return };
    // SAFETY: the turn is this thread's, so it has the isolate locked and entered; the isolate takes no more turns, and
    // the thread does nothing more.
    let kept = unsafe { turn.isolate().write_off() };
    turn.has_lost_memory(kept);
    wasm_types::thread_is_parked();
    sleep_for_ever();
}

/// Parks the calling thread, which may not go on even if it is in no turn.
pub(crate) fn park(fault: &str) -> ! {
    park_if_in_turn(fault);
    let fault = fault.to_owned();
    teller::send(move || tracing::error!(%fault, "V8 failed outside of a turn: the thread is parked"));
    wasm_types::thread_is_parked();
    sleep_for_ever()
}

fn sleep_for_ever() -> ! {
    loop {
        thread::park();
    }
}

extern "C" fn print_stack_trace() {
    park_if_in_turn("an error without impact on security, of which it has written to stderr");
}

/// V8 cannot go on. It has found that something is not as it must be, and nothing can be trusted any more, unless it says
/// that it is a matter of sizes.
fn cannot_go_on(file: &str, line: i32, message: &str) {
    if SIZES.iter().any(|beginning| message.starts_with(beginning)) {
        park_if_in_turn(message);
    }
    end(message, file, line)
}

/// Ends the process, after a line in the log.
pub(super) fn end(message: &str, file: &str, line: i32) -> ! {
    end_soon();
    tracing::error!(message, file, line, "V8 cannot go on, nor can anybody else: the process ends");
    match BEFORE_ABORT.get() {
        Some(before_abort) => before_abort(),
        None => thread::sleep(LOG_DELAY),
    }
    std::process::abort();
}

/// Ends the process after a while, whatever happens to the log.
fn end_soon() {
    // SAFETY: both may be called at any time; the signal ends the process by default.
    unsafe {
        libc::signal(libc::SIGALRM, libc::SIG_DFL);
        libc::alarm(LAST_WORDS);
    }
}
