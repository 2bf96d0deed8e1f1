//! The file with the code of Web APIs and built-in modules.

use std::io;
use std::path::Path;

use exec::CodeEnvironment;

use super::directory::{self, Directory, Found};
use crate::program;

/// See the [module](self) documentation.
pub(super) struct BuiltIn {
    directory: Directory,
    environment: CodeEnvironment,
    /// The build of the program: its tables say what an entry is of.
    build: [u8; 32],
    /// How often code had been made when it was written.
    written: u64,
}

impl BuiltIn {
    /// `None` if this build of the program cannot be told from others.
    pub(super) fn new(directory: &Path, max_bytes: u64, environment: CodeEnvironment) -> Option<Self> {
        let directory = Directory::new(directory, max_bytes, directory::BUILT_IN, environment.as_bytes());
        Some(Self { directory, environment, build: program::build_digest().ok()?, written: 0 })
    }

    /// Takes what is in the file.
    ///
    /// # Errors
    /// There is one, and it is of no use.
    pub(super) fn read(&mut self) -> Result<(), String> {
        match self.directory.read(&self.build) {
            Ok(Found::Nothing) => Ok(()),
            Ok(Found::Bytes(bytes)) => {
                let taken = exec::import_built_in_code(&self.environment, &self.build, &bytes);
                taken.map_err(|error| {
                    self.directory.remove(&self.build);
                    format!("the code of the Web APIs is not used: {error}")
                })
            }
            Err(error) => Err(format!("the code of the Web APIs cannot be read: {error}")),
        }
    }

    /// Writes the file, if code was made that is not in it.
    pub(super) fn write(&mut self) -> io::Result<()> {
        let made = exec::built_in_code_made();
        if made > self.written
            && let Some(bytes) = exec::export_built_in_code(&self.environment, &self.build)
        {
            self.written = made;
            self.directory.write(&self.build, &bytes)?;
        }
        Ok(())
    }
}
