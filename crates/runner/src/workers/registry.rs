//! The workers of a process: what is deployed, and the table that requests are routed by.
//!
//! # Protocol
//! Requests read the table, which is swapped as a whole and never changed; they take no lock, and hold the version that
//! they were routed to until they have ended. A change of what is deployed
//!
//! 1. looks at what is there, under the lock of `deployments`, and decides which versions have to be made live;
//! 2. makes them so without any lock: each gets a place in the pool, where its script is evaluated. If that fails, the
//!    change is refused, and nothing has happened;
//! 3. takes the lock again, applies itself to what is there *now*, makes a table of the result, and stores both. If there
//!    can be no such table, nothing has happened.
//!
//! Changes of different workers do not wait for each other. Of two changes of one worker the one whose third step is the
//! later one wins; shares are refused then, since they were meant for other versions. What a change replaces is dropped
//! when the lock is free: a version that nobody is routed to any more gives up its isolates, once the last request that
//! holds it is over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use exec::{OperationsHandler, Termination};
use http::Request;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::cron::{CronTime, InvalidCron};
use super::defaults::WorkerDefaults;
use super::definition::WorkerDefinition;
use super::deployments::{Deployment, Deployments, ShareError, Shares, Version, WHOLE};
use super::directory::{Unread, WorkerSet, WorkersError};
use super::feed::{AllFeeds, Follower};
use super::name::{InvalidVersion, WorkerName};
use super::requests::{AllRequestCounts, RequestCount, RequestTimes};
use super::schedule::Entry;
use super::settings::SettingsError;
use super::table::{RouteTaken, Routed, RoutingTable};
use super::tap::Tap;
use super::worker::Worker;
use crate::IsolatePool;

/// Scripts that a reload has evaluated at a time.
const EVALUATIONS: usize = 8;

/// The workers of a process. Cloning is cheap and shares them.
#[derive(Clone)]
pub struct Workers {
    inner: Arc<Inner>,
}

struct Inner {
    table: ArcSwap<RoutingTable>,
    deployments: Mutex<Deployments>,
    /// Tells of every change.
    changes: watch::Sender<()>,
    pool: Option<IsolatePool>,
    operations: Box<MakeOperations>,
    requests: AllRequestCounts,
    times: Arc<RequestTimes>,
    feeds: AllFeeds,
    defaults: ArcSwap<WorkerDefaults>,
}

pub(super) type MakeOperations = dyn Fn(&WorkerDefinition) -> Arc<dyn OperationsHandler> + Send + Sync;

/// A version was deployed, or is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The worker.
    pub id: WorkerName,
    /// The name of the version.
    pub version: String,
    /// Whether there is a new version. If not, the definition was the current one, or differed in routes and crons only,
    /// and the version goes on with its isolates and their state.
    pub new_version: bool,
}

/// Why a version was not deployed. What was there goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeployError {
    /// A setting makes no sense.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A cron is none.
    #[error(transparent)]
    Cron(#[from] InvalidCron),
    /// The version cannot be called so.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
    /// The script cannot be evaluated, or could not be at the moment.
    #[error("{0}")]
    NotEvaluated(Termination),
    /// Another worker has the route.
    #[error(transparent)]
    Route(#[from] RouteTaken),
    /// It could not be read.
    #[error(transparent)]
    Read(WorkersError),
}

/// Why the shares of versions were not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// They cannot be like this.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// A version that had no share could not be made live again.
    #[error(transparent)]
    Deploy(#[from] DeployError),
}

impl From<RouteTaken> for ChangeError {
    fn from(taken: RouteTaken) -> Self {
        Self::Deploy(taken.into())
    }
}

/// Why a reload changed nothing at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// There was no worker to read.
    #[error("there is no worker")]
    Empty,
    /// What could not be read may be any worker, or is all there was.
    #[error(transparent)]
    Read(WorkersError),
    /// Two definitions have the same id.
    #[error("there are two workers {0:?}")]
    Duplicate(WorkerName),
    /// Two workers want the same route.
    #[error(transparent)]
    Route(#[from] RouteTaken),
}

/// What a reload did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ReloadReport {
    /// Workers with a new version, or other routes or crons.
    pub deployed: Vec<Deployed>,
    /// How many workers are as they were.
    pub unchanged: usize,
    /// Workers that were read before and are not there any more.
    pub removed: Vec<WorkerName>,
    /// Workers that are as they were because their new definition is no good.
    pub failed: Vec<Failed>,
}

