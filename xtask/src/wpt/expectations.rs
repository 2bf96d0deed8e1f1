//! What is expected to fail, and why.
//!
//! The file is a list of groups:
//!
//! ```json
//! [{ "reason": "There is no cache.", "fails": { "fetch/api/x.any.js": ["a subtest"], "fetch/api/y.any.js?1": "all" } }]
//! ```
//!
//! `"all"` is a file of which nothing passes. Everything that is named must fail, and everything that fails must be named:
//! what passes and was not expected to is a surprise, too, so the file never claims too little.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::results::FileResult;
use crate::failure::{During, Failure, Result};

const ALL: &str = "all";

/// What of a file fails.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fails {
    All,
    These(BTreeSet<String>),
}

/// By reason, then by test.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expectations {
    groups: BTreeMap<String, BTreeMap<String, Fails>>,
}

impl Expectations {
    /// A file that is not there expects everything to pass.
    pub(super) fn read(file: &Path) -> Result<Self> {
        if !file.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(file).during(file.display())?;
        let value = serde_json::from_str(&text).during(file.display())?;
        Self::of_json(&value).during(file.display())
    }

    fn of_json(value: &Value) -> Result<Self> {
        let wrong = || {
            Failure::new("expected a list of { \"reason\": \"…\", \"fails\": { \"test\": [\"subtest\"] } }")
        };
        let mut groups = BTreeMap::<String, BTreeMap<String, Fails>>::new();
        for group in value.as_array().ok_or_else(wrong)? {
            let reason = group["reason"].as_str().map(str::trim).filter(|reason| !reason.is_empty());
            let reason = reason.ok_or_else(|| Failure::new("a group has no reason"))?;
            let group_tests = groups.entry(reason.to_owned()).or_default();
            for (test, fails) in group["fails"].as_object().ok_or_else(wrong)? {
                let fails = match fails {
                    Value::String(all) if all == ALL => Fails::All,
                    Value::Array(names) => {
                        let names = names.iter().map(|name| name.as_str().map(str::to_owned));
                        Fails::These(names.collect::<Option<_>>().ok_or_else(wrong)?)
                    }
                    _ => return Err(wrong()),
                };
                group_tests.insert(test.clone(), fails);
            }
        }
        Ok(Self { groups })
    }

    fn to_json(&self) -> Value {
        let group = |(reason, tests): (&String, &BTreeMap<String, Fails>)| {
            let fails: Map<String, Value> = tests
                .iter()
                .map(|(test, fails)| {
                    let fails = match fails {
                        Fails::All => json!(ALL),
                        Fails::These(names) => json!(names),
                    };
                    (test.clone(), fails)
                })
                .collect();
            json!({ "reason": reason, "fails": fails })
        };
        Value::Array(self.groups.iter().map(group).collect())
    }

    pub(super) fn write(&self, file: &Path) -> Result {
        fs::write(file, format!("{:#}\n", self.to_json())).during(file.display())
    }

    /// The reason why this fails, if it is expected to.
    fn reason(&self, test: &str, name: &str) -> Option<&str> {
        let mut groups = self.groups.iter();
        groups.find_map(|(reason, tests)| match tests.get(test)? {
            Fails::All => Some(reason.as_str()),
            Fails::These(names) => names.contains(name).then_some(reason.as_str()),
        })
    }

    pub(super) fn expects(&self, test: &str, name: &str) -> bool {
        self.reason(test, name).is_some()
    }

    /// How many failures each reason stands for.
    pub(super) fn reasons(&self, results: &[FileResult]) -> Vec<(usize, &str)> {
        let mut counts = BTreeMap::<&str, usize>::new();
        for result in results {
            for (name, _) in result.failures() {
                if let Some(reason) = self.reason(&result.test, name) {
                    *counts.entry(reason).or_default() += 1;
                }
            }
        }
        let mut counts: Vec<_> = counts.into_iter().map(|(reason, count)| (count, reason)).collect();
        counts.sort_by(|a, b| b.cmp(a));
        counts
    }

    /// What is not as it was expected, a line for each. With the results of all tests, expectations of tests that are
    /// not there are among it.
    pub(super) fn compare(&self, results: &[FileResult], is_whole: bool) -> Vec<String> {
        let mut surprises = Vec::new();
        for result in results {
            let test = &result.test;
            let failing: BTreeMap<_, _> = result.failures().collect();
            for (name, why) in &failing {
                if !self.expects(test, name) {
                    surprises.push(format!("unexpected failure: {test} | {name} | {why}"));
                }
            }
            for tests in self.groups.values() {
                match tests.get(test) {
                    Some(Fails::All) if result.passed() > 0 || failing.is_empty() => {
                        surprises.push(format!("unexpected pass: {test} | not everything fails"));
                    }
                    Some(Fails::These(names)) => {
                        let passing = names.iter().filter(|name| !failing.contains_key(name.as_str()));
                        surprises.extend(passing.map(|name| format!("unexpected pass: {test} | {name}")));
                    }
                    _ => {}
                }
            }
        }
        if is_whole {
            surprises
                .extend(self.gone(results).map(|test| format!("expected to fail, and not there: {test}")));
        }
        surprises
    }

