//! Hooks of tenants in an axum application: `/hooks/TENANT/…` goes to the tenant's own JavaScript.
//!
//! Everything else of the application is axum's. A tenant whose hook loops, throws or takes too much memory gets an answer
//! that says so, and nobody else notices.
//!
//! ```toml
//! [dependencies]
//! axum = "0.8"
//! runner = { git = "https://github.com/isolate-pool/isolate-pool", default-features = false }
//! tokio = { version = "1", features = ["io-util", "macros", "net", "rt-multi-thread", "time"] }
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use runner::exec::{Body, Event, NoOperations, Outcome, Script};
use runner::{IsolatePool, PoolOptions, http};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the handlers share.
#[derive(Clone)]
struct App {
    pool: IsolatePool,
    hooks: Arc<HashMap<String, Script>>,
}

/// Gives a request to the hook of a tenant.
async fn hook(
    State(app): State<App>,
    Path((tenant, path)): Path<(String, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(script) = app.hooks.get(&tenant) else { return StatusCode::NOT_FOUND.into_response() };
    // A worker reads an absolute URL. The hook does not see where it is mounted.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut request = http::Request::builder().method(method).uri(format!("http://{host}/{path}{query}"));
    if let Some(request_headers) = request.headers_mut() {
        *request_headers = headers;
    }
    let Ok(request) = request.body(Body::from(body)) else { return StatusCode::BAD_REQUEST.into_response() };

    // Dropping this future, which axum does when the client hangs up, aborts the hook.
    let event = Event::Fetch(request);
    let outcome = app.pool.execute(&tenant, script, Arc::new(NoOperations), event).await;
    match outcome.map(Outcome::into_response) {
        Ok(Some(response)) => response.map(axum::body::Body::new),
        Ok(None) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Err(termination) => {
            // Every reason has its status: 429 for CPU time and memory, 504 for the wall clock, 503 for overload …
            let reason = termination.reason;
            (reason.http_status(), format!("{tenant}'s hook ended: {reason}\n")).into_response()
        }
    }
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
    let hooks = hooks.map(|(tenant, source)| (tenant.to_owned(), Script::new(source)));
    let app = App {
        pool: IsolatePool::new(PoolOptions { max_size: 50, ..PoolOptions::default() })?,
        hooks: Arc::new(HashMap::from(hooks)),
    };
    let router = Router::new()
        .route("/", get(|| async { "the application\n" }))
        .route("/hooks/{tenant}/{*path}", any(hook))
        .with_state(app.clone());

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
    app.pool.shutdown().await;
    Ok(())
}
