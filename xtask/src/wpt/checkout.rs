//! The tests that a checkout has.
//!
//! `x.any.js` and `x.worker.js` say in comments at their beginning what they need:
//!
//! ```text
//! // META: global=window,worker       where they can run
//! // META: script=/common/utils.js    what is run before
//! // META: variant=?1-100             a run with this query
//! // META: timeout=long
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{During, Failure, Result};

/// What a directory of tests brings along and is none.
const NO_TESTS: [&str; 4] = ["common", "interfaces", "resources", "support"];

/// What the server of the tests shows under another name.
const ALIASES: [(&str, &str); 1] = [("resources/WebIDLParser.js", "resources/webidl2/lib/webidl2.js")];

#[derive(Debug)]
pub(super) struct Checkout {
    root: PathBuf,
}

/// One run of a test file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Test {
    /// Its path in the checkout.
    pub(super) file: String,
    /// The query of its URL, with the question mark, or nothing.
    pub(super) variant: String,
    /// The scripts before it, as paths in the checkout.
    pub(super) scripts: Vec<String>,
    /// Whether it says that it takes long.
    pub(super) is_long: bool,
}

impl Test {
    /// The name in the results.
    pub(super) fn name(&self) -> String {
        format!("{}{}", self.file, self.variant)
    }

    /// A script that runs its scripts itself.
    pub(super) fn is_worker(&self) -> bool {
        self.file.ends_with(".worker.js")
    }

    /// The path of the URL under which a browser would run it.
    pub(super) fn location(&self) -> String {
        let file = self.file.strip_suffix(".any.js");
        file.map_or_else(|| self.name(), |file| format!("{file}.any.worker.js{}", self.variant))
    }
}

impl Checkout {
    pub(super) fn open(root: &Path) -> Result<Self> {
        let harness = root.join(super::worker::HARNESS);
        if !harness.is_file() {
            let message = format!(
                "{} is no checkout of the tests: it has no {}",
                root.display(),
                super::worker::HARNESS
            );
            return Err(Failure::new(message));
        }
        Ok(Self { root: root.to_owned() })
    }

    pub(super) fn text(&self, path: &str) -> Result<String> {
        let alias = ALIASES.iter().find(|(alias, _)| *alias == path);
        let path = alias.map_or(path, |(_, path)| path);
        let file = self.root.join(path);
        let bytes = fs::read(&file).during(file.display())?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// All tests that a worker can run, in the order of their paths; only those whose path begins like one of the
    /// prefixes, if there are any.
    pub(super) fn tests(&self, prefixes: &[String]) -> Result<Vec<Test>> {
        let mut files = Vec::new();
        self.walk("", &mut files)?;
        files.sort();
        files.retain(|file| {
            prefixes.is_empty() || prefixes.iter().any(|prefix| file.starts_with(prefix.as_str()))
        });
        let mut tests = Vec::new();
        for file in files {
            tests.extend(of_file(&file, &self.text(&file)?));
        }
        Ok(tests)
    }

    fn walk(&self, path: &str, files: &mut Vec<String>) -> Result {
        let directory = self.root.join(path);
        for entry in fs::read_dir(&directory).during(directory.display())? {
            let entry = entry.during(directory.display())?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            if entry.file_type().during(&below)?.is_dir() {
                if !NO_TESTS.contains(&name.as_str()) {
                    self.walk(&below, files)?;
                }
            } else if is_test(&name) {
                files.push(below);
            }
        }
        Ok(())
    }
}

/// `x.h2.any.js` wants a server that speaks HTTP/2.
fn is_test(name: &str) -> bool {
    (name.ends_with(".any.js") || name.ends_with(".worker.js")) && !name.contains(".h2.")
}

/// The runs of a file: none if it cannot run in a worker.
fn of_file(file: &str, text: &str) -> Vec<Test> {
    let mut test =
        Test { file: file.to_owned(), variant: String::new(), scripts: Vec::new(), is_long: false };
    let mut variants = Vec::new();
    for (key, value) in meta(text) {
        match key {
            "global" if !value.split(',').map(str::trim).any(is_worker_global) => return Vec::new(),
            "script" => test.scripts.push(from_file(file, value)),
            "timeout" => test.is_long = value == "long",
            "variant" => variants.push(value.to_owned()),
            _ => {}
        }
    }
    if variants.is_empty() {
        return vec![test];
    }
    variants.into_iter().map(|variant| Test { variant, ..test.clone() }).collect()
}

fn is_worker_global(name: &str) -> bool {
    matches!(name, "worker" | "dedicatedworker" | "jsshell")
}

fn meta(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().map_while(|line| {
        let meta =
            line.trim_start_matches('\u{feff}').strip_prefix("//")?.trim_start().strip_prefix("META:")?;
        let (key, value) = meta.split_once('=')?;
        Some((key.trim(), value.trim()))
    })
}

/// What a URL in a file means, as a path in the checkout; without its query.
pub(super) fn from_file(file: &str, url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut parts: Vec<&str> = if url.starts_with('/') { Vec::new() } else { directory.split('/').collect() };
    for part in url.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_it_needs() {
        let text = "// META: global=window,worker\n// META: script=../a.js\n//META: script=/b/c.js?x\n// META: variant=?1\n\
                    // META: variant=?2\n// META: timeout=long\n\n// META: script=late.js\n";
        let tests = of_file("x/y/z.any.js", text);
        assert_eq!(tests.iter().map(Test::name).collect::<Vec<_>>(), ["x/y/z.any.js?1", "x/y/z.any.js?2"]);
        assert_eq!(tests[0].scripts, ["x/a.js", "b/c.js"]);
        assert!(tests[0].is_long);
        assert_eq!(tests[0].location(), "x/y/z.any.worker.js?1");
    }

    #[test]
    fn what_no_worker_can_run_is_left_out() {
        assert_eq!(of_file("a.any.js", "// META: global=window\n"), []);
        assert_eq!(of_file("a.any.js", "").len(), 1);
        assert!(is_test("a.worker.js") && !is_test("a.window.js") && !is_test("a.h2.any.js"));
    }
}
