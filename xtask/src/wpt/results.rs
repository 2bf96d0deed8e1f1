//! What came out of a test.

use std::collections::BTreeMap;

use serde_json::Value;

use super::beside::Beside;

/// The name under which it counts that a file did not run to its end: it threw, it waited for something that did not
/// come, or its program ended.
pub(super) const HARNESS: &str = "(harness)";

/// What the harness calls the states of a subtest; 0 is a pass.
const STATES: [&str; 5] = ["passed", "failed", "timed out", "not run", "a precondition failed"];
/// The same of the harness itself.
const HARNESS_STATES: [&str; 4] = ["ok", "error", "timeout", "a precondition failed"];

/// The subtests of one run of a test file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileResult {
    /// The file with its variant.
    pub(super) test: String,
    /// Names, and why they failed if they did.
    pub(super) subtests: Vec<(String, Option<String>)>,
    /// Why the file did not run to its end.
    pub(super) broken: Option<String>,
}

impl FileResult {
    /// A file that told nothing.
    pub(super) fn broken(test: String, why: impl Into<String>) -> Self {
        Self { test, subtests: Vec::new(), broken: Some(why.into()) }
    }

    /// What the glue answered: `{ status, message, tests: [{ name, status, message }] }`.
    pub(super) fn of_answer(test: String, answer: &Value) -> Self {
        let message = |value: &Value| value["message"].as_str().unwrap_or_default().to_owned();
        let state = |value: &Value| value["status"].as_u64().and_then(|state| usize::try_from(state).ok());
        let Some(list) = answer["tests"].as_array() else {
            return Self::broken(test, "the answer has no list of subtests");
        };
        let mut subtests: Vec<(String, Option<String>)> = Vec::new();
        for subtest in list {
            let why = match state(subtest) {
                Some(0) => None,
                state => Some(said(&STATES, state, &message(subtest))),
            };
            subtests.push((subtest["name"].as_str().unwrap_or_default().to_owned(), why));
        }
        number_repeated(&mut subtests);
        let broken = match state(answer) {
            Some(0) => None,
            state => Some(said(&HARNESS_STATES, state, &message(answer))),
        };
        Self { test, subtests, broken }
    }

    /// Names of what fails, with the reasons; the file itself among them.
    pub(super) fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        let subtests = self.subtests.iter().filter_map(|(name, why)| Some((name.as_str(), why.as_deref()?)));
        self.broken.as_deref().map(|why| (HARNESS, why)).into_iter().chain(subtests)
    }

    pub(super) fn passed(&self) -> usize {
        self.subtests.iter().filter(|(_, why)| why.is_none()).count()
    }
}

fn said(names: &[&str], state: Option<usize>, message: &str) -> String {
    let state = state.and_then(|state| names.get(state)).unwrap_or(&"an unknown state");
    format!("{state}: {}", message.replace('\n', " "))
}

/// Two subtests of a file may have one name; the second is told apart by its number.
fn number_repeated(subtests: &mut [(String, Option<String>)]) {
    let mut seen = BTreeMap::<String, u32>::new();
    for (name, _) in subtests {
        let times = seen.entry(name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            *name = format!("{name} ({times})");
        }
    }
}

/// What a directory's tests came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) files: usize,
    pub(super) passed: usize,
    pub(super) all: usize,
}

impl Counts {
    pub(super) fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.passed += other.passed;
        self.all += other.all;
    }

    pub(super) fn row(&self, directory: &str) -> Vec<String> {
        let numbers = [self.files, self.passed, self.all].map(|number| number.to_string());
        std::iter::once(directory.to_owned()).chain(numbers).chain([self.percent()]).collect()
    }

    /// With one decimal, never rounded up: `100.0` is everything.
    fn percent(&self) -> String {
        if self.all == 0 {
            return "-".to_owned();
        }
        let tenths = self.passed * 1000 / self.all;
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

/// The counts of each directory and of all, the head first; with what somebody else passes, if that is known.
pub(super) fn table(counts: &BTreeMap<String, Counts>, beside: Option<&Beside>) -> Vec<Vec<String>> {
    let mut head = ["directory", "files", "passed", "of", "%"].map(str::to_owned).to_vec();
    head.extend(beside.map(|beside| format!("Deno {}", beside.version)));
    let mut rows = vec![head];
    let (mut all, mut others) = (Counts::default(), 0);
    for (directory, counts) in counts {
        let mut row = counts.row(directory);
        if let Some(beside) = beside {
            let passed = beside.passed.get(directory).copied().unwrap_or_default();
            others += passed;
            row.push(passed.to_string());
        }
        rows.push(row);
        all.add(counts);
    }
    let mut last = all.row("all");
    last.extend(beside.map(|_| others.to_string()));
    rows.push(last);
    rows
}

/// Directories below which it is of interest how each does.
const DIVIDED: [&str; 6] = ["dom", "encoding", "fetch", "html", "wasm", "xhr"];

/// The counts for each directory that stands for a standard.
pub(super) fn by_directory(results: &[FileResult]) -> BTreeMap<String, Counts> {
    let mut counts = BTreeMap::<String, Counts>::new();
    for result in results {
        let file = Counts { files: 1, passed: result.passed(), all: result.subtests.len() };
        counts.entry(directory(&result.test)).or_default().add(&file);
    }
    counts
}

fn directory(test: &str) -> String {
    let mut parts = test.split('/');
    let first = parts.next().unwrap_or_default();
    let second = parts.next().filter(|_| DIVIDED.contains(&first) && parts.next().is_some());
    second.map_or_else(|| first.to_owned(), |second| format!("{first}/{second}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_understood() {
        let answer = json!({ "status": 2, "message": "x", "tests": [
            { "name": "a", "status": 0, "message": "" },
            { "name": "a", "status": 1, "message": "no\nmore" },
        ] });
        let result = FileResult::of_answer("t.any.js".into(), &answer);
        assert_eq!(result.passed(), 1);
        let failures: Vec<_> = result.failures().collect();
        assert_eq!(failures, [(HARNESS, "timeout: x"), ("a (2)", "failed: no more")]);
        assert!(FileResult::of_answer("t".into(), &json!({})).broken.is_some());
    }

    #[test]
    fn counts_are_of_standards() {
        assert_eq!(directory("fetch/api/basic/a.any.js"), "fetch/api");
        assert_eq!(directory("url/a.any.js"), "url");
        assert_eq!(directory("encoding/a.any.js"), "encoding");
        assert_eq!(directory("streams/piping/a.any.js"), "streams");
        let beside = Beside { version: "2".to_owned(), passed: [("x".to_owned(), 3)].into() };
        let own =
            BTreeMap::from(["x", "y"].map(|name| (name.to_owned(), Counts { files: 1, passed: 1, all: 2 })));
        let rows = table(&own, Some(&beside));
        assert_eq!(rows[0][5], "Deno 2");
        assert_eq!(rows[1..].iter().map(|row| row[5].as_str()).collect::<Vec<_>>(), ["3", "0", "3"]);
        assert!(table(&own, None).iter().all(|row| row.len() == 5));
        let counts = Counts { files: 1, passed: 999, all: 1000 };
        assert_eq!(counts.row("x"), ["x", "1", "999", "1000", "99.9"]);
    }
}