    fn gone<'a>(&'a self, results: &[FileResult]) -> impl Iterator<Item = &'a str> {
        let there: BTreeSet<String> = results.iter().map(|result| result.test.clone()).collect();
        let named = self.groups.values().flat_map(BTreeMap::keys).map(String::as_str);
        named.filter(move |test| !there.contains(*test))
    }

    /// Makes the results what is expected. What goes on failing keeps its reason; what is new has the one given, or that
    /// of all else that fails in the file.
    ///
    /// # Errors
    ///
    /// If there are new failures and no reason.
    pub(super) fn update(&mut self, results: &[FileResult], is_whole: bool, reason: Option<&str>) -> Result {
        let mut groups = BTreeMap::<String, BTreeMap<String, Fails>>::new();
        if !is_whole {
            let ran: BTreeSet<_> = results.iter().map(|result| &result.test).collect();
            for (reason, tests) in &self.groups {
                let kept = tests.iter().filter(|(test, _)| !ran.contains(test));
                groups.insert(
                    reason.clone(),
                    kept.map(|(test, fails)| (test.clone(), fails.clone())).collect(),
                );
            }
        }
        let mut without_reason = Vec::new();
        for result in results {
            let test = &result.test;
            let mut by_reason = BTreeMap::<&str, BTreeSet<String>>::new();
            for (name, why) in result.failures() {
                match self.reason(test, name).or(reason) {
                    Some(reason) => {
                        by_reason.entry(reason).or_default().insert(name.to_owned());
                    }
                    None => without_reason.push(format!("{test} | {name} | {why}")),
                }
            }
            let all = result.passed() == 0 && by_reason.len() == 1;
            for (reason, names) in by_reason {
                let fails = if all { Fails::All } else { Fails::These(names) };
                groups.entry(reason.to_owned()).or_default().insert(test.clone(), fails);
            }
        }
        if !without_reason.is_empty() {
            return Err(Failure::new(format!(
                "{} failures have no reason; give one with --reason, and --filter for what it is true of:\n{}",
                without_reason.len(),
                without_reason.join("\n")
            )));
        }
        groups.retain(|_, tests| !tests.is_empty());
        self.groups = groups;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(test: &str, subtests: &[(&str, bool)]) -> FileResult {
        let subtest = |&(name, passes): &(&str, bool)| (name.to_owned(), (!passes).then(|| "no".to_owned()));
        FileResult { test: test.into(), subtests: subtests.iter().map(subtest).collect(), broken: None }
    }

    fn expectations() -> Expectations {
        let value = json!([{ "reason": "Not there.", "fails": { "a": ["x"], "b": "all" } }]);
        Expectations::of_json(&value).unwrap()
    }

    #[test]
    fn what_is_as_expected_is_no_surprise() {
        let results = [result("a", &[("x", false), ("y", true)]), result("b", &[("z", false)])];
        assert_eq!(expectations().compare(&results, true), [] as [String; 0]);
        assert_eq!(expectations().reasons(&results), [(2, "Not there.")]);
    }

    #[test]
    fn failures_and_passes_that_nobody_expected_are_told() {
        let results = [result("a", &[("x", true), ("y", false)]), result("b", &[("z", true), ("w", false)])];
        let told = expectations().compare(&results, true);
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(told[0], "unexpected failure: a | y | no");
        assert!(told[1].starts_with("unexpected pass: a | x") && told[2].starts_with("unexpected pass: b"));
        assert_eq!(expectations().compare(&[], true).len(), 2);
        assert_eq!(expectations().compare(&[], false).len(), 0);
    }

    #[test]
    fn an_update_keeps_reasons_and_wants_one_for_what_is_new() {
        let mut updated = expectations();
        let results = [result("a", &[("x", false), ("y", false), ("w", true)]), result("c", &[("v", true)])];
        let refused = updated.update(&results, true, None).unwrap_err().to_string();
        assert!(refused.contains("a | y | no"), "{refused}");
        assert_eq!(updated, expectations());
        updated.update(&results, true, Some("New.")).unwrap();
        let expected = json!([
            { "reason": "New.", "fails": { "a": ["y"] } },
            { "reason": "Not there.", "fails": { "a": ["x"] } },
        ]);
        assert_eq!(updated.to_json(), expected);
        // A part of the tests leaves the expectations of the others alone.
        updated.update(&[result("d", &[("u", false)])], false, Some("New.")).unwrap();
        assert_eq!(updated.to_json()[0]["fails"], json!({ "a": ["y"], "d": "all" }));
    }

    #[test]
    fn a_group_without_a_reason_is_refused() {
        assert!(Expectations::of_json(&json!([{ "reason": " ", "fails": {} }])).is_err());
        assert!(Expectations::of_json(&json!([{ "reason": "x", "fails": { "a": 1 } }])).is_err());
    }
}
