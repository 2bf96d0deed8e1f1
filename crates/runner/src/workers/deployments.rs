//! What is deployed: the versions of every worker with their shares. Policy only: no lock, no pool, no waiting.
//!
//! A worker has one version or two. The first one is the current one, whose routes and crons are the worker's; the other
//! one is what [`Deployments::rollback`] goes back to. Shares are in percent and add up to 100. A version with a share is
//! live: it has a [`Worker`]; without one it has none, and so no isolates either.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::definition::WorkerDefinition;
use super::name::WorkerName;
use super::table::{Live, RouteTaken, RoutingTable};
use super::worker::Worker;

/// All shares of a worker together.
pub(super) const WHOLE: u32 = 100;

#[derive(Clone, Debug, Default)]
pub(super) struct Deployments {
    workers: BTreeMap<WorkerName, Deployment>,
}

#[derive(Clone, Debug)]
pub(super) struct Deployment {
    /// The current one first, and perhaps the one before it.
    pub(super) versions: Vec<Version>,
    /// What the last reload brought, whatever became of it since.
    pub(super) read: Option<Arc<WorkerDefinition>>,
}

#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) name: Arc<str>,
    pub(super) definition: Arc<WorkerDefinition>,
    pub(super) weight: u32,
    /// There is one exactly while there is a weight.
    pub(super) worker: Option<Arc<Worker>>,
}

/// The shares that the versions of a worker are to have, in their new order.
pub(super) type Shares = Vec<(Version, u32)>;

/// Why the shares of a worker cannot be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// There is no such worker.
    #[error("there is no worker {0:?}")]
    NoWorker(String),
    /// The worker has no such version, or no more.
    #[error("the worker has no version {0:?}")]
    NoVersion(String),
    /// There is no version before the current one.
    #[error("there is no version to go back to")]
    NoPrevious,
    /// The only version of a worker gets all of its requests.
    #[error("the worker has no other version")]
    OnlyVersion,
    /// More than the whole.
    #[error("a weight is at most 100")]
    Weight,
    /// Somebody else changed the worker meanwhile.
    #[error("the worker was changed meanwhile")]
    Changed,
}

impl Deployment {
    pub(super) fn current(&self) -> Option<&Version> {
        self.versions.first()
    }

    /// `version` gets `weight` and the other one the rest.
    pub(super) fn weigh(&self, version: &str, weight: u32) -> Result<Shares, ShareError> {
        if weight > WHOLE {
            return Err(ShareError::Weight);
        }
        if !self.versions.iter().any(|other| &*other.name == version) {
            return Err(ShareError::NoVersion(version.to_owned()));
        }
        if self.versions.len() == 1 && weight < WHOLE {
            return Err(ShareError::OnlyVersion);
        }
        let share = |other: &Version| if &*other.name == version { weight } else { WHOLE - weight };
        Ok(self.versions.iter().map(|version| (version.clone(), share(version))).collect())
    }

    /// The version before the current one gets everything, and is the current one.
    pub(super) fn rollback(&self) -> Result<Shares, ShareError> {
        match &*self.versions {
            [current, previous] => Ok(vec![(previous.clone(), WHOLE), (current.clone(), 0)]),
            _ => Err(ShareError::NoPrevious),
        }
    }

    /// A name for a version that was given none: `wanted`, or with a number if another version has it.
    pub(super) fn free_name(&self, wanted: &str) -> String {
        let taken = |name: &str| self.versions.iter().any(|version| &*version.name == name);
        let (mut name, mut number) = (wanted.to_owned(), 1);
        while taken(&name) {
            number += 1;
            name = format!("{wanted}-{number}");
        }
        name
    }

