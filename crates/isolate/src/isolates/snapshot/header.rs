//! The header of a snapshot file.
//!
//! Everything that must be equal for V8 to accept the blob is written in front of it, because V8 itself ends
//! the process when it is not.
//!
//! ```text
//! offset  size  what
//!      0     8  magic "ISOLPOOL"
//!      8     4  format version, little endian
//!     12    32  SHA-256 of V8 version, target, V8 flags (each with its length)
//!     44    32  bootstrap hash: what was evaluated into the snapshot
//!     76    32  SHA-256 of the blob
//!    108     8  length of the blob, little endian
//!    116     1  length n of the V8 version, then the version; and the same for the target
//!      …        the blob
//! ```

use sha2::{Digest, Sha256};

use crate::isolates::snapshot::SnapshotError;
use crate::platform;

const MAGIC: [u8; 8] = *b"ISOLPOOL";

/// Version of the file format.
const FORMAT: u32 = 1;

/// The target this program was compiled for, as far as a snapshot depends on it.
fn this_target() -> String {
    format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// Hash of what was evaluated into a snapshot: sources, and the list of host functions they use.
pub type BootstrapHash = [u8; 32];

/// What a snapshot file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotHeader {
    /// Version of the file format.
    pub format: u32,
    /// The V8 that wrote it.
    pub v8_version: String,
    /// Architecture and operating system it was written on.
    pub target: String,
    /// Hash over V8 version, target and V8 flags.
    pub environment: [u8; 32],
    /// Hash of what was evaluated into it.
    pub bootstrap: BootstrapHash,
    /// SHA-256 of the blob.
    pub checksum: [u8; 32],
    /// Length of the blob in bytes.
    pub blob_len: u64,
}

impl SnapshotHeader {
    /// The header of `blob`, written by this process.
    pub(crate) fn describe(blob: &[u8], bootstrap: BootstrapHash) -> Self {
        Self {
            format: FORMAT,
            v8_version: platform::v8_version().into(),
            target: this_target(),
            environment: environment_hash(platform::v8_version(), &this_target(), platform::V8_FLAGS),
            bootstrap,
            checksum: Sha256::digest(blob).into(),
            blob_len: blob.len() as u64,
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&self.format.to_le_bytes());
        out.extend_from_slice(&self.environment);
        out.extend_from_slice(&self.bootstrap);
        out.extend_from_slice(&self.checksum);
        out.extend_from_slice(&self.blob_len.to_le_bytes());
        for text in [&self.v8_version, &self.target] {
            let bytes = &text.as_bytes()[..text.len().min(usize::from(u8::MAX))];
            out.push(bytes.len() as u8);
            out.extend_from_slice(bytes);
        }
    }

    /// Reads the header at the start of `file`; returns it with what follows.
    ///
    /// # Errors
    /// If the file is empty, too short, not a snapshot or of another format. The values are not judged.
    pub fn read(file: &[u8]) -> Result<(Self, &[u8]), SnapshotError> {
        if file.is_empty() {
            return Err(SnapshotError::Empty);
        }
        let mut rest = file;
        if take::<8>(&mut rest)? != MAGIC {
            return Err(SnapshotError::NotASnapshot);
        }
        let format = u32::from_le_bytes(take(&mut rest)?);
        if format != FORMAT {
            return Err(SnapshotError::Format { found: format, expected: FORMAT });
        }
        let environment = take(&mut rest)?;
        let bootstrap = take(&mut rest)?;
        let checksum = take(&mut rest)?;
        let blob_len = u64::from_le_bytes(take(&mut rest)?);
        let v8_version = take_text(&mut rest)?;
        let target = take_text(&mut rest)?;
        Ok((Self { format, v8_version, target, environment, bootstrap, checksum, blob_len }, rest))
    }

    /// Checks that `blob` is what this header describes and that this process can use it.
    pub(crate) fn verify(&self, blob: &[u8], bootstrap: Option<&BootstrapHash>) -> Result<(), SnapshotError> {
        if self.v8_version != platform::v8_version() {
            return Err(SnapshotError::V8Version {
                found: self.v8_version.clone(),
                expected: platform::v8_version().into(),
            });
        }
        if self.target != this_target() {
            return Err(SnapshotError::Target { found: self.target.clone(), expected: this_target() });
        }
        if self.environment != environment_hash(platform::v8_version(), &this_target(), platform::V8_FLAGS) {
            return Err(SnapshotError::Flags);
        }
        if bootstrap.is_some_and(|expected| *expected != self.bootstrap) {
            return Err(SnapshotError::Bootstrap);
        }
        if (blob.len() as u64) < self.blob_len {
            return Err(SnapshotError::Truncated);
        }
        if blob.len() as u64 > self.blob_len || <[u8; 32]>::from(Sha256::digest(blob)) != self.checksum {
            return Err(SnapshotError::Corrupted);
        }
        Ok(())
    }
}

fn environment_hash(v8_version: &str, target: &str, flags: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [v8_version, target, flags] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], SnapshotError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(SnapshotError::Truncated)?;
    *rest = tail;
    Ok(*head)
}

fn take_text(rest: &mut &[u8]) -> Result<String, SnapshotError> {
    let [length] = take(rest)?;
    let (head, tail) = rest.split_at_checked(length.into()).ok_or(SnapshotError::Truncated)?;
    *rest = tail;
    String::from_utf8(head.to_vec()).map_err(|_| SnapshotError::Corrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(blob: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        SnapshotHeader::describe(blob, [7; 32]).write(&mut out);
        out.extend_from_slice(blob);
        out
    }

    fn check(file: &[u8]) -> Result<(), SnapshotError> {
        let (header, blob) = SnapshotHeader::read(file)?;
        header.verify(blob, Some(&[7; 32]))
    }

    #[test]
    fn what_was_written_is_accepted() {
        check(&file(b"blob")).unwrap();
    }

    #[test]
    fn lesson_14_an_empty_file_is_an_error() {
        assert!(matches!(check(b""), Err(SnapshotError::Empty)));
    }

    #[test]
    fn every_truncation_is_an_error() {
        let whole = file(b"some blob");
        for length in 0..whole.len() {
            assert!(check(&whole[..length]).is_err(), "accepted with {length} of {} bytes", whole.len());
        }
    }

    #[test]
    fn every_flipped_byte_is_an_error() {
        let whole = file(b"some blob");
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0x41;
            assert!(check(&broken).is_err(), "accepted with byte {at} changed");
        }
    }

    #[test]
    fn other_flags_and_other_bootstraps_are_told_apart() {
        let mut header = SnapshotHeader::describe(b"x", [7; 32]);
        header.environment = environment_hash(platform::v8_version(), &this_target(), "--other");
        assert!(matches!(header.verify(b"x", None), Err(SnapshotError::Flags)));
        let header = SnapshotHeader::describe(b"x", [8; 32]);
        assert!(matches!(header.verify(b"x", Some(&[7; 32])), Err(SnapshotError::Bootstrap)));
    }
}
