//! Watching files for changes.
//!
//! Editors save a file in several steps, and often under another name first. So directories are watched and not files, and
//! a change is reported when nothing has happened for [`QUIET`], or when things have gone on happening for [`LATEST`].

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use parking_lot::{Mutex, RwLock};
use runner::workers::WorkerSet;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How long nothing has to happen until a change is complete.
const QUIET: Duration = Duration::from_millis(50);

/// How long a change may take until it is reported in any case.
const LATEST: Duration = Duration::from_secs(1);

/// What is watched, for as long as somebody has it.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    watcher: Arc<Mutex<RecommendedWatcher>>,
    places: Arc<RwLock<Vec<Place>>>,
}

/// Watches files, and directories with all below. Each event is one for `seen`.
pub(super) fn start(paths: &[PathBuf], seen: Arc<Notify>) -> notify::Result<Watch> {
    let first = paths.iter().map(|path| Place::of(path)).collect::<Result<Vec<_>, _>>()?;
    let places = Arc::new(RwLock::new(first.clone()));
    let filter = Arc::clone(&places);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // An error is a reason to look, too: the queue of events may have run over.
        if event.map_or(true, |event| filter.read().iter().any(|place| place.concerns(&event))) {
            seen.notify_one();
        }
    })?;
    for place in &first {
        let mode = if place.file.is_some() { RecursiveMode::NonRecursive } else { RecursiveMode::Recursive };
        watcher.watch(&place.directory, mode)?;
    }
    Ok(Watch { watcher: Arc::new(Mutex::new(watcher)), places })
}

impl Watch {
    /// Watches the directories of all modules of these workers, too, but for those of packages. What cannot be watched is not:
    /// it may be gone, or there are too many.
    pub(super) fn follow(&self, set: &WorkerSet) {
        let files = set.definitions.iter().flat_map(|definition| definition.source.files());
        let own = files.filter(|file| !file.iter().any(|part| part == "node_modules"));
        let directories: BTreeSet<_> = own.filter_map(|file| file.parent()).collect();
        for directory in directories {
            if self.places.read().iter().any(|place| place.has(directory)) {
                continue;
            }
            if let Err(error) = self.watcher.lock().watch(directory, RecursiveMode::NonRecursive) {
                tracing::debug!(directory = %directory.display(), %error, "not watched");
            }
            self.places.write().push(Place { directory: directory.to_owned(), file: None });
        }
    }
}

/// Makes one notification of `changed` of many that are `seen` at about the same time, for ever.
pub(super) async fn debounce(seen: Arc<Notify>, changed: Arc<Notify>) {
    loop {
        seen.notified().await;
        let latest = Instant::now() + LATEST;
        loop {
            tokio::select! {
                () = sleep_until(latest.min(Instant::now() + QUIET)) => break,
                () = seen.notified() => {}
            }
        }
        changed.notify_one();
    }
}

/// A directory, or one file in it.
#[derive(Clone, Debug)]
struct Place {
    directory: PathBuf,
    file: Option<OsString>,
}

impl Place {
    fn of(path: &Path) -> notify::Result<Self> {
        // As events name them.
        let path = std::path::absolute(path)?;
        if path.is_dir() {
            return Ok(Self { directory: path, file: None });
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(notify::Error::path_not_found().add_path(path));
        };
        Ok(Self { directory: parent.to_owned(), file: Some(name.to_owned()) })
    }

    /// Whether everything in `directory` is watched.
    fn has(&self, directory: &Path) -> bool {
        self.file.is_none() && directory.starts_with(&self.directory)
    }

    fn concerns(&self, event: &Event) -> bool {
        let here = |path: &PathBuf| match &self.file {
            Some(name) => path.file_name() == Some(name.as_os_str()),
            None => path.starts_with(&self.directory),
        };
        !event.kind.is_access() && event.paths.iter().any(here)
    }
}
