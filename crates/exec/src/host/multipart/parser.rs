//! The format `multipart/form-data` (RFC 7578), as the Fetch Standard has it read.
//!
//! Strict: every part has a `Content-Disposition` of `form-data` with a name, every boundary stands on a line of its own,
//! and the last one closes. Bounded: in parts, and in the headers of each. One pass over the bytes.

use std::ops::Range;

/// Parts of a form. Each becomes an entry with a name and, of files, an object.
const MAX_PARTS: usize = 10_000;
/// Bytes of the headers of one part.
const MAX_HEADERS: usize = 16 << 10;
/// RFC 2046 allows 70.
const MAX_BOUNDARY: usize = 256;

/// One part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// Files have one.
    pub(super) filename: Option<String>,
    /// Empty without a header.
    pub(super) content_type: String,
    pub(super) content: Range<usize>,
}

/// `None` for what is no form, or too large a one.
pub(super) fn parse(bytes: &[u8], boundary: &[u8]) -> Option<Vec<Part>> {
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
        return None;
    }
    let delimiter = [b"\r\n--", boundary].concat();
    let finder = memchr::memmem::Finder::new(&delimiter);
    let mut parts = Vec::new();
    // The first delimiter may have no line before it.
    let mut at = match bytes.strip_prefix(&delimiter[2..]) {
        Some(_) => delimiter.len() - 2,
        None => bytes.strip_prefix(&delimiter[..]).map(|_| delimiter.len())?,
    };
    loop {
        match bytes.get(at..)? {
            [b'-', b'-'] | [b'-', b'-', b'\r', b'\n', ..] => return Some(parts),
            [b'\r', b'\n', ..] => {}
            _ => return None,
        }
        if parts.len() == MAX_PARTS {
            return None;
        }
        let (head, start) = headers(bytes, at + 2)?;
        // Contents may be empty: their delimiter begins with the line break that ended the headers.
        let end = start - 2 + finder.find(bytes.get(start - 2..)?)?;
        let content = start..end.max(start);
        parts.push(Part { content, ..head });
        at = end + delimiter.len();
    }
}

/// The headers of a part, without its content, and where that begins.
fn headers(bytes: &[u8], start: usize) -> Option<(Part, usize)> {
    let mut at = start;
    let mut disposition = None;
    let mut content_type = String::new();
    loop {
        let rest = &bytes[at..bytes.len().min(start + MAX_HEADERS)];
        let length = memchr::memmem::find(rest, b"\r\n")?;
        let line = &rest[..length];
        at += length + 2;
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let value = line[colon + 1..].trim_ascii();
        if line[..colon].eq_ignore_ascii_case(b"content-disposition") {
            if disposition.replace(form_data(value)?).is_some() {
                return None;
            }
        } else if line[..colon].eq_ignore_ascii_case(b"content-type") {
            content_type = String::from_utf8_lossy(value).into_owned();
        }
    }
    let (name, filename) = disposition?;
    if filename.is_some() && content_type.is_empty() {
        content_type.push_str("text/plain");
    }
    Some((Part { name, filename, content_type, content: 0..0 }, at))
}

/// The name and the file name in the value of a `Content-Disposition`.
fn form_data(value: &[u8]) -> Option<(String, Option<String>)> {
    let kind = value.get(..b"form-data".len())?;
    let mut rest = &value[kind.len()..];
    if !kind.eq_ignore_ascii_case(b"form-data") {
        return None;
    }
    let (mut name, mut filename) = (None, None);
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(b";")?.trim_ascii_start();
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let key = rest[..equals].trim_ascii();
        let parameter;
        (parameter, rest) = parameter_value(rest[equals + 1..].trim_ascii_start())?;
        let target = if key.eq_ignore_ascii_case(b"name") {
            &mut name
        } else if key.eq_ignore_ascii_case(b"filename") {
            &mut filename
        } else {
            continue;
        };
        if target.replace(parameter).is_some() {
            return None;
        }
    }
    Some((name?, filename))
}

/// A quoted string or a token, and what follows it.
fn parameter_value(text: &[u8]) -> Option<(String, &[u8])> {
    if let Some(quoted) = text.strip_prefix(b"\"") {
        let end = quoted.iter().position(|byte| *byte == b'"')?;
        return Some((unescape(&quoted[..end]), &quoted[end + 1..]));
    }
    let end = text.iter().position(|byte| *byte == b';').unwrap_or(text.len());
    let token = text[..end].trim_ascii();
    (!token.is_empty()).then(|| (String::from_utf8_lossy(token).into_owned(), &text[end..]))
}

