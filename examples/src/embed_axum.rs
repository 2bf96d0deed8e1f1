//! Hooks of tenants in an axum application: `/hooks/TENANT/…` goes to the tenant's own JavaScript.
//!
//! Everything else of the application is axum's. A tenant whose hook loops, throws or takes too much memory gets an answer
//! that says so, and nobody else notices.
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! runner = { git = "https://github.com/isolate-pool/isolate-pool", default-features = false, features = ["tower"] }
//! tokio = { version = "1", features = ["io-util", "macros", "net", "rt-multi-thread", "time"] }
//! ```

use std::error::Error;

use axum::Router;
use axum::error_handling::HandleError;
use axum::http::StatusCode;
use axum::routing::get;
use runner::exec::Script;
use runner::{IsolatePool, PoolOptions, ServiceError, WorkerService};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a caller is told of a hook that did not answer.
async fn ended(tenant: &str, error: ServiceError) -> (StatusCode, String) {
    let text = match &error {
        // Every reason has its status: 429 for CPU time and memory, 504 for the wall clock, 503 for overload …
        ServiceError::Terminated(termination) => format!("{tenant}'s hook ended: {}\n", termination.reason),
        other => format!("{other}\n"),
    };
    (error.http_status(), text)
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let hooks = [
        (
            "ada",
            "let n = 0; export default { fetch: async (request) => Response.json([++n, new URL(request.url).pathname, await request.text()]) }",
        ),
        ("bob", "export default { fetch() { for (;;); } }"),
    ];
    let pool = IsolatePool::new(PoolOptions::default().with_max_size(50))?;
    let mut router = Router::new().route("/", get(|| async { "the application\n" }));
    for (tenant, source) in hooks {
        // Dropping the future of a call, which axum does when the client hangs up, aborts the hook.
        let hook = WorkerService::new(pool.clone(), tenant, Script::new(source));
        let hook = HandleError::new(hook, move |error: ServiceError| ended(tenant, error));
        // The hook does not see where it is mounted.
        router = router.nest_service(&format!("/hooks/{tenant}"), hook);
    }

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });

    for (method, path) in [
        ("GET", "/"),
        ("POST", "/hooks/ada/orders/1?x=y"),
        ("GET", "/hooks/bob/x"),
        ("GET", "/hooks/ada/orders/2"),
    ] {
        let mut stream = TcpStream::connect(address).await?;
        let body = if method == "POST" { "body" } else { "" };
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close");
        let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        println!("{method} {path}: {status} {}", answer.rsplit("\r\n").next().unwrap_or_default().trim_end());
    }
    pool.shutdown().await;
    Ok(())
}
