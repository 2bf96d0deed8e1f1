//! `wrangler.toml`, `wrangler.json` and `wrangler.jsonc` in the place of a configuration of our own.
//!
//! Such a file describes one worker. What this runner has no counterpart for is ignored if the worker cannot notice
//! (where to deploy to, how to observe), a warning if it can, by the name that it would miss in `env`, and an error if
//! nothing would work without it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::Path;

use runner::workers::{Route, SettingsDocument, WorkerDefinition};
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::dotenv;
use super::problem::{Problem, Quoted, Report, alternatives, similar};
use super::read::read_table;
use super::syntax::{Key, Node};
use super::worker::{WorkerTable, variable};

/// The file with the secrets of development, beside the configuration; `.dev.vars.NAME` for an environment of its own.
const DEV_VARS: &str = ".dev.vars";

/// A worker that has no name, as wrangler calls it in development.
const UNNAMED: &str = "worker";

/// What is read.
const READ: [&str; 11] = [
    "name",
    "main",
    "vars",
    "routes",
    "route",
    "triggers",
    "compatibility_date",
    "compatibility_flags",
    "limits",
    "workers_dev",
    "env",
];

/// What is for Cloudflare, or for wrangler while it builds, and changes nothing that a worker sees.
const IGNORED: [&str; 33] = [
    "$schema",
    "account_id",
    "build",
    "cache",
    "cloudchamber",
    "compliance_region",
    "configPath",
    "definedEnvironments",
    "dev",
    "find_additional_modules",
    "first_party_worker",
    "base_dir",
    "keep_vars",
    "legacy_env",
    "logpush",
    "migrations",
    "minify",
    "no_bundle",
    "observability",
    "placement",
    "preserve_file_names",
    "preview_urls",
    "python_modules",
    "rules",
    "send_metrics",
    "streaming_tail_consumers",
    "tail_consumers",
    "targetEnvironment",
    "topLevelName",
    "tsconfig",
    "upload_source_maps",
    "usage_model",
    "userConfigPath",
];

/// What wrangler makes of the code; where it has been built already (`no_bundle`), nothing is made of it.
const OF_THE_BUILD: [&str; 4] = ["alias", "define", "jsx_factory", "jsx_fragment"];

/// What puts something into `env`, changes the code, or serves something, that this runner has not.
const BINDINGS: [(&str, &str); 33] = [
    ("ai", "Workers AI"),
    ("alias", "other names of modules"),
    ("analytics_engine_datasets", "Analytics Engine"),
    ("assets", "static assets"),
    ("browser", "Browser Rendering"),
    ("containers", "containers"),
    ("d1_databases", "D1"),
    ("data_blobs", "data blobs"),
    ("define", "constants that wrangler writes into the code"),
    ("dispatch_namespaces", "dispatch namespaces"),
    ("durable_objects", "Durable Objects"),
    ("hyperdrive", "Hyperdrive"),
    ("images", "Images"),
    ("kv_namespaces", "KV"),
    ("media", "Media"),
    ("mtls_certificates", "mTLS certificates"),
    ("pages_build_output_dir", "Pages"),
    ("pipelines", "Pipelines"),
    ("queues", "Queues"),
    ("r2_buckets", "R2"),
    ("ratelimits", "rate limits"),
    ("secrets_store_secrets", "the secrets store"),
    ("send_email", "email"),
    ("services", "services"),
    ("site", "Workers Sites"),
    ("text_blobs", "text blobs"),
    ("unsafe", "unsafe bindings"),
    ("vectorize", "Vectorize"),
    ("version_metadata", "version metadata"),
    ("vpc_services", "VPC services"),
    ("wasm_modules", "Wasm modules by name"),
    ("worker_loaders", "worker loaders"),
    ("workflows", "Workflows"),
];

/// The keys under which a binding has its name.
const NAMES: [&str; 2] = ["binding", "name"];

/// What is read of a file, or of one of its environments.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Section {
    name: Option<Spanned<String>>,
    main: Option<Spanned<String>>,
    vars: BTreeMap<String, Spanned<toml::Value>>,
    routes: Option<Vec<Spanned<toml::Value>>>,
    route: Option<Spanned<toml::Value>>,
    triggers: Option<Triggers>,
    compatibility_date: Option<Spanned<String>>,
    compatibility_flags: Option<Vec<Spanned<String>>>,
    limits: Option<Limits>,
    workers_dev: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Limits {
    cpu_ms: Option<NonZeroU32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Triggers {
    crons: Vec<Spanned<String>>,
}

/// Compatibility flags that ask for the globals of Node.js.
const NODEJS_COMPAT: [&str; 2] = ["nodejs_compat", "nodejs_compat_v2"];

/// What a wrangler file says that is worth a line when the server starts.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    pub(super) compatibility_date: Option<String>,
    compatibility_flags: Vec<String>,
}

