//! The tables of a configuration that stand for flags of `runner serve`.
//!
//! There is no list of them: a flag under the heading `Pool` is a key of the table `[pool]`, with its name, its type and
//! whatever it refuses. What a file says takes the place of the flag's default, so a flag and a variable of the
//! environment go before it.

use std::any::TypeId;
use std::error::Error;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command};
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, Quoted, Report, alternatives};
use super::read::unknown_key;
use super::syntax::Node;

/// The headings whose flags can be in a file, and the names of their tables.
pub(super) const SECTIONS: [(&str, &str); 5] =
    [("Server", "server"), ("Pool", "pool"), ("Limits", "limits"), ("Budgets", "budgets"), ("Log", "log")];

/// Flags that only make sense on the command line.
const NOT_IN_A_FILE: [&str; 1] = ["supervise"];

/// The prefix of the variables that stand for flags.
pub(in crate::cli) const PREFIX: &str = "RUNNER_";

/// A flag as a key of a table.
pub(super) struct FlagKey {
    pub(super) section: &'static str,
    pub(super) name: String,
    pub(super) arg: Arg,
}

/// The kind of value that a flag has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Boolean,
    Path,
    Text,
    Texts,
}

/// What a file says in place of a flag's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    id: String,
    values: Vec<String>,
}

/// All flags of `serve` that can be in a file.
pub(super) fn keys(command: &Command) -> Vec<FlagKey> {
    let serve = command.find_subcommand("serve");
    let args = command.get_arguments().chain(serve.into_iter().flat_map(Command::get_arguments));
    args.filter(|arg| !arg.is_hide_set()).filter_map(|arg| FlagKey::of(arg.clone())).collect()
}

impl FlagKey {
    fn of(arg: Arg) -> Option<Self> {
        let long = arg.get_long()?;
        if NOT_IN_A_FILE.contains(&long) {
            return None;
        }
        let heading = arg.get_help_heading()?;
        let (_, section) = SECTIONS.into_iter().find(|(name, _)| *name == heading)?;
        // `[log] log` would say nothing twice.
        let name = if long == section { "filter".to_owned() } else { long.replace('-', "_") };
        Some(Self { section, name, arg })
    }

    pub(super) fn kind(&self) -> Kind {
        let of = self.arg.get_value_parser().type_id();
        if of == TypeId::of::<bool>() {
            Kind::Boolean
        } else if of == TypeId::of::<PathBuf>() {
            Kind::Path
        } else if of == TypeId::of::<u32>() || of == TypeId::of::<u64>() || of == TypeId::of::<u16>() {
            Kind::Number
        } else if matches!(self.arg.get_action(), ArgAction::Append) {
            Kind::Texts
        } else {
            Kind::Text
        }
    }

    /// The values that it can have, if they are few.
    pub(super) fn choices(&self) -> Vec<String> {
        if self.kind() == Kind::Boolean {
            return Vec::new();
        }
        self.arg.get_possible_values().iter().map(PossibleValue::get_name).map(str::to_owned).collect()
    }

    /// What a file says of it, as text for clap. Relative paths are relative to `base`.
    fn values(&self, value: &DeValue<'_>, base: &Path) -> Result<Vec<String>, String> {
        let expected = |what: &str| Err(format!("expected {what}, found {}", kind_of(value)));
        match (self.kind(), value) {
            (Kind::Number | Kind::Text, DeValue::Integer(number)) => Ok(vec![decimal(number)?]),
            (Kind::Number, _) => expected("a whole number"),
            (Kind::Boolean, DeValue::Boolean(boolean)) => Ok(vec![boolean.to_string()]),
            (Kind::Boolean, _) => expected("`true` or `false`"),
            (Kind::Path, DeValue::String(path)) => Ok(vec![base.join(&**path).display().to_string()]),
            (Kind::Path, _) => expected("a path"),
            (Kind::Text, DeValue::String(text)) => Ok(vec![below(base, text)]),
            (Kind::Text, _) => expected("a string"),
            (Kind::Texts, DeValue::String(text)) => Ok(text.split(',').map(str::to_owned).collect()),
            (Kind::Texts, DeValue::Array(texts)) => texts
                .iter()
                .map(|text| match text.get_ref() {
                    DeValue::String(text) => Ok(text.clone().into_owned()),
                    other => Err(format!("expected a string, found {}", kind_of(other))),
                })
                .collect(),
            (Kind::Texts, _) => expected("a string or an array of strings"),
        }
    }

