//! What a `PUT` of a worker asks for: a document in JSON, or a script with a query.
//!
//! Both are the same: a query has the fields of the document that fit into it. What is not given stays as it is in the
//! current version of the worker.

use std::collections::BTreeMap;

#[cfg(feature = "loader")]
use exec::WorkerCode;
use serde::Deserialize;

use super::answer::Refusal;
use crate::workers::{
    InvalidCron, InvalidVersion, Route, RouteError, SettingsDocument, WorkerDefaults, WorkerDefinition,
    WorkerName, WorkerSource,
};

/// All requests, in percent.
const WHOLE: u32 = 100;

/// See the [module](self) documentation.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Document {
    script: Option<String>,
    file: Option<Name>,
    version: Option<VersionName>,
    weight: Weight,
    routes: Option<Vec<WrittenRoute>>,
    crons: Option<Vec<Cron>>,
    env: Option<BTreeMap<String, String>>,
    settings: Option<SettingsDocument>,
    /// What was made of the script, if it is not JavaScript; or of a pack.
    #[serde(skip)]
    source: Option<WorkerSource>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Name(String);

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct VersionName(String);

#[derive(Debug, Deserialize)]
#[serde(try_from = "u32")]
struct Weight(u32);

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct WrittenRoute(Route);

#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Cron(String);

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, &'static str> {
        if name.is_empty() { Err("a name is not empty") } else { Ok(Self(name)) }
    }
}

impl TryFrom<String> for VersionName {
    type Error = InvalidVersion;

    fn try_from(name: String) -> Result<Self, InvalidVersion> {
        InvalidVersion::check(&name).map(|()| Self(name))
    }
}

impl TryFrom<u32> for Weight {
    type Error = &'static str;

    fn try_from(weight: u32) -> Result<Self, &'static str> {
        if weight <= WHOLE { Ok(Self(weight)) } else { Err("a weight is a number from 0 to 100") }
    }
}

impl Default for Weight {
    fn default() -> Self {
        Self(WHOLE)
    }
}

impl TryFrom<String> for WrittenRoute {
    type Error = RouteError;

    fn try_from(route: String) -> Result<Self, RouteError> {
        route.parse().map(Self)
    }
}

impl TryFrom<String> for Cron {
    type Error = InvalidCron;

    fn try_from(cron: String) -> Result<Self, InvalidCron> {
        InvalidCron::check(&cron)?;
        Ok(Self(cron))
    }
}

