//! The entries of one script as bytes; or those of the bootstrap, with a digest of the program in place of the script's.
//!
//! ```text
//! MAGIC │ version u32 │ environment │ digest of the script │ bytes of the rest u64 │ SHA-256 of the rest │ count u32 │ entry …
//! entry = digest of the module │ form u8 │ stage u8 │ bytes u32 │ what V8 made
//! ```
//!
//! Numbers are little endian. What is before the hash has to be exactly what is expected, and the rest what it was: V8 sees
//! nothing of a bundle in which a bit has changed.

use std::sync::Arc;

use isolate::BootstrapHash;
use isolate::platform::{V8_FLAGS, v8_version};
use sha2::{Digest, Sha256};

use super::{CodeForm, CodeKey, CodeStage};

/// The first bytes.
const MAGIC: [u8; 8] = *b"\x89RCODE\r\n";

/// The version of the format.
const VERSION: u32 = 2;

/// What compiled code depends on beside its source: V8's version and flags, the processor, the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodeEnvironment([u8; 32]);

impl CodeEnvironment {
    /// That of this process; V8 has been started.
    pub(crate) fn new(snapshot: Option<&BootstrapHash>) -> Self {
        let tag = v8::script_compiler::cached_data_version_tag().to_le_bytes();
        let target = [std::env::consts::ARCH, std::env::consts::OS];
        let parts = [v8_version(), V8_FLAGS, target[0], target[1]].map(str::as_bytes);
        let mut hash = Sha256::new();
        for part in parts.into_iter().chain([&tag[..], snapshot.map_or(&[], |hash| &hash[..])]) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// One for tests.
    #[cfg(test)]
    pub(crate) const OF_TESTS: Self = Self([7; 32]);

    /// As bytes, for the name of a file.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Why bytes are no compiled code of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeBundleError {
    /// They begin otherwise.
    #[error("this is no compiled code")]
    Magic,
    /// Another V8, other flags or another snapshot made it, or another version of this program.
    #[error("it was compiled by another version of this program")]
    Environment,
    /// It is of another script.
    #[error("it was compiled from another script")]
    Script,
    /// Bytes are missing, or there are more than it says.
    #[error("it is not complete")]
    Length,
    /// Bytes have changed.
    #[error("it is damaged")]
    Damaged,
    /// It is whole, and makes no sense.
    #[error("it makes no sense")]
    Content,
}

/// An entry of a cache.
pub(crate) struct Entry<C> {
    pub(crate) key: CodeKey,
    pub(crate) stage: CodeStage,
    pub(crate) code: C,
}

/// The entries, which are of the script with this digest.
pub(crate) fn write(
    entries: &[Entry<Arc<[u8]>>],
    digest: &[u8; 32],
    environment: &CodeEnvironment,
) -> Vec<u8> {
    // An entry that V8 made of a source of at most 64 MiB is not beyond 4 GiB, and there are no more modules.
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    let mut body = number(entries.len()).to_vec();
    for Entry { key: CodeKey { module, form }, stage, code } in entries {
        body.extend(module);
        body.push(tag_of(*form));
        body.push(tag_of_stage(*stage));
        body.extend(number(code.len()));
        body.extend(&**code);
    }
    let mut bundle = Vec::with_capacity(body.len() + 128);
    bundle.extend(MAGIC);
    bundle.extend(VERSION.to_le_bytes());
    bundle.extend(environment.0);
    bundle.extend(digest);
    bundle.extend((body.len() as u64).to_le_bytes());
    bundle.extend(Sha256::digest(&body));
    bundle.extend(body);
    bundle
}

/// The entries of a bundle of the script with this digest. Whose modules they are is for the caller to see.
pub(crate) fn read<'a>(
    bundle: &'a [u8],
    digest: &[u8; 32],
    environment: &CodeEnvironment,
) -> Result<Vec<Entry<&'a [u8]>>, CodeBundleError> {
    let mut rest = bundle.strip_prefix(&MAGIC).ok_or(CodeBundleError::Magic)?;
    if take::<4>(&mut rest)? != VERSION.to_le_bytes() || take(&mut rest)? != environment.0 {
        return Err(CodeBundleError::Environment);
    }
    if take(&mut rest)? != *digest {
        return Err(CodeBundleError::Script);
    }
    let length = u64::from_le_bytes(take(&mut rest)?);
    let hash = take::<32>(&mut rest)?;
    if rest.len() as u64 != length {
        return Err(CodeBundleError::Length);
    }
    if Sha256::digest(rest).as_slice() != hash {
        return Err(CodeBundleError::Damaged);
    }
    let mut entries = Vec::new();
    for _ in 0..number(&mut rest)? {
        let module = take(&mut rest)?;
        let form = form_of(take::<1>(&mut rest)?[0]).ok_or(CodeBundleError::Content)?;
        let stage = stage_of(take::<1>(&mut rest)?[0]).ok_or(CodeBundleError::Content)?;
        let length = number(&mut rest)?;
        let (code, behind) = rest.split_at_checked(length as usize).ok_or(CodeBundleError::Content)?;
        rest = behind;
        entries.push(Entry { key: CodeKey { module, form }, stage, code });
    }
    if rest.is_empty() { Ok(entries) } else { Err(CodeBundleError::Content) }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], CodeBundleError> {
    let (taken, behind) = rest.split_first_chunk().ok_or(CodeBundleError::Length)?;
    *rest = behind;
    Ok(*taken)
}

