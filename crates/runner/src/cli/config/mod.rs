//! The configuration of `runner serve`: a file of our own, or wrangler's.
//!
//! ```text
//! text ─► syntax (TOML, JSON) ─► tree with places ─► flags: defaults for the command line
//!                                                └─► workers: definitions
//! ```
//!
//! A flag goes before its variable of the environment, that before the file, and the file before the default: see
//! [`flags`]. Every problem of a file is found and told with its line ([`problem`]); with an error in it nothing of the
//! file counts. Paths in a file are relative to the file.

mod command;
mod dotenv;
mod flags;
mod problem;
mod read;
mod schema;
mod secret;
mod syntax;
mod worker;
mod wrangler;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use clap::Command;
use parking_lot::Mutex;
use runner::workers::{WorkerDefinition, read_text};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use flags::{SECTIONS, Setting};
use problem::Problem;
use syntax::{Node, Syntax};
use worker::{Placed, WorkerTable};
use wrangler::Recorded;

pub(super) use command::{ConfigCommand, EXAMPLES, execute};
pub(super) use flags::{PREFIX, with_environment};
pub(super) use problem::Report;

/// The files that are looked for in a directory, in this order.
const NAMES: [&str; 4] = ["runner.toml", "wrangler.jsonc", "wrangler.json", "wrangler.toml"];

/// Keys of a file that are not the table of a section.
const OTHER_KEYS: [&str; 3] = ["env", "worker", "$schema"];

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Configuration {
    /// The file.
    path: PathBuf,
    settings: Vec<Setting>,
    workers: Vec<WorkerDefinition>,
    /// Variables of all workers.
    pub(super) environment: BTreeMap<String, String>,
    recorded: Recorded,
}

/// A configuration that was read for the flags, with all workers: for the first who wants those.
#[derive(Clone, Debug, Default)]
pub(super) struct Loaded(Arc<Mutex<Option<Reading>>>);

/// What came of reading a configuration.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) configuration: Configuration,
    pub(super) report: Report,
    /// When it began.
    pub(super) began: SystemTime,
}

impl Loaded {
    pub(super) fn new(reading: Reading) -> Self {
        Self(Arc::new(Mutex::new(Some(reading))))
    }

    pub(super) fn take(&self) -> Option<Reading> {
        self.0.lock().take()
    }
}

impl Configuration {
    /// Reads a file, or the one that is in a directory; returns what there is to say about it, too. `command` is the command
    /// line without variables of the environment.
    ///
    /// # Errors
    /// The file is no good.
    pub(super) fn load(
        command: &Command,
        path: &Path,
        env_name: Option<&str>,
    ) -> Result<(Self, Report), Report> {
        Self::load_with(command, path, env_name, |_| {})
    }

    /// The same; `keep_in` is told of the directory of compiled code, if the file names one, before the workers are read.
    ///
    /// # Errors
    /// The file is no good.
    pub(super) fn load_with(
        command: &Command,
        path: &Path,
        env_name: Option<&str>,
        keep_in: impl FnOnce(PathBuf),
    ) -> Result<(Self, Report), Report> {
        let Some(path) = find(path) else {
            let mut report = Report::new(path.display().to_string(), String::new());
            let title = format!("there is no {} in this directory", names());
            report.push(Problem::error(title));
            return Err(report);
        };
        let (text, error) = match read_text(&path) {
            Ok(text) => (text, None),
            Err(error) => (String::new(), Some(error)),
        };
        let mut report = Report::new(path.display().to_string(), text.clone());
        if let Some(error) = error {
            report.push(Problem::error(format!("cannot read the configuration: {error}")));
            return Err(report);
        }
        let base = path.parent().unwrap_or(Path::new("")).to_owned();
        let (is_wrangler, syntax) = kind(&path);
        let mut configuration = Self { path, ..Self::default() };
        if let Some(table) = syntax::parse(syntax, &text, &mut report) {
            if is_wrangler {
                let (worker, recorded) = wrangler::read(table, &base, env_name, &mut report);
                configuration.workers.extend(worker);
                configuration.recorded = recorded;
            } else {
                if env_name.is_some() {
                    report.push(Problem::error("`--env-name` is for the environments of wrangler files"));
                }
                if let Some(directory) = directory_of_code(&table) {
                    keep_in(base.join(directory));
                }
                configuration.read(table, &base, &flags::keys(command), &mut report);
            }
        }
        if report.has_errors() { Err(report) } else { Ok((configuration, report)) }
    }