/// A worker whose new definition is no good.
#[derive(Debug)]
pub struct Failed {
    /// The worker.
    pub id: WorkerName,
    /// What is wrong.
    pub error: DeployError,
    /// The version that goes on in its place, if there is one.
    pub kept: Option<String>,
}

/// What [`Workers::list`] says of a worker.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorkerStatus {
    /// The worker.
    pub id: WorkerName,
    /// Its versions, the current one first. Its routes and crons are those of the current one.
    pub versions: Vec<VersionStatus>,
}

/// What [`Workers::list`] says of a version.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VersionStatus {
    /// The name of the version.
    pub version: String,
    /// Its share of the requests, in percent.
    pub weight: u32,
    /// What it was deployed as.
    pub definition: Arc<WorkerDefinition>,
}

impl Workers {
    /// No workers yet. `operations` makes the operations of each version that is deployed. Nothing is evaluated before it
    /// is routed to, and all versions of a worker share its isolates: see [`in_pool`](Self::in_pool).
    pub fn new<O: OperationsHandler>(
        operations: impl Fn(&WorkerDefinition) -> O + Send + Sync + 'static,
    ) -> Self {
        Self::build(None, Box::new(move |definition| Arc::new(operations(definition))))
    }

    /// No workers yet. Each version will be evaluated in `pool` before it is routed to, and has isolates of its own there;
    /// requests must be executed by the same pool.
    pub fn in_pool<O: OperationsHandler>(
        pool: IsolatePool,
        operations: impl Fn(&WorkerDefinition) -> O + Send + Sync + 'static,
    ) -> Self {
        Self::build(Some(pool), Box::new(move |definition| Arc::new(operations(definition))))
    }

    pub(super) fn build(pool: Option<IsolatePool>, operations: Box<MakeOperations>) -> Self {
        let inner = Inner {
            table: ArcSwap::default(),
            deployments: Mutex::default(),
            changes: watch::Sender::new(()),
            pool,
            operations,
            requests: AllRequestCounts::default(),
            times: Arc::default(),
            feeds: AllFeeds::default(),
            defaults: ArcSwap::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// What definitions have that are made from now on of what somebody sends: see [`WorkerDefaults`]. Nothing that is deployed
    /// changes.
    pub fn set_defaults(&self, defaults: WorkerDefaults) {
        self.inner.defaults.store(Arc::new(defaults));
    }

    /// What was set last.
    pub fn defaults(&self) -> Arc<WorkerDefaults> {
        self.inner.defaults.load_full()
    }

    /// Who answers this request: see [`RoutingTable::find`].
    pub fn find<'a, B>(&self, request: &Request<B>, path_and_query: &'a str) -> Option<Routed<'a>> {
        self.inner.table.load().find(request, path_and_query)
    }

    /// The live version of a worker with the largest share, for whoever asks it without a request.
    pub fn get(&self, id: &str) -> Option<Arc<Worker>> {
        let deployments = self.inner.deployments.lock();
        let versions = &deployments.get(id)?.versions;
        versions.iter().rev().max_by_key(|version| version.weight)?.worker.clone()
    }

