//! What was found in the modules of a worker, kept for whoever loads it next: a text that has not changed is not parsed again.
//!
//! ```text
//! a file for each main module:  SHA-256 of the rest │ JSON: { key of a text: what was found in it, … }
//! key = SHA-256 of dialect, text; for what may be compiled also its name, and how it is compiled
//! ```
//!
//! The files are beside compiled code, in the directory that [`keep_in`] has named. Their names have a hash of the main file's
//! path, and of the build of this program: another one may find other things. A file is [written](write_kept) when something
//! was parsed that it does not have, with what the worker has now. Those that are not used go with the oldest compiled code.
//!
//! # Trust
//! What a specifier means is no part of it: that is resolved anew each time, below the worker's root. JavaScript that was made
//! of another language is believed as compiled code is: whoever can write into the directory decides what runs. A file that is
//! not as it was written is a miss, and told.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::compile::{self, Compiled, Settings};
use super::dialect::Dialect;
use crate::code_store::directory::{self, Directory, Found};
use crate::program;
use crate::workers::SourceError;

/// Texts that are shorter, in bytes, are parsed faster than they are looked up.
const MIN_TEXT: usize = 1 << 10;

/// Bytes of a file.
const MAX_FILE: usize = 64 << 20;

/// The hash before the rest.
const HASH: usize = 32;

static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();

/// What is to be written.
static UNWRITTEN: Mutex<Vec<Unwritten>> = Mutex::new(Vec::new());

/// What was wrong with files, and nobody has been told.
static TROUBLES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What was found, by the keys of the texts.
type Entries = BTreeMap<String, Compiled>;

/// From now on, this process keeps what it finds in modules in a directory, and takes from there what was found before: that
/// of compiled code, which is the first that it is called with.
///
/// It is for the whole process, since a worker's modules are loaded by whoever comes upon it: the reader of a
/// configuration, of a directory, and of what was changed. Whoever calls it calls [`write_kept`], too.
pub fn keep_in(directory: impl Into<PathBuf>) {
    DIRECTORY.get_or_init(|| directory.into());
}

/// Writes what was found since the last call, and returns what was wrong with files: modules are loaded before there is a log,
/// and before the process can survive a full disk. Blocks while it writes.
pub fn write_kept() -> Vec<String> {
    let unwritten = std::mem::take(&mut *UNWRITTEN.lock());
    unwritten.into_iter().for_each(Unwritten::write);
    std::mem::take(&mut *TROUBLES.lock())
}

/// What is kept of one worker.
pub(super) struct Kept {
    place: Option<Place>,
    /// What there was; read when it is first asked for.
    before: Option<Entries>,
    /// Keys of what there was and is asked for.
    used: BTreeSet<String>,
    new: Entries,
}

/// A file that is to be written.
struct Unwritten {
    place: Place,
    entries: Entries,
}

/// Where the file of a worker is.
struct Place {
    directory: Directory,
    digest: [u8; 32],
}

impl Kept {
    /// Of the worker with this main file.
    pub(super) fn of(main: &Path) -> Self {
        let place = DIRECTORY.get().and_then(|directory| Place::of(directory, main));
        Self { place, before: None, used: BTreeSet::new(), new: Entries::new() }
    }

    /// What [`compile`](compile::compile) finds, or has found before.
    pub(super) fn compile(
        &mut self,
        file: &str,
        text: &str,
        dialect: Dialect,
        settings: &Settings,
    ) -> Result<Compiled, SourceError> {
        let Some(place) = self.place.as_ref().filter(|_| text.len() >= MIN_TEXT) else {
            return compile::compile(file, text, dialect, settings);
        };
        let key = key_of(file, text, dialect, settings);
        if let Some(found) = self.before.get_or_insert_with(|| place.read()).get(&key) {
            self.used.insert(key);
            return Ok(found.clone());
        }
        let found = compile::compile(file, text, dialect, settings)?;
        self.new.insert(key, found.clone());
        Ok(found)
    }

    /// All modules are loaded: what was found is to be written, if any of it was not known.
    pub(super) fn save(self) {
        UNWRITTEN.lock().extend(self.unwritten());
    }

    fn unwritten(self) -> Option<Unwritten> {
        let place = self.place.filter(|_| !self.new.is_empty())?;
        let mut entries = self.before.unwrap_or_default();
        entries.retain(|key, _| self.used.contains(key));
        entries.extend(self.new);
        Some(Unwritten { place, entries })
    }
}