    /// Puts a live version in front, with `weight`. One of the same name is replaced; of the others, the one with the
    /// largest share gets the rest and is kept. If it is the current one already, it only gets its new definition.
    fn put(&mut self, version: Version, weight: u32) {
        if let Some(current) = self.versions.first_mut()
            && let (Some(worker), Some(same)) = (&current.worker, &version.worker)
            && Arc::ptr_eq(worker, same)
        {
            current.definition = version.definition;
            return;
        }
        let others = self.versions.drain(..).rev().filter(|other| other.name != version.name);
        let previous = others.max_by_key(|other| other.weight);
        let rest = if previous.is_some() { WHOLE - weight } else { 0 };
        self.versions.push(version.with_weight(WHOLE - rest));
        self.versions.extend(previous.map(|previous| previous.with_weight(rest)));
    }
}

impl Version {
    /// The same with this share; it stays live if it is.
    fn with_weight(self, weight: u32) -> Self {
        Self { weight, worker: self.worker.filter(|_| weight > 0), ..self }
    }
}

impl Deployments {
    pub(super) fn get(&self, id: &str) -> Option<&Deployment> {
        self.workers.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&WorkerName, &Deployment)> {
        self.workers.iter()
    }

    /// Adds a live version.
    pub(super) fn put(&mut self, version: Version, weight: u32) {
        let id = version.definition.id.clone();
        self.workers
            .entry(id)
            .or_insert_with(|| Deployment { versions: Vec::new(), read: None })
            .put(version, weight);
    }

    /// Notes what a reload brought.
    pub(super) fn was_read(&mut self, definition: &Arc<WorkerDefinition>) {
        if let Some(deployment) = self.workers.get_mut(&definition.id) {
            deployment.read = Some(Arc::clone(definition));
        }
    }

    /// The workers that a reload brought and that are not among these.
    pub(super) fn read_but_not_in(&self, ids: &BTreeSet<WorkerName>) -> Vec<WorkerName> {
        let read = self.workers.iter().filter(|(_, deployment)| deployment.read.is_some());
        read.map(|(id, _)| id).filter(|id| !ids.contains(*id)).cloned().collect()
    }

    /// Whether there was such a worker.
    pub(super) fn remove(&mut self, id: &str) -> bool {
        self.workers.remove(id).is_some()
    }

    /// Gives the versions of a worker these shares; those that were not live must be so by now.
    pub(super) fn share(&mut self, id: &str, shares: &Shares) -> Result<(), ShareError> {
        let Some(deployment) = self.workers.get_mut(id) else {
            return Err(ShareError::NoWorker(id.to_owned()));
        };
        let is_there = |version: &Version| {
            let same = |other: &&Version| Arc::ptr_eq(&other.definition, &version.definition);
            deployment.versions.iter().any(|other| same(&other) && other.weight == version.weight)
        };
        if shares.len() != deployment.versions.len() || !shares.iter().all(|(version, _)| is_there(version)) {
            return Err(ShareError::Changed);
        }
        let version = |(version, weight): &(Version, u32)| version.clone().with_weight(*weight);
        deployment.versions = shares.iter().map(version).collect();
        Ok(())
    }

