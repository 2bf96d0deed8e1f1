//! The format `multipart/form-data` (RFC 7578), as the Fetch Standard has it read.
//!
//! Strict: every part has a `Content-Disposition` of `form-data` with a name, every boundary stands on a line of its own,
//! and the last one closes. Bounded: in parts, and in the headers of each. One pass over the bytes, which come in pieces: it
//! keeps of them the headers of a part that are not whole, and how much of a delimiter has come.

mod head;
#[cfg(test)]
mod whole;

use std::ops::Range;

pub(super) use head::Head;

/// Parts of a form. Each becomes an entry with a name and, of files, an object.
const MAX_PARTS: usize = 10_000;
/// Bytes of the headers of one part.
const MAX_HEADERS: usize = 16 << 10;
/// RFC 2046 allows 70.
const MAX_BOUNDARY: usize = 256;

const LINE_END: &[u8] = b"\r\n";
const HEADERS_END: &[u8] = b"\r\n\r\n";

/// It is no form, or too large a one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// What is found in a form, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A part begins.
    Part(Head),
    /// Some of its content: where that is in the bytes of this step.
    Content(Range<usize>),
    /// Some of its content that came with steps before, and looked like the beginning of a delimiter.
    Earlier(Vec<u8>),
    /// The part has ended.
    End,
}

/// A form whose bytes come in pieces.
pub(super) struct Parser {
    /// A line break, two hyphens and the boundary. No CR but the first byte, so a delimiter that turns out to be none has no
    /// other in it.
    delimiter: Vec<u8>,
    state: State,
    parts: usize,
}

enum State {
    /// Nothing has come.
    Start,
    /// So much of the first delimiter has come; it may lack its line break.
    First(usize),
    /// A delimiter has come, and after it this, of two bytes.
    Delimited(Option<u8>),
    /// The headers of a part: what has come, from the line break before them on.
    Headers(Vec<u8>),
    /// The content of a part. The last `matched` bytes begin a delimiter; if they are none, all but the first `before` of
    /// them are content.
    Content {
        matched: usize,
        before: usize,
    },
    /// The last delimiter has come, and of the line break that may follow so much.
    Closed(usize),
    /// What follows is no part of the form.
    Epilogue,
    Malformed,
}

impl Parser {
    /// `None` for what is no boundary.
    pub(super) fn new(boundary: &[u8]) -> Option<Self> {
        if boundary.is_empty() || boundary.len() > MAX_BOUNDARY || boundary.contains(&b'\r') {
            return None;
        }
        let delimiter = [LINE_END, b"--", boundary].concat();
        Some(Self { delimiter, state: State::Start, parts: 0 })
    }

    /// Takes the next bytes and tells what is in them.
    ///
    /// # Errors
    /// It is no form; nor is it with whatever follows.
    pub(super) fn step(&mut self, bytes: &[u8], mut found: impl FnMut(Found)) -> Result<(), Malformed> {
        let mut at = 0;
        while at < bytes.len() {
            // What is malformed stays so.
            let state = std::mem::replace(&mut self.state, State::Malformed);
            (self.state, at) = self.advance(state, bytes, at, &mut found)?;
        }
        Ok(())
    }

    /// There is no more.
    ///
    /// # Errors
    /// The form is not whole.
    pub(super) fn finish(self) -> Result<(), Malformed> {
        match self.state {
            State::Closed(0) | State::Epilogue => Ok(()),
            _ => Err(Malformed),
        }
    }

    /// The state after some of the bytes from `at` on, at least one, and where the rest begins.
    fn advance(
        &mut self,
        state: State,
        bytes: &[u8],
        at: usize,
        found: &mut impl FnMut(Found),
    ) -> Result<(State, usize), Malformed> {
        Ok(match state {
            State::Start => {
                let skipped = if bytes[at] == b'-' { LINE_END.len() } else { 0 };
                self.first(skipped, bytes, at)?
            }
            State::First(matched) => self.first(matched, bytes, at)?,
            State::Delimited(None) if !matches!(bytes[at], b'-' | b'\r') => return Err(Malformed),
            State::Delimited(None) => (State::Delimited(Some(bytes[at])), at + 1),
            State::Delimited(Some(first)) => (self.delimited([first, bytes[at]])?, at + 1),
            State::Headers(head) => headers(head, bytes, at, found)?,
            State::Content { matched: 0, .. } => self.search(bytes, at, found),
            State::Content { matched, before } => self.resume(matched, before, bytes, at, found),
            State::Closed(matched) if bytes[at] != LINE_END[matched] => return Err(Malformed),
            State::Closed(0) => (State::Closed(1), at + 1),
            State::Closed(_) | State::Epilogue => (State::Epilogue, bytes.len()),
            State::Malformed => return Err(Malformed),
        })
    }

