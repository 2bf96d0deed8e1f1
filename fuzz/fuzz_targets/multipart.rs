//! Any bytes as a form, with a boundary that they begin with: parts lie within the bytes and in their order, and what they
//! hold is no delimiter.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/exec/src/host/multipart"]
mod multipart {
    mod parser;

    pub fn check(bytes: &[u8], boundary: &[u8]) {
        let mut end = 0;
        for part in parser::parse(bytes, boundary).unwrap_or_default() {
            assert!(end <= part.content.start && part.content.start <= part.content.end);
            end = part.content.end;
            let content = &bytes[part.content];
            let delimiter = [b"\r\n--", boundary].concat();
            assert!(!content.windows(delimiter.len()).any(|window| window == delimiter));
            assert!(part.filename.is_none() || !part.content_type.is_empty());
            assert!(part.name.len() <= 3 * bytes.len());
        }
        assert!(end <= bytes.len());
    }
}

fuzz_target!(|data: &[u8]| {
    // The first line has the boundary, as in a form: two hyphens are before it.
    let line = data.split(|byte| *byte == b'\r').next().unwrap_or_default();
    multipart::check(data, line.strip_prefix(b"--").unwrap_or(b"x"));
});
