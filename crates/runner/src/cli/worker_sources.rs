//! Where the workers of a server are read from: paths, and a configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use runner::workers::{self, WorkerDefaults, WorkerSet};

use super::CliError;
use super::config::{Configuration, Loaded, Reading};
use super::mount::Mount;
use super::watch::Watch;

/// What the command line says about workers; the same at every reading.
#[derive(Clone, Debug)]
pub(super) struct WorkerSources {
    paths: Vec<PathBuf>,
    config: Option<PathBuf>,
    env_name: Option<String>,
    /// What all workers have in their environment, before what a file says.
    variables: BTreeMap<String, String>,
    /// Whether those of which nothing else is said have the globals of Node.js.
    nodejs_compat: bool,
    mount: Mount,
    /// What the configuration says, if somebody has read it; for the first reading.
    loaded: Loaded,
    /// What is told of files that turn out to belong to them.
    watch: Option<Watch>,
    /// What the last reading found odd: it is told once. The log may be a file among those that are watched, and every line
    /// of it a change.
    odd: Arc<Mutex<Vec<String>>>,
}

impl WorkerSources {
    pub(super) fn new(
        paths: &[PathBuf],
        config: Option<&Path>,
        env_name: Option<&str>,
        variables: BTreeMap<String, String>,
    ) -> Self {
        let (config, env_name) = (config.map(Path::to_owned), env_name.map(str::to_owned));
        Self {
            paths: paths.to_owned(),
            config,
            env_name,
            variables,
            nodejs_compat: false,
            mount: Mount::Path,
            loaded: Loaded::default(),
            watch: None,
            odd: Arc::default(),
        }
    }

    /// The same, whose workers have the globals of Node.js unless their own settings say something else.
    pub(super) fn with_nodejs_compat(self, nodejs_compat: bool) -> Self {
        Self { nodejs_compat, ..self }
    }

    /// The same, whose first reading takes the configuration from there.
    pub(super) fn loaded(self, loaded: Loaded) -> Self {
        Self { loaded, ..self }
    }

    /// The same with another place for workers without a route.
    pub(super) fn mounted(self, mount: Mount) -> Self {
        Self { mount, ..self }
    }

    /// The same, whose modules are watched from each reading on.
    pub(super) fn watched_by(self, watch: Watch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// What the paths of sources are relative to, or are themselves.
    pub(super) fn roots(&self) -> Vec<PathBuf> {
        let base = self.config.as_deref().map(|config| match config.is_dir() {
            true => config.to_owned(),
            false => config.parent().unwrap_or(Path::new("")).to_owned(),
        });
        self.paths.iter().cloned().chain(base).collect()
    }

    /// What is watched for changes: the workers' files, and the directory of the configuration with all below.
    pub(super) fn watched(&self) -> Vec<PathBuf> {
        let here = |root: PathBuf| if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
        self.roots().into_iter().map(here).collect()
    }

    /// Reads all workers, as they are now. Blocks while files are read. What a configuration says about the server itself
    /// counts at its start only.
    ///
    /// # Errors
    /// The configuration is no good; none of its workers are, then.
    pub(super) fn read(&self) -> Result<WorkerSet, CliError> {
        let mut set = workers::read(&self.paths, &self.variables);
        let mut defaults = WorkerDefaults::default()
            .with_overrides(self.variables.clone())
            .with_nodejs_compat(self.nodejs_compat);
        let mut read_before = None;
        if let Some(config) = &self.config {
            let (configuration, report) = match self.loaded.take() {
                Some(Reading { configuration, report, began }) => {
                    read_before = Some(began);
                    (configuration, report)
                }
                None => Configuration::load(&super::command(), config, self.env_name.as_deref())?,
            };
            let odd: Vec<_> = report.lines().collect();
            let before = std::mem::replace(&mut *self.odd.lock(), odd.clone());
            for line in odd.iter().filter(|line| !before.contains(line)) {
                tracing::warn!("{line}");
            }
            defaults = defaults.with_environment(configuration.environment.clone());
            set.definitions.extend(configuration.into_workers(&self.variables));
        }
        for trouble in runner::loader::write_kept() {
            tracing::warn!("{trouble}");
        }
        self.mount.apply(&mut set);
        for definition in &mut set.definitions {
            defaults.complete_settings(definition);
        }
        set.defaults = Some(defaults);
        if let Some(watch) = &self.watch {
            watch.follow(&set);
            if let Some(began) = read_before {
                watch.look_back_to(began);
            }
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::Report;
    use super::*;

    #[test]
    fn a_configuration_that_was_read_is_read_again_for_the_second_time_only() {
        let report = Report::new(String::new(), String::new());
        let configuration = Configuration::default();
        let loaded = Loaded::new(Reading { configuration, report, began: std::time::SystemTime::now() });
        let nowhere = Path::new("/nowhere/runner.toml");
        let sources = WorkerSources::new(&[], Some(nowhere), None, BTreeMap::new()).loaded(loaded);
        assert!(sources.read().is_ok());
        assert!(matches!(sources.read(), Err(CliError::Configuration(_))));
    }
}
