//! One large body over a connection of its own, on the thread that asks for it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::{During, Failure, Result};

/// When nothing moves for so long, it has failed.
const PATIENCE: Duration = Duration::from_secs(30);

const BUFFER: usize = 256 << 10;

/// What all bodies consist of; `relay` has it, too.
const BYTE: u8 = b'a';

/// The longest line of a chunk, or head.
const LONGEST_HEAD: usize = 16 << 10;

/// How a body ends.
#[derive(Debug, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
}

/// Gets a body of so many bytes, and compares each of them.
pub(super) fn download(address: SocketAddr, bytes: u64) -> Result {
    let mut stream = connect(address)?;
    let head = format!("GET /{bytes} HTTP/1.1\r\nhost: bench.localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).during("asking for a body")?;
    let mut body = Body::begin(stream)?;
    let received = body.drain(|part| match part.iter().all(|byte| *byte == BYTE) {
        true => Ok(()),
        false => Err(Failure::new("a body with other bytes")),
    })?;
    if received == bytes {
        Ok(())
    } else {
        Err(Failure::new(format!("a body of {received} bytes where {bytes} were expected")))
    }
}

/// Sends a body of so many bytes; the answer is how many have arrived.
pub(super) fn upload(address: SocketAddr, bytes: u64) -> Result {
    let mut stream = connect(address)?;
    let head = format!(
        "POST /upload HTTP/1.1\r\nhost: bench.localhost\r\nconnection: close\r\ncontent-length: {bytes}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).during("sending a body")?;
    let buffer = vec![BYTE; BUFFER];
    let mut left = bytes;
    while left > 0 {
        let part = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        stream.write_all(&buffer[..part]).during("sending a body")?;
        left -= part as u64;
    }
    let mut text = Vec::new();
    Body::begin(stream)?.drain(|part| {
        text.extend_from_slice(&part[..part.len().min(LONGEST_HEAD.saturating_sub(text.len()))]);
        Ok(())
    })?;
    let text = String::from_utf8_lossy(&text);
    if text == bytes.to_string() { Ok(()) } else { Err(Failure::new(format!("a wrong answer: {text}"))) }
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE).during("a connection")?;
    stream.set_read_timeout(Some(PATIENCE)).during("a connection")?;
    stream.set_write_timeout(Some(PATIENCE)).during("a connection")?;
    Ok(stream)
}

/// The body of an answer that comes.
struct Body<S> {
    stream: S,
    buffer: Vec<u8>,
    /// What of the buffer has been read and not been used.
    unused: std::ops::Range<usize>,
    framing: Framing,
}

impl<S: Read> Body<S> {
    /// Reads the head.
    fn begin(stream: S) -> Result<Self> {
        let mut body = Self { stream, buffer: vec![0; BUFFER], unused: 0..0, framing: Framing::Chunked };
        loop {
            let mut fields = [httparse::EMPTY_HEADER; 64];
            let mut head = httparse::Response::new(&mut fields);
            let parsed = head.parse(&body.buffer[body.unused.clone()]).during("the head of an answer")?;
            if let httparse::Status::Complete(length) = parsed {
                if head.code != Some(200) {
                    return Err(Failure::new(format!("status {}", head.code.unwrap_or_default())));
                }
                body.framing = framing(head.headers)?;
                body.unused.start += length;
                return Ok(body);
            }
            if body.unused.len() > LONGEST_HEAD || !body.more()? {
                return Err(Failure::new("an answer without a head"));
            }
        }
    }

    /// Gives all of it to `take`; how many bytes that are.
    fn drain(&mut self, mut take: impl FnMut(&[u8]) -> Result) -> Result<u64> {
        let mut total = 0;
        loop {
            let mut left = match self.framing {
                Framing::Length(length) => length,
                Framing::Chunked => self.chunk()?,
            };
            if left == 0 {
                return Ok(total);
            }
            total += left;
            while left > 0 {
                if self.unused.is_empty() && !self.more()? {
                    return Err(Failure::new("a body that ends before its end"));
                }
                let part = self.unused.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                take(&self.buffer[self.unused.start..][..part])?;
                self.unused.start += part;
                left -= part as u64;
            }
            if matches!(self.framing, Framing::Length(_)) {
                return Ok(total);
            }
        }
    }

    /// The length of the next chunk, whose line is read with the end of the chunk before it.
    fn chunk(&mut self) -> Result<u64> {
        loop {
            let text = &self.buffer[self.unused.clone()];
            // Of the chunk before there is a line end left.
            let skipped = if text.starts_with(b"\r\n") { 2 } else { 0 };
            let parsed = match text {
                b"\r" => Ok(httparse::Status::Partial),
                text => httparse::parse_chunk_size(&text[skipped..]),
            };
            let parsed = parsed.map_err(|_| Failure::new("a chunk without a length"))?;
            if let httparse::Status::Complete((line, length)) = parsed {
                self.unused.start += skipped + line;
                return Ok(length);
            }
            if self.unused.len() > LONGEST_HEAD || !self.more()? {
                return Err(Failure::new("a body that ends before its end"));
            }
        }
    }

    /// Reads on, behind what is not used yet; whether there was something.
    fn more(&mut self) -> Result<bool> {
        self.buffer.copy_within(self.unused.clone(), 0);
        self.unused = 0..self.unused.len();
        let read = self.stream.read(&mut self.buffer[self.unused.end..]).during("reading an answer")?;
        self.unused.end += read;
        Ok(read > 0)
    }
}

fn framing(fields: &[httparse::Header<'_>]) -> Result<Framing> {
    let field = |name: &str| {
        let found = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok()
    };
    match (field("transfer-encoding"), field("content-length")) {
        (Some("chunked"), _) => Ok(Framing::Chunked),
        (None, Some(length)) => length.parse().map(Framing::Length).during("the length of a body"),
        _ => Err(Failure::new("a body of which nobody knows where it ends")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives so many bytes at a time.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let part = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(part);
            buffer[..part].copy_from_slice(now);
            self.0 = later;
            Ok(part)
        }
    }

    fn body(answer: &str, at_a_time: usize) -> Result<(Vec<u8>, u64)> {
        let mut bytes = Vec::new();
        let total = Body::begin(Slowly(answer.as_bytes(), at_a_time))?.drain(|part| {
            bytes.extend_from_slice(part);
            Ok(())
        })?;
        Ok((bytes, total))
    }

    #[test]
    fn bodies_come_in_any_pieces() {
        let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        let chunked =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\n\r\n";
        for answer in [whole, chunked] {
            for at_a_time in [1, 2, 3, 1000] {
                assert_eq!(body(answer, at_a_time).unwrap(), (b"hello".to_vec(), 5), "{answer} {at_a_time}");
            }
            let cut = &answer[..answer.len() - 6];
            assert!(body(cut, 7).is_err(), "{cut}");
        }
    }

    #[test]
    fn other_answers_are_failures() {
        for answer in [
            "HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
            "HTTP/1.1 200 OK\r\n",
        ] {
            assert!(body(answer, 10).is_err(), "{answer}");
        }
    }
}