    /// Tells of every change of what is deployed.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.inner.changes.subscribe()
    }

    /// The crons of all workers.
    pub(super) fn crons(&self) -> Vec<Entry> {
        let deployments = self.inner.deployments.lock();
        let current = deployments.iter().filter_map(|(_, deployment)| deployment.current());
        let crons = current.flat_map(|version| {
            let definition = &version.definition;
            // All of them have been read before.
            let crons = definition.crons.iter().filter_map(|cron| CronTime::new(cron).ok());
            crons.map(|cron| Entry { worker: definition.id.clone(), cron })
        });
        crons.collect()
    }

    /// The crons of one worker, if it is there.
    pub(super) fn crons_of(&self, id: &str) -> Option<Vec<String>> {
        let deployments = self.inner.deployments.lock();
        Some(deployments.get(id)?.current()?.definition.crons.clone())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.inner.deployments.lock().iter().count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in the order of their ids.
    pub fn list(&self) -> Vec<WorkerStatus> {
        let status = |version: &Version| VersionStatus {
            version: version.name.to_string(),
            weight: version.weight,
            definition: Arc::clone(&version.definition),
        };
        let deployments = self.inner.deployments.lock();
        let workers = deployments.iter().map(|(id, deployment)| WorkerStatus {
            id: id.clone(),
            versions: deployment.versions.iter().map(status).collect(),
        });
        workers.collect()
    }

    /// How many requests each worker has had; beyond [`MAX_COUNTED_WORKERS`](super::MAX_COUNTED_WORKERS) they are counted together.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        let mut requests = BTreeMap::new();
        for RequestCount { worker, count, .. } in self.request_counts() {
            *requests.entry(worker.into()).or_default() += count;
        }
        requests
    }

    /// How the requests of each worker ended.
    pub(crate) fn request_counts(&self) -> Vec<RequestCount> {
        self.inner.requests.list()
    }

    /// The CPU time that each worker has used, in seconds.
    pub(crate) fn cpu_seconds(&self) -> Vec<(Box<str>, f64)> {
        self.inner.requests.cpu()
    }

    /// How long requests took, those of all workers.
    pub(crate) fn request_times(&self) -> &RequestTimes {
        &self.inner.times
    }

    /// What a worker does from now on: its console, requests, exceptions. `None` if there is no such worker.
    pub fn follow(&self, id: &str) -> Option<Follower> {
        Some(self.get(id)?.feed.follow())
    }

    /// Deploys a version, which gets all requests from now on. The one before it is kept for a
    /// [`rollback`](Self::rollback).
    ///
    /// # Errors
    /// [`DeployError`]; nothing has changed then.
    pub async fn deploy(&self, definition: WorkerDefinition) -> Result<Deployed, DeployError> {
        self.deploy_with_weight(definition, WHOLE).await
    }

    /// As [`deploy`](Self::deploy), for `weight` percent of the requests (100 at most); the version that had most of them
    /// gets the rest. The first version of a worker gets everything.
    ///
    /// # Errors
    /// As [`deploy`](Self::deploy).
    pub async fn deploy_with_weight(
        &self,
        definition: WorkerDefinition,
        weight: u32,
    ) -> Result<Deployed, DeployError> {
        let step = self.inner.plan(Arc::new(definition));
        let step = self.inner.carry_out(step).await?;
        self.inner.change(|deployments| Ok(step.apply(deployments, weight.min(WHOLE))))
    }

    /// Takes a worker away with all its versions. Requests in flight end on theirs. Whether there was one.
    pub fn remove(&self, id: &str) -> bool {
        let removed = self.inner.change(|deployments| Ok::<_, RouteTaken>(deployments.remove(id)));
        // With fewer routes none is taken twice.
        removed.unwrap_or(false)
    }

    /// Gives `version` this share of the requests, in percent, and the rest to the other version.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing has changed then.
    pub async fn set_weight(&self, id: &str, version: &str, weight: u32) -> Result<(), ChangeError> {
        self.share(id, |deployment| deployment.weigh(version, weight)).await
    }

    /// Gives all requests to the version before the current one, which is the current one then. Another rollback undoes
    /// it.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing has changed then.
    pub async fn rollback(&self, id: &str) -> Result<(), ChangeError> {
        self.share(id, Deployment::rollback).await
    }

    async fn share(
        &self,
        id: &str,
        plan: impl FnOnce(&Deployment) -> Result<Shares, ShareError>,
    ) -> Result<(), ChangeError> {
        let mut shares = match self.inner.deployments.lock().get(id) {
            Some(deployment) => plan(deployment)?,
            None => return Err(ShareError::NoWorker(id.to_owned()).into()),
        };
        for (version, weight) in &mut shares {
            if *weight > 0 && version.worker.is_none() {
                let worker = self.inner.bring_to_life(&version.definition, &version.name).await?;
                version.worker = Some(worker);
            }
        }
        self.inner.change(|deployments| Ok(deployments.share(id, &shares)?))
    }

    /// Makes the workers what was read. Those that are read as they were at the last reload are left alone, whatever was
    /// deployed meanwhile, and so are those that came by [`deploy`](Self::deploy) only. Of the others each is deployed,
    /// several at a time; one that cannot be goes on as it was. All changes are seen at once.
    ///
    /// # Errors
    /// [`ReloadError`], for a set that makes no sense as a whole; nothing has changed then.
    pub async fn replace_all(&self, set: impl Into<WorkerSet>) -> Result<ReloadReport, ReloadError> {
        let mut reload = self.begin_reload(set.into())?;
        let (turns, mut evaluating) = (Arc::new(Semaphore::new(EVALUATIONS)), JoinSet::new());
        for step in reload.steps.drain(..) {
            let (inner, turns) = (Arc::clone(&self.inner), Arc::clone(&turns));
            let definition = Arc::clone(&step.definition);
            evaluating.spawn(async move {
                let _turn = turns.acquire().await;
                (definition, inner.carry_out(step).await)
            });
        }
        // A task that panicked panics here too.
        for (definition, result) in evaluating.join_all().await {
            reload.made(&definition, result);
        }
        self.end_reload(reload)
    }

    /// As [`replace_all`](Self::replace_all), at once and without evaluating anything: a script that does not evaluate is
    /// found out by its first request.
    ///
    /// # Errors
    /// As [`replace_all`](Self::replace_all).
    pub fn adopt_all(&self, set: impl Into<WorkerSet>) -> Result<ReloadReport, ReloadError> {
        let mut reload = self.begin_reload(set.into())?;
        for mut step in std::mem::take(&mut reload.steps) {
            let definition = Arc::clone(&step.definition);
            let worker = match step.worker.take() {
                Some(worker) => worker,
                None => Arc::new(self.inner.make(&definition, &step.version)),
            };
            let made = check(&definition).map(|()| Step { worker: Some(worker), ..step });
            reload.made(&definition, made);
        }
        self.end_reload(reload)
    }

    /// What a set asks for.
    fn begin_reload(&self, set: WorkerSet) -> Result<Reload, ReloadError> {
        let WorkerSet { definitions, unread, ignored: _, defaults } = set;
        if definitions.is_empty() {
            let error = unread.into_iter().next().map(|unread| ReloadError::Read(unread.error));
            return Err(error.unwrap_or(ReloadError::Empty));
        }
        let mut reload =
            Reload { steps: Vec::new(), present: BTreeSet::new(), report: ReloadReport::default() };
        for Unread { id, error } in unread {
            let Some(id) = id else { return Err(ReloadError::Read(error)) };
            reload.present.insert(id.clone());
            reload.report.failed.push(Failed { id, error: DeployError::Read(error), kept: None });
        }
        for definition in definitions {
            if !reload.present.insert(definition.id.clone()) {
                return Err(ReloadError::Duplicate(definition.id.clone()));
            }
            let was_read =
                |deployment: &Deployment| deployment.read.as_deref().is_some_and(|read| *read == definition);
            if self.inner.deployments.lock().get(&definition.id).is_some_and(was_read) {
                reload.report.unchanged += 1;
            } else {
                reload.steps.push(self.inner.plan(Arc::new(definition)));
            }
        }
        if let Some(defaults) = defaults {
            self.set_defaults(defaults);
        }
        Ok(reload)
    }

    fn end_reload(&self, reload: Reload) -> Result<ReloadReport, ReloadError> {
        let Reload { mut steps, present, mut report } = reload;
        steps.sort_by(|a, b| a.definition.id.cmp(&b.definition.id));
        let (deployed, removed) = self.inner.change(|deployments| {
            let removed = deployments.read_but_not_in(&present);
            for id in &removed {
                deployments.remove(id);
            }
            let mut apply = |step: &Step| {
                let deployed = step.apply(deployments, WHOLE);
                deployments.was_read(&step.definition);
                deployed
            };
            Ok::<_, RouteTaken>((steps.iter().map(&mut apply).collect(), removed))
        })?;
        (report.deployed, report.removed) = (deployed, removed);
        let deployments = self.inner.deployments.lock();
        for failed in &mut report.failed {
            let current = deployments.get(&failed.id).and_then(Deployment::current);
            failed.kept = current.map(|version| version.name.to_string());
        }
        drop(deployments);
        report.failed.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(report)
    }
}

