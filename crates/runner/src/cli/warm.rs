//! `serve --warm N`: the workers that had the most requests in the last run are prepared in the background.
//!
//! How many requests each has had is kept in a file beside the compiled code, which is written every minute and at the drain.
//! A file that makes no sense is as good as none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use runner::IsolatePool;
use runner::workers::Workers;
use serde::{Deserialize, Serialize};

/// The name of the file.
const NAME: &str = "requests.json";

/// How often it is written.
const PERIOD: Duration = Duration::from_secs(60);

/// Bytes of a file that is read.
const MAX_BYTES: u64 = 4 << 20;

/// How many requests each worker has had.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    path: PathBuf,
    /// In the last run; those of the runs before it count half as much each.
    before: BTreeMap<String, u64>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Document {
    requests: BTreeMap<String, u64>,
}

impl Usage {
    /// What the file in this directory says. Blocks.
    pub(super) fn read(directory: &Path) -> Self {
        let path = directory.join(NAME);
        let before = read(&path).unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(file = %path.display(), %error, "nothing is known of the requests of the last run");
            }
            BTreeMap::new()
        });
        Self { path, before }
    }

    /// The workers with the most requests, and at least one, in that order.
    fn most_used(&self, count: usize) -> Vec<&str> {
        let mut used: Vec<_> = self.before.iter().filter(|(_, requests)| **requests > 0).collect();
        used.sort_by_key(|(_, requests)| std::cmp::Reverse(**requests));
        used.into_iter().take(count).map(|(worker, _)| worker.as_str()).collect()
    }

    /// Writes what the next run is to know. Blocks.
    fn write(&self, now: impl IntoIterator<Item = (String, u64)>) -> io::Result<()> {
        let mut requests = self.before.clone();
        requests.values_mut().for_each(|requests| *requests /= 2);
        for (worker, more) in now {
            let all = requests.entry(worker).or_default();
            *all = all.saturating_add(more);
        }
        requests.retain(|_, requests| *requests > 0);
        let document = serde_json::to_vec(&Document { requests })?;
        let temporary = self.path.with_extension(format!("{}.tmp", std::process::id()));
        let written = fs::write(&temporary, document).and_then(|()| fs::rename(&temporary, &self.path));
        if written.is_err() {
            // What failed is what is told.
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Writes what the workers have had so far.
    pub(super) async fn save(&self, workers: &Workers) {
        let (usage, now) = (self.clone(), workers.requests());
        let written = tokio::task::spawn_blocking(move || usage.write(now)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(file = %self.path.display(), %error, "the requests of the workers are not kept");
        }
    }

    /// Writes it now and then, for ever.
    pub(super) async fn keep(self, workers: Workers) {
        loop {
            tokio::time::sleep(PERIOD).await;
            self.save(&workers).await;
        }
    }

    /// Prepares the `count` workers that were used most, one after the other, so that requests find threads that are free.
    pub(super) async fn warm(self, count: usize, workers: Workers, pool: IsolatePool) {
        let mut prepared = 0;
        for id in self.most_used(count) {
            let Some(worker) = workers.get(id) else { continue };
            let Some(place) = worker.place() else { continue };
            if pool.contains_version(place) {
                continue;
            }
            match pool.prepare_version(place, worker.script(), worker.operations()).await {
                Ok(()) => prepared += 1,
                Err(error) => tracing::debug!(worker = id, %error, "it cannot be prepared"),
            }
        }
        tracing::info!(prepared, "the workers that were used most are prepared");
    }
}

fn read(path: &Path) -> io::Result<BTreeMap<String, u64>> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no regular file, or too large"));
    }
    let Document { requests } = serde_json::from_slice(&fs::read(path)?)?;
    Ok(requests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_most_lately_comes_first() {
        let directory = std::env::temp_dir().join(format!("runner-usage-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let now = |counts: &[(&str, u64)]| {
            counts.iter().map(|(worker, count)| ((*worker).to_owned(), *count)).collect::<Vec<_>>()
        };
        assert!(Usage::read(&directory).most_used(9).is_empty());
        Usage::read(&directory).write(now(&[("a", 100), ("b", 1), ("c", 40), ("d", 0)])).unwrap();
        assert_eq!(Usage::read(&directory).most_used(9), ["a", "c", "b"]);
        assert_eq!(Usage::read(&directory).most_used(1), ["a"]);
        // What is used no more is forgotten.
        Usage::read(&directory).write(now(&[("c", 40), ("e", u64::MAX)])).unwrap();
        assert_eq!(Usage::read(&directory).most_used(9), ["e", "c", "a"]);
        for nonsense in ["", "{", "[]", "{\"requests\":{\"a\":-1}}", "{\"requests\":{},\"x\":1}", "\u{0}"] {
            fs::write(directory.join(NAME), nonsense).unwrap();
            assert!(Usage::read(&directory).most_used(9).is_empty(), "{nonsense}");
        }
        fs::remove_file(directory.join(NAME)).unwrap();
        fs::create_dir(directory.join(NAME)).unwrap();
        let usage = Usage::read(&directory);
        assert!(usage.most_used(9).is_empty() && usage.write(now(&[("a", 1)])).is_err());
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        fs::remove_dir_all(&directory).unwrap();
    }
}
