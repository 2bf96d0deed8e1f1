//! `runner completions`.

use std::io::{self, Write};

use clap::Args;
use clap_complete::Shell;

use super::CliError;

/// What `runner completions --help` ends with.
pub(super) const EXAMPLES: &str = "Examples:
  runner completions bash > ~/.local/share/bash-completion/completions/runner
  runner completions zsh > ~/.zfunc/_runner
  runner completions fish > ~/.config/fish/completions/runner.fish";

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// For which shell
    shell: Shell,
}

pub(super) fn execute(args: &CompletionsArgs) -> Result<(), CliError> {
    // Into memory first: what writes the script does not return errors.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "runner", &mut script);
    io::stdout().write_all(&script).map_err(CliError::Output)
}
