//! Any bytes from a client: the server answers what is HTTP and closes, and what reaches a worker is well formed.

#![no_main]

use std::sync::OnceLock;
use std::time::Duration;

use exec::{Event, NoOperations, Outcome, Termination};
use libfuzzer_sys::fuzz_target;
use runner::server::{Backend, Server, ServerOptions};
use runner::workers::{Route, Worker, WorkerDefinition, WorkerName, WorkerSource, Workers};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;

/// In the place of the pool: it tells back what it was asked.
struct Echo;

impl Backend for Echo {
    async fn execute(&self, _worker: &Worker, event: Event) -> Result<Outcome, Termination> {
        let Event::Fetch(request) = event else { panic!("a server makes fetch events only") };
        let (parts, body) = request.into_parts();
        let url = url::Url::parse(&parts.uri.to_string()).expect("workers get URLs");
        assert_eq!((url.scheme(), url.has_host()), ("http", true));
        assert!(parts.headers.contains_key("host"), "workers see whom the client asked");
        assert!(
            !parts.headers.contains_key("connection") && !parts.headers.contains_key("transfer-encoding")
        );
        let mut response = http::Response::new(body);
        *response.headers_mut() = parts.headers;
        if let Some(status) = url.path().get(1..4).and_then(|status| status.parse().ok()) {
            *response.status_mut() = status;
        }
        Ok(Outcome::Response(response))
    }

    async fn shutdown(&self) {}
}

static WORLD: OnceLock<(Runtime, Server<Echo>)> = OnceLock::new();

fn world() -> &'static (Runtime, Server<Echo>) {
    WORLD.get_or_init(|| {
        let source = WorkerSource::new("worker.js", "");
        let worker = WorkerDefinition::new(WorkerName::root(), source).with_route(Route::everything());
        let workers = Workers::new(|_| NoOperations);
        workers.adopt_all(vec![worker]).expect("a worker");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let brief = Duration::from_millis(20);
        let options =
            ServerOptions::default().with_max_body(1 << 16).with_body_timeout(brief).with_idle_timeout(brief);
        let listening = Server::bind(([127, 0, 0, 1], 0).into(), workers, Echo, options);
        let server = runtime.block_on(listening).expect("a server");
        (runtime, server)
    })
}

fuzz_target!(|data: &[u8]| {
    let (runtime, server) = world();
    let (client, stream) = tokio::io::duplex(1 << 16);
    let (mut reader, mut writer) = tokio::io::split(client);
    let local = ([127, 0, 0, 1], 80).into();
    let answer = runtime.block_on(async {
        let talk = async {
            let mut answer = Vec::new();
            let send = async {
                let _ = writer.write_all(data).await;
                let _ = writer.shutdown().await;
            };
            let (_, _) = tokio::join!(send, reader.read_to_end(&mut answer));
            answer
        };
        let exchange = async { tokio::join!(server.serve_stream(stream, local), talk).1 };
        tokio::time::timeout(Duration::from_secs(30), exchange).await.expect("an end")
    });
    let is_http2 = data.starts_with(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(answer.is_empty() || is_http2 || answer.starts_with(b"HTTP/1."));
});
