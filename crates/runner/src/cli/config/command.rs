//! `runner config`.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Command, FromArgMatches, Subcommand};

use super::{Configuration, schema};
use crate::cli::serve::ServeArgs;
use crate::cli::{self, Cli, CliError};

/// What `runner config --help` ends with.
pub(in crate::cli) const EXAMPLES: &str = "Examples:
  runner config check                   The configuration of this directory
  runner config check etc/runner.toml
  runner config check wrangler.jsonc --env-name staging
  runner config schema > runner.schema.json";

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConfigCommand {
    /// Say everything that is wrong with a configuration
    Check {
        /// A file, or a directory with runner.toml, wrangler.jsonc, wrangler.json or wrangler.toml
        #[arg(default_value = ".", value_name = "FILE")]
        file: PathBuf,
        /// Environment of a wrangler file
        #[arg(long, value_name = "NAME")]
        env_name: Option<String>,
    },
    /// Print the JSON schema of runner.toml
    Schema,
}

/// Runs `runner config`. `line` is the command line without variables of the environment.
pub(in crate::cli) fn execute(command: ConfigCommand, line: &Command) -> Result<(), CliError> {
    let text = match command {
        ConfigCommand::Schema => format!("{:#}\n", schema::schema(line)),
        ConfigCommand::Check { file, env_name } => {
            let (configuration, report) = Configuration::load(line, &file, env_name.as_deref())?;
            if !report.is_empty() {
                let mut stderr = io::stderr();
                // Without a stderr there is nobody to tell.
                let _ = stderr.write_all(report.render(stderr.is_terminal()).as_bytes());
            }
            serve_args(line, &configuration, &file)?.check()?;
            if configuration.workers.is_empty() {
                return Err(runner::workers::ReloadError::Empty.into());
            }
            configuration.summary()
        }
    };
    io::stdout().write_all(text.as_bytes()).map_err(CliError::Output)
}

/// What `runner serve --config FILE` would start with, with no other flags or variables.
fn serve_args(line: &Command, configuration: &Configuration, file: &Path) -> Result<ServeArgs, CliError> {
    let arguments = [OsStr::new("runner"), OsStr::new("serve"), OsStr::new("--config"), file.as_os_str()];
    // Each value has been parsed before.
    let matches = configuration.with_defaults(line.clone()).try_get_matches_from(arguments);
    let cli = matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(CliError::Arguments)?;
    match cli.command {
        cli::Command::Serve(args) => Ok(*args),
        _ => unreachable!("these are arguments of serve"),
    }
}

impl Configuration {
    /// The workers, without a value of any variable.
    fn summary(&self) -> String {
        let mut text = format!("{}: good\n", self.path.display());
        if let Some(date) = &self.recorded.compatibility_date {
            text += &format!("compatibility date (recorded only): {date}\n");
        }
        let (heeded, recorded): (Vec<_>, Vec<_>) = self.recorded.flags();
        for (what, flags) in
            [("compatibility flags", heeded), ("compatibility flags (recorded only)", recorded)]
        {
            if !flags.is_empty() {
                text += &format!("{what}: {}\n", flags.join(", "));
            }
        }
        for worker in &self.workers {
            let list = |what: &str, items: Vec<String>| match items.is_empty() {
                true => String::new(),
                false => format!("  {what}: {}\n", items.join(", ")),
            };
            text += &format!("worker {}\n  main: {}\n", &*worker.id, worker.source.path.display());
            text += &list("routes", worker.routes.iter().map(ToString::to_string).collect());
            text += &list("env", worker.environment.keys().cloned().collect());
            text += &list("crons", worker.crons.clone());
        }
        text
    }
}
