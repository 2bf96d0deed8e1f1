//! Watching files for changes.
//!
//! Editors save a file in several steps, and often under another name first. So directories are watched and not files, and
//! a change is reported when nothing has happened for [`QUIET`], or when things have gone on happening for [`LATEST`].
//!
//! What was read before anything was watched need not be read again: what has changed meanwhile says so itself
//! ([`Watch::look_back_to`]).

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use parking_lot::{Mutex, RwLock};
use runner::workers::WorkerSet;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How long nothing has to happen until a change is complete.
const QUIET: Duration = Duration::from_millis(50);

/// How long a change may take until it is reported in any case.
const LATEST: Duration = Duration::from_secs(1);

/// How much earlier than it happened a change may be dated: file systems have the time of the last tick.
const TICK: Duration = Duration::from_millis(20);

/// What is watched, for as long as somebody has it.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    seen: Arc<Notify>,
    watcher: Arc<Mutex<RecommendedWatcher>>,
    places: Arc<RwLock<Vec<Place>>>,
}

/// Watches files, and directories with all below. Each event is one for `seen`.
pub(super) fn start(paths: &[PathBuf], seen: Arc<Notify>) -> notify::Result<Watch> {
    let first = paths.iter().map(|path| Place::of(path)).collect::<Result<Vec<_>, _>>()?;
    let places = Arc::new(RwLock::new(first.clone()));
    let filter = Arc::clone(&places);
    let told = Arc::clone(&seen);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // An error is a reason to look, too: the queue of events may have run over.
        if event.map_or(true, |event| filter.read().iter().any(|place| place.concerns(&event))) {
            told.notify_one();
        }
    })?;
    for place in &first {
        let mode = if place.file.is_some() { RecursiveMode::NonRecursive } else { RecursiveMode::Recursive };
        watcher.watch(&place.directory, mode)?;
    }
    Ok(Watch { seen, watcher: Arc::new(Mutex::new(watcher)), places })
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

    /// Reports a change if something that is watched has changed since `began`: for what was read from then on, without being
    /// watched. It looks at what is in the directories that are watched, not at what is below.
    pub(super) fn look_back_to(&self, began: SystemTime) {
        if self.places.read().iter().any(|place| place.has_changed_since(began)) {
            self.seen.notify_one();
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

    fn has_changed_since(&self, began: SystemTime) -> bool {
        let is_new = |path: &Path| {
            let metadata = path.metadata();
            // A pipe changes whenever somebody writes into it, and is read once.
            metadata.is_ok_and(|metadata| {
                (metadata.is_file() || metadata.is_dir())
                    && metadata.modified().is_ok_and(|modified| modified + TICK >= began)
            })
        };
        if let Some(file) = &self.file {
            return is_new(&self.directory.join(file));
        }
        let entries = self.directory.read_dir().into_iter().flatten().flatten();
        is_new(&self.directory) || entries.map(|entry| entry.path()).any(|path| is_new(&path))
    }

    fn concerns(&self, event: &Event) -> bool {
        let here = |path: &PathBuf| match &self.file {
            Some(name) => path.file_name() == Some(name.as_os_str()),
            None => path.starts_with(&self.directory),
        };
        !event.kind.is_access() && event.paths.iter().any(here)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn what_has_changed_before_anything_was_watched_is_found_out() {
        let directory = std::env::temp_dir().join(format!("watch-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir(&directory).unwrap();
        let (own, other) = (directory.join("own.js"), directory.join("other.js"));
        let began = SystemTime::now();
        let date = |path: &Path, time| File::open(path).unwrap().set_modified(time).unwrap();
        let long_ago = began - Duration::from_secs(60);
        for path in [&own, &other] {
            fs::write(path, "").unwrap();
            date(path, long_ago);
        }
        date(&directory, long_ago);
        let (all, file) = (Place::of(&directory).unwrap(), Place::of(&own).unwrap());
        let changed = || (all.has_changed_since(began), file.has_changed_since(began));
        assert_eq!(changed(), (false, false));
        fs::write(&other, "x").unwrap();
        assert_eq!(changed(), (true, false));
        date(&other, long_ago);
        fs::write(&own, "x").unwrap();
        assert_eq!(changed(), (true, true));
        date(&own, long_ago);
        // One that is gone.
        fs::remove_file(&other).unwrap();
        assert_eq!(changed(), (true, false));
        fs::remove_dir_all(&directory).unwrap();
        assert_eq!(changed(), (false, false));
    }
}