    /// How many of the bytes from `at` on are those of the delimiter from `matched` on.
    fn common(&self, matched: usize, bytes: &[u8], at: usize) -> usize {
        self.delimiter[matched..]
            .iter()
            .zip(&bytes[at..])
            .take_while(|(expected, byte)| expected == byte)
            .count()
    }

    /// Within the first delimiter.
    fn first(&self, matched: usize, bytes: &[u8], at: usize) -> Result<(State, usize), Malformed> {
        let common = self.common(matched, bytes, at);
        if matched + common == self.delimiter.len() {
            Ok((State::Delimited(None), at + common))
        } else if at + common == bytes.len() {
            Ok((State::First(matched + common), bytes.len()))
        } else {
            Err(Malformed)
        }
    }

    /// What begins with these two bytes after a delimiter.
    fn delimited(&mut self, next: [u8; 2]) -> Result<State, Malformed> {
        match &next {
            b"--" => Ok(State::Closed(0)),
            b"\r\n" if self.parts < MAX_PARTS => {
                self.parts += 1;
                Ok(State::Headers(LINE_END.to_vec()))
            }
            _ => Err(Malformed),
        }
    }

    /// Within content, of which nothing looks like a delimiter yet.
    fn search(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(Found)) -> (State, usize) {
        let mut content = |content: Range<usize>| {
            if !content.is_empty() {
                found(Found::Content(content));
            }
        };
        if let Some(length) = memchr::memmem::find(&bytes[at..], &self.delimiter) {
            content(at..at + length);
            found(Found::End);
            return (State::Delimited(None), at + length + self.delimiter.len());
        }
        let last = memchr::memrchr(b'\r', &bytes[at..]).map(|cr| at + cr);
        let begins = last.filter(|cr| self.delimiter.starts_with(&bytes[*cr..])).unwrap_or(bytes.len());
        content(at..begins);
        (State::Content { matched: bytes.len() - begins, before: 0 }, bytes.len())
    }

    /// Within content whose last bytes look like a delimiter.
    fn resume(
        &self,
        matched: usize,
        before: usize,
        bytes: &[u8],
        at: usize,
        found: &mut impl FnMut(Found),
    ) -> (State, usize) {
        let common = self.common(matched, bytes, at);
        if matched + common == self.delimiter.len() {
            found(Found::End);
            (State::Delimited(None), at + common)
        } else if at + common == bytes.len() {
            (State::Content { matched: matched + common, before }, bytes.len())
        } else {
            if matched > before {
                found(Found::Earlier(self.delimiter[before..matched].to_vec()));
            }
            self.search(bytes, at, found)
        }
    }
}

