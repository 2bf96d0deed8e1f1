//! When a worker's `scheduled` handler is due.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Year};

/// A cron expression, with the text that it was read from: five fields (minute, hour, day of month, month, day of week)
/// in UTC, or six with the seconds before them. As on Cloudflare, weekdays are 1 (Sunday) to 7, or names.
#[derive(Clone, Debug)]
pub(super) struct CronTime {
    text: String,
    cron: Cron,
}

/// A text that is no cron expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{cron}` is no cron expression: {reason}")]
pub struct InvalidCron {
    /// The text.
    pub cron: String,
    /// What is wrong with it.
    pub reason: String,
}

impl InvalidCron {
    /// Whether a text is a cron expression of a worker: in UTC, of five fields (minute, hour, day of month, month, day of
    /// week) or six with the seconds before them; weekdays are 1 (Sunday) to 7, or names.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(text: &str) -> Result<(), Self> {
        CronTime::new(text).map(drop)
    }
}

impl CronTime {
    pub(super) fn new(text: &str) -> Result<Self, InvalidCron> {
        let parser = CronParser::builder().year(Year::Disallowed).alternative_weekdays(true).build();
        match parser.parse(text) {
            Ok(cron) => Ok(Self { text: text.to_owned(), cron }),
            Err(error) => Err(InvalidCron { cron: text.to_owned(), reason: error.to_string() }),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The first time after `time` at which it is due, if there is one.
    pub(super) fn next_after(&self, time: SystemTime) -> Option<SystemTime> {
        let next = self.cron.find_next_occurrence(&DateTime::<Utc>::from(time), false).ok()?;
        Some(next.into())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// Seconds since the epoch, which was a Thursday.
    fn next(cron: &str, after: u64) -> Option<u64> {
        let next = CronTime::new(cron).unwrap().next_after(UNIX_EPOCH + Duration::from_secs(after))?;
        Some(next.duration_since(UNIX_EPOCH).unwrap().as_secs())
    }

    #[test]
    fn times_are_those_of_utc_after_the_given_one() {
        assert_eq!(next("* * * * *", 0), Some(60));
        assert_eq!(next("* * * * *", 59), Some(60));
        assert_eq!(next("*/15 3 * * *", 0), Some(3 * 3600));
        assert_eq!(next("*/15 3 * * *", 3 * 3600), Some(3 * 3600 + 900));
        assert_eq!(next("0 0 * * mon", 0), Some(4 * 86_400));
        assert_eq!(next("0 0 * * 2", 0), Some(4 * 86_400));
        assert_eq!(next("*/10 * * * * *", 5), Some(10), "with seconds");
        assert_eq!(next("0 0 30 2 *", 0), None);
    }

    #[test]
    fn what_is_no_cron_says_so() {
        for bad in ["", "* * * *", "60 * * * *", "a * * * *", "* * * * * * 2030"] {
            let error = CronTime::new(bad).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{bad}` is no cron")), "{error}");
        }
    }
}
