//! What V8 has compiled of the files of the bootstrap that are evaluated late: parts of the Web APIs, and built-in modules.
//!
//! It is kept for all isolates of the process, once one of them has evaluated the file: with the functions that ran by
//! then. As a [bundle](super::code_cache) it comes into the next process, which takes it for what it has not evaluated yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use crate::vocabulary::built_in::{self, BuiltInId};
use crate::vocabulary::code_cache::bundle::{self, Entry};
use crate::vocabulary::code_cache::{CodeBundleError, CodeEnvironment, CodeForm, CodeKey, CodeStage};
use crate::vocabulary::parts;

/// Code of one file.
type Code = Arc<[u8]>;

/// The code of the files of each part; `None` for a file that V8 makes none of. The locks are held for a look.
static PARTS: [RwLock<Option<Vec<Option<Code>>>>; parts::COUNT] = [const { RwLock::new(None) }; parts::COUNT];

/// The code of each file of built-in modules, at the place of the first module that is in it.
static MODULES: [RwLock<Option<Code>>; built_in::COUNT] = [const { RwLock::new(None) }; built_in::COUNT];

static MADE: AtomicU64 = AtomicU64::new(0);

/// The code of the nth file of a part.
pub(crate) fn of_part(part: usize, file: usize) -> Option<Code> {
    PARTS[part].read().as_ref()?[file].clone()
}

/// A part has been evaluated: keeps what `code` makes of its files, if there is nothing yet.
pub(crate) fn keep_part(part: usize, code: impl FnMut(&'static parts::Source) -> Option<Code>) {
    if PARTS[part].read().is_none() {
        // Another isolate may be faster, and V8 may park the thread meanwhile.
        let codes = parts::files_of(part).iter().map(code).collect();
        PARTS[part].write().get_or_insert(codes);
        MADE.fetch_add(1, Ordering::Relaxed);
    }
}

/// V8 does not take what is kept of the part: it was made with another snapshot.
pub(crate) fn reject_part(part: usize) {
    *PARTS[part].write() = None;
}

/// The code of the file of a built-in module.
pub(crate) fn of_module(id: BuiltInId) -> Option<Code> {
    MODULES[id.first_of_its_file()].read().clone()
}

/// A built-in module has been evaluated: keeps what `code` makes of its file, if there is nothing yet.
pub(crate) fn keep_module(id: BuiltInId, code: impl FnOnce() -> Option<Code>) {
    let kept = &MODULES[id.first_of_its_file()];
    if kept.read().is_none()
        && let Some(code) = code()
    {
        kept.write().get_or_insert(code);
        MADE.fetch_add(1, Ordering::Relaxed);
    }
}

/// V8 does not take what is kept of the module.
pub(crate) fn reject_module(id: BuiltInId) {
    *MODULES[id.first_of_its_file()].write() = None;
}

/// How often this process has made code of files of the bootstrap that isolates compile later: parts of the Web APIs, and
/// modules such as `node:path`.
pub fn built_in_code_made() -> u64 {
    MADE.load(Ordering::Relaxed)
}

/// The code of those files, for [`import_built_in_code`] in a process of the same `build` of the program, whose environment is
/// the same; `None` if there is none. Copies and hashes it.
pub fn export_built_in_code(environment: &CodeEnvironment, build: &[u8; 32]) -> Option<Vec<u8>> {
    let mut entries = Vec::new();
    let mut put = |key, code: &Code| {
        entries.push(Entry { key, stage: CodeStage::Evaluation, code: Arc::clone(code) });
    };
    for (part, codes) in PARTS.iter().enumerate() {
        for (file, code) in codes.read().iter().flatten().enumerate() {
            // An empty one stands for a file that there is none of.
            put(key_of(CodeForm::Classic, part, file), code.as_ref().unwrap_or(&Arc::default()));
        }
    }
    for (module, code) in MODULES.iter().enumerate() {
        if let Some(code) = &*code.read() {
            put(key_of(CodeForm::Function, module, 0), code);
        }
    }
    (!entries.is_empty()).then(|| bundle::write(&entries, build, environment))
}

/// Takes the code of files that another process [exported](export_built_in_code) and that this one has none of.
///
/// As for [`CodeCache::import`](crate::CodeCache::import): whoever can make such bytes can have this process do anything.
///
/// # Errors
/// They are no such code; nothing was taken.
pub fn import_built_in_code(
    environment: &CodeEnvironment,
    build: &[u8; 32],
    bytes: &[u8],
) -> Result<(), CodeBundleError> {
    let entries = bundle::read(bytes, build, environment)?;
    let of = |key: CodeKey| entries.iter().find(|entry| entry.key == key).map(|entry| entry.code);
    for (part, kept) in PARTS.iter().enumerate() {
        let files = 0..parts::files_of(part).len();
        let codes = files.map(|file| of(key_of(CodeForm::Classic, part, file)));
        // Part of a part is of no use.
        let Some(codes) = codes.collect::<Option<Vec<_>>>() else { continue };
        let code = |code: &&[u8]| (!code.is_empty()).then(|| (*code).into());
        kept.write().get_or_insert_with(|| codes.iter().map(code).collect());
    }
    for (module, kept) in MODULES.iter().enumerate() {
        if let Some(code) = of(key_of(CodeForm::Function, module, 0)) {
            kept.write().get_or_insert_with(|| code.into());
        }
    }
    Ok(())
}

/// The place of a file in its table: of one build, that says which file it is.
fn key_of(form: CodeForm, at: usize, file: usize) -> CodeKey {
    let mut module = [0; 32];
    module[..8].copy_from_slice(&(at as u64).to_le_bytes());
    module[8..16].copy_from_slice(&(file as u64).to_le_bytes());
    CodeKey { module, form }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: CodeEnvironment = CodeEnvironment::OF_TESTS;

    #[test]
    fn what_was_exported_is_taken_by_who_has_none() {
        // No other test uses these: V8 would not take what follows.
        let module = BuiltInId::of("punycode").unwrap();
        let part = parts::find("URLPattern", true).unwrap();
        keep_module(module, || Some([1; 20].into()));
        keep_module(module, || panic!("there is some"));
        keep_part(part, |_| Some([2; 20].into()));
        assert!(built_in_code_made() >= 2);
        let (build, bytes) = ([3; 32], export_built_in_code(&HERE, &[3; 32]).unwrap());
        let forget = || {
            reject_module(module);
            reject_part(part);
        };
        forget();
        assert!(of_module(module).is_none() && of_part(part, 0).is_none());
        for length in 0..bytes.len().min(1000) {
            assert!(import_built_in_code(&HERE, &build, &bytes[..length]).is_err(), "{length}");
        }
        for at in 0..bytes.len().min(1000) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(import_built_in_code(&HERE, &build, &changed).is_err(), "{at}");
        }
        assert_eq!(import_built_in_code(&HERE, &[4; 32], &bytes), Err(CodeBundleError::Script));
        assert!(of_module(module).is_none() && of_part(part, 0).is_none());
        assert_eq!(import_built_in_code(&HERE, &build, &bytes), Ok(()));
        assert_eq!(of_module(module).as_deref(), Some(&[1; 20][..]));
        assert_eq!(of_part(part, 0).as_deref(), Some(&[2; 20][..]));
        // What is there stays.
        reject_module(module);
        keep_module(module, || Some([5; 20].into()));
        import_built_in_code(&HERE, &build, &bytes).unwrap();
        assert_eq!(of_module(module).as_deref(), Some(&[5; 20][..]));
        forget();
    }
}
