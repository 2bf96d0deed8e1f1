//! A pool of TCP connections: the crate `pool-core` alone, without V8.
//!
//! Each address has up to two connections, used by one caller at a time. One that failed is not given to anybody else;
//! those that nobody has used for a while are closed.
//!
//! ```toml
//! [dependencies]
//! pool-core = { git = "https://github.com/isolate-pool/isolate-pool" }
//! tokio = { version = "1", features = ["io-util", "macros", "net", "rt-multi-thread", "time"] }
//! ```

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use pool_core::{ExclusivePool, PoolConfig, RetireReason, ScalePolicy};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

type Connections = ExclusivePool<SocketAddr, BufStream<TcpStream>>;

/// Sends one line over a connection to `address` and reads one.
async fn ask(pool: &Connections, address: SocketAddr, line: &str) -> Result<String, Box<dyn Error>> {
    let connect = || async { TcpStream::connect(address).await.map(BufStream::new) };
    let mut connection = pool.acquire(&address, connect).await?;
    let exchange = async {
        connection.write_all(line.as_bytes()).await?;
        connection.flush().await?;
        let mut answer = String::new();
        match connection.read_line(&mut answer).await? {
            0 => Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            _ => Ok(answer.trim_end().to_owned()),
        }
    };
    let answer = exchange.await;
    if answer.is_err() {
        // Nobody gets this one again.
        connection.discard(RetireReason::Condemned);
    }
    Ok(answer?)
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    // Another connection as soon as somebody waits, and not only when the queue is deep.
    let scale = ScalePolicy { depth: 1, age: Duration::MAX };
    let config = PoolConfig::default()
        .with_max_size(10)
        .with_max_resources_per_key(2)
        .with_scale(scale)
        .with_acquire_timeout(Duration::from_secs(5));
    let pool: Connections = ExclusivePool::new(config, |retired| {
        // Dropping a connection closes it.
        drop(retired.resource);
    })?;

    let address = echo_server().await?;
    println!("{}", ask(&pool, address, "hello\n").await?);
    let answers = tokio::join!(ask(&pool, address, "one\n"), ask(&pool, address, "two\n"));
    println!("{} {}", answers.0?, answers.1?);
    // The server hangs up on this.
    println!("{}", ask(&pool, address, "bye\n").await.is_err());
    println!("{}", ask(&pool, address, "again\n").await?);

    let stats = pool.stats();
    println!("{} connections made, {} given up", stats.created, stats.retired.condemned);
    pool.evict_idle_older_than(Duration::ZERO);
    pool.close();
    pool.drained().await;
    Ok(())
}

/// Answers every line with itself, except for `bye`.
async fn echo_server() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut stream = BufStream::new(stream);
                let mut line = String::new();
                while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) && line != "bye\n" {
                    if stream.write_all(line.as_bytes()).await.and(stream.flush().await).is_err() {
                        return;
                    }
                    line.clear();
                }
            });
        }
    });
    Ok(address)
}
