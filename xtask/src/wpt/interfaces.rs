//! Which of the interfaces of ECMA-429 a worker has.

use std::time::Duration;

use serde_json::{Value, json};

use super::runs::Program;
use crate::failure::{During, Failure, Result};

const TABLE: &str = include_str!("interfaces.txt");
const INSPECT: &str = include_str!("inspect.js");

const PATIENCE: Duration = Duration::from_secs(60);

/// An interface, or an object with members.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) name: String,
    /// The members, and whether each is there; those of the constructor begin with a point.
    pub(super) members: Vec<(String, bool)>,
    pub(super) is_there: bool,
}

/// Asks a worker for what it has.
pub(super) fn inspect(program: &Program) -> Result<Vec<Interface>> {
    let table = json!(rows()).to_string();
    let text = INSPECT.replacen("[[\"the table\", \"is written here\"]]", &table, 1);
    let answer = program.call("inspect", &text, PATIENCE).map_err(Failure::new)?;
    let answer: Value = serde_json::from_slice(&answer).during("reading which interfaces there are")?;
    let missing = answer.as_array().filter(|missing| missing.len() == rows().len());
    let missing = missing.ok_or_else(|| Failure::new("the worker did not say which interfaces it has"))?;
    Ok(rows().iter().zip(missing).map(|(row, missing)| interface(row, missing)).collect())
}

fn rows() -> Vec<Vec<&'static str>> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split_whitespace().collect()).collect()
}

fn interface(row: &[&str], missing: &Value) -> Interface {
    let lacks = |member: &str| {
        missing.as_array().is_none_or(|missing| missing.iter().any(|name| name.as_str() == Some(member)))
    };
    Interface {
        name: row[0].to_owned(),
        members: row[1..].iter().map(|&member| (member.to_owned(), !lacks(member))).collect(),
        is_there: !missing.is_null(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_lacks_what_the_worker_says() {
        let there = interface(&["A", "b", ".c"], &json!([".c"]));
        assert_eq!(there.members, [("b".to_owned(), true), (".c".to_owned(), false)]);
        assert!(there.is_there);
        let gone = interface(&["A", "b"], &Value::Null);
        assert!(!gone.is_there && !gone.members[0].1);
    }

    #[test]
    fn the_table_has_rows() {
        assert!(rows().iter().any(|row| row[0] == "ReadableStream" && row.contains(&"pipeTo")));
    }
}