fn number(rest: &mut &[u8]) -> Result<u32, CodeBundleError> {
    take(rest).map(u32::from_le_bytes).map_err(|_| CodeBundleError::Content)
}

fn tag_of(form: CodeForm) -> u8 {
    match form {
        CodeForm::Module => 0,
        CodeForm::Classic => 1,
        CodeForm::Function => 2,
    }
}

fn form_of(tag: u8) -> Option<CodeForm> {
    CodeForm::ALL.into_iter().find(|form| tag_of(*form) == tag)
}

fn tag_of_stage(stage: CodeStage) -> u8 {
    match stage {
        CodeStage::Evaluation => 0,
        CodeStage::FirstRequest => 1,
        CodeStage::Requests => 2,
    }
}

fn stage_of(tag: u8) -> Option<CodeStage> {
    CodeStage::ALL.into_iter().find(|stage| tag_of_stage(*stage) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::code_cache::CodeCache;
    use crate::vocabulary::script::Script;

    const HERE: CodeEnvironment = CodeEnvironment::OF_TESTS;

    fn full(script: &Script) -> CodeCache {
        let cache = CodeCache::new(1000);
        for key in script.code_keys() {
            cache.put(key, &[tag_of(key.form); 20], CodeStage::FirstRequest);
        }
        cache
    }

    fn imported(bundle: &[u8], script: &Script) -> Result<usize, CodeBundleError> {
        let cache = CodeCache::new(1000);
        let result = cache.import(script, &HERE, bundle);
        assert_eq!(cache.stats().entries, result.unwrap_or(0));
        result
    }

    /// A bundle of this body, whole.
    fn of(script: &Script, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u64).to_le_bytes();
        let head = [&MAGIC[..], &VERSION.to_le_bytes(), &HERE.0, script.code_digest()].concat();
        [&head[..], &length, &Sha256::digest(body), body].concat()
    }

    #[test]
    fn what_was_exported_is_imported() {
        let script = Script::new("1");
        let bundle = full(&script).export(&script, &HERE).unwrap();
        let cache = CodeCache::new(1000);
        assert!(!cache.has_code_of(&script));
        assert_eq!(cache.import(&script, &HERE, &bundle), Ok(3));
        assert!(cache.has_code_of(&script) && !cache.has_code_of(&Script::new("2")));
        for key in script.code_keys() {
            let expected = ([tag_of(key.form); 20].into(), CodeStage::FirstRequest);
            assert_eq!(cache.get(&key), Some(expected));
        }
        assert_eq!(CodeCache::new(1000).export(&script, &HERE), None);
    }

    #[test]
    fn every_part_and_every_changed_bit_is_refused() {
        let script = Script::new("1");
        let whole = full(&script).export(&script, &HERE).unwrap();
        for length in 0..whole.len() {
            assert!(imported(&whole[..length], &script).is_err(), "{length}");
        }
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(imported(&changed, &script).is_err(), "{bit}");
        }
        assert_eq!(imported(&[&whole[..], b"x"].concat(), &script), Err(CodeBundleError::Length));
    }

    #[test]
    fn what_is_of_another_script_or_program_is_refused() {
        let (script, other) = (Script::new("1"), Script::new("2"));
        let bundle = full(&script).export(&script, &HERE).unwrap();
        assert_eq!(imported(&bundle, &other), Err(CodeBundleError::Script));
        let elsewhere = CodeEnvironment([8; 32]);
        let result = CodeCache::new(1000).import(&script, &elsewhere, &bundle);
        assert_eq!(result, Err(CodeBundleError::Environment));
    }

    #[test]
    fn what_is_whole_is_not_believed() {
        let (script, other) = (Script::new("1"), Script::new("2"));
        let number = |number: u32| number.to_le_bytes().to_vec();
        let entry = |digest: [u8; 32], form: u8, length: u32| {
            [&digest[..], &[form, 1], &length.to_le_bytes(), b"code"].concat()
        };
        let staged =
            |stage: u8| [&script.digest_of(0)[..], &[0, stage], &4_u32.to_le_bytes(), b"code"].concat();
        let (own, foreign) = (script.digest_of(0), other.digest_of(0));
        let read = |body: &[Vec<u8>]| imported(&of(&script, &body.concat()), &script);
        assert_eq!(read(&[number(1), entry(own, 0, 4)]), Ok(1));
        // Not the code of a module that another script has.
        assert_eq!(read(&[number(2), entry(own, 0, 4), entry(foreign, 0, 4)]), Ok(1));
        for body in [
            vec![],
            vec![number(1)],
            vec![number(u32::MAX), entry(own, 0, 4)],
            vec![number(1), entry(own, 3, 4)],
            vec![number(1), staged(3)],
            vec![number(1), entry(own, 0, 5)],
            vec![number(1), entry(own, 0, u32::MAX)],
            vec![number(1), entry(own, 0, 3)],
        ] {
            assert!(read(&body).is_err(), "{body:?}");
        }
    }
}