impl Document {
    /// Of a body in JSON.
    pub(super) fn of_json(json: &str) -> Result<Self, Refusal> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let document = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            // Of a text that is no JSON, all is wrong.
            let field = if error.inner().is_data() { error.path().to_string() } else { ".".to_owned() };
            Refusal::Document { field, message: error.into_inner().to_string() }
        })?;
        let rest = |error: serde_json::Error| Refusal::Document {
            field: ".".to_owned(),
            message: error.to_string(),
        };
        reader.end().map_err(rest)?;
        Ok(document)
    }

    /// Of a body that is a script, and its query.
    pub(super) fn of_script(script: String, query: &str) -> Result<Self, Refusal> {
        Ok(Self { script: Some(script), ..Self::of_query(query)? })
    }

    /// Of a query.
    pub(super) fn of_query(query: &str) -> Result<Self, Refusal> {
        let mut document = Self::default();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let wrong = |message: String| Refusal::Document { field: key.to_string(), message };
            match &*key {
                "file" => {
                    let name = Name::try_from(value.into_owned()).map_err(|error| wrong(error.to_owned()))?;
                    document.file = Some(name);
                }
                "version" => {
                    let name = VersionName::try_from(value.into_owned())
                        .map_err(|error| wrong(error.to_string()))?;
                    document.version = Some(name);
                }
                "weight" => {
                    let weight = value.parse().ok().and_then(|weight: u32| Weight::try_from(weight).ok());
                    document.weight =
                        weight.ok_or_else(|| wrong("a weight is a number from 0 to 100".to_owned()))?;
                }
                "route" => {
                    let route = value.parse().map_err(|error: RouteError| wrong(error.to_string()))?;
                    document.routes.get_or_insert_default().push(WrittenRoute(route));
                }
                "cron" => {
                    let cron = Cron::try_from(value.into_owned());
                    document
                        .crons
                        .get_or_insert_default()
                        .push(cron.map_err(|error| wrong(error.to_string()))?);
                }
                "settings" => {
                    let settings = serde_json::from_str(&value);
                    document.settings = Some(settings.map_err(|error| wrong(error.to_string()))?);
                }
                _ => {
                    let expected = "expected file, version, weight, route, cron or settings";
                    return Err(wrong(expected.to_owned()));
                }
            }
        }
        Ok(document)
    }

    /// The same with all modules of a pack. The compiled code in it is left out: V8 would believe it.
    #[cfg(feature = "loader")]
    pub(super) async fn with_pack(mut self, pack: bytes::Bytes) -> Result<Self, Refusal> {
        let file = self.file.as_ref().map(|Name(file)| file.clone());
        let unpacked = tokio::task::spawn_blocking(move || {
            let code = crate::loader::unpack(&pack)?;
            let main = code.main();
            let others = code.modules().iter().filter(|module| module.name() != main.name()).cloned();
            let code = WorkerCode::new(main.clone()).with_modules(others);
            let path = file.unwrap_or_else(|| code.main().name().to_owned());
            Ok(WorkerSource::of_code(path, code))
        });
        let unpacked: Result<_, crate::loader::PackError> =
            unpacked.await.map_err(|_| Refusal::Internal("the pack cannot be read: see the log"))?;
        self.source = Some(unpacked.map_err(|error| Refusal::BadRequest(error.to_string()))?);
        Ok(self)
    }

    #[cfg(not(feature = "loader"))]
    pub(super) async fn with_pack(self, _: bytes::Bytes) -> Result<Self, Refusal> {
        Err(Refusal::BadRequest("this server reads no packs".to_owned()))
    }

    /// The same with what its script, which is TypeScript, becomes. Blocks while it is compiled.
    #[cfg(feature = "loader")]
    pub(super) fn of_typescript(mut self, worker: &str) -> Self {
        if let Some(script) = &self.script {
            let Name(file) =
                self.file.get_or_insert_with(|| Name(format!("{}.ts", worker.trim_matches('/'))));
            self.source = Some(crate::loader::load_text(&*file, script, crate::loader::Dialect::TypeScript));
        }
        self
    }

    /// The version to deploy, with its share of the requests: as `current`, but for what is given; and with what all workers
    /// have by `defaults`.
    pub(super) fn into_definition(
        self,
        name: WorkerName,
        current: Option<&WorkerDefinition>,
        defaults: &WorkerDefaults,
    ) -> Result<(WorkerDefinition, u32), Refusal> {
        let file = self.file.map(|Name(file)| file);
        let source = match (self.source, self.script, current) {
            (Some(source), ..) => source,
            (None, Some(script), _) => WorkerSource::new(file.unwrap_or_else(|| default_file(&name)), script),
            (None, None, Some(current)) => match file {
                Some(file) => current.source.clone().with_path(file),
                None => current.source.clone(),
            },
            (None, None, None) => {
                let message = "a new worker needs a script".to_owned();
                return Err(Refusal::Document { field: "script".to_owned(), message });
            }
        };
        let mut definition = match current {
            Some(current) => WorkerDefinition { source, ..current.clone() },
            None => {
                let route = Route::of_name(&name)?;
                let environment = defaults.environment_of(BTreeMap::new());
                WorkerDefinition { environment, ..WorkerDefinition::new(name, source).with_route(route) }
            }
        };
        definition.version = self.version.map(|VersionName(version)| version);
        if let Some(routes) = self.routes {
            definition.routes = routes.into_iter().map(|WrittenRoute(route)| route).collect();
        }
        if let Some(crons) = self.crons {
            definition.crons = crons.into_iter().map(|Cron(cron)| cron).collect();
        }
        if let Some(env) = self.env {
            definition.environment = defaults.environment_of(env);
        }
        if let Some(settings) = self.settings {
            definition.settings = settings.into();
        }
        defaults.complete_settings(&mut definition);
        Ok((definition, self.weight.0))
    }
}

