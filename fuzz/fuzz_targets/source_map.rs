//! A source map and a stack, with a byte 0 between them: places in what was written, or those in what runs; nothing that is out
//! of proportion.

#![no_main]

use exec::{Module, WorkerCode};
use libfuzzer_sys::fuzz_target;
use runner::workers::WorkerSource;

/// What a line of a stack may become longer by.
const LINE: usize = 2048;

fuzz_target!(|data: &[u8]| {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (map, stack) = (String::from_utf8_lossy(&data[..end]), data.get(end + 1..).unwrap_or_default());
    let frames = format!("    at f (w.js:1:1)\n    at w.js:2:3\n{}", String::from_utf8_lossy(stack));
    let bound = frames.len() + LINE * frames.split('\n').count();
    let inline = format!("throw 1;\n//# sourceMappingURL=data:application/json,{}", map.replace('%', "%25"));
    for module in [Module::esm("w.js", "throw 1;\nx").with_map(&*map), Module::esm("w.js", inline)] {
        let source = WorkerSource::of_code("w.js", WorkerCode::new(module));
        let script = source.script();
        let Some(maps) = script.source_maps() else { continue };
        if let Some(located) = maps.frames(script, &frames) {
            assert!(located.len() <= bound);
        }
        for (line, column) in [(1, 1), (2, 3)] {
            if let Some(place) = maps.original(script, "w.js", line, column) {
                assert!(place.line > 0 && place.column > 0 && place.file.len() <= LINE);
                let _ = maps.text(script, &place.file);
            }
        }
    }
});
