//! Requests as they are read, responses as they are written.

use std::io::{self, BufRead, Read, Write};

const LONGEST_BODY: u64 = 64 << 20;
const LONGEST_LINE: u64 = 1 << 20;

/// One character for each byte.
pub(super) fn decode(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// The bytes of such a text; what is no byte becomes `?`.
pub(super) fn encode(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(character).unwrap_or(b'?')).collect()
}

#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// Without the query, its escapes undone.
    pub(super) path: String,
    /// Names and values, in their order, escapes undone.
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// `None` for what is no request.
    pub(super) fn read(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let line = read_line(reader)?;
        let mut words = line.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = Vec::new();
        loop {
            let line = read_line(reader)?;
            if line.is_empty() {
                break;
            }
            let Some((name, value)) = line.split_once(':') else { return Ok(None) };
            headers.push((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()));
        }
        let mut request = Self {
            method: method.to_owned(),
            path: unescape(path, false),
            query: parse_query(query),
            headers,
            body: Vec::new(),
        };
        if request.header("transfer-encoding").is_some() {
            request.body = read_chunks(reader)?;
        } else if let Some(length) = request.header("content-length").and_then(|length| length.parse().ok()) {
            reader.take(LONGEST_BODY.min(length)).read_to_end(&mut request.body)?;
        }
        Ok(Some(request))
    }

    /// The values of a header, joined as HTTP has it.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let named = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let values: Vec<_> = named.map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// A number in the query.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.parameter(name)?.parse().ok()
    }
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    reader.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    let end = line.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
    Ok(decode(&line[..end]))
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(reader)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        if size == 0 || body.len() as u64 + size > LONGEST_BODY {
            return Ok(body);
        }
        reader.take(size).read_to_end(&mut body)?;
        read_line(reader)?;
    }
}

fn parse_query(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (unescape(name, true), unescape(value, true)))
        .collect()
}

fn unescape(text: &str, plus_is_space: bool) -> String {
    let bytes = encode(text);
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let escaped =
            tail.get(..2).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match (first, escaped) {
            (b'%', Some(byte)) => {
                out.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) if plus_is_space => out.push(b' '),
            _ => out.push(*first),
        }
    }
    decode(&out)
}

type Writing = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()>>;

pub(super) enum Content {
    Bytes(Vec<u8>),
    /// Bytes that come one after the other, until the end of the connection.
    Written(Writing),
    /// The whole answer, its head included.
    Raw(Vec<u8>),
}

pub(super) struct Response {
    pub(super) status: u16,
    pub(super) reason: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) content: Content,
}

impl Response {
    pub(super) fn new(status: u16) -> Self {
        Self { status, reason: None, headers: Vec::new(), content: Content::Bytes(Vec::new()) }
    }

    pub(super) fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// In place of those that have the name.
    pub(super) fn set(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.header(name, value)
    }

    pub(super) fn content(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.content = Content::Bytes(bytes.into());
        self
    }

    pub(super) fn written(
        mut self,
        writing: impl FnOnce(&mut dyn Write) -> io::Result<()> + 'static,
    ) -> Self {
        self.content = Content::Written(Box::new(writing));
        self
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    pub(super) fn write(self, request: &Request, writer: &mut dyn Write) -> io::Result<()> {
        let usual = match self.status {
            200 => "OK",
            304 => "Not Modified",
            _ => "Status",
        };
        let reason = self.reason.as_deref().unwrap_or(usual);
        let mut head = format!("HTTP/1.1 {} {reason}\r\nConnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let has_body = request.method != "HEAD" && !matches!(self.status, 204 | 304);
        if let Content::Bytes(bytes) = &self.content
            && !self.has("Content-Length")
            && !matches!(self.status, 204 | 304)
        {
            head.push_str(&format!("Content-Length: {}\r\n", bytes.len()));
        }
        head.push_str("\r\n");
        match self.content {
            Content::Raw(bytes) => writer.write_all(&bytes),
            Content::Bytes(bytes) => {
                let mut all = encode(&head);
                if has_body {
                    all.extend(bytes);
                }
                writer.write_all(&all)
            }
            Content::Written(write) => {
                writer.write_all(&encode(&head))?;
                if has_body { write(writer) } else { Ok(()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_bytes() {
        let query = parse_query("a=%FF+b&c&d=%zz%4");
        assert_eq!(query[0], ("a".into(), "\u{ff} b".into()));
        assert_eq!(query[1], ("c".into(), String::new()));
        assert_eq!(query[2].1, "%zz%4");
    }
}