/// Within the headers of a part, of which `head` has come.
fn headers(
    mut head: Vec<u8>,
    bytes: &[u8],
    at: usize,
    found: &mut impl FnMut(Found),
) -> Result<(State, usize), Malformed> {
    let had = head.len();
    let room = LINE_END.len() + MAX_HEADERS - had;
    let taken = room.min(bytes.len() - at);
    head.extend_from_slice(&bytes[at..at + taken]);
    let searched = had.saturating_sub(HEADERS_END.len() - 1);
    let Some(end) = memchr::memmem::find(&head[searched..], HEADERS_END).map(|end| searched + end) else {
        return if taken == room { Err(Malformed) } else { Ok((State::Headers(head), at + taken)) };
    };
    let lines = &head[LINE_END.len()..end + LINE_END.len()];
    found(Found::Part(Head::parse(lines).ok_or(Malformed)?));
    // Contents may be empty: their delimiter begins with the line break that ended the headers.
    let content = State::Content { matched: LINE_END.len(), before: LINE_END.len() };
    Ok((content, at + end + HEADERS_END.len() - had))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Read = (String, Option<String>, String, String);

    /// The parts of a form that comes in pieces.
    fn parse<'a>(
        pieces: impl IntoIterator<Item = &'a [u8]>,
        boundary: &[u8],
    ) -> Option<Vec<(Head, Vec<u8>)>> {
        let mut parser = Parser::new(boundary)?;
        let (mut parts, mut open) = (Vec::new(), None);
        for piece in pieces {
            let step = parser.step(piece, |found| match found {
                Found::Part(head) => {
                    assert!(open.replace((head, Vec::new())).is_none(), "a part within a part")
                }
                Found::Content(content) => {
                    open.as_mut().expect("a part").1.extend_from_slice(&piece[content])
                }
                Found::Earlier(earlier) => open.as_mut().expect("a part").1.extend_from_slice(&earlier),
                Found::End => parts.push(open.take().expect("a part")),
            });
            if step.is_err() {
                assert_eq!(
                    parser.step(b"x", |found| panic!("{found:?}")),
                    Err(Malformed),
                    "it is good again"
                );
                return None;
            }
        }
        parser.finish().ok().map(|()| parts)
    }

    /// Name, file name, type and content of every part of a form with the boundary `x`; lines end with CRLF.
    fn read(text: &str) -> Option<Vec<Read>> {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        let parts = parse([&bytes[..]], b"x");
        assert_eq!(parse(bytes.chunks(1), b"x"), parts, "byte by byte: {text}");
        let read = |(head, content): (Head, Vec<u8>)| {
            let content = String::from_utf8(content).expect("a text");
            (head.name, head.filename, head.content_type, content)
        };
        Some(parts?.into_iter().map(read).collect())
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
        let file = |kind: &str| Some(vec![("a".into(), Some("f".into()), kind.into(), "1".into())]);
        assert_eq!(read(form), file("text/plain"));
        assert_eq!(read(&form.replace("filename=f", "filename=f\nContent-Type: ")), file(""), "it has one");
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
        assert_eq!(parse([&b"----"[..]], b""), None);
        assert_eq!(parse([&b"--\r--"[..]], b"\r"), None);
        assert_eq!(parse([good.as_bytes()], b"x"), None, "lines end with CRLF");
    }

    #[test]
    fn what_is_no_form_is_refused_before_it_has_come() {
        let refused = |bytes: &[u8]| Parser::new(b"x").expect("a boundary").step(bytes, drop).is_err();
        let part = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1";
        assert!(!refused(part));
        for bad in
            ["x", "--y", "\n", "--x\r\n\r\n\r\n", "--x\r\nContent-Type: a/b\r\n\r\n1", "--xy", "--x--\r-"]
        {
            assert!(refused(bad.as_bytes()), "{bad:?}");
        }
        assert!(refused(&[part, &b"\r\n--xy"[..]].concat()));
        assert!(refused(&[b"--x\r\n", &[b'a'; MAX_HEADERS][..]].concat()));
    }

    #[test]
    fn what_looks_like_a_delimiter_is_content_wherever_it_is_cut() {
        let content = b"--x\r\r\n\r\n-\r\n--\r\n--y\r\n--\r\n--\r\n";
        let form = [
            b"--long\r\nContent-Disposition: form-data; name=a\r\n\r\n",
            &content[..],
            b"\r\n--lon\r\n--long--\r\n\r\nafter",
        ]
        .concat();
        let expected = parse([&form[..]], b"long").expect("a form");
        assert_eq!(expected[0].1, [content, &b"\r\n--lon"[..]].concat());
        for first in 0..form.len() {
            for second in first..form.len() {
                let pieces = [&form[..first], &form[first..second], &form[second..]];
                assert_eq!(parse(pieces, b"long").as_ref(), Some(&expected), "cut at {first} and {second}");
            }
        }
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
        fn a_form_in_pieces_is_what_it_is_as_a_whole(
            bytes in pieces(),
            boundary in prop::sample::select(vec!["x", "x\n--x", "--x"]),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let ends = cuts.iter().copied().chain([bytes.len()]);
            let begins = [0].into_iter().chain(cuts.iter().copied());
            let cut = parse(begins.zip(ends).map(|(begin, end)| &bytes[begin..end]), boundary.as_bytes());
            let model = whole::parse(&bytes, boundary.as_bytes());
            let model: Option<Vec<_>> = model.map(|parts| {
                parts.into_iter().map(|(head, content)| (head, bytes[content].to_vec())).collect()
            });
            prop_assert_eq!(cut, model);
        }

        #[test]
        fn what_is_written_is_read(values in prop::collection::vec(pieces(), 0..4), size in 1_usize..200) {
            let holds = |value: &[u8]| memchr::memmem::find(value, b"x").is_some();
            let values: Vec<_> = values.into_iter().filter(|value| !holds(value)).collect();
            let mut form = Vec::new();
            for value in &values {
                form.extend_from_slice(b"--x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n");
                form.extend_from_slice(value);
                form.extend_from_slice(b"\r\n");
            }
            form.extend_from_slice(b"--x--\r\n");
            let parts = parse(form.chunks(size), b"x").expect("a form");
            let read: Vec<_> = parts.into_iter().map(|(_, content)| content).collect();
            prop_assert_eq!(read, values);
        }
    }
}
