//! What a developer has saved, and what of it is served.
//!
//! A save is read as a whole and given to [`Workers`], which evaluate it before anybody is routed to it. A worker that does
//! not evaluate is a [`Fault`]: its last good version goes on, and answers with a note. One that never was good is served
//! all the same, so that whoever asks for it hears what is wrong; it is not evaluated again for each request.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exec::{Termination, TerminationReason};
use parking_lot::Mutex;
use runner::workers::{DeployError, Failed, ReloadError, WorkerDefinition, WorkerName, WorkerSet, Workers};

use crate::cli::problem::{self, Problem};

/// The workers of a developer.
#[derive(Debug)]
pub(super) struct Project {
    /// What files are relative to.
    roots: Vec<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What evaluated last, of each worker.
    good: BTreeMap<WorkerName, WorkerDefinition>,
    /// Those whose last save does not evaluate.
    faults: BTreeMap<WorkerName, Arc<Fault>>,
    /// Why the last reading was of no use at all.
    unreadable: Option<Arc<str>>,
    /// How often everything was to begin anew.
    renewals: u32,
}

/// Why the last save of a worker is not served.
#[derive(Debug)]
pub(super) struct Fault {
    /// What was saved, if it could be read.
    pub(super) definition: Option<WorkerDefinition>,
    /// For who asks a worker that never was good.
    pub(super) termination: Termination,
    /// The same for people.
    pub(super) problem: Problem,
    /// Whether a good version goes on.
    pub(super) kept: bool,
}

/// What a reading changed.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) deployed: Vec<WorkerName>,
    pub(super) removed: Vec<WorkerName>,
    /// Saved again as what is served already: whoever has taken a mistake back hears that it is gone.
    pub(super) mended: Vec<WorkerName>,
    pub(super) faults: Vec<Arc<Fault>>,
}

impl Project {
    pub(super) fn new(roots: Vec<PathBuf>) -> Self {
        Self { roots, state: Mutex::default() }
    }

    /// What is wrong with the last save of a worker.
    pub(super) fn fault(&self, worker: &str) -> Option<Arc<Fault>> {
        self.state.lock().faults.get(worker).cloned()
    }

    /// All workers with something wrong.
    pub(super) fn faults(&self) -> Vec<Arc<Fault>> {
        self.state.lock().faults.values().cloned().collect()
    }

    /// Why nothing could be made of what was read last.
    pub(super) fn unreadable(&self) -> Option<Arc<str>> {
        self.state.lock().unreadable.clone()
    }

    /// A script's file, as somebody in the present directory calls it.
    pub(super) fn file(&self, shown: &Path) -> PathBuf {
        problem::as_called(&self.roots, shown)
    }

    /// From the next reading on every worker is a new version, without the state of the one before.
    pub(super) fn renew(&self) {
        self.state.lock().renewals += 1;
    }

    /// Nothing could be read, and what is served goes on.
    pub(super) fn cannot_read(&self, why: &str) {
        // Who shows it says so itself.
        self.state.lock().unreadable = Some(why.strip_prefix("error: ").unwrap_or(why).into());
    }

    /// Serves what was read. One call at a time.
    ///
    /// # Errors
    /// It makes no sense as a whole; nothing has changed then.
    pub(super) async fn serve(&self, workers: &Workers, mut set: WorkerSet) -> Result<Changes, ReloadError> {
        let renewals = self.state.lock().renewals;
        for definition in &mut set.definitions {
            renew(definition, renewals);
        }
        let read = set.definitions.clone();
        let report = workers.replace_all(set).await?;
        let mut state = self.state.lock();
        let nothing_could_be_read = state.unreadable.is_some();
        let faulty: Vec<_> = state.faults.keys().cloned().collect();
        let (good, faults) = state.after(&read, report.failed, &report.removed, &self.roots);
        let never_good = faults.iter().any(|fault| !fault.kept);
        let is_mended = |id: &WorkerName| {
            let is_new = report.deployed.iter().any(|deployed| deployed.id == *id);
            !is_new && !report.removed.contains(id) && !state.faults.contains_key(id)
        };
        let mut mended: Vec<_> = faulty.into_iter().filter(is_mended).collect();
        if nothing_could_be_read && report.deployed.is_empty() && report.removed.is_empty() {
            mended = good.keys().filter(|id| !state.faults.contains_key(*id)).cloned().collect();
        }
        drop(state);
        if never_good {
            // The good ones are there already, as they are.
            let served = read.into_iter().map(|saved| good.get(&saved.id).cloned().unwrap_or(saved));
            workers.adopt_all(served.collect::<Vec<_>>())?;
        }
        Ok(Changes {
            deployed: report.deployed.into_iter().map(|deployed| deployed.id).collect(),
            removed: report.removed,
            mended,
            faults,
        })
    }
}

impl State {
    /// Notes what became of what was `read`. Returns what is good, and what is not.
    fn after(
        &mut self,
        read: &[WorkerDefinition],
        failed: Vec<Failed>,
        removed: &[WorkerName],
        roots: &[PathBuf],
    ) -> (BTreeMap<WorkerName, WorkerDefinition>, Vec<Arc<Fault>>) {
        self.unreadable = None;
        for id in removed {
            self.good.remove(id);
            self.faults.remove(id);
        }
        let mut faults = Vec::new();
        for failed in failed {
            let definition = read.iter().find(|definition| definition.id == failed.id);
            let kept = self.good.contains_key(&failed.id);
            let fault = Arc::new(Fault::new(&failed, definition, read, roots, kept));
            faults.push(Arc::clone(&fault));
            self.faults.insert(failed.id, fault);
        }
        for definition in read {
            let is_fault = |fault: &Arc<Fault>| fault.definition.as_ref() == Some(definition);
            // One that never was good is not evaluated again as long as it is the same.
            if !self.faults.get(&definition.id).is_some_and(is_fault) {
                self.faults.remove(&definition.id);
                self.good.insert(definition.id.clone(), definition.clone());
            }
        }
        (self.good.clone(), faults)
    }
}

impl Fault {
    fn new(
        failed: &Failed,
        definition: Option<&WorkerDefinition>,
        read: &[WorkerDefinition],
        roots: &[PathBuf],
        kept: bool,
    ) -> Self {
        let problem = Problem::of_failed(failed, read, roots);
        let termination = match &failed.error {
            DeployError::NotEvaluated(termination) => termination.clone(),
            error => Termination::new(TerminationReason::InitializationError, error.to_string()),
        };
        Self { definition: definition.cloned(), termination, problem, kept }
    }
}

/// Gives the version a name of its own, so that it has isolates of its own.
fn renew(definition: &mut WorkerDefinition, renewals: u32) {
    if renewals > 0 {
        let name =
            definition.version.clone().unwrap_or_else(|| format!("{:?}", definition.script().fingerprint()));
        definition.version = Some(format!("{name}.{renewals}"));
    }
}
