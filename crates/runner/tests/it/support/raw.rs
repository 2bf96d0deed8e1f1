//! An HTTP/1.1 client that adds and hides nothing.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::soon;

pub(crate) struct RawClient(BufReader<TcpStream>);

/// A frame of HTTP/2.
pub(crate) fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    [&[0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// What a client of HTTP/2 begins with.
pub(crate) fn preface() -> Vec<u8> {
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(4, 0, 0, b"")[..]].concat()
}

/// A response, byte for byte.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// All values of a header, in their order.
    pub(crate) fn all(&self, name: &str) -> Vec<&[u8]> {
        let named = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_slice()).collect()
    }

    /// The only value of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let all = self.all(name);
        assert!(all.len() <= 1, "{name} is there more than once");
        all.first().map_or("", |value| std::str::from_utf8(value).unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl RawClient {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        Self(BufReader::new(stream))
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The same to a server that may not listen any more.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.0.write_all(bytes.as_ref()).await
    }

    /// Reads a response that has a body if it says so.
    pub(crate) async fn reply(&mut self) -> Reply {
        let mut reply = self.head().await;
        let length = reply.header("content-length").parse().unwrap_or(0);
        reply.body = vec![0; length];
        soon(self.0.read_exact(&mut reply.body)).await.unwrap();
        reply
    }

    /// Reads a response that has no body, whatever it says.
    pub(crate) async fn head(&mut self) -> Reply {
        let status = self.line().await;
        let status = std::str::from_utf8(&status).unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line().await;
            if line.is_empty() {
                return Reply { status, headers, body: Vec::new() };
            }
            let colon = line.iter().position(|&byte| byte == b':').unwrap();
            let name = String::from_utf8(line[..colon].to_vec()).unwrap();
            headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
        }
    }

    /// Reads a chunk of a body in the chunked coding; an empty one is its end.
    pub(crate) async fn chunk(&mut self) -> Vec<u8> {
        let length = String::from_utf8(self.line().await).unwrap();
        let length = usize::from_str_radix(&length, 16).unwrap();
        let mut chunk = vec![0; length];
        soon(self.0.read_exact(&mut chunk)).await.unwrap();
        assert_eq!(self.line().await, b"", "the end of a chunk");
        chunk
    }

    /// Reads until `text` has come, and the line that it is on has ended; returns all of it.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let mut read = Vec::new();
        loop {
            let n = soon(self.0.read_until(b'\n', &mut read)).await.unwrap();
            let so_far = String::from_utf8_lossy(&read);
            if so_far.contains(text) {
                return so_far.into_owned();
            }
            assert!(n > 0, "{text} does not come after {so_far}");
        }
    }

    /// Reads a frame of HTTP/2; returns its type and how long it is.
    pub(crate) async fn frame(&mut self) -> (u8, usize) {
        let mut head = [0; 9];
        soon(self.0.read_exact(&mut head)).await.unwrap();
        let [a, b, c, kind, ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        soon(self.0.read_exact(&mut payload)).await.unwrap();
        (kind, payload.len())
    }

    /// Reads frames of HTTP/2 up to the first of this type; returns the types of those before it.
    pub(crate) async fn until_frame(&mut self, wanted: u8) -> Vec<u8> {
        let mut before = Vec::new();
        loop {
            let (kind, _) = self.frame().await;
            if kind == wanted {
                return before;
            }
            before.push(kind);
        }
    }

    /// Reads until the server closes; returns what still came.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        // A reset is an end as good as any here.
        let _ = soon(self.0.read_to_end(&mut rest)).await;
        rest
    }

    async fn line(&mut self) -> Vec<u8> {
        let mut line = Vec::new();
        soon(self.0.read_until(b'\n', &mut line)).await.unwrap();
        assert!(line.ends_with(b"\r\n"), "no whole line: {:?}", String::from_utf8_lossy(&line));
        line.truncate(line.len() - 2);
        line
    }
}

/// One request on a connection of its own.
pub(crate) async fn exchange(address: SocketAddr, request: impl AsRef<[u8]>) -> Reply {
    let mut client = RawClient::connect(address).await;
    client.send(request.as_ref()).await;
    if request.as_ref().starts_with(b"HEAD ") { client.head().await } else { client.reply().await }
}
