//! What Deno passes of the same tests, kept beside what is expected of the runner.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cargo;
use crate::failure::{During, Result};

/// How many subtests pass in each directory.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Beside {
    pub(super) version: String,
    pub(super) passed: BTreeMap<String, usize>,
}

impl Beside {
    /// `None` if nobody has looked.
    pub(super) fn read(file: &Path) -> Result<Option<Self>> {
        if !file.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(file).during(file.display())?;
        serde_json::from_str(&text).during(file.display()).map(Some)
    }

    pub(super) fn write(&self, file: &Path) -> Result {
        let text = serde_json::to_string_pretty(self).during(file.display())?;
        fs::write(file, format!("{text}\n")).during(file.display())
    }
}

/// The version of a Deno: `deno 2.9.6 (stable, …)` in the first line of what it says.
pub(super) fn version(deno: &Path) -> Result<String> {
    let said = cargo::read(cargo::program(deno).arg("--version"))?;
    Ok(said.split_whitespace().nth(1).unwrap_or_default().to_owned())
}
