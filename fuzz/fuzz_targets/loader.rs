//! What a worker is loaded from: a pack from nobody knows where, source maps, texts in every dialect. An error with its
//! place, or code; never a stack that overflows.

#![no_main]

use exec::{Module, WorkerCode};
use libfuzzer_sys::fuzz_target;
use runner::loader::{Dialect, transpile, unpack};
use runner::workers::WorkerSource;

fuzz_target!(|data: &[u8]| {
    if let Ok(code) = unpack(data) {
        assert!(code.module(code.main().name()).is_some());
    }
    let text = String::from_utf8_lossy(data);
    for dialect in [Dialect::TypeScript, Dialect::Tsx, Dialect::Jsx] {
        if let Err(error) = transpile("w", &text, dialect) {
            assert!(error.location.line > 0 && !error.message.is_empty());
        }
    }
    let module = Module::esm("w.js", "throw 1").with_map(&*text);
    let source = WorkerSource::of_code("w.js", WorkerCode::new(module));
    let script = source.script();
    if let Some(maps) = script.source_maps() {
        let _ = maps.original(script, "w.js", 1, 7);
        let _ = maps.frames(script, "    at w.js:1:1\n    at w.js:1:7");
    }
});
