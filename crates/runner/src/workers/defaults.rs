//! What a server gives to workers of which nothing else is said.

use std::collections::BTreeMap;
use std::fmt;

use derive_setters::Setters;

use super::definition::WorkerDefinition;

/// What the workers that others deploy have in common with those that were read: whoever makes a definition of what an
/// administrator sends applies it. Its `Debug` has the names of the variables only.
#[derive(Clone, Default, PartialEq, Eq, Setters)]
#[setters(prefix = "with_")]
#[non_exhaustive]
pub struct WorkerDefaults {
    /// Variables of every worker; its own go before them.
    pub environment: BTreeMap<String, String>,
    /// Variables of every worker that go before its own.
    pub overrides: BTreeMap<String, String>,
    /// Whether a worker whose settings say nothing of it has the globals of Node.js.
    pub nodejs_compat: bool,
}

impl WorkerDefaults {
    /// The environment of a worker with these variables of its own.
    pub fn environment_of(&self, own: BTreeMap<String, String>) -> BTreeMap<String, String> {
        [&self.environment, &own, &self.overrides]
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Says of a worker what its settings leave open.
    pub fn complete_settings(&self, definition: &mut WorkerDefinition) {
        if self.nodejs_compat {
            definition.settings.nodejs_compat.get_or_insert(true);
        }
    }
}

impl fmt::Debug for WorkerDefaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { environment, overrides, nodejs_compat } = self;
        f.debug_struct("WorkerDefaults")
            .field("environment", &environment.keys())
            .field("overrides", &overrides.keys())
            .field("nodejs_compat", nodejs_compat)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(text: &str) -> BTreeMap<String, String> {
        let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_workers_own_variables_stand_between_the_two() {
        let defaults = WorkerDefaults::default()
            .with_environment(variables("a=below b=below c=below"))
            .with_overrides(variables("c=above"));
        let environment = defaults.environment_of(variables("b=own c=own d=own"));
        assert_eq!(environment, variables("a=below b=own c=above d=own"));
        assert!(!format!("{defaults:?}").contains("below"));
    }
}
