//! Reads a form that is there as a whole: the model of the [`Parser`](super::Parser), which gets it in pieces.

use std::ops::Range;

use super::{HEADERS_END, Head, MAX_BOUNDARY, MAX_HEADERS, MAX_PARTS};

/// The parts with their contents; `None` for what is no form, or too large a one.
pub(super) fn parse(bytes: &[u8], boundary: &[u8]) -> Option<Vec<(Head, Range<usize>)>> {
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY || boundary.contains(&b'\r') {
        return None;
    }
    let delimiter = [b"\r\n--", boundary].concat();
    let find = |from: usize, what: &[u8]| {
        let rest = bytes.get(from..)?;
        rest.windows(what.len()).position(|window| window == what).map(|found| from + found)
    };
    let mut parts = Vec::new();
    // The first delimiter may have no line before it.
    let mut at = match bytes.strip_prefix(&delimiter[2..]) {
        Some(_) => delimiter.len() - 2,
        None => bytes.strip_prefix(&delimiter[..]).map(|_| delimiter.len())?,
    };
    loop {
        match bytes.get(at..)? {
            b"--" | [b'-', b'-', b'\r', b'\n', ..] => return Some(parts),
            [b'\r', b'\n', ..] if parts.len() < MAX_PARTS => {}
            _ => return None,
        }
        let end = find(at, HEADERS_END)?;
        if end + 2 - at > MAX_HEADERS {
            return None;
        }
        let head = Head::parse(&bytes[at + 2..end + 2])?;
        // Contents may be empty: their delimiter begins with the line break that ended the headers.
        let start = end + HEADERS_END.len();
        let end = find(start - 2, &delimiter)?;
        parts.push((head, start..end.max(start)));
        at = end + delimiter.len();
    }
}