impl Recorded {
    /// The compatibility flags that change something, and the others.
    pub(super) fn flags(&self) -> (Vec<&str>, Vec<&str>) {
        let flags = self.compatibility_flags.iter().map(String::as_str);
        flags.partition(|flag| NODEJS_COMPAT.contains(flag))
    }
}

/// The worker that a file describes, in its environment `env_name`; none if it is not one.
pub(super) fn read(
    mut table: DeTable<'_>,
    base: &Path,
    env_name: Option<&str>,
    report: &mut Report,
) -> (Option<WorkerDefinition>, Recorded) {
    let span = 0..0;
    let environments = table.remove("env");
    look_at(&mut table, report);
    let mut section: Section = read_table(table, span.clone(), report);
    if let Some(name) = env_name {
        match environment(environments, name, report) {
            Some((own, place)) => section = section.with(own, name, place),
            None => return (None, Recorded::default()),
        }
    }
    let recorded = Recorded {
        compatibility_date: section.compatibility_date.take().map(Spanned::into_inner),
        compatibility_flags: section
            .compatibility_flags
            .take()
            .unwrap_or_default()
            .into_iter()
            .map(Spanned::into_inner)
            .collect(),
    };
    let vars = std::mem::take(&mut section.vars);
    let mut placed = section.into_worker(report).place(span, base, &BTreeMap::new(), report);
    if let Some(placed) = &mut placed {
        if !recorded.flags().0.is_empty() {
            placed.definition.settings.nodejs_compat = Some(true);
        }
        let environment = &mut placed.definition.environment;
        environment.extend(texts(&vars, report));
        environment.extend(dev_vars(base, env_name, report));
    }
    (placed.map(|placed| placed.definition), recorded)
}

/// Reports what is not supported or not known, and takes it out.
fn look_at(table: &mut DeTable<'_>, report: &mut Report) {
    // By a build: it names whatever there is, and leaves it empty.
    let is_written = table.contains_key("topLevelName");
    let is_built = table.get("no_bundle").and_then(|value| value.get_ref().as_bool()) == Some(true);
    let mut keep = |key: &Key<'_>, value: &Node<'_>| {
        let name = &**key.get_ref();
        if READ.contains(&name) {
            return true;
        }
        if is_built && OF_THE_BUILD.contains(&name) {
            return false;
        }
        let is_empty = is_empty(value.get_ref());
        if let Some((_, what)) = BINDINGS.iter().find(|(binding, _)| *binding == name) {
            if is_empty {
                return false;
            }
            let mut names = Vec::new();
            binding_names(value.get_ref(), &mut names);
            let title = match names.is_empty() {
                true => format!("not supported: {what}"),
                false => format!("not supported: {what} (the worker has no {})", missing(&names)),
            };
            report.push(Problem::warning(title).at(key.span()));
        } else if !(IGNORED.contains(&name) || (is_written && is_empty)) {
            let problem = Problem::warning(format!("`{}` is not known here, and ignored", Quoted(name)));
            let known = READ.into_iter().chain(IGNORED).chain(BINDINGS.map(|(name, _)| name));
            report.push(match similar(name, known) {
                Some(similar) => problem.at(key.span()).label(format!("did you mean `{similar}`?")),
                None => problem.at(key.span()),
            });
        }
        false
    };
    *table = std::mem::take(table).into_iter().filter(|(key, value)| keep(key, value)).collect();
}

/// Whether there is nothing in a value, such as `[]` or `{ bindings: [] }`.
fn is_empty(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Array(array) => array.iter().all(|element| is_empty(element.get_ref())),
        DeValue::Table(table) => table.values().all(|value| is_empty(value.get_ref())),
        _ => false,
    }
}

fn missing(names: &[String]) -> String {
    alternatives(&names.iter().map(|name| format!("env.{name}")).collect::<Vec<_>>())
}

/// The names that bindings have anywhere below a value; a binding may be a table or one of an array of them.
fn binding_names(value: &DeValue<'_>, names: &mut Vec<String>) {
    match value {
        DeValue::Array(array) => array.iter().for_each(|element| binding_names(element.get_ref(), names)),
        DeValue::Table(table) => {
            let named = NAMES.into_iter().find_map(|name| table.get(name)?.get_ref().as_str());
            match named {
                Some(name) => names.push(name.to_owned()),
                None => table.values().for_each(|value| binding_names(value.get_ref(), names)),
            }
        }
        _ => {}
    }
}

/// The table of an environment, and where it is.
fn environment(
    environments: Option<Node<'_>>,
    name: &str,
    report: &mut Report,
) -> Option<(Section, Range<usize>)> {
    let mut known = Vec::new();
    if let Some(environments) = environments
        && let DeValue::Table(mut environments) = environments.into_inner()
    {
        if let Some(node) = environments.remove(name) {
            let span = node.span();
            if let DeValue::Table(mut table) = node.into_inner() {
                look_at(&mut table, report);
                return Some((read_table(table, span.clone(), report), span));
            }
        }
        known = environments.keys().map(|key| key.get_ref().clone().into_owned()).collect();
    }
    let problem = Problem::error(format!("there is no environment `{}`", Quoted(name)));
    report.push(match known.as_slice() {
        [] => problem.help("the file has no table `env`"),
        known => problem.help(format!("there is {}", alternatives(known))),
    });
    None
}