impl Unwritten {
    fn write(self) {
        let Self { mut place, entries } = self;
        let Some(bytes) = encode(&entries) else { return };
        if let Err(error) = place.directory.write(&place.digest, &bytes) {
            place.unusable(directory::UNWRITABLE, &error);
        }
    }
}

impl Place {
    /// `None` if this program cannot be told from another.
    fn of(directory: &Path, main: &Path) -> Option<Self> {
        let environment = program::build_digest().ok()?;
        // Those who keep code there see to it that it does not grow beyond its bounds.
        let directory = Directory::new(directory, u64::MAX, directory::MODULES, &environment);
        Some(Self { directory, digest: Sha256::digest(main.as_os_str().as_encoded_bytes()).into() })
    }

    /// What is in the file; nothing if it is not as it was written.
    fn read(&self) -> Entries {
        if let Err(error) = directory::check(self.directory.path()) {
            if error.kind() != io::ErrorKind::NotFound {
                self.unusable(directory::UNUSABLE, &error);
            }
            return Entries::new();
        }
        match self.directory.read(&self.digest) {
            Ok(Found::Bytes(bytes)) => decode(&bytes).unwrap_or_else(|| {
                self.trouble("what was found in modules is not used: it is damaged");
                Entries::new()
            }),
            Ok(Found::Nothing) => Entries::new(),
            Err(error) => {
                self.trouble(&format!("what was found in modules cannot be read: {error}"));
                Entries::new()
            }
        }
    }

    /// Something is wrong with the directory, and is told once.
    fn unusable(&self, what: &str, error: &io::Error) {
        if directory::is_news(self.directory.path()) {
            self.trouble(&format!("{what}: {error}"));
        }
    }

    fn trouble(&self, what: &str) {
        TROUBLES.lock().push(format!("{}: {what}", self.directory.path().display()));
    }
}

