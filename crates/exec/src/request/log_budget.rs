//! How much one request may log.

use crate::operations::{LogLevel, LogRecord};

/// What one request may write to the log: after this many lines or bytes one more line says that there was more.
const MAX_LOG_RECORDS: usize = 1_000;
const MAX_LOG_BYTES: usize = 256 << 10;

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
    pub(super) fn admit(&mut self, record: LogRecord) -> Option<LogRecord> {
        if self.used_up {
            return None;
        }
        self.records += 1;
        self.bytes = self.bytes.saturating_add(record.message.len());
        if self.records <= MAX_LOG_RECORDS && self.bytes <= MAX_LOG_BYTES {
            return Some(record);
        }
        self.used_up = true;
        let kibibytes = MAX_LOG_BYTES >> 10;
        let message = format!("log truncated: more than {MAX_LOG_RECORDS} lines or {kibibytes} KiB");
        Some(LogRecord { level: LogLevel::Warn, message })
    }

    pub(super) fn is_used_up(&self) -> bool {
        self.used_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(length: usize) -> LogRecord {
        LogRecord { level: LogLevel::Info, message: "x".repeat(length) }
    }

    #[test]
    fn a_log_that_overflows_says_so_once() {
        let mut log = LogBudget::default();
        for _ in 0..MAX_LOG_RECORDS {
            assert_eq!(log.admit(line(1)), Some(line(1)));
        }
        let last = log.admit(line(1)).unwrap();
        assert!(last.message.starts_with("log truncated"), "{last:?}");
        assert_eq!(log.admit(line(1)), None);
        let last = LogBudget::default().admit(line(MAX_LOG_BYTES + 1)).unwrap();
        assert!(last.message.starts_with("log truncated"), "{last:?}");
    }
}