impl Section {
    /// What the environment `name` makes of it: it inherits everything but variables (and bindings).
    fn with(self, own: Self, name: &str, place: Range<usize>) -> Self {
        let has_routes = own.routes.is_some() || own.route.is_some();
        let (routes, route) = if has_routes { (own.routes, own.route) } else { (self.routes, self.route) };
        let inherited = self
            .name
            .map(|inherited| Spanned::new(inherited.span(), format!("{}-{name}", inherited.get_ref())));
        Self {
            name: own.name.or(inherited).or_else(|| Some(Spanned::new(place, name.to_owned()))),
            main: own.main.or(self.main),
            vars: own.vars,
            routes,
            route,
            triggers: own.triggers.or(self.triggers),
            compatibility_date: own.compatibility_date.or(self.compatibility_date),
            compatibility_flags: own.compatibility_flags.or(self.compatibility_flags),
            limits: own.limits.or(self.limits),
            workers_dev: own.workers_dev.or(self.workers_dev),
        }
    }

    /// Whether it is asked under any name: without routes it is on `workers.dev`, and there is nothing like that here.
    fn is_everywhere(&self) -> bool {
        let has_routes =
            self.route.is_some() || self.routes.as_ref().is_some_and(|routes| !routes.is_empty());
        !has_routes || self.workers_dev == Some(true)
    }

    fn into_worker(self, report: &mut Report) -> WorkerTable {
        let mut limits = SettingsDocument::default();
        limits.cpu_ms = self.limits.as_ref().and_then(|limits| limits.cpu_ms);
        let everywhere = self.is_everywhere();
        let given = self.routes.unwrap_or_default().into_iter().chain(self.route);
        let mut routes: Vec<_> = given.filter_map(|route| pattern(&route, report)).collect();
        if everywhere {
            let place = self.name.as_ref().map_or(0..0, Spanned::span);
            routes.push(Spanned::new(place, Route::everything().to_string()));
        }
        WorkerTable {
            id: self.name.or_else(|| Some(Spanned::new(0..0, UNNAMED.to_owned()))),
            main: self.main,
            routes,
            crons: self.triggers.unwrap_or_default().crons,
            limits,
            ..WorkerTable::default()
        }
    }
}

/// The pattern of a route: a string, or a table with `pattern`; a custom domain is all of a host.
fn pattern(route: &Spanned<toml::Value>, report: &mut Report) -> Option<Spanned<String>> {
    let text = match route.get_ref() {
        toml::Value::String(pattern) => Some(pattern.clone()),
        toml::Value::Table(table) => table.get("pattern").and_then(toml::Value::as_str).map(|pattern| {
            let is_domain = table.get("custom_domain").and_then(toml::Value::as_bool) == Some(true);
            if is_domain { format!("{}/*", pattern.trim_end_matches("/*")) } else { pattern.to_owned() }
        }),
        _ => None,
    };
    if text.is_none() {
        let problem = Problem::error("a route is a pattern, or a table with `pattern`");
        report.push(problem.at(route.span()));
    }
    // Cloudflare takes a host alone for all of its paths.
    text.map(|text| {
        let text = if text.contains('/') { text } else { format!("{text}/*") };
        Spanned::new(route.span(), text)
    })
}

/// `vars` as text. There they keep their types; here the worker gets text.
fn texts(vars: &BTreeMap<String, Spanned<toml::Value>>, report: &mut Report) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for (name, value) in vars {
        let text = match value.get_ref() {
            json @ (toml::Value::Table(_) | toml::Value::Array(_)) => serde_json::to_string(json).ok(),
            _ => variable(name, value, report),
        };
        if text.is_some() && !matches!(value.get_ref(), toml::Value::String(_)) {
            let title = format!("env.{} is text here; on Cloudflare it keeps its type", Quoted(name));
            report.push(Problem::warning(title).at(value.span()));
        }
        texts.extend(text.map(|text| (name.clone(), text)));
    }
    texts
}

/// The secrets of development, which go before `vars`.
fn dev_vars(base: &Path, env_name: Option<&str>, report: &mut Report) -> BTreeMap<String, String> {
    let own = env_name.map(|name| base.join(format!("{DEV_VARS}.{name}"))).filter(|path| path.is_file());
    let path = own.unwrap_or_else(|| base.join(DEV_VARS));
    if !path.is_file() {
        return BTreeMap::new();
    }
    dotenv::read(&path).unwrap_or_else(|error| {
        report.push(Problem::error(format!("cannot read {}: {error}", path.display())));
        BTreeMap::new()
    })
}
