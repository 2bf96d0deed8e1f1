//! The log: to stderr, filtered by `--log`.
//!
//! Nobody who logs waits for stderr or sees its errors: see [`queue`]. Descriptor 2 of a server is not stderr but a
//! way into the log: see [`native`].

mod format;
mod native;
mod person;
mod queue;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::panic::{self, PanicHookInfo};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Args;
use tracing_subscriber::filter::{Directive, EnvFilter};

use format::LogFormat;
use person::PersonFormat;
pub(super) use person::escape;
pub(super) use queue::LogQueue;

use super::problem;

/// How long a panic waits for its message to be written, in case that it ends the process.
const AFTER_PANIC: Duration = Duration::from_millis(100);

/// How long V8 waits, when it ends the process, for what it said to be written.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What an operator wants to hear: of watching files, nothing that is no fault.
const OF_AN_OPERATOR: &str = "info,notify=warn";

/// What a developer wants to hear beyond that, and what not.
const OF_A_DEVELOPER: &str = "info,notify=warn,worker=debug,runner::server=warn";

/// The log of the process, for a callback that can carry nothing.
static LOG: OnceLock<LogQueue> = OnceLock::new();

/// Whether the log has texts of several lines as they are; set once, before anybody logs.
static FOR_PEOPLE: AtomicBool = AtomicBool::new(false);

#[derive(Debug, Args)]
pub(super) struct LoggingFlags {
    /// What to log: a level or a filter such as `info`, `runner=debug` or `worker=off`; can be given several
    /// times [default: info]
    #[arg(long = "log", value_name = "FILTER", value_delimiter = ',', global = true, help_heading = "Log")]
    filters: Vec<Directive>,
    /// How lines of the log look [default: full; for `runner dev` and `runner run` lines for people]
    #[arg(long, value_name = "FORMAT", value_enum, global = true, help_heading = "Log")]
    log_format: Option<LogFormat>,
}

/// Whom the log is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// An operator and their tools.
    Operator,
    /// The person who writes a worker.
    Developer,
}

impl LoggingFlags {
    /// Makes this the log of the process. The console of the workers is the target `worker`.
    ///
    /// # Errors
    /// Those of duplicating stderr.
    pub(super) fn install(self, audience: Audience) -> io::Result<LogQueue> {
        let defaults = match audience {
            Audience::Operator => OF_AN_OPERATOR,
            Audience::Developer => OF_A_DEVELOPER,
        };
        let filter = EnvFilter::builder().parse_lossy(defaults);
        let filter = self.filters.into_iter().fold(filter, EnvFilter::add_directive);
        let stderr = io::stderr();
        let styled = problem::is_styled(&stderr);
        let format = self.log_format.unwrap_or(LogFormat::Full);
        let queue = LogQueue::start(stderr.as_fd().try_clone_to_owned()?.into(), format);
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_ansi(styled)
            .with_writer(queue.clone())
            .log_internal_errors(false);
        let for_people = audience == Audience::Developer && self.log_format.is_none();
        match format {
            LogFormat::Full if for_people => {
                let format = PersonFormat { is_terminal: stderr.is_terminal(), styled };
                subscriber.event_format(format).init();
                FOR_PEOPLE.store(true, Ordering::Relaxed);
            }
            LogFormat::Full => subscriber.init(),
            LogFormat::Pretty => subscriber.pretty().init(),
            LogFormat::Compact => subscriber.compact().init(),
            LogFormat::Json => subscriber.json().init(),
        }
        report_panics(queue.clone());
        let _only_log = LOG.set(queue.clone());
        isolate::platform::on_fatal_error(|| {
            if let Some(log) = LOG.get() {
                log.flush(LAST_WORDS);
            }
        });
        Ok(queue)
    }
}

/// How many lines of the log of the process are missing, for the statistics.
pub(super) fn missing_lines() -> serde_json::Value {
    let (dropped, failed) = LOG.get().map_or((0, 0), LogQueue::missing);
    serde_json::json!({ "dropped": dropped, "failed": failed })
}

/// Whether the log is for people: it takes texts as they are, and shows them as its place can.
pub(super) fn is_for_people() -> bool {
    FOR_PEOPLE.load(Ordering::Relaxed)
}

/// Writes lines that do not come from the subscriber, in order with those that do.
pub(super) fn say(lines: &str) {
    if let Some(log) = LOG.get() {
        log.say("runner", lines);
    }
}

/// Lets nobody write to the real stderr but the log.
pub(super) fn divert_stderr() -> io::Result<()> {
    native::divert_stderr()
}

/// Has panics reported by `log`.
fn report_panics(log: LogQueue) {
    panic::set_hook(Box::new(move |info| report_panic(&log, info)));
}

/// Writes to the queue itself: a panic inside of the subscriber would not reach the log through it.
fn report_panic(log: &LogQueue, info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let mut text = format!("thread '{}' {info}\n", thread.name().unwrap_or("<unnamed>"));
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        // A `String` takes everything.
        let _ = write!(text, "{backtrace}");
    }
    log.say("panic", &text);
    log.flush(AFTER_PANIC);
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};

    use super::*;

    /// The one test of this program that panics.
    #[test]
    fn lesson_48_a_panic_is_reported_and_a_dead_stderr_is_no_second_one() {
        let panic = || {
            let caught = panic::catch_unwind(|| panic!("on purpose"));
            drop(panic::take_hook());
            assert!(caught.is_err());
        };
        let (reader, stderr) = io::pipe().unwrap();
        report_panics(LogQueue::start(std::os::fd::OwnedFd::from(stderr).into(), LogFormat::Full));
        panic();
        let mut lines = BufReader::new(reader).lines();
        let place = lines.next().unwrap().unwrap();
        assert!(place.starts_with("thread 'cli::logging") && place.contains("panicked at"), "{place}");
        assert_eq!(lines.next().unwrap().unwrap(), "on purpose");

        let (reader, stderr) = io::pipe().unwrap();
        drop(reader);
        report_panics(LogQueue::start(std::os::fd::OwnedFd::from(stderr).into(), LogFormat::Full));
        panic();
    }
}
