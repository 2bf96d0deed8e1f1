//! A snapshot file from nobody knows where: an error for everything but the file that this process wrote itself.

#![no_main]

use std::sync::OnceLock;

use isolate::{Snapshot, SnapshotHeader};
use libfuzzer_sys::fuzz_target;

/// The file of this process. The input is laid over its beginning, so that most inputs get beyond the magic number.
static FILE: OnceLock<Vec<u8>> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let file = FILE.get_or_init(|| exec::build_snapshot().expect("a snapshot").to_bytes());
    let _ = SnapshotHeader::read(data);
    assert!(Snapshot::from_bytes(data, None).is_err() || data == file.as_slice());

    // The first bytes say where and how the file is changed, the rest is what comes there.
    let [place, cut, patch @ ..] = data else { return };
    let mut changed = file[..256.min(file.len())].to_vec();
    let place = usize::from(*place).min(changed.len());
    for (byte, patch) in changed[place..].iter_mut().zip(patch) {
        *byte = *patch;
    }
    changed.truncate(changed.len() - usize::from(*cut).min(changed.len()));
    let _ = SnapshotHeader::read(&changed);
    // Without its blob it is no file, whatever it says of itself.
    assert!(Snapshot::from_bytes(&changed, None).is_err());
});