    /// The table that routes to the live versions.
    pub(super) fn table(&self) -> Result<RoutingTable, RouteTaken> {
        let mut table = RoutingTable::default();
        for (name, deployment) in &self.workers {
            let live = deployment
                .versions
                .iter()
                .filter_map(|version| Some((version.weight, Arc::clone(version.worker.as_ref()?))));
            let (Some(current), Some(live)) = (deployment.current(), Live::new(name.clone(), live)) else {
                continue;
            };
            let live = Arc::new(live);
            for route in &current.definition.routes {
                table.add(route, &live)?;
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::WorkerSource;
    use super::*;

    fn version(name: &str) -> Version {
        let id = WorkerName::new("w").unwrap();
        let worker = Worker::for_tests("w", name);
        let definition = WorkerDefinition::new(id, WorkerSource::new("w.js", name));
        Version {
            name: name.into(),
            definition: Arc::new(definition),
            weight: 0,
            worker: Some(Arc::new(worker)),
        }
    }

    /// The versions with their shares, having seen that those with one are live and no other.
    fn shares(deployments: &Deployments) -> Vec<(&str, u32)> {
        let versions = &deployments.get("w").unwrap().versions;
        assert!(versions.iter().all(|version| version.worker.is_some() == (version.weight > 0)));
        assert_eq!(versions.iter().map(|version| version.weight).sum::<u32>(), WHOLE);
        versions.iter().map(|version| (&*version.name, version.weight)).collect()
    }

    /// Applies shares as the registry does: what was not live is made so.
    fn share(deployments: &mut Deployments, shares: Result<Shares, ShareError>) {
        let mut shares = shares.unwrap();
        for (version, _) in &mut shares {
            version.worker = self::version(&version.name).worker;
        }
        deployments.share("w", &shares).unwrap();
    }

    #[test]
    fn the_version_before_the_current_one_is_kept_without_a_share() {
        let mut all = Deployments::default();
        all.put(version("1"), WHOLE);
        assert_eq!(shares(&all), [("1", 100)]);
        all.put(version("2"), WHOLE);
        all.put(version("3"), WHOLE);
        assert_eq!(shares(&all), [("3", 100), ("2", 0)]);
    }

    #[test]
    fn a_rollback_goes_back_and_another_one_forth() {
        let mut all = Deployments::default();
        all.put(version("1"), WHOLE);
        assert_eq!(all.get("w").unwrap().rollback().unwrap_err(), ShareError::NoPrevious);
        all.put(version("2"), WHOLE);
        for expected in [[("1", 100), ("2", 0)], [("2", 100), ("1", 0)]] {
            let back = all.get("w").unwrap().rollback();
            share(&mut all, back);
            assert_eq!(shares(&all), expected);
        }
    }

    #[test]
    fn two_versions_share_and_the_heavier_one_is_gone_back_to() {
        let mut all = Deployments::default();
        all.put(version("1"), 10);
        assert_eq!(shares(&all), [("1", 100)], "the only version gets everything");
        all.put(version("2"), 10);
        assert_eq!(shares(&all), [("2", 10), ("1", 90)]);
        all.put(version("3"), WHOLE);
        assert_eq!(shares(&all), [("3", 100), ("1", 0)]);
        let weighed = all.get("w").unwrap().weigh("1", 30);
        share(&mut all, weighed);
        assert_eq!(shares(&all), [("3", 70), ("1", 30)]);
        all.put(version("3"), WHOLE);
        assert_eq!(shares(&all), [("3", 100), ("1", 0)], "it takes the place of the one of its name");
    }

    #[test]
    fn shares_that_cannot_be_are_refused() {
        let mut all = Deployments::default();
        all.put(version("1"), WHOLE);
        let weigh = |all: &Deployments, version, weight| all.get("w").unwrap().weigh(version, weight);
        assert_eq!(weigh(&all, "1", 101).unwrap_err(), ShareError::Weight);
        assert_eq!(weigh(&all, "2", 10).unwrap_err(), ShareError::NoVersion("2".to_owned()));
        assert_eq!(weigh(&all, "1", 99).unwrap_err(), ShareError::OnlyVersion);
        all.put(version("2"), WHOLE);
        let planned = weigh(&all, "1", 50).unwrap();
        all.put(version("3"), WHOLE);
        assert_eq!(all.share("w", &planned), Err(ShareError::Changed));
        assert_eq!(shares(&all), [("3", 100), ("2", 0)]);
    }

    #[test]
    fn a_version_without_a_name_gets_one_that_is_free() {
        let mut all = Deployments::default();
        all.put(version("a"), WHOLE);
        all.put(version("a-2"), WHOLE);
        let name = |wanted: &str| all.get("w").unwrap().free_name(wanted);
        assert_eq!((&*name("a"), &*name("b")), ("a-3", "b"));
    }
}