/// A script that came without a name is called after its worker.
fn default_file(worker: &WorkerName) -> String {
    if *worker == WorkerName::root() { "index.js".to_owned() } else { format!("{worker}.js") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> WorkerName {
        WorkerName::new("w").unwrap()
    }

    fn wrong(document: Result<Document, Refusal>) -> (String, String) {
        match document.unwrap_err() {
            Refusal::Document { field, message } => (field, message),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_query_says_what_is_deployed_where() {
        let query = "version=2%2Fb&weight=10&route=example.com/a/*&route=/b&file=a%20b.js";
        let document = Document::of_script("x".to_owned(), query).unwrap();
        let (definition, weight) =
            document.into_definition(name(), None, &WorkerDefaults::default()).unwrap();
        assert_eq!((definition.version.as_deref(), weight), (Some("2/b"), 10));
        let routes: Vec<_> = definition.routes.iter().map(Route::to_string).collect();
        assert_eq!(routes, ["example.com/a/*", "/b"]);
        assert_eq!(definition.source, WorkerSource::new("a b.js", "x"));
        for bad in [
            "weight=101",
            "weight=",
            "weight=-1",
            "version=",
            "version=a%00",
            "version=a%20b",
            "wieght=1",
            "route=nowhere",
        ] {
            let (field, _) = wrong(Document::of_script(String::new(), bad));
            assert!(bad.starts_with(&field), "{bad}: {field}");
        }
    }

    #[test]
    fn what_is_not_given_stays_and_what_is_given_takes_its_place() {
        let first =
            r#"{ "script": "1", "env": { "A": "a" }, "crons": ["* * * * *"], "settings": { "cpu_ms": 5 } }"#;
        let (first, weight) = Document::of_json(first)
            .unwrap()
            .into_definition(name(), None, &WorkerDefaults::default())
            .unwrap();
        assert_eq!(
            (weight, first.source.path.to_str(), &*first.routes[0].to_string()),
            (100, Some("w.js"), "/w/")
        );
        let second = r#"{ "settings": { "wall_ms": 7 }, "routes": [], "weight": 3, "version": "2" }"#;
        let second = Document::of_json(second)
            .unwrap()
            .into_definition(name(), Some(&first), &WorkerDefaults::default())
            .unwrap();
        let (second, weight) = second;
        assert_eq!((weight, second.version.as_deref(), second.routes.len()), (3, Some("2"), 0));
        assert_eq!(
            (&second.source, &second.environment, &second.crons),
            (&first.source, &first.environment, &first.crons)
        );
        assert_eq!((second.settings.cpu, second.settings.wall.map(|wall| wall.as_millis())), (None, Some(7)));
        let script = Document::of_script("3".to_owned(), "").unwrap();
        let (third, _) = script.into_definition(name(), Some(&second), &WorkerDefaults::default()).unwrap();
        assert_eq!((third.settings, third.version), (second.settings, None));
    }

    #[test]
    fn a_worker_has_what_all_workers_have() {
        let variable = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let defaults = WorkerDefaults::default()
            .with_environment(variable("A", "file"))
            .with_overrides(variable("B", "flag"))
            .with_nodejs_compat(true);
        let definition = |json: &str, current: Option<&WorkerDefinition>| {
            Document::of_json(json).unwrap().into_definition(name(), current, &defaults).unwrap().0
        };
        let environment = |definition: &WorkerDefinition| {
            definition.environment.iter().map(|(name, value)| format!("{name}={value} ")).collect::<String>()
        };
        let new = definition(r#"{ "script": "1" }"#, None);
        assert_eq!((&*environment(&new), new.settings.nodejs_compat), ("A=file B=flag ", Some(true)));
        let given = r#"{ "env": { "A": "own", "B": "own" }, "settings": { "cpu_ms": 5 } }"#;
        let next = definition(given, Some(&new));
        assert_eq!((&*environment(&next), next.settings.nodejs_compat), ("A=own B=flag ", Some(true)));
        let without = definition(r#"{ "settings": { "nodejs_compat": false } }"#, Some(&next));
        assert_eq!(
            (environment(&without), without.settings.nodejs_compat),
            (environment(&next), Some(false))
        );
    }

    #[test]
    fn errors_say_which_field_is_wrong() {
        for (json, field) in [
            (r#"{ "scirpt": "" }"#, "scirpt"),
            (r#"{ "settings": { "cpu": 5 } }"#, "settings.cpu"),
            (r#"{ "settings": { "cpu_ms": 0 } }"#, "settings.cpu_ms"),
            (r#"{ "settings": { "heap_mb": 1 } }"#, "settings.heap_mb"),
            (r#"{ "settings": { "reuse": "never" } }"#, "settings.reuse"),
            (r#"{ "routes": ["/a", "nowhere"] }"#, "routes[1]"),
            (r#"{ "crons": ["* *"] }"#, "crons[0]"),
            (r#"{ "env": { "A": 1 } }"#, "env.A"),
            (r#"{ "weight": 101 }"#, "weight"),
            (r#"{ "version": "" }"#, "version"),
            ("{} {}", "."),
            ("{", "."),
        ] {
            let (found, message) = wrong(Document::of_json(json));
            assert_eq!(found, field, "{json}: {message}");
        }
        let new = Document::of_json("{}").unwrap().into_definition(name(), None, &WorkerDefaults::default());
        assert!(matches!(new, Err(Refusal::Document { field, .. }) if field == "script"));
    }
}