    fn read(&mut self, mut table: DeTable<'_>, base: &Path, keys: &[flags::FlagKey], report: &mut Report) {
        let environment = table.remove("env").map(|node| environment(node, report)).unwrap_or_default();
        let workers = table.remove("worker");
        for (name, node) in &table {
            match SECTIONS.into_iter().find(|(_, section)| **section == **name.get_ref()) {
                Some((_, section)) => {
                    self.settings.extend(flags::read_section(keys, section, node, base, report));
                }
                None if *name.get_ref() == "$schema" => {}
                None => {
                    let known: Vec<_> =
                        SECTIONS.map(|(_, section)| section).into_iter().chain(OTHER_KEYS).collect();
                    report.push(read::unknown_key(name.get_ref(), &known).at(name.span()));
                }
            }
        }
        let tables: Vec<(WorkerTable, _)> = workers
            .map(|node| tables(node, report))
            .unwrap_or_default()
            .into_iter()
            .map(|(table, span)| {
                hide_secrets(&table, report);
                (read::read_table(table, span.clone(), report), span)
            })
            .collect();
        worker::check_ids(tables.iter().map(|(table, _)| table), report);
        let placed: Vec<_> = tables
            .into_iter()
            .filter_map(|(table, span)| table.place(span, base, &environment, report))
            .collect();
        self.environment = environment;
        worker::check_routes(&placed, report);
        self.workers = placed.into_iter().map(|Placed { definition, .. }| definition).collect();
    }

    /// The command line whose flags have what the file says as their defaults.
    pub(super) fn with_defaults(&self, command: Command) -> Command {
        flags::with_defaults(command, &self.settings)
    }

    /// The workers of the file, which have these variables before their own.
    pub(super) fn into_workers(self, variables: &BTreeMap<String, String>) -> Vec<WorkerDefinition> {
        let mut workers = self.workers;
        for worker in &mut workers {
            worker.environment.extend(variables.clone());
        }
        workers
    }
}

/// The file of a directory, if there is one; otherwise the path itself.
fn find(path: &Path) -> Option<PathBuf> {
    if !path.is_dir() {
        return Some(path.to_owned());
    }
    in_directory(path)
}

/// The configuration that is in a directory.
pub(super) fn in_directory(directory: &Path) -> Option<PathBuf> {
    let file = NAMES.into_iter().map(|name| directory.join(name)).find(|file| file.is_file())?;
    Some(file.strip_prefix(".").map(Path::to_owned).unwrap_or(file))
}

/// The main file of the only worker that the configuration of a directory has, if there is one.
pub(super) fn main_in(directory: &Path) -> Option<PathBuf> {
    let path = in_directory(directory)?;
    let text = read_text(&path).ok()?;
    let (is_wrangler, syntax) = kind(&path);
    // Who wants to know what is wrong with it asks `runner config check`.
    let table = syntax::parse(syntax, &text, &mut Report::new(String::new(), String::new()))?;
    let main = match is_wrangler {
        true => table.get("main")?,
        false => match &**table.get("worker")?.get_ref().as_array()? {
            [worker] => worker.get_ref().as_table()?.get("main")?,
            _ => return None,
        },
    };
    Some(directory.join(main.get_ref().as_str()?)).filter(|main| main.is_file())
}

/// The directory of compiled code that a configuration names.
fn directory_of_code<'a>(table: &'a DeTable<'_>) -> Option<&'a str> {
    table.get("pool")?.get_ref().as_table()?.get("code_cache")?.get_ref().as_str()
}

/// What a configuration may be called, for who looks for one.
pub(super) fn names() -> String {
    problem::alternatives(&NAMES)
}

/// Whether it is wrangler's, and how it is written.
fn kind(path: &Path) -> (bool, Syntax) {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_json = name.ends_with(".json") || name.ends_with(".jsonc");
    (is_json || name.starts_with("wrangler."), if is_json { Syntax::Jsonc } else { Syntax::Toml })
}

/// The table `env`, which is for all workers.
fn environment(node: Node<'_>, report: &mut Report) -> BTreeMap<String, String> {
    let values: BTreeMap<String, Spanned<toml::Value>> = read::read(node, report);
    let texts = values.into_iter().filter_map(|(name, value)| {
        let text = worker::variable(&name, &value, report)?;
        Some((name, text))
    });
    texts.collect()
}

/// The tables of `[[worker]]`, with their places.
fn tables<'a>(node: Node<'a>, report: &mut Report) -> Vec<(DeTable<'a>, std::ops::Range<usize>)> {
    let span = node.span();
    let DeValue::Array(elements) = node.into_inner() else {
        let problem =
            Problem::error("workers are `[[worker]]` tables, in two brackets, for there may be several");
        report.push(problem.at(span));
        return Vec::new();
    };
    let mut tables = Vec::new();
    for element in elements {
        let span = element.span();
        match element.into_inner() {
            DeValue::Table(table) => tables.push((table, span)),
            other => {
                let title = format!("a worker is a table, not {}", flags::kind_of(&other));
                report.push(Problem::error(title).at(span));
            }
        }
    }
    tables
}

/// Keeps what somebody wrote into `secrets`, in place of where to find it, out of what is printed.
fn hide_secrets(table: &DeTable<'_>, report: &mut Report) {
    let Some(secrets) = table.get("secrets") else { return };
    let Some(entries) = secrets.get_ref().as_table() else { return report.hide(secrets.span()) };
    for secret in entries.values() {
        match secret.get_ref() {
            DeValue::Table(source) => {
                for (key, value) in source {
                    if !matches!(&**key.get_ref(), "file" | "env") {
                        report.hide(value.span());
                    }
                }
            }
            _ => report.hide(secret.span()),
        }
    }
}
