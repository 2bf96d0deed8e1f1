//! `[[worker]]` tables, and how one becomes a definition.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use runner::workers::{
    InvalidCron, InvalidVersion, Route, SettingsDocument, WorkerDefinition, WorkerName, WorkerSource,
    WorkersError, read_source_as,
};
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::dotenv;
use super::problem::{Problem, Quoted, Report, alternatives};
use super::secret::SecretSource;

/// A worker: its script, where it is asked, what it gets and what it may use.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WorkerTable {
    /// Its name: letters, digits, `-`, `_`, `.` and `~`.
    #[schemars(with = "String")]
    pub(super) id: Option<Spanned<String>>,
    /// Its main file, relative to this one: JavaScript or TypeScript. What it imports is loaded with it.
    #[schemars(with = "String")]
    pub(super) main: Option<Spanned<String>>,
    /// Where it is asked, as Cloudflare writes it: `example.com/api/*`, `*.example.com/*`, `/path/*` for every host. The most
    /// specific route of all workers is taken. Without one it is mounted at `/ID/`, and does not see that prefix.
    #[schemars(with = "Vec<String>")]
    pub(super) routes: Vec<Spanned<String>>,
    /// Variables of its environment: strings, numbers or booleans. Before those of `env_file` and of the table `env`.
    #[schemars(with = "BTreeMap<String, Variable>")]
    pub(super) env: BTreeMap<String, Spanned<toml::Value>>,
    /// A file with more variables, one `NAME=VALUE` a line.
    #[schemars(with = "String")]
    pub(super) env_file: Option<Spanned<String>>,
    /// Variables whose values are not written here: `{ file = "PATH" }` or `{ env = "NAME" }`.
    #[schemars(with = "BTreeMap<String, SecretSource>")]
    pub(super) secrets: BTreeMap<String, Spanned<SecretSource>>,
    /// What it may use, in place of the server's defaults.
    pub(super) limits: SettingsDocument,
    /// When its `scheduled` handler is called: cron expressions of five fields, in UTC.
    #[schemars(with = "Vec<String>")]
    pub(super) crons: Vec<Spanned<String>>,
    /// The name of its version. Without one it is made of the script and its environment.
    #[schemars(with = "String")]
    pub(super) version: Option<Spanned<String>>,
}

/// A variable of the environment; the worker sees text in any case.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes a value for the schema, and is none")]
pub(super) enum Variable {
    Text(String),
    Number(f64),
    Boolean(bool),
}

/// A worker of a file, and where its routes are.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) definition: WorkerDefinition,
    pub(super) routes: Vec<(Route, Range<usize>)>,
}

impl WorkerTable {
    /// The worker that the table at `span` describes; `None` if it is not one, which the report says. Relative paths are
    /// relative to `base`. `environment` is what all workers of the file have.
    pub(super) fn place(
        self,
        span: Range<usize>,
        base: &Path,
        environment: &BTreeMap<String, String>,
        report: &mut Report,
    ) -> Option<Placed> {
        let id = required(self.id, "id", &span, report);
        let name = id.as_ref().and_then(|id| match WorkerName::new(id.get_ref()) {
            Ok(name) => Some(name),
            Err(error) => {
                report.push(Problem::error(Quoted(&error.to_string()).to_string()).at(id.span()));
                None
            }
        });
        let script =
            required(self.main, "main", &span, report).and_then(|main| read_script(&main, base, report));

        let mut variables = environment.clone();
        if let Some(file) = &self.env_file {
            variables.extend(read_env_file(file, base, report));
        }
        for (name, value) in &self.env {
            if self.secrets.contains_key(name) {
                let title = format!("`{}` is in `env` and in `secrets`", Quoted(name));
                report.push(Problem::error(title).at(value.span()));
            }
            variables.extend(variable(name, value, report).map(|text| (name.clone(), text)));
        }
        for (name, secret) in self.secrets {
            match secret.get_ref().read(base) {
                Ok(value) => drop(variables.insert(name, value)),
                Err(error) => {
                    let title = format!("the secret `{}`: {}", Quoted(&name), Quoted(&error.to_string()));
                    report.push(Problem::error(title).at(secret.span()));
                }
            }
        }

        let mut routes = Vec::new();
        for route in &self.routes {
            match route.get_ref().parse::<Route>() {
                Ok(parsed) => routes.push((parsed, route.span())),
                Err(error) => {
                    report.push(Problem::error(Quoted(&error.to_string()).to_string()).at(route.span()));
                }
            }
        }
        let crons = self.crons.iter().filter_map(|cron| check_cron(cron, report)).collect();

        let version = self.version.map(|version| {
            if let Err(error) = InvalidVersion::check(version.get_ref()) {
                report.push(Problem::error(Quoted(&error.to_string()).to_string()).at(version.span()));
            }
            version.into_inner()
        });

        let (id, name, source) = (id?.span(), name?, script?);
        if self.routes.is_empty() {
            match Route::of_name(&name) {
                Ok(route) => routes.push((route, id)),
                Err(error) => report.push(Problem::error(error.to_string()).at(id)),
            }
        }
        let definition = WorkerDefinition {
            environment: variables,
            routes: routes.iter().map(|(route, _)| route.clone()).collect(),
            settings: self.limits.into(),
            crons,
            version,
            ..WorkerDefinition::new(name, source)
        };
        Some(Placed { definition, routes })
    }
}

