//! How much one request may log.

use std::time::Instant;

use isolate::RequestLimits;

use crate::budget::{LogAdmission, TenantBudget};
use crate::vocabulary::operations::{LogLevel, LogRecord};

/// What a line costs besides its text, in bytes: time, level, and whose it is.
const LINE: usize = 64;

/// What a request has written to the log.
#[derive(Default)]
pub(super) struct LogBudget {
    records: usize,
    bytes: usize,
    used_up: bool,
}

impl LogBudget {
    /// What is to be logged instead of `record`: the same, while the budget lasts; for the first one too many, a line
    /// that says so; then nothing.
    pub(super) fn admit(&mut self, record: LogRecord, limits: &RequestLimits) -> Option<LogRecord> {
        if self.used_up {
            return None;
        }
        self.records += 1;
        self.bytes = self.bytes.saturating_add(record.message.len());
        let RequestLimits { log_records, log_bytes, .. } = *limits;
        if self.records <= log_records && self.bytes <= log_bytes {
            return Some(record);
        }
        self.used_up = true;
        let message = format!("log truncated: more than {log_records} lines or {} KiB", log_bytes >> 10);
        Some(LogRecord { level: LogLevel::Warn, message })
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.used_up
    }
}

/// What is to be logged instead of `record` at the rate that the worker has: the same; for the first line that is too
/// much, one that says so; then nothing until there is room again.
pub(super) fn at_the_rate(budget: &TenantBudget, record: LogRecord) -> Option<LogRecord> {
    let bytes = record.message.len().saturating_add(LINE);
    let message = match budget.admit_log(bytes, Instant::now()) {
        LogAdmission::Admitted => return Some(record),
        LogAdmission::FirstDropped { before: 0 } => "the worker logs too much: lines are dropped".into(),
        LogAdmission::FirstDropped { before } => {
            format!("the worker logs too much: lines are dropped, as {before} were before")
        }
        LogAdmission::Dropped => return None,
    };
    Some(LogRecord { level: LogLevel::Warn, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(length: usize) -> LogRecord {
        LogRecord { level: LogLevel::Info, message: "x".repeat(length) }
    }

    #[test]
    fn a_log_that_overflows_says_so_once() {
        let limits = RequestLimits::default().with_log_records(3).with_log_bytes(2048);
        let mut log = LogBudget::default();
        for _ in 0..3 {
            assert_eq!(log.admit(line(1), &limits), Some(line(1)));
        }
        let last = log.admit(line(1), &limits).unwrap();
        assert_eq!(last.message, "log truncated: more than 3 lines or 2 KiB");
        assert_eq!(log.admit(line(1), &limits), None);
        let last = LogBudget::default().admit(line(2049), &limits).unwrap();
        assert!(last.message.starts_with("log truncated"), "{last:?}");
    }
}
