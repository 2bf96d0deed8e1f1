//! What is in a pack, with a header and a hash that fit: an error, or code that comes to the same when it is packed again.

#![no_main]

use std::sync::OnceLock;

use exec::{Module, Script, WorkerCode};
use libfuzzer_sys::fuzz_target;
use runner::loader::{pack, unpack};
use sha2::{Digest, Sha256};

/// What packs of this version begin with.
static HEAD: OnceLock<Vec<u8>> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let head = HEAD.get_or_init(|| {
        let code = WorkerCode::new(Module::esm("a.js", "1"));
        // Magic number and version.
        pack(&code).expect("a pack")[..12].to_vec()
    });
    let length = (data.len() as u64).to_le_bytes();
    let whole = [&head[..], &length, &Sha256::digest(data), data].concat();
    let Ok(code) = unpack(&whole) else { return };
    assert!(code.module(code.main().name()).is_some());
    let again = unpack(&pack(&code).expect("a pack of what was in one")).expect("what was packed");
    assert_eq!(again.code_cache(), code.code_cache());
    let maps = |code: &WorkerCode| code.modules().iter().map(|module| module.map().cloned()).collect::<Vec<_>>();
    assert_eq!(maps(&again), maps(&code));
    assert_eq!(Script::from_code(again).fingerprint(), Script::from_code(code).fingerprint());
});
