//! The outside world of the hostile workers: a server that answers, or does not.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The size of the answer to `/large`.
const LARGE: usize = 1 << 20;

/// Answers until it is dropped: `/small`, `/large`, `/slow` (after a while), `/garbage` (no HTTP); to anything else
/// never.
pub(super) struct World {
    pub(super) address: SocketAddr,
    _accepting: JoinSet<()>,
}

impl World {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => drop(connections.spawn(serve(stream))),
                    // Out of descriptors, for example.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                }
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, _accepting: accepting }
    }
}

async fn serve(stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    while let Some(path) = request(&mut stream).await {
        let answer = match path.as_str() {
            "/small" => answer(b"small"),
            "/large" => answer(&vec![b'x'; LARGE]),
            "/slow" => {
                tokio::time::sleep(Duration::from_millis(600)).await;
                answer(b"slow")
            }
            "/garbage" => vec![b'\0'; 100],
            _ => {
                // Until the other side gives up.
                let mut rest = [0; 4096];
                while stream.read(&mut rest).await.is_ok_and(|n| n > 0) {}
                return;
            }
        };
        if stream.write_all(&answer).await.is_err() {
            return;
        }
    }
}

/// Reads the head of a request; the path.
async fn request(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    while !line.trim().is_empty() {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
    }
    Some(path)
}

fn answer(body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}
