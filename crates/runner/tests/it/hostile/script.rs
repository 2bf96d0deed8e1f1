//! The scripts and what their first lines say about them.
//!
//! ```text
//! // What it does, in a sentence.
//! // ends: 429 CpuTimeLimit, 200
//! // requests: 2
//! ```
//!
//! `ends` has every end that is right: a status, and what `x-termination-reason` says, if it is there. Where limits race
//! with each other, several are. The others may be missing: `requests` (1) is how often it is called, each time at
//! `/hostile`; `abandons` (0), how many callers hang up before; `method` (`GET`) and `body` (0 bytes), the request;
//! `then: fine` says that the worker answers `fine` at `/fine` whatever it did before; `loses: its isolate`, that V8 does
//! not come back from it, or not for long.

use std::path::Path;

#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) ends: Vec<End>,
    pub(super) requests: usize,
    pub(super) abandons: usize,
    pub(super) method: String,
    pub(super) body: usize,
    pub(super) then_fine: bool,
    pub(super) loses_isolate: bool,
}

/// What a request came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) status: u16,
    /// Empty for an answer of the worker.
    pub(super) reason: String,
}

impl End {
    fn parse(text: &str) -> Self {
        let (status, reason) = text.split_once(' ').unwrap_or((text, ""));
        Self { status: status.parse().unwrap(), reason: reason.to_owned() }
    }
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, self.reason)
    }
}

impl Script {
    fn parse(name: &str, source: String) -> Self {
        let mut header =
            source.lines().map_while(|line| line.strip_prefix("// ")).map(|line| line.split_once(": "));
        let mut script = Self {
            name: name.to_owned(),
            source: String::new(),
            ends: Vec::new(),
            requests: 1,
            abandons: 0,
            method: "GET".to_owned(),
            body: 0,
            then_fine: false,
            loses_isolate: false,
        };
        assert!(header.next().is_some(), "{name} says what it does");
        for field in header {
            match field {
                Some(("ends", ends)) => script.ends = ends.split(", ").map(End::parse).collect(),
                Some(("requests", n)) => script.requests = n.parse().unwrap(),
                Some(("abandons", n)) => script.abandons = n.parse().unwrap(),
                Some(("method", method)) => script.method = method.to_owned(),
                Some(("body", n)) => script.body = n.parse().unwrap(),
                Some(("then", "fine")) => script.then_fine = true,
                Some(("loses", "its isolate")) => script.loses_isolate = true,
                other => panic!("{name}: {other:?}"),
            }
        }
        assert!(!script.ends.is_empty(), "{name} says how it ends");
        script.source = source;
        script
    }

    /// All of them, or those whose names begin with what the variable `HOSTILE` says.
    pub(super) fn all() -> Vec<Self> {
        let only = std::env::var("HOSTILE").unwrap_or_default();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/hostile/scripts");
        let mut scripts: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                let name = path.file_stem().unwrap().to_str().unwrap();
                Self::parse(name, std::fs::read_to_string(&path).unwrap())
            })
            .filter(|script| only.split(',').any(|only| script.name.starts_with(only)))
            .collect();
        scripts.sort_by(|a, b| a.name.cmp(&b.name));
        scripts
    }

    /// Whether it uses time only, and not the processor.
    pub(super) fn only_waits(&self) -> bool {
        self.ends.iter().all(|end| end.reason == "WallClockTimeout")
    }

    /// The request that it is called with.
    pub(super) fn request(&self) -> String {
        format!(
            "{} /{}/hostile HTTP/1.1\r\nHost: a.test\r\nContent-Length: {}\r\n\r\n{}",
            self.method,
            self.name,
            self.body,
            "x".repeat(self.body)
        )
    }
}
