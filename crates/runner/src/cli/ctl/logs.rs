//! `runner ctl logs`: server-sent events, printed as a person reads them.

use chrono::{DateTime, SecondsFormat};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use super::{CtlError, output};

/// Bytes of a line at most; the server's are far shorter.
const MAX_LINE: usize = 4 << 20;

/// Prints events until the server says that there are no more.
pub(super) async fn print(mut body: Incoming, json: bool) -> Result<(), CtlError> {
    let (mut events, mut pending) = (Events::default(), Vec::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        pending.extend_from_slice(&data);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            let Some((kind, data)) = events.line(String::from_utf8_lossy(&line).trim_end()) else { continue };
            output(&if json { as_json(&kind, data) } else { as_text(&kind, &data) })?;
            if kind == "end" {
                return Ok(());
            }
        }
        if pending.len() > MAX_LINE {
            break;
        }
    }
    Err(CtlError::BrokenOff)
}

/// Events of a stream, line by line.
#[derive(Debug, Default)]
struct Events {
    kind: String,
    data: Option<Value>,
}

impl Events {
    /// The event that this line ends.
    fn line(&mut self, line: &str) -> Option<(String, Value)> {
        if let Some(kind) = line.strip_prefix("event: ") {
            kind.clone_into(&mut self.kind);
        } else if let Some(data) = line.strip_prefix("data: ") {
            self.data = serde_json::from_str(data).ok();
        } else if line.is_empty() {
            return Some((std::mem::take(&mut self.kind), self.data.take()?));
        }
        None
    }
}

fn as_json(kind: &str, mut data: Value) -> String {
    data["event"] = kind.into();
    format!("{data}\n")
}

fn as_text(kind: &str, data: &Value) -> String {
    let text = |name: &str| data[name].as_str().unwrap_or_default();
    let time = data["time"].as_i64().and_then(DateTime::from_timestamp_millis);
    let time = time.map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true)).unwrap_or_default();
    let version = text("version");
    match kind {
        "console" => format!("{time} {version} {} {}\n", text("level"), printable(text("message"))),
        "request" => {
            let status = data["status"].as_u64().map_or_else(|| "given up".to_owned(), |n| n.to_string());
            let took = data["duration_ms"].as_f64().unwrap_or_default();
            format!("{time} {version} {} {} {status} {took} ms\n", text("method"), printable(text("path")))
        }
        "exception" => {
            let at = match (data["file"].as_str(), data["line"].as_u64(), data["column"].as_u64()) {
                (Some(file), Some(line), Some(column)) => format!(" ({file}:{line}:{column})"),
                _ => String::new(),
            };
            let message = printable(text("message"));
            let mut lines = format!("{time} {version} {}: {message}{}\n", text("reason"), printable(&at));
            for more in ["stack", "hint"].map(text).into_iter().filter(|more| !more.is_empty()) {
                lines.push_str(&format!("    {}\n", printable(more)));
            }
            lines
        }
        "lost" => format!("... {} lines are missing here\n", data["lines"]),
        "end" => match text("reason") {
            "removed" => "the worker is gone\n".to_owned(),
            _ => "the server ends\n".to_owned(),
        },
        // Of a later version of the server.
        _ => String::new(),
    }
}

/// A text of a worker, which neither drives the terminal nor looks like a line of its own.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\n    "),
            '\t' => out.push(c),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_what_is_between_empty_lines() {
        let mut events = Events::default();
        let mut seen = Vec::new();
        for line in [": alive", "", "event: lost", "data: {\"lines\":3}", "", "data: nothing", ""] {
            seen.extend(events.line(line));
        }
        assert_eq!(seen, [("lost".to_owned(), json!({ "lines": 3 }))]);
    }

    #[test]
    fn lines_are_for_people() {
        let line = |kind, mut data: Value| {
            data["time"] = json!(1_500);
            data["version"] = json!("2");
            as_text(kind, &data)
        };
        let start = "1970-01-01T00:00:01.500Z 2 ";
        let console = line("console", json!({ "level": "info", "message": "a\nb\u{1b}[31m" }));
        assert_eq!(console, format!("{start}info a\n    b\\u{{1b}}[31m\n"));
        let request = json!({ "method": "GET", "path": "/x", "status": 200, "duration_ms": 1.5 });
        assert_eq!(line("request", request), format!("{start}GET /x 200 1.5 ms\n"));
        let exception = json!({
            "reason": "Exception", "message": "no", "file": "a.js", "line": 1, "column": 2, "stack": "at x",
        });
        assert_eq!(line("exception", exception), format!("{start}Exception: no (a.js:1:2)\n    at x\n"));
        let lost = as_json("lost", json!({ "lines": 3 }));
        assert!(lost.ends_with("}\n"), "{lost:?}");
        assert_eq!(lost.parse::<Value>().unwrap(), json!({ "event": "lost", "lines": 3 }));
    }
}
