//! Flags whose values are in variables of the environment.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, Error};

use super::config::PREFIX;

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

/// Variables that look like those of a flag and are none, each with the one that may be meant.
///
/// Others than ours have this prefix, too (runners of continuous integration): only a slip is told. The command line is made only
/// if there are such variables.
pub(super) fn slips(line: impl FnOnce() -> Command) -> Vec<(String, String)> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let given: Vec<_> = names.filter(|name| name.starts_with(PREFIX)).collect();
    if given.is_empty() {
        return Vec::new();
    }
    let line = line();
    let known = variables(&line);
    let slip = |name: String| slip_of(&name, &known).map(|meant| (name.clone(), meant.to_owned()));
    given.into_iter().filter_map(slip).collect()
}

/// The variables that stand for flags, of whichever command.
fn variables(line: &Command) -> BTreeSet<&str> {
    let args = line.get_arguments().chain(line.get_subcommands().flat_map(Command::get_arguments));
    args.filter_map(|arg| arg.get_env()?.to_str()).collect()
}

/// The one of `known` that `name` may be a slip of.
fn slip_of<'a>(name: &str, known: &BTreeSet<&'a str>) -> Option<&'a str> {
    const MOST: usize = 2;
    let rest = name.strip_prefix(PREFIX).filter(|_| !known.contains(name))?;
    // The distance is quadratic in the lengths.
    let slips = MOST.min(rest.len() / 3);
    let near = known.iter().filter(|other| other.len().abs_diff(name.len()) <= slips);
    let scored = near.map(|other| (strsim::osa_distance(name, other), *other));
    scored.filter(|(distance, _)| *distance <= slips).min().map(|(_, other)| other)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_and_the_variables_of_others_are_not() {
        let line = super::super::config::with_environment(super::super::command());
        let known = variables(&line);
        for (name, meant) in [
            ("RUNNER_POOLSIZE", Some("RUNNER_POOL_SIZE")),
            ("RUNNER_LISTNE", Some("RUNNER_LISTEN")),
            ("RUNNER_CPUS_MS", Some("RUNNER_CPU_MS")),
            ("RUNNER_LISTEN", None),
            ("POOLSIZE", None),
            ("RUNNER_", None),
            ("RUNNER_TEST_SECRET", None),
            // Of GitHub's runners.
            ("RUNNER_TOOL_CACHE", None),
            ("RUNNER_ARCH", None),
            ("RUNNER_OS", None),
            ("RUNNER_NAME", None),
            ("RUNNER_TEMP", None),
            ("RUNNER_DEBUG", None),
            ("RUNNER_WORKSPACE", None),
            ("RUNNER_ENVIRONMENT", None),
        ] {
            assert_eq!(slip_of(name, &known), meant, "{name}");
        }
    }
}
