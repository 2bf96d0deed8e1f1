//! Any bytes as a form, with a boundary that they begin with, in pieces: what parts hold is no delimiter, and it does not
//! matter how the bytes are cut.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/exec/src/host/multipart"]
mod multipart {
    mod parser;

    use parser::{Found, Head, Parser};

    /// The parts of a form; `None` if it is none.
    fn parts(bytes: &[u8], boundary: &[u8], size: usize) -> Option<Vec<(Head, Vec<u8>)>> {
        let mut parser = Parser::new(boundary)?;
        let (mut parts, mut open) = (Vec::new(), None);
        for piece in bytes.chunks(size) {
            let step = parser.step(piece, |found| match found {
                Found::Part(head) => assert!(open.replace((head, Vec::new())).is_none()),
                Found::Content(content) => open.as_mut().unwrap().1.extend_from_slice(&piece[content]),
                Found::Earlier(earlier) => open.as_mut().unwrap().1.extend_from_slice(&earlier),
                Found::End => parts.push(open.take().unwrap()),
            });
            step.ok()?;
        }
        parser.finish().ok()?;
        assert!(open.is_none());
        Some(parts)
    }

    pub fn check(bytes: &[u8], boundary: &[u8]) {
        let whole = parts(bytes, boundary, bytes.len().max(1));
        for size in [1, 2, 3, 7, boundary.len() + 3] {
            assert_eq!(parts(bytes, boundary, size), whole);
        }
        let delimiter = [b"\r\n--", boundary].concat();
        let mut length = 0;
        for (head, content) in whole.unwrap_or_default() {
            assert!(!content.windows(delimiter.len()).any(|window| window == delimiter));
            assert!(head.filename.is_none() || !head.content_type.is_empty());
            assert!(head.name.len() <= 3 * bytes.len());
            length += content.len();
        }
        assert!(length <= bytes.len());
    }
}

fuzz_target!(|data: &[u8]| {
    // The first line has the boundary, as in a form: two hyphens are before it.
    let line = data.split(|byte| *byte == b'\r').next().unwrap_or_default();
    multipart::check(data, line.strip_prefix(b"--").unwrap_or(b"x"));
});
