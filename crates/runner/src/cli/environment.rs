//! Flags whose values are in variables of the environment.

use std::ffi::OsStr;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, Error};

/// Says of a value that is no good which variable it is from, since clap names the flag, which nobody wrote.
pub(super) fn name_variable(error: &mut Error, line: &Command) {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return };
    let Some(variable) = find(line, flag).filter(|arg| !is_written(arg)).and_then(Arg::get_env) else {
        return;
    };
    if std::env::var_os(variable).is_some() {
        let tip = format!("the value is that of the variable {}", variable.display());
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
}

/// The flag that errors call `flag`, of whichever command.
fn find<'a>(command: &'a Command, flag: &str) -> Option<&'a Arg> {
    // `--url <URL>`. An argument of a command that was not asked for cannot be printed.
    let is = |arg: &&Arg| {
        let rest = flag.strip_prefix("--").and_then(|flag| flag.strip_prefix(arg.get_long()?));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '=', '[']))
    };
    let own = command.get_arguments().find(is);
    own.or_else(|| command.get_subcommands().find_map(|command| find(command, flag)))
}

/// Whether the command line has the flag, which comes before the variable.
fn is_written(arg: &Arg) -> bool {
    let long = format!("--{}", arg.get_long().unwrap_or_default());
    let is = |word: &OsStr| {
        let word = word.to_string_lossy();
        word.strip_prefix(&*long).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    std::env::args_os().any(|word| is(&word))
}
