//! `cargo xtask wpt DIR`: the web platform tests, from a checkout that the user has.
//!
//! ```text
//! checkout ─► tests (file × variant) ─► a worker each ─► `runner run`, several at a time ─► results as JSON
//!                                          │ fetch()
//!                                          ▼
//!                              file server of the checkout (two ports: two origins)
//! ```
//!
//! A test file becomes a worker: testharness.js, its scripts, the test and `glue.js`, which provides what a worker of a
//! browser has and one of a server has not (a location on the network, and URLs that are relative to it). The answer to its one request is
//! the list of its subtests. The results are compared with [`EXPECTATIONS`], where every failure has a reason.

mod beside;
mod checkout;
mod expectations;
mod interfaces;
mod page;
mod results;
mod runs;
mod server;
mod worker;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo;
use crate::failure::{During, Failure, Result};
use crate::output;
use beside::Beside;
use checkout::Checkout;
use expectations::Expectations;
use results::{Counts, FileResult};
use runs::Program;
use server::Server;

/// What fails, and why.
const EXPECTATIONS: &str = "crates/exec/tests/wpt-expectations.json";
/// What Deno passes.
const BESIDE: &str = "crates/exec/tests/wpt-deno.json";
/// What of the standards is there.
const PAGE: &str = "docs/web-apis.md";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A checkout of the web platform tests, or the part of it that is of interest, with `resources` and `common`
    checkout: PathBuf,
    /// Only the tests whose path begins like this; can be given several times
    #[arg(long, value_name = "PREFIX")]
    filter: Vec<String>,
    /// Write what fails and what is there into the expectations and, if all tests were run, into the page of Web APIs
    #[arg(long)]
    update: bool,
    /// With --update: why that fails which was not expected to
    #[arg(long, value_name = "SENTENCE", requires = "update")]
    reason: Option<String>,
    /// Print the failures with their messages, expected ones too
    #[arg(long)]
    failures: bool,
    /// With the release build of the runner
    #[arg(long)]
    release: bool,
    /// With this program instead of one that is built now
    #[arg(long, value_name = "FILE")]
    runner: Option<PathBuf>,
    /// Run them in this Deno, too, and print what it passes; with --update, if all tests were run, the page has it
    #[arg(long, value_name = "FILE")]
    deno: Option<PathBuf>,
    /// How many tests run at a time [default: one for each core]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Compare with this file
    #[arg(long, value_name = "FILE", hide = true)]
    expectations: Option<PathBuf>,
    /// Keep what Deno passes in this file
    #[arg(long, value_name = "FILE", hide = true)]
    beside: Option<PathBuf>,
    /// Write the page of Web APIs to this file
    #[arg(long, value_name = "FILE", hide = true)]
    page: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let file = arguments.expectations.clone().unwrap_or_else(|| cargo::root().join(EXPECTATIONS));
    let mut expectations = Expectations::read(&file)?;
    let checkout = Checkout::open(&arguments.checkout)?;
    let tests = checkout.tests(&arguments.filter)?;
    if tests.is_empty() {
        return Err(Failure::new("no test: nothing in the checkout matches the filter"));
    }
    let target = cargo::target_directory()?;
    let program = Program::runner(program(arguments, &target)?, &target.join("wpt"))?;
    let server = Server::start(&arguments.checkout)?;
    let jobs = arguments.jobs.unwrap_or_else(runs::cores);
    let results = runs::all(&program, &checkout, &server, &tests, jobs)?;
    let beside = match &arguments.deno {
        Some(file) => {
            let version = beside::version(file)?;
            let deno = Program::deno(file.clone(), &target.join("wpt-deno"))?;
            let results = runs::all(&deno, &checkout, &server, &tests, jobs)?;
            if arguments.failures {
                output::line("What fails in Deno:");
                print_failures(&results, &expectations);
                output::line("What fails here:");
            }
            let counts = results::by_directory(&results).into_iter();
            Some(Beside { version, passed: counts.map(|(name, counts)| (name, counts.passed)).collect() })
        }
        None => None,
    };
    drop(server);

    let counts = results::by_directory(&results);
    report(&counts, beside.as_ref());
    if arguments.failures {
        print_failures(&results, &expectations);
    }
    let is_whole = arguments.filter.is_empty();
    if arguments.update {
        expectations.update(&results, is_whole, arguments.reason.as_deref())?;
        expectations.write(&file)?;
        if is_whole {
            let globals = interfaces::inspect(&program)?;
            let beside_file = arguments.beside.clone().unwrap_or_else(|| cargo::root().join(BESIDE));
            if let Some(beside) = &beside {
                beside.write(&beside_file)?;
            }
            let beside = Beside::read(&beside_file)?;
            let page_file = arguments.page.clone().unwrap_or_else(|| cargo::root().join(PAGE));
            let text = page::text(&globals, &results, &counts, beside.as_ref(), &expectations);
            fs::write(&page_file, text).during(page_file.display())?;
        }
    }
    let surprises = expectations.compare(&results, is_whole);
    if surprises.is_empty() {
        return Ok(());
    }
    for surprise in &surprises {
        output::line(surprise);
    }
    Err(Failure::new(format!("{} surprises", surprises.len())))
}

