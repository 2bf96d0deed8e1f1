//! `--log-format`: the subscriber's formats, and lines in them that do not come from the subscriber.

use clap::ValueEnum;
use serde_json::{Value, json};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

/// How lines of the log look: the formats of `tracing-subscriber`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// A line for each event
    Full,
    /// Several lines for each event, for people
    Pretty,
    /// A shorter line
    Compact,
    /// An object for each event, on one line
    Json,
}

impl LogFormat {
    /// The line that says how many lines are missing.
    pub(super) fn missing_lines(self, dropped: u64, failed: u64) -> String {
        const MESSAGE: &str = "lines of log are missing";
        match self {
            Self::Json => {
                let fields = json!({ "message": MESSAGE, "dropped": dropped, "failed": failed });
                json_line("WARN", "runner::log", &fields)
            }
            Self::Full | Self::Pretty | Self::Compact => {
                format!("{}  WARN runner::log: {MESSAGE} dropped={dropped} failed={failed}\n", now())
            }
        }
    }
}

/// The object for an error, which may have several lines.
pub(super) fn json_error(target: &str, text: &str) -> String {
    json_line("ERROR", target, &json!({ "message": text.trim_end() }))
}

/// As the subscriber has it.
fn json_line(level: &str, target: &str, fields: &Value) -> String {
    format!("{}\n", json!({ "timestamp": now(), "level": level, "fields": fields, "target": target }))
}

fn now() -> String {
    let mut text = String::new();
    // A `String` takes everything.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}
