//! Startup snapshots: built once, used by every isolate.

mod header;

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::{fmt, fs, io};

use parking_lot::Mutex;

pub use header::{BootstrapHash, SnapshotHeader};

use crate::native::ExternalReferences;
use crate::platform;

/// A V8 startup snapshot that this process can use.
///
/// Cloning is cheap. All isolates of a process share V8's read-only heap, which comes with the snapshot; so a
/// process uses **one** snapshot: the first that is [built](Self::build), [read](Self::read) or
/// [parsed](Self::from_bytes) stays for good, and a different one is refused with
/// [`SnapshotError::AnotherInUse`].
#[derive(Clone)]
pub struct Snapshot {
    inner: Arc<Inner>,
}

struct Inner {
    header: SnapshotHeader,
    blob: Vec<u8>,
}

/// The snapshot of this process.
static IN_USE: OnceLock<Snapshot> = OnceLock::new();

/// Held while one is built.
static BUILDING: Mutex<()> = Mutex::new(());

/// Why a snapshot cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The file has no bytes.
    #[error("the snapshot file is empty")]
    Empty,
    /// The file ends too early.
    #[error("the snapshot file is truncated")]
    Truncated,
    /// The file is something else.
    #[error("not a snapshot file")]
    NotASnapshot,
    /// The bytes are not those that were written.
    #[error("the snapshot file is corrupted: its checksum does not match")]
    Corrupted,
    /// Written by a version of this crate with another file format.
    #[error("snapshot of format {found}, this program reads format {expected}")]
    Format {
        /// The file's.
        found: u32,
        /// This program's.
        expected: u32,
    },
    /// Written by another V8.
    #[error("snapshot of V8 {found}, this program has V8 {expected}")]
    V8Version {
        /// The file's.
        found: String,
        /// This program's.
        expected: String,
    },
    /// Written for another machine.
    #[error("snapshot for {found}, this program runs on {expected}")]
    Target {
        /// The file's.
        found: String,
        /// This program's.
        expected: String,
    },
    /// Written under other V8 flags.
    #[error("the snapshot was built with other V8 flags")]
    Flags,
    /// Something else was evaluated into it.
    #[error("the snapshot was built from another bootstrap; build it again with this program")]
    Bootstrap,
    /// This process uses another snapshot already.
    #[error("this process already uses another snapshot")]
    AnotherInUse,
    /// Evaluating the bootstrap failed.
    #[error("the bootstrap failed: {0}")]
    Build(String),
    /// Reading or writing failed.
    #[error("snapshot file: {0}")]
    Io(#[from] io::Error),
}

/// What goes into a snapshot.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotSource {
    /// Evaluates the bootstrap in a new context, with [`v8::Isolate::snapshot_creator`]'s isolate entered, and
    /// attaches what has to be found again with `add_context_data`.
    pub evaluate: for<'s, 'i> fn(&mut v8::PinScope<'s, 'i>) -> Result<(), String>,
    /// The host functions that it refers to.
    pub external_references: ExternalReferences,
    /// Hash over everything that decides the result.
    pub hash: BootstrapHash,
}

impl Snapshot {
    /// Builds the snapshot of `source`, or returns the one in use if it is of the same source. Takes some
    /// milliseconds, on a thread of its own.
    ///
    /// # Errors
    /// [`SnapshotError::Build`] with the exception if the bootstrap throws;
    /// [`SnapshotError::AnotherInUse`].
    pub fn build(source: &SnapshotSource) -> Result<Self, SnapshotError> {
        // Two blobs of one source need not be equal: only one is built.
        let _building = BUILDING.lock();
        if let Some(snapshot) = IN_USE.get() {
            return if snapshot.header().bootstrap == source.hash {
                Ok(snapshot.clone())
            } else {
                Err(SnapshotError::AnotherInUse)
            };
        }
        let source = *source;
        let blob = platform::initialize().run(move || build_blob(&source))??;
        let header = SnapshotHeader::describe(&blob, source.hash);
        Self { inner: Arc::new(Inner { header, blob }) }.into_use()
    }

    /// Takes a snapshot file apart and checks it. `bootstrap` is what the caller expects to be in it; `None`
    /// accepts any.
    ///
    /// # Errors
    /// One variant of [`SnapshotError`] for everything that can be wrong with the bytes.
    pub fn from_bytes(file: &[u8], bootstrap: Option<&BootstrapHash>) -> Result<Self, SnapshotError> {
        platform::initialize();
        let (header, blob) = SnapshotHeader::read(file)?;
        header.verify(blob, bootstrap)?;
        Self { inner: Arc::new(Inner { header, blob: blob.to_vec() }) }.into_use()
    }

    /// Reads a snapshot file. As [`from_bytes`](Self::from_bytes).
    ///
    /// # Errors
    /// As [`from_bytes`](Self::from_bytes), and [`SnapshotError::Io`].
    pub fn read(path: impl AsRef<Path>, bootstrap: Option<&BootstrapHash>) -> Result<Self, SnapshotError> {
        Self::from_bytes(&fs::read(path)?, bootstrap)
    }

    /// Writes the snapshot to a file, by way of a temporary file beside it: a reader never sees half of one.
    ///
    /// # Errors
    /// [`SnapshotError::Io`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), SnapshotError> {
        let path = path.as_ref();
        let temporary = path.with_added_extension(format!("{}.tmp", std::process::id()));
        let written = fs::write(&temporary, self.to_bytes()).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            // What failed is what is told.
            let _ = fs::remove_file(&temporary);
        }
        Ok(written?)
    }

    /// The bytes of the snapshot's file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.inner.blob.len() + 256);
        self.inner.header.write(&mut out);
        out.extend_from_slice(&self.inner.blob);
        out
    }

    /// What the snapshot says of itself.
    pub fn header(&self) -> &SnapshotHeader {
        &self.inner.header
    }

    pub(crate) fn blob(&self) -> &'static [u8] {
        // Every value of this type is the process's one snapshot, which is kept for good.
        IN_USE.get().map_or(&[], |snapshot| &snapshot.inner.blob)
    }

    fn into_use(self) -> Result<Self, SnapshotError> {
        let in_use = IN_USE.get_or_init(|| self.clone());
        if in_use.inner.header == self.inner.header {
            Ok(in_use.clone())
        } else {
            Err(SnapshotError::AnotherInUse)
        }
    }
}

fn build_blob(source: &SnapshotSource) -> Result<Vec<u8>, SnapshotError> {
    let references = source.external_references.as_slice().into();
    let mut isolate = v8::Isolate::snapshot_creator(Some(references), None);
    let evaluated = {
        v8::scope!(let scope, &mut isolate);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        scope.set_default_context(context);
        let mut scope = v8::ContextScope::new(scope, context);
        (source.evaluate)(&mut scope)
    };
    // A creator must make its blob, whatever happened, before it is dropped.
    let blob = isolate.create_blob(v8::FunctionCodeHandling::Keep);
    evaluated.map_err(SnapshotError::Build)?;
    let blob = blob.ok_or_else(|| SnapshotError::Build("V8 could not serialise the heap".into()))?;
    Ok(blob.to_vec())
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("v8_version", &self.inner.header.v8_version)
            .field("bytes", &self.inner.blob.len())
            .finish_non_exhaustive()
    }
}