/// Undoes what the serializer does to line breaks and quotes, and nothing else.
fn unescape(name: &[u8]) -> String {
    let mut plain = Vec::with_capacity(name.len());
    let mut rest = name;
    while let [first, after @ ..] = rest {
        let (byte, length) = match rest {
            [b'%', b'0', b'A' | b'a', ..] => (b'\n', 3),
            [b'%', b'0', b'D' | b'd', ..] => (b'\r', 3),
            [b'%', b'2', b'2', ..] => (b'"', 3),
            _ => (*first, 1),
        };
        plain.push(byte);
        rest = &after[length - 1..];
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = (String, Option<String>, String, String);

    /// Name, file name, type and content of every part of a form with the boundary `x`; lines end with CRLF.
    fn read(text: &str) -> Option<Vec<Read>> {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        let parts = parse(&bytes, b"x")?;
        let content = |range: &Range<usize>| String::from_utf8_lossy(&bytes[range.clone()]).into_owned();
        Some(
            parts
                .into_iter()
                .map(|part| (part.name, part.filename, part.content_type, content(&part.content)))
                .collect(),
        )
    }

    fn field(name: &str, content: &str) -> Read {
        (name.into(), None, String::new(), content.into())
    }

    #[test]
    fn fields_and_files_are_read() {
        let form = "--x\nContent-Disposition: form-data; name=\"a\"\n\n1\n--x\ncontent-disposition: FORM-DATA; name=b; filename=\"f%22.t\"\nContent-Type: text/x; y=z\nX-Other: 1\n\n\n--y\n--\n\n--x--\n";
        let file = ("b".into(), Some("f\".t".into()), "text/x; y=z".into(), "\r\n--y\r\n--\r\n".into());
        assert_eq!(read(form), Some(vec![field("a", "1"), file]));
    }

    #[test]
    fn contents_may_be_empty_and_there_may_be_none() {
        let empty = "--x\nContent-Disposition: form-data; name=\"a\"\n\n\n--x--";
        assert_eq!(read(empty), Some(vec![field("a", "")]));
        // The delimiter shares the line break with the end of the headers.
        assert_eq!(read(&empty.replace("\n\n\n", "\n\n")), Some(vec![field("a", "")]));
        assert_eq!(read("--x--\n"), Some(vec![]));
        assert_eq!(read("\n--x--"), Some(vec![]));
    }

    #[test]
    fn a_file_without_a_type_is_text() {
        let form = "--x\nContent-Disposition: form-data; name=a; filename=f\n\n1\n--x--";
        assert_eq!(read(form), Some(vec![("a".into(), Some("f".into()), "text/plain".into(), "1".into())]));
    }

    #[test]
    fn names_are_unescaped() {
        let form = "--x\nContent-Disposition: form-data; name=\"a%0D%0a%22%20%\"\n\n1\n--x--";
        assert_eq!(read(form), Some(vec![field("a\r\n\"%20%", "1")]));
    }

    #[test]
    fn what_is_no_form_is_none() {
        let good = "--x\nContent-Disposition: form-data; name=a\n\n1\n--x--";
        assert!(read(good).is_some());
        for bad in [
            "",
            "--x",
            "--x\n",
            "--y--",
            "preamble\n--x--",
            "--x\nContent-Disposition: form-data; name=a\n\n1\n--x",
            "--x\nContent-Disposition: form-data; name=a\n\n1\n--xy--",
            "--x\nContent-Disposition: form-data; name=a\n\n1",
            "--x\nContent-Disposition: form-data; name=a\n",
            "--x\nContent-Disposition: form-data\n\n1\n--x--",
            "--x\nContent-Disposition: attachment; name=a\n\n1\n--x--",
            "--x\nContent-Disposition: form-data; name=a; name=b\n\n1\n--x--",
            "--x\nContent-Disposition: form-data; name=\"a\n\n1\n--x--",
            "--x\nContent-Disposition: form-data; name=\n\n1\n--x--",
            "--x\nContent-Type: a/b\n\n1\n--x--",
            "--x\nno header\nContent-Disposition: form-data; name=a\n\n1\n--x--",
            "--x\nContent-Disposition: form-data; name=a\nContent-Disposition: form-data; name=a\n\n1\n--x--",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(parse(b"----", b""), None);
        assert_eq!(parse(good.as_bytes(), b"x"), None, "lines end with CRLF");
    }

    #[test]
    fn parts_and_their_headers_are_bounded() {
        let part = "--x\nContent-Disposition: form-data; name=a\n\n\n";
        assert_eq!(
            read(&format!("{}--x--", part.repeat(MAX_PARTS))).map(|parts| parts.len()),
            Some(MAX_PARTS)
        );
        assert_eq!(read(&format!("{}--x--", part.repeat(MAX_PARTS + 1))), None);
        let named = |length| {
            read(&format!("--x\nContent-Disposition: form-data; name={}\n\n1\n--x--", "a".repeat(length)))
        };
        assert!(named(MAX_HEADERS - 100).is_some());
        assert!(named(MAX_HEADERS).is_none());
    }

    /// Pieces that forms are made of, in any order.
    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            "--x",
            "--",
            "\r\n",
            "\r",
            "\n",
            "Content-Disposition",
            ":",
            " form-data",
            ";",
            " name",
            "=",
            "\"",
            "a",
            "%0",
            "%22",
            " filename",
            "Content-Type: a/b",
            "\r\n--x",
            "--x--",
            "\u{e4}",
            "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n",
        ]);
        prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn contents_lie_within_the_bytes_and_in_order(bytes in pieces()) {
            let mut end = 0;
            for part in parse(&bytes, b"x").unwrap_or_default() {
                prop_assert!(end <= part.content.start && part.content.start <= part.content.end);
                end = part.content.end;
            }
            prop_assert!(end <= bytes.len());
        }

        #[test]
        fn what_is_written_is_read(values in prop::collection::vec(pieces(), 0..4)) {
            let holds = |value: &[u8]| memchr::memmem::find(value, b"x").is_some();
            let values: Vec<_> = values.into_iter().filter(|value| !holds(value)).collect();
            let mut form = Vec::new();
            for value in &values {
                form.extend_from_slice(b"--x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n");
                form.extend_from_slice(value);
                form.extend_from_slice(b"\r\n");
            }
            form.extend_from_slice(b"--x--\r\n");
            let parts = parse(&form, b"x").expect("a form");
            let read: Vec<_> = parts.into_iter().map(|part| form[part.content].to_vec()).collect();
            prop_assert_eq!(read, values);
        }
    }
}
