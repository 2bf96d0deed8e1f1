//! From a tree to a type, with every problem in it.
//!
//! `serde` stops at the first error. So whatever an error is about is taken out of the tree, and the rest is read again,
//! until nothing is wrong or there are more problems than anybody reads. The types that are read this way have no
//! required fields: what is missing is for their user to find.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::de::{DeArray, DeTable, DeValue, ValueDeserializer};

use super::problem::{Problem, Quoted, Report, similar};
use super::secret::NOT_WRITTEN_HERE;
use super::syntax::Node;

/// Attempts at reading a value; each but the last one finds a problem.
const ATTEMPTS: usize = 64;

/// Reads a table; its place is `span`.
pub(super) fn read_table<T>(table: DeTable<'_>, span: Range<usize>, report: &mut Report) -> T
where
    T: DeserializeOwned + Default,
{
    read(Node::new(span, DeValue::Table(table)), report)
}

/// Reads a value. What is wrong with it is in the report, and left out.
pub(super) fn read<T: DeserializeOwned + Default>(mut node: Node<'_>, report: &mut Report) -> T {
    for _ in 0..ATTEMPTS {
        let error = match T::deserialize(ValueDeserializer::from(node.clone())) {
            Ok(value) => return value,
            Err(error) => error,
        };
        let problem = problem_of(error.message());
        let Some(span) = error.span() else {
            report.push(problem.at(node.span()));
            break;
        };
        report.push(problem.at(span.clone()));
        if !remove(node.get_mut(), &span) {
            break;
        }
    }
    T::default()
}

/// What `serde` says, in the words of a user of the file.
fn problem_of(message: &str) -> Problem {
    if let Some(names) = message.strip_prefix("unknown field `") {
        let mut names = names.split('`').step_by(2);
        let unknown = names.next().unwrap_or_default();
        return unknown_key(unknown, &names.collect::<Vec<_>>());
    }
    if let Some((_, expected)) =
        message.split_once(", expected ").filter(|(_, text)| *text == NOT_WRITTEN_HERE)
    {
        return Problem::error(format!("expected {expected}"));
    }
    const WORDS: [(&str, &str); 7] = [
        ("expected a nonzero u32", "expected a whole number above 0"),
        ("expected u32", "expected a whole number"),
        ("expected usize", "expected a whole number"),
        ("expected a sequence", "expected an array"),
        ("expected a map", "expected a table"),
        ("invalid type: sequence", "invalid type: array"),
        ("invalid type: map", "invalid type: table"),
    ];
    // What is in a string of a wrong place may be a secret.
    let mut message = match (message.find(" string \""), message.rfind("\", expected ")) {
        (Some(start), Some(end)) if start < end => {
            format!("{} string{}", &message[..start], &message[end + 1..])
        }
        _ => message.to_owned(),
    };
    for (theirs, ours) in WORDS {
        message = message.replace(theirs, ours);
    }
    Problem::error(Quoted(&message).to_string())
}

/// A key that nobody knows, and one that may be meant.
pub(super) fn unknown_key(name: &str, known: &[&str]) -> Problem {
    let problem = Problem::error(format!("unknown key `{}`", Quoted(name)));
    match similar(name, known.iter().copied()) {
        Some(similar) => problem.label(format!("did you mean `{similar}`?")),
        None if known.is_empty() => problem,
        None => problem.help(format!("the keys here are {}", super::problem::alternatives(known))),
    }
}

/// Takes out what is at `span`: an entry with this key or value, or an element. Returns whether there was one.
fn remove(value: &mut DeValue<'_>, span: &Range<usize>) -> bool {
    match value {
        DeValue::Table(table) => {
            if table.iter_mut().any(|(_, value)| remove(value.get_mut(), span)) {
                return true;
            }
            let before = table.len();
            *table = std::mem::take(table)
                .into_iter()
                .filter(|(key, value)| key.span() != *span && value.span() != *span)
                .collect();
            table.len() < before
        }
        DeValue::Array(array) => {
            if array.iter_mut().any(|element| remove(element.get_mut(), span)) {
                return true;
            }
            let Some(index) = array.iter().position(|element| element.span() == *span) else { return false };
            let mut kept = DeArray::new();
            for (position, element) in std::mem::replace(array, DeArray::new()).into_iter().enumerate() {
                if position != index {
                    kept.push(element);
                }
            }
            *array = kept;
            true
        }
        _ => false,
    }
}