fn program(arguments: &Arguments, target: &Path) -> Result<PathBuf> {
    if let Some(program) = &arguments.runner {
        return Ok(program.clone());
    }
    let mut build = cargo::cargo(["build", "--package", "runner"]);
    if arguments.release {
        build.arg("--release");
    }
    cargo::run(&mut build)?;
    Ok(target.join(if arguments.release { "release" } else { "debug" }).join("runner"))
}

fn report(counts: &BTreeMap<String, Counts>, beside: Option<&Beside>) {
    output::table(&results::table(counts, beside), 1);
}

/// What fails, with the messages of the tests: to be read by whoever mends it.
fn print_failures(results: &[FileResult], expectations: &Expectations) {
    for result in results {
        for (name, message) in result.failures() {
            let mark = if expectations.expects(&result.test, name) { " " } else { "!" };
            let name = name.escape_debug();
            output::line(format_args!("{mark} {} | {name} | {}", result.test, message.escape_debug()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory for one test, which goes with it.
    pub(super) struct Directory(PathBuf);

    impl Directory {
        pub(super) fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-wpt-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        pub(super) fn path(&self) -> &Path {
            &self.0
        }

        fn write(&self, path: &str, text: &str) {
            let file = self.0.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// As much of a harness as the glue asks for.
    const HARNESS: &str = "
        const tests = [];
        let completed;
        var add_completion_callback = (callback) => { completed = callback };
        var promise_test = (body, name) => tests.push({ body, name });
        var timeout = () => {};
        var done = async () => {
          const results = [];
          for (const { body, name } of tests) {
            try {
              await body();
              results.push({ name, status: 0, message: null });
            } catch (error) {
              results.push({ name, status: 1, message: error });
            }
          }
          completed(results, { status: 0, message: null });
        };
    ";

    const TEST: &str = "// META: script=../common/names.js
        promise_test(async () => {
          const response = await fetch('data.txt');
          if (await response.text() !== NAME) throw new Error('another text');
        }, 'a relative URL');
        promise_test(async () => {
          if (new Request('x').url !== String(new URL('x', location))) throw new Error('another URL');
          if (!GLOBAL.isWorker()) throw new Error('elsewhere');
        }, 'a location');
        promise_test(async () => { throw new Error('as it should') }, 'a failure');
    ";

    fn checkout() -> Directory {
        let directory = Directory::new("checkout");
        directory.write(worker::HARNESS, HARNESS);
        directory.write("common/names.js", "const NAME = 'seen';");
        directory.write("a/data.txt", "seen");
        directory.write("a/one.any.js", TEST);
        directory.write("a/two.worker.js", "importScripts('two.js'); done();");
        directory.write("a/two.js", "promise_test(async () => {}, 'imported');");
        directory.write("a/throws.any.js", "throw new Error('at once')");
        directory.write("a/page.any.js", "// META: global=window\n");
        directory
    }

    fn arguments(checkout: &Directory) -> Arguments {
        Arguments {
            checkout: checkout.path().to_owned(),
            filter: Vec::new(),
            update: false,
            reason: None,
            failures: false,
            release: false,
            runner: built_runner(),
            jobs: Some(2),
            deno: None,
            expectations: Some(checkout.path().join("expectations.json")),
            beside: Some(checkout.path().join("beside.json")),
            page: Some(checkout.path().join("page.md")),
        }
    }

    /// The program that `cargo test --workspace` has built; if there is none, it is built now.
    fn built_runner() -> Option<PathBuf> {
        let tests = std::env::current_exe().ok()?;
        let runner = tests.parent()?.parent()?.join("runner");
        runner.is_file().then_some(runner)
    }

    #[test]
    fn a_checkout_is_run_and_compared() {
        let checkout = checkout();
        let given = arguments(&checkout);
        let told = run(&given).unwrap_err().to_string();
        assert_eq!(told, "2 surprises");

        let refused = run(&Arguments { update: true, ..arguments(&checkout) });
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("a/one.any.js | a failure | failed: Error: as it should")
        );
        let reason = Some("Made to fail.".to_owned());
        run(&Arguments { update: true, reason, ..arguments(&checkout) }).unwrap();
        run(&given).unwrap();

        let expectations = fs::read_to_string(given.expectations.as_ref().unwrap()).unwrap();
        let expectations: serde_json::Value = serde_json::from_str(&expectations).unwrap();
        let fails = serde_json::json!({ "a/one.any.js": ["a failure"], "a/throws.any.js": "all" });
        assert_eq!(expectations[0]["fails"], fails);
        let page = fs::read_to_string(given.page.as_ref().unwrap()).unwrap();
        assert!(
            page.contains("| a | 3 | 3 | 4 | 75.0 |") && page.contains("| 2 | Made to fail. |"),
            "{page}"
        );
        assert!(page.contains("| `AbortController` | `signal`, `abort` |  |"), "{page}");
    }
}