fn key_of(file: &str, text: &str, dialect: Dialect, settings: &Settings) -> String {
    let mut hash = Sha256::new();
    hash.update([dialect as u8]);
    if dialect != Dialect::JavaScript || compile::may_be_decorated(text) {
        for part in [file, &format!("{settings:?}")] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    hash.update(text);
    directory::hex(&hash.finalize())
}

/// `None` if there is more than a file may have.
fn encode(entries: &Entries) -> Option<Vec<u8>> {
    let mut bytes = vec![0; HASH];
    serde_json::to_writer(&mut bytes, entries).ok()?;
    let hash = Sha256::digest(&bytes[HASH..]);
    bytes[..HASH].copy_from_slice(&hash);
    (bytes.len() <= MAX_FILE).then_some(bytes)
}

fn decode(bytes: &[u8]) -> Option<Entries> {
    let (hash, rest) = bytes.split_at_checked(HASH)?;
    let is_whole = Sha256::digest(rest).as_slice() == hash;
    is_whole.then(|| serde_json::from_slice(rest).ok())?
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A directory that is not there any more after the test.
    struct Temporary(PathBuf);

    impl Temporary {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("loader-kept-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Self(path)
        }

        fn kept(&self, main: &str) -> Kept {
            Kept { place: Place::of(&self.0, Path::new(main)), ..Kept::of(Path::new(main)) }
        }

        fn file(&self) -> PathBuf {
            let mut files = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path());
            let file = files.next().expect("it was written");
            assert_eq!(files.next(), None);
            file
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A text that is worth it, which imports `name`.
    fn text(name: &str) -> String {
        format!("import '{name}';\nexports.a = 1;\n{}", "// …\n".repeat(MIN_TEXT / 4))
    }

    fn save(kept: Kept) {
        kept.unwritten().into_iter().for_each(Unwritten::write);
    }

    fn specifier(kept: &mut Kept, text: &str) -> String {
        let found = kept.compile("a.js", text, Dialect::JavaScript, &Settings::default()).unwrap();
        found.scan.imports[0].specifier.clone()
    }

    /// Replaces what the file says is imported, and leaves it whole.
    fn forge(file: &Path, from: &str, to: &str) {
        let bytes = fs::read(file).unwrap();
        let rest = String::from_utf8(bytes[HASH..].to_vec()).unwrap().replace(from, to);
        fs::write(file, [&Sha256::digest(&rest)[..], rest.as_bytes()].concat()).unwrap();
    }

    #[test]
    fn a_text_that_has_not_changed_is_not_parsed_again() {
        let place = Temporary::new("again");
        let mut first = place.kept("/w/main.js");
        assert_eq!(specifier(&mut first, &text("./one")), "./one");
        save(first);
        // So that it shows where it is from.
        forge(&place.file(), "./one", "./kept");
        let mut second = place.kept("/w/main.js");
        assert_eq!(specifier(&mut second, &text("./one")), "./kept");
        assert_eq!(specifier(&mut second, &text("./two")), "./two");
        save(second);
        let mut third = place.kept("/w/main.js");
        assert_eq!(specifier(&mut third, &text("./one")), "./kept");
        assert_eq!(specifier(&mut third, &text("./two")), "./two");
        assert!(third.new.is_empty());
        // Nothing is new, so nothing is written.
        fs::remove_file(place.file()).unwrap();
        save(third);
        assert_eq!(fs::read_dir(&place.0).unwrap().count(), 0);
    }

    #[test]
    fn what_is_not_asked_for_any_more_goes_with_the_next_that_is_new() {
        let place = Temporary::new("goes");
        for texts in [["./one", "./two"], ["./two", "./three"]] {
            let mut kept = place.kept("/w/main.js");
            for name in texts {
                specifier(&mut kept, &text(name));
            }
            save(kept);
        }
        let entries = decode(&fs::read(place.file()).unwrap()).unwrap();
        let mut found: Vec<_> = entries.values().map(|found| &*found.scan.imports[0].specifier).collect();
        found.sort_unstable();
        assert_eq!(found, ["./three", "./two"]);
    }

    #[test]
    fn another_main_file_dialect_name_or_setting_is_something_else() {
        let place = Temporary::new("else");
        let mut kept = place.kept("/w/main.js");
        specifier(&mut kept, &text("./one"));
        save(kept);
        forge(&place.file(), "./one", "./kept");
        assert_eq!(specifier(&mut place.kept("/w/other.js"), &text("./one")), "./one");
        let plain = Settings::default();
        let other = Settings { classic_jsx: true, ..Settings::default() };
        let keys = [
            key_of("a", "t", Dialect::JavaScript, &plain),
            key_of("a", "t", Dialect::Tsx, &plain),
            key_of("b", "t", Dialect::Tsx, &plain),
            key_of("a", "t", Dialect::Tsx, &other),
            key_of("a", "t2", Dialect::Tsx, &plain),
        ];
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
        assert_eq!(keys[0], key_of("b", "t", Dialect::JavaScript, &other));
    }

    #[test]
    fn what_was_made_of_typescript_is_kept_and_errors_are_not() {
        let place = Temporary::new("made");
        let typescript = format!("export const a: number = 1;\n{}", "// …\n".repeat(MIN_TEXT));
        let made = |kept: &mut Kept, text: &str| {
            kept.compile("a.ts", text, Dialect::TypeScript, &Settings::default())
        };
        let mut kept = place.kept("/w/main.ts");
        let first = made(&mut kept, &typescript).unwrap().transpiled;
        assert!(made(&mut kept, &typescript.replace("= 1", "=")).is_err());
        save(kept);
        let mut kept = place.kept("/w/main.ts");
        assert_eq!(made(&mut kept, &typescript).unwrap().transpiled, first);
        assert!(first.is_some() && kept.new.is_empty());
        assert_eq!(decode(&fs::read(place.file()).unwrap()).unwrap().len(), 1);
    }

    #[test]
    fn a_file_that_is_not_as_it_was_written_is_a_miss_and_written_anew() {
        let place = Temporary::new("bad");
        let mut kept = place.kept("/w/main.js");
        specifier(&mut kept, &text("./one"));
        save(kept);
        let (file, good) = (place.file(), fs::read(place.file()).unwrap());
        let flipped = |at: usize| {
            let mut bytes = good.clone();
            bytes[at] ^= 0x10;
            bytes
        };
        let whole = |rest: &[u8]| [&Sha256::digest(rest)[..], rest].concat();
        let bad =
            [vec![], good[..HASH].to_vec(), flipped(0), flipped(good.len() - 2), whole(b"[]"), whole(b"")];
        for bad in bad {
            fs::write(&file, &bad).unwrap();
            let mut kept = place.kept("/w/main.js");
            assert_eq!(specifier(&mut kept, &text("./one")), "./one");
            assert_eq!(kept.new.len(), 1, "{bad:?}");
            save(kept);
            assert_eq!(fs::read(&file).unwrap(), good);
        }
        let ours = TROUBLES.lock().iter().filter(|line| line.contains("loader-kept-bad")).count();
        assert_eq!(ours, 6);
    }
}
