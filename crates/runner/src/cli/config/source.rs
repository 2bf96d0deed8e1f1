//! Reading files whose size nobody has promised.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What any file here may have; a script of this size takes seconds to parse.
const MAX_BYTES: u64 = 64 << 20;

/// A text file.
///
/// # Errors
/// It cannot be read, is not UTF-8 or is too large.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut text = String::new();
    let read = file.take(MAX_BYTES + 1).read_to_string(&mut text)? as u64;
    if read > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(text)
}
