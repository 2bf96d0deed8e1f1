//! The text of the worker that runs a test.

use std::collections::BTreeMap;

use serde_json::json;

use super::checkout::{Checkout, Test, from_file};
use super::server::{Ports, template};
use crate::failure::{During, Result};

/// The harness of all tests, as a path in the checkout.
pub(super) const HARNESS: &str = "resources/testharness.js";

const GLUE: &str = include_str!("glue.js");

/// How long a test waits for what does not come, in milliseconds; half of what browsers are given, whose machines are
/// slower.
const PATIENCE: u32 = 10_000;
const LONG_PATIENCE: u32 = 60_000;

pub(super) fn patience(test: &Test) -> u32 {
    if test.is_long { LONG_PATIENCE } else { PATIENCE }
}

/// A module whose `fetch` handler runs the test.
pub(super) fn text(checkout: &Checkout, test: &Test, ports: Ports) -> Result<String> {
    let script = |path: &str| -> Result<String> {
        let text = checkout.text(path)?;
        Ok(if path.contains(".sub.") { template(&text, ports, "") } else { text })
    };
    let mut before = Vec::new();
    for path in &test.scripts {
        before.push(json!({ "url": format!("/{path}"), "text": script(path)? }));
    }
    let main = script(&test.file)?;
    let mut imported = BTreeMap::new();
    let mut texts = vec![(test.file.clone(), main.clone())];
    while let Some((file, text)) = texts.pop() {
        for url in imports(&text) {
            let path = from_file(&file, url);
            if imported.contains_key(&path) {
                continue;
            }
            // What is missing is an exception of the test's that asks for it.
            if let Ok(text) = script(&path) {
                imported.insert(path.clone(), text.clone());
                texts.push((path, text));
            }
        }
    }
    let test = json!({
        "harness": checkout.text(HARNESS)?,
        "imported": imported,
        "isWorker": test.is_worker(),
        "location": format!("{}/{}", ports.origin(), test.location()),
        "patience": patience(test),
        "scripts": before,
        "text": main,
        "url": format!("/{}", test.file),
    });
    let test = serde_json::to_string(&test).during("writing a test as JSON")?;
    Ok(GLUE.replacen("{ \"the test\": \"is written here\" }", &test, 1))
}

/// The URLs that a text gives to `importScripts` literally.
fn imports(text: &str) -> Vec<&str> {
    let calls = text.split("importScripts(").skip(1);
    let arguments = calls.filter_map(|rest| rest.split(')').next());
    let quoted = arguments.flat_map(|arguments| arguments.split(['"', '\'', '`']).skip(1).step_by(2));
    quoted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found() {
        let text = "importScripts('/a.js', \"b.js\");\nif (x) { importScripts(`c.js`) }\nimportScripts(name)";
        assert_eq!(imports(text), ["/a.js", "b.js", "c.js"]);
    }
}