/// A reload under way.
struct Reload {
    steps: Vec<Step>,
    /// All workers that were read, good or not.
    present: BTreeSet<WorkerName>,
    report: ReloadReport,
}

impl Reload {
    fn made(&mut self, definition: &WorkerDefinition, result: Result<Step, DeployError>) {
        match result {
            Ok(step) => self.steps.push(step),
            Err(error) => {
                self.report.failed.push(Failed { id: definition.id.clone(), error, kept: None });
            }
        }
    }
}

/// A version that a definition asks for.
struct Step {
    definition: Arc<WorkerDefinition>,
    version: Arc<str>,
    /// What runs it: from the start, if the current version does.
    worker: Option<Arc<Worker>>,
    new_version: bool,
}

impl Step {
    fn apply(&self, deployments: &mut Deployments, weight: u32) -> Deployed {
        let version = Version {
            name: Arc::clone(&self.version),
            definition: Arc::clone(&self.definition),
            weight: 0,
            worker: self.worker.clone(),
        };
        deployments.put(version, weight);
        let (id, version) = (self.definition.id.clone(), self.version.to_string());
        Deployed { id, version, new_version: self.new_version }
    }
}

/// Refuses what nobody could run like this.
fn check(definition: &WorkerDefinition) -> Result<(), DeployError> {
    if let Some(version) = &definition.version {
        InvalidVersion::check(version)?;
    }
    definition.settings.check()?;
    for cron in &definition.crons {
        CronTime::new(cron)?;
    }
    Ok(())
}

