//! What a worker is, as somebody wrote it down: a directory, a configuration, an API call.

use std::collections::BTreeMap;
use std::fmt;

use exec::Script;

use super::name::WorkerName;
use super::route::Route;
use super::settings::WorkerSettings;
use super::source::WorkerSource;

/// Everything that is needed to deploy one version of a worker. Its `Debug` has the names of the variables only: their
/// values may be secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct WorkerDefinition {
    /// Whose version it is.
    pub id: WorkerName,
    /// What it runs.
    pub source: WorkerSource,
    /// What its handlers get as `env`.
    pub environment: BTreeMap<String, String>,
    /// Where its requests come from. Without one it has no requests; its crons and calls work.
    pub routes: Vec<Route>,
    /// What it may use, in place of the server's defaults.
    pub settings: WorkerSettings,
    /// When its `scheduled` handler is called: cron expressions in UTC, with five fields, or six with
    /// the seconds before them. See [`Workers::run_crons`](super::Workers::run_crons).
    pub crons: Vec<String>,
    /// The name of the version; `None` for one that is made of the fingerprint of the script.
    pub version: Option<String>,
}

impl fmt::Debug for WorkerDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, source, environment, routes, settings, crons, version } = self;
        f.debug_struct("WorkerDefinition")
            .field("id", id)
            .field("path", &source.path)
            .field("environment", &environment.keys())
            .field("routes", routes)
            .field("settings", settings)
            .field("crons", crons)
            .field("version", version)
            .finish_non_exhaustive()
    }
}

impl WorkerDefinition {
    /// A worker with this script and nothing else: no environment, route, setting, cron or version.
    pub fn new(id: WorkerName, source: WorkerSource) -> Self {
        Self {
            id,
            source,
            environment: BTreeMap::new(),
            routes: Vec::new(),
            settings: WorkerSettings::default(),
            crons: Vec::new(),
            version: None,
        }
    }

    /// The same worker, which is asked at one more place.
    pub fn with_route(mut self, route: Route) -> Self {
        self.routes.push(route);
        self
    }

    /// What the pool runs for it, without limits of its own.
    pub fn script(&self) -> Script {
        let script = (self.source.script().clone())
            .with_name(self.source.path.to_string_lossy())
            .with_environment(self.environment.clone())
            .with_nodejs_compat(self.settings.nodejs_compat == Some(true));
        match &self.version {
            Some(version) => script.with_version(version.as_str()),
            None => script,
        }
    }

    /// Whether a version of `other` would do the same in the same isolates: all but routes and crons is equal.
    pub(super) fn runs_as(&self, other: &Self) -> bool {
        let Self { id, source, environment, settings, version, routes: _, crons: _ } = self;
        (id, source, environment, settings, version)
            == (&other.id, &other.source, &other.environment, &other.settings, &other.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_variables_are_not_printed() {
        let mut worker = WorkerDefinition::new(WorkerName::root(), WorkerSource::new("w.js", ""));
        worker.environment.insert("TOKEN".to_owned(), "hunter2".to_owned());
        let printed = format!("{worker:?}");
        assert!(printed.contains("TOKEN") && !printed.contains("hunter2"), "{printed}");
    }
}
