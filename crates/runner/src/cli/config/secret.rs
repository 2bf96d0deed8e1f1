//! Variables whose values are somewhere else than in the configuration.
//!
//! A value goes from its file, or from the environment of the process, into the environment of the worker. It is in no
//! type that prints itself, in no error, and no flag takes it: the command line of a process is for everybody to read.

use std::io;
use std::path::Path;

use runner::workers::read_text;
use schemars::JsonSchema;
use serde::Deserialize;

/// What is expected where somebody wrote something else, of which nothing is told.
pub(super) const NOT_WRITTEN_HERE: &str =
    "{ file = \"PATH\" } or { env = \"NAME\" }: a secret is not written into a configuration";

/// Where a secret is: `file` or `env`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "{ file = \"PATH\" } or { env = \"NAME\" }: a secret is not written into a configuration"
)]
pub(super) struct SecretSource {
    /// A file with nothing but the secret; a line end after it is not a part of it.
    #[schemars(with = "String")]
    file: Option<String>,
    /// A variable of the server's environment.
    #[schemars(with = "String")]
    env: Option<String>,
}

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum SecretError {
    #[error("expected either `file` or `env`")]
    NotOne,
    #[error("cannot read `{file}`: {error}")]
    Read { file: String, error: io::Error },
    #[error("the server's environment has no variable `{0}`")]
    NoVariable(String),
    #[error("the variable `{0}` of the server's environment is not UTF-8")]
    NotUnicode(String),
}

impl SecretSource {
    /// The secret. A relative file is relative to `base`.
    pub(super) fn read(&self, base: &Path) -> Result<String, SecretError> {
        match (&self.file, &self.env) {
            (Some(file), None) => match read_text(&base.join(file)) {
                Ok(mut secret) => {
                    let line_end = ["\r\n", "\n"].into_iter().find(|end| secret.ends_with(end));
                    secret.truncate(secret.len() - line_end.map_or(0, str::len));
                    Ok(secret)
                }
                Err(error) => Err(SecretError::Read { file: file.clone(), error }),
            },
            (None, Some(name)) => std::env::var(name).map_err(|error| match error {
                std::env::VarError::NotPresent => SecretError::NoVariable(name.clone()),
                std::env::VarError::NotUnicode(_) => SecretError::NotUnicode(name.clone()),
            }),
            _ => Err(SecretError::NotOne),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_told_of_a_secret_that_is_written_down() {
        let error =
            toml::from_str::<std::collections::BTreeMap<String, SecretSource>>("A = 'hunter2'").unwrap_err();
        assert!(error.message().ends_with(NOT_WRITTEN_HERE), "{}", error.message());
    }
}
