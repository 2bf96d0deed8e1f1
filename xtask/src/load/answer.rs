//! Reading an answer as it arrives, and comparing it with the one that is expected.

use super::Request;
use crate::failure::{During, Failure, Result};

/// More than any server here sends.
const MAX_HEADERS: usize = 64;

/// How much of a wrong answer is shown.
const SHOWN: usize = 120;

/// What is known of an answer so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// The beginning of a head that has not arrived as a whole.
    head: Vec<u8>,
    /// How the body ends; none before the head is whole.
    framing: Option<Framing>,
    /// So much of the body has come, and is right.
    position: usize,
    /// Whether the server closes the connection after it.
    closes: bool,
}

#[derive(Clone, Copy, Debug)]
enum Framing {
    Length,
    Chunked(Chunk),
}

/// What comes next in a body that is made of chunks.
#[derive(Clone, Copy, Debug)]
enum Chunk {
    /// A digit of the size, of which so much is known, or the end of its line.
    Size(usize),
    /// The rest of the line of a size: extensions mean nothing here.
    Line(usize),
    Data(usize),
    /// The two bytes after the data; and those at the very end.
    DataEnd(usize),
    End(usize),
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Unfinished,
    Whole { closes: bool },
}

impl Answer {
    /// Takes what has arrived.
    pub(super) fn take(&mut self, bytes: &[u8], expected: &Request) -> Result<Progress> {
        // It may be continued in `head`, which does not live as long.
        let mut bytes = bytes;
        let mut head = std::mem::take(&mut self.head);
        if self.framing.is_none() {
            if !head.is_empty() {
                head.extend_from_slice(bytes);
                bytes = &head;
            }
            match self.take_head(bytes, expected)? {
                Some(length) => bytes = &bytes[length..],
                None => {
                    self.head = bytes.to_vec();
                    return Ok(Progress::Unfinished);
                }
            }
        }
        let (rest, ended) = match self.framing {
            Some(Framing::Chunked(chunk)) => self.take_chunks(bytes, chunk, expected.body.as_bytes())?,
            _ => {
                self.compare(bytes, expected.body.as_bytes())?;
                (&bytes[bytes.len()..], self.position == expected.body.len())
            }
        };
        if !ended {
            return Ok(Progress::Unfinished);
        }
        if !rest.is_empty() || self.position != expected.body.len() {
            return Err(Failure::new(format!("{} bytes and not {}", self.position, expected.body.len())));
        }
        Ok(Progress::Whole { closes: self.closes })
    }

    /// Reads the head and returns its length, if all of it is there.
    fn take_head(&mut self, bytes: &[u8], expected: &Request) -> Result<Option<usize>> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(length) = head.parse(bytes).during("an answer that is no HTTP")?
        else {
            return Ok(None);
        };
        if head.code != Some(200) {
            let code = head.code.unwrap_or_default();
            return Err(Failure::new(format!("status {code}: {}", shown(&bytes[length..]))));
        }
        let has = |name: &str, value: &str| {
            let mut fields = head.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
            fields.any(|field| field.value.eq_ignore_ascii_case(value.as_bytes()))
        };
        if let Some((name, value)) = expected.headers.iter().find(|(name, value)| !has(name, value)) {
            return Err(Failure::new(format!("no header {name}: {value}")));
        }
        self.closes = has("connection", "close");
        self.framing = Some(if has("transfer-encoding", "chunked") {
            Framing::Chunked(Chunk::Size(0))
        } else if has("content-length", &expected.body.len().to_string()) {
            Framing::Length
        } else {
            let what = "neither chunked nor of the expected length";
            return Err(Failure::new(format!("{what}: {}", shown(&bytes[length..]))));
        });
        Ok(Some(length))
    }

    /// Returns what follows the body, and whether the body is at its end.
    fn take_chunks<'a>(
        &mut self,
        mut bytes: &'a [u8],
        mut chunk: Chunk,
        expected: &[u8],
    ) -> Result<(&'a [u8], bool)> {
        while let [byte, rest @ ..] = bytes {
            (chunk, bytes) = match chunk {
                Chunk::Size(size) => match (byte, char::from(*byte).to_digit(16)) {
                    (_, Some(digit)) => (Chunk::Size(size.saturating_mul(16) + digit as usize), rest),
                    (b'\r' | b';', None) => (Chunk::Line(size), rest),
                    _ => return Err(Failure::new("a chunk without a size")),
                },
                Chunk::Line(0) if *byte == b'\n' => (Chunk::End(2), rest),
                Chunk::Line(size) if *byte == b'\n' => (Chunk::Data(size), rest),
                Chunk::Line(size) => (Chunk::Line(size), rest),
                Chunk::Data(size) => {
                    let here = size.min(bytes.len());
                    self.compare(&bytes[..here], expected)?;
                    let next = if here == size { Chunk::DataEnd(2) } else { Chunk::Data(size - here) };
                    (next, &bytes[here..])
                }
                Chunk::DataEnd(1) => (Chunk::Size(0), rest),
                Chunk::DataEnd(left) => (Chunk::DataEnd(left - 1), rest),
                Chunk::End(1) => return Ok((rest, true)),
                Chunk::End(left) => (Chunk::End(left - 1), rest),
            };
        }
        self.framing = Some(Framing::Chunked(chunk));
        Ok((bytes, false))
    }

    fn compare(&mut self, bytes: &[u8], expected: &[u8]) -> Result {
        let end = self.position + bytes.len();
        if expected.get(self.position..end) != Some(bytes) {
            return Err(Failure::new(format!("a wrong answer: {}", shown(bytes))));
        }
        self.position = end;
        Ok(())
    }
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(body: &str) -> Request {
        Request { headers: vec![("x-a".into(), "b".into())], ..Request::get("/", &[], body) }
    }

    /// What comes of an answer that arrives in pieces of this size.
    fn read(answer: &str, body: &str, size: usize) -> Result<Progress> {
        let (mut reader, expected) = (Answer::default(), expected(body));
        let mut progress = Progress::Unfinished;
        for piece in answer.as_bytes().chunks(size) {
            assert_eq!(progress, Progress::Unfinished);
            progress = reader.take(piece, &expected)?;
        }
        Ok(progress)
    }

    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n";

    #[test]
    fn an_answer_may_arrive_in_any_pieces() {
        let framed = "HTTP/1.1 200 OK\r\nx-a: b\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello!";
        for size in [1, 2, 7, 1000] {
            assert_eq!(read(framed, "hello!", size).unwrap(), Progress::Whole { closes: true });
            assert_eq!(read(CHUNKED, "hello!", size).unwrap(), Progress::Whole { closes: false });
        }
    }

    #[test]
    fn what_is_not_the_expected_answer_is_a_failure() {
        let wrong = |answer: &str| read(answer, "hello!", 1000).unwrap_err().to_string();
        let busy = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
        assert_eq!(wrong(busy), "status 503: busy");
        assert_eq!(wrong(&CHUNKED.replace("hello", "jello")), "a wrong answer: jello");
        assert_eq!(wrong(&CHUNKED.replace("1;x=y\r\n!\r\n", "")), "5 bytes and not 6");
        assert_eq!(wrong(&CHUNKED.replace('!', "!\r\n1\r\n!")), "a wrong answer: !");
        assert_eq!(wrong(&CHUNKED.replace("X-A", "X-B")), "no header x-a: b");
        let longer = "HTTP/1.1 200 OK\r\nx-a: b\r\nContent-Length: 7\r\n\r\nhello!!";
        assert!(wrong(longer).starts_with("neither chunked"));
    }
}