fn required(
    value: Option<Spanned<String>>,
    key: &str,
    span: &Range<usize>,
    report: &mut Report,
) -> Option<Spanned<String>> {
    if value.is_none() {
        report.push(Problem::error(format!("a worker needs `{key}`")).at(span.clone()));
    }
    value
}

fn read_script(main: &Spanned<String>, base: &Path, report: &mut Report) -> Option<WorkerSource> {
    let path = Path::new(main.get_ref());
    match read_source_as(&base.join(path), path) {
        Ok(source) => Some(source),
        Err(error) => {
            let error = match error {
                WorkersError::Read { error, .. } => error.to_string(),
                error => error.to_string(),
            };
            let title = format!("cannot read `{}`: {error}", Quoted(main.get_ref()));
            report.push(Problem::error(title).at(main.span()));
            None
        }
    }
}

fn read_env_file(file: &Spanned<String>, base: &Path, report: &mut Report) -> BTreeMap<String, String> {
    dotenv::read(&base.join(file.get_ref())).unwrap_or_else(|error| {
        let title = format!("cannot read `{}`: {error}", Quoted(file.get_ref()));
        report.push(Problem::error(title).at(file.span()));
        BTreeMap::new()
    })
}

/// The text that a worker gets for a value of `env`.
pub(super) fn variable(name: &str, value: &Spanned<toml::Value>, report: &mut Report) -> Option<String> {
    match value.get_ref() {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(boolean) => Some(boolean.to_string()),
        _ => {
            let title = format!("`{}` is neither a string nor a number nor a boolean", Quoted(name));
            report.push(Problem::error(title).at(value.span()));
            None
        }
    }
}

fn check_cron(cron: &Spanned<String>, report: &mut Report) -> Option<String> {
    let text = cron.get_ref();
    let error = if text.split_whitespace().count() == 5 {
        match InvalidCron::check(text) {
            Ok(()) => return Some(text.clone()),
            Err(error) => error.reason,
        }
    } else {
        "expected five fields: minute, hour, day, month, weekday".to_owned()
    };
    let title = format!("`{}` is no cron expression: {}", Quoted(text), Quoted(&error));
    report.push(Problem::error(title).at(cron.span()));
    None
}

/// Reports ids that several tables have, in the order of the file.
pub(super) fn check_ids<'a>(tables: impl IntoIterator<Item = &'a WorkerTable>, report: &mut Report) {
    let mut ids = BTreeSet::new();
    for id in tables.into_iter().filter_map(|table| table.id.as_ref()) {
        if !ids.insert(id.get_ref()) {
            let title = format!("there are two workers {}", alternatives(&[id.get_ref()]));
            report.push(Problem::error(title).at(id.span()));
        }
    }
}

/// Reports routes that several workers have, in the order of the file.
pub(super) fn check_routes(workers: &[Placed], report: &mut Report) {
    let mut routes: Vec<(&Route, &WorkerName)> = Vec::new();
    for Placed { definition, routes: own } in workers {
        for (route, span) in own {
            match routes.iter().find(|(other, _)| *other == route) {
                Some((_, other)) if **other == definition.id => {}
                Some((_, other)) => {
                    let title = format!("`{route}` is a route of `{}` already", &***other);
                    report.push(Problem::error(title).at(span.clone()));
                }
                None => routes.push((route, &definition.id)),
            }
        }
    }
}
