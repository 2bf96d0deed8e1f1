//! An HTTP client that does as little as possible.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Longer than any request may take that the server answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// One request on a connection of its own: the status and the body of its answer.
pub(crate) fn get(address: SocketAddr, target: &str) -> io::Result<(u16, Vec<u8>)> {
    answer(send(connect(address)?, target)?)
}

/// The same at a Unix socket.
pub(crate) fn get_at(socket: &Path, target: &str) -> io::Result<(u16, Vec<u8>)> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    answer(send(stream, target)?)
}

fn answer(mut stream: impl Read) -> io::Result<(u16, Vec<u8>)> {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Asks and goes away.
pub(crate) fn abandon(address: SocketAddr, target: &str) -> io::Result<()> {
    send(connect(address)?, target).map(drop)
}

/// Begins to ask, and holds the connection without another word.
pub(crate) fn dawdle(address: SocketAddr) -> io::Result<TcpStream> {
    let mut stream = connect(address)?;
    stream.write_all(
        b"POST /hello/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nhalf a body",
    )?;
    Ok(stream)
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn send<S: Write>(mut stream: S, target: &str) -> io::Result<S> {
    let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    Ok(stream)
}

/// The server frames its answers by their length, and this one ends with the connection.
fn parse(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let status = std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()?;
    Some((status, answer[end + 4..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_apart() {
        let answer = b"HTTP/1.1 429 Too Many Requests\r\nA: b\r\n\r\nbody";
        assert_eq!(parse(answer), Some((429, b"body".to_vec())));
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n"), None);
    }
}
