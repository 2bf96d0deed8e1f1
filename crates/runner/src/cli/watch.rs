//! Watching files for changes.
//!
//! Editors save a file in several steps, and often under another name first. So directories are watched and not files, and
//! a change is reported when nothing has happened for [`QUIET`], or when things have gone on happening for [`LATEST`].

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// How long nothing has to happen until a change is complete.
const QUIET: Duration = Duration::from_millis(50);

/// How long a change may take until it is reported in any case.
const LATEST: Duration = Duration::from_secs(1);

/// Watches files, and directories with all below, for as long as the watcher lives. Each event is one for `seen`.
pub(super) fn start(paths: &[PathBuf], seen: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let places = paths.iter().map(|path| Place::of(path)).collect::<Result<Vec<_>, _>>()?;
    let filter = places.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // An error is a reason to look, too: the queue of events may have run over.
        if event.map_or(true, |event| filter.iter().any(|place| place.concerns(&event))) {
            seen.notify_one();
        }
    })?;
    for place in &places {
        let mode = if place.file.is_some() { RecursiveMode::NonRecursive } else { RecursiveMode::Recursive };
        watcher.watch(&place.directory, mode)?;
    }
    Ok(watcher)
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

    fn concerns(&self, event: &Event) -> bool {
        let here = |path: &PathBuf| match &self.file {
            Some(name) => path.file_name() == Some(name.as_os_str()),
            None => path.starts_with(&self.directory),
        };
        !event.kind.is_access() && event.paths.iter().any(here)
    }
}
