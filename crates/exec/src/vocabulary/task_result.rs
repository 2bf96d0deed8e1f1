//! What a `task` handler or a called function returned.

use bytes::Bytes;
use std::fmt;

use serde::de::DeserializeOwned;

/// How deeply a value may be nested, which is how deeply `serde_json` goes.
const MAX_DEPTH: usize = 127;

/// A JSON value as its text. It stays text until somebody wants the value, which takes many times as much memory; and
/// the text is charged to the worker for as long as it is there.
#[derive(Clone, PartialEq, Eq)]
pub struct TaskResult(Bytes);

impl TaskResult {
    /// `None` if `json` is not the text of a JSON value, or nested too deeply. Parses it without building anything.
    pub(crate) fn new(json: Bytes) -> Option<Self> {
        serde_json::from_slice::<serde::de::IgnoredAny>(&json).ok()?;
        (depth(&json) <= MAX_DEPTH).then_some(Self(json))
    }

    /// The text.
    pub fn json(&self) -> &[u8] {
        &self.0
    }

    /// The value. It may take sixteen times as much memory as the text, which nothing accounts for.
    pub fn parse(&self) -> serde_json::Value {
        serde_json::from_slice(&self.0).expect("it is JSON, and not nested too deeply")
    }

    /// The value as a `T`.
    ///
    /// # Errors
    /// It is no `T`.
    pub fn parse_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.0)
    }
}

/// How deeply the value of a JSON text is nested.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth -= 1,
            _ => {}
        }
    }
    deepest
}

impl fmt::Debug for TaskResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TaskResult({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn result(json: &str) -> Option<TaskResult> {
        TaskResult::new(Bytes::from(json.to_owned()))
    }

    #[test]
    fn every_result_can_be_parsed() {
        let brackets = r#"{"[\\\"[{":["\\",{}]}"#;
        assert_eq!(result(brackets).unwrap().parse(), json!({ "[\\\"[{": ["\\", {}] }));
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(result(&nested(MAX_DEPTH)).unwrap().parse().is_array());
        for bad in [nested(MAX_DEPTH + 1), "{".into(), "undefined".into(), "1 2".into(), String::new()] {
            assert_eq!(result(&bad), None);
        }
    }
}