    /// What clap has against these values.
    fn refused(&self, values: &[String]) -> Option<String> {
        let long = self.arg.get_long().unwrap_or_default();
        let flags = values.iter().map(|value| format!("--{long}={value}"));
        let arg = self.arg.clone().required(false);
        let command = Command::new("runner").no_binary_name(true).disable_help_flag(true).arg(arg);
        let error = command.try_get_matches_from(flags).err()?;
        Some(match (error.kind(), error.source()) {
            (ErrorKind::ValueValidation, Some(source)) => source.to_string(),
            (ErrorKind::InvalidValue, _) => format!("expected {}", alternatives(&self.choices())),
            _ => error.kind().to_string(),
        })
    }
}

/// A Unix socket is a file, too.
fn below(base: &Path, text: &str) -> String {
    match text.strip_prefix("unix:") {
        Some(path) => format!("unix:{}", base.join(path).display()),
        None => text.to_owned(),
    }
}

fn decimal(number: &toml::de::DeInteger<'_>) -> Result<String, String> {
    i128::from_str_radix(number.as_str(), number.radix())
        .map(|number| number.to_string())
        .map_err(|_| "the number is too large".to_owned())
}

pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// Reads the table of a section. Relative paths are relative to `base`.
pub(super) fn read_section(
    keys: &[FlagKey],
    section: &str,
    node: &Node<'_>,
    base: &Path,
    report: &mut Report,
) -> Vec<Setting> {
    let DeValue::Table(table) = node.get_ref() else {
        let title = format!("`{section}` is a table, not {}", kind_of(node.get_ref()));
        report.push(Problem::error(title).at(node.span()));
        return Vec::new();
    };
    let keys: Vec<_> = keys.iter().filter(|key| key.section == section).collect();
    read_keys(&keys, table, base, report)
}

fn read_keys(keys: &[&FlagKey], table: &DeTable<'_>, base: &Path, report: &mut Report) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (name, value) in table {
        let Some(key) = keys.iter().find(|key| key.name == **name.get_ref()) else {
            let known: Vec<_> = keys.iter().map(|key| key.name.as_str()).collect();
            report.push(unknown_key(name.get_ref(), &known).at(name.span()));
            continue;
        };
        let values = key.values(value.get_ref(), base).and_then(|values| match key.refused(&values) {
            None => Ok(values),
            Some(reason) => Err(reason),
        });
        match values {
            Ok(values) => settings.push(Setting { id: key.arg.get_id().to_string(), values }),
            Err(reason) => {
                let title = format!("`{}`: {}", key.name, Quoted(&reason));
                report.push(Problem::error(title).at(value.span()));
            }
        }
    }
    settings
}

/// The command line whose flags have what a file says as their defaults.
pub(super) fn with_defaults(command: Command, settings: &[Setting]) -> Command {
    let set = |arg: Arg| match settings.iter().find(|setting| setting.id == *arg.get_id().as_str()) {
        Some(setting) => arg.default_values(setting.values.clone()),
        None => arg,
    };
    command.mut_args(set).mut_subcommands(|command| match command.get_name() {
        "serve" | "dev" | "check" => command.mut_args(set),
        _ => command,
    })
}

/// The command line whose flags of servers can be given as variables: `RUNNER_POOL_SIZE` for `--pool-size`.
pub(in crate::cli) fn with_environment(command: Command) -> Command {
    let set = |arg: Arg| {
        let is_file = matches!(arg.get_long(), Some("config" | "env-name"));
        let Some(key) = FlagKey::of(arg.clone()).filter(|_| !arg.is_hide_set()) else {
            return if is_file { of_variable(arg) } else { arg };
        };
        of_variable(key.arg)
    };
    command.mut_args(set).mut_subcommands(|command| match command.get_name() {
        "serve" | "dev" => command.mut_args(set),
        _ => command,
    })
}

fn of_variable(arg: Arg) -> Arg {
    let name = arg.get_long().unwrap_or_default().replace('-', "_").to_ascii_uppercase();
    arg.env(format!("{PREFIX}{name}")).hide_env(true)
}