impl Inner {
    /// What a definition asks for; with what runs it, if that is there.
    fn plan(&self, definition: Arc<WorkerDefinition>) -> Step {
        let deployments = self.deployments.lock();
        let deployment = deployments.get(&definition.id);
        if let Some(current) = deployment.and_then(Deployment::current)
            && current.weight == WHOLE
            && current.definition.runs_as(&definition)
        {
            let (version, worker) = (Arc::clone(&current.name), current.worker.clone());
            return Step { definition, version, worker, new_version: false };
        }
        let version = definition.version.clone().unwrap_or_else(|| {
            let name = format!("{:?}", definition.script().fingerprint());
            deployment.map_or_else(|| name.clone(), |deployment| deployment.free_name(&name))
        });
        Step { definition, version: version.into(), worker: None, new_version: true }
    }

    /// Makes what runs it, and evaluates it.
    async fn carry_out(&self, mut step: Step) -> Result<Step, DeployError> {
        check(&step.definition)?;
        if step.worker.is_none() {
            step.worker = Some(self.bring_to_life(&step.definition, &step.version).await?);
        }
        Ok(step)
    }

    /// A version that can be routed to: it evaluates.
    async fn bring_to_life(
        &self,
        definition: &WorkerDefinition,
        version: &Arc<str>,
    ) -> Result<Arc<Worker>, DeployError> {
        if let Some(termination) = definition.source.termination() {
            return Err(DeployError::NotEvaluated(termination));
        }
        let worker = self.make(definition, version);
        if let (Some(pool), Some(place)) = (&self.pool, &worker.place) {
            let evaluated = pool.prepare_version(place, &worker.script, worker.operations()).await;
            evaluated.map_err(DeployError::NotEvaluated)?;
        }
        Ok(Arc::new(worker))
    }

    /// A version that nobody has evaluated.
    fn make(&self, definition: &WorkerDefinition, version: &Arc<str>) -> Worker {
        let mut script = definition.script();
        let place = self.pool.as_ref().map(|pool| {
            pool.enter(&definition.id, definition.settings.version_options(pool.limits().isolate))
        });
        if let Some(pool) = &self.pool
            && let Some(limits) = definition.settings.request_limits(pool.limits().request)
        {
            script = script.with_limits(limits);
        }
        let (name, version) = (definition.id.clone(), Arc::clone(version));
        let (requests, times) = (self.requests.of(&name), Arc::clone(&self.times));
        let feed = self.feeds.of(&name);
        let operations = Arc::new(Tap {
            inner: (self.operations)(definition),
            version: Arc::clone(&version),
            feed: Arc::clone(&feed),
            requests: Arc::clone(&requests),
            times: Arc::clone(&times),
        });
        Worker {
            name,
            version,
            source: definition.source.clone(),
            script,
            operations,
            place,
            requests,
            times,
            feed,
        }
    }

    /// The rates of a worker are those of its current version.
    fn set_rates(&self, before: &Deployments, now: &Deployments) {
        let Some(pool) = &self.pool else { return };
        for (id, deployment) in now.iter() {
            let Some(current) = deployment.current() else { continue };
            let was = before.get(id).and_then(Deployment::current);
            if was.is_some_and(|was| Arc::ptr_eq(&was.definition, &current.definition)) {
                continue;
            }
            let mut live = deployment.versions.iter().filter_map(|version| version.worker.as_ref());
            if let Some(place) = live.find_map(|worker| worker.place.as_ref()) {
                let settings = &current.definition.settings;
                pool.set_rates(place, settings.cpu_rate, settings.log_rate);
            }
        }
    }

    /// Applies a change to what is deployed now, and swaps the table.
    fn change<R, E: From<RouteTaken>>(
        &self,
        apply: impl FnOnce(&mut Deployments) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut deployments = self.deployments.lock();
        let mut changed = deployments.clone();
        let result = apply(&mut changed);
        let result = result.and_then(|result| Ok((result, changed.table()?)));
        // Whatever is dropped is dropped without the lock: it may be the last of a version.
        match result {
            Ok((result, table)) => {
                let before = std::mem::replace(&mut *deployments, changed);
                // Under the lock: so that the rates are those of the last change.
                self.set_rates(&before, &deployments);
                let table = self.table.swap(Arc::new(table));
                drop(deployments);
                drop((before, table));
                self.changes.send_replace(());
                Ok(result)
            }
            Err(error) => {
                drop(deployments);
                drop(changed);
                Err(error)
            }
        }
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("len", &self.len()).finish_non_exhaustive()
    }
}
