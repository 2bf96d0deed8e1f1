//! Answers to `fetch()` that came compressed.

use std::io::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use exec::{
    Body, Event, FetchRequest, FetchResponse, LogRecord, OperationError, OperationsHandler, Script,
    TenantBudget, TenantLimits,
};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use parking_lot::Mutex;

use crate::support::{Worker, eventually, generous, get, new_isolate, text};

/// A frame of zstd with `text`, uncompressed; a stream of brotli with it.
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x20\x04\x21\x00\x00text";
const BROTLI: &[u8] = b"\x8b\x01\x80text\x03";
/// More than the isolate of a test about bombs may hold.
const BOMB: usize = 20 << 20;

/// Answers `/CODING/KIND` with compressed bytes, and remembers what it was asked.
#[derive(Default)]
struct Origin {
    asked: Mutex<Vec<http::HeaderMap>>,
    uploaded: Mutex<Vec<Vec<u8>>>,
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bomb() -> Vec<u8> {
    gzip(&vec![0; BOMB])
}

fn coded(name: &str) -> (&'static str, Vec<u8>) {
    match name {
        "gzip" => ("gzip", gzip(b"text")),
        "x-gzip" => ("x-GZIP", gzip(b"text")),
        "deflate" => ("deflate", zlib(b"text")),
        "raw" => ("deflate", deflate(b"text")),
        "br" => ("br", BROTLI.to_vec()),
        "zstd" => ("zstd", ZSTD.to_vec()),
        "list" => ("gzip, deflate", zlib(&gzip(b"text"))),
        "empty" => ("gzip", Vec::new()),
        "cut" => ("gzip", gzip(b"text")[..14].to_vec()),
        "corrupt" => ("br", b"\xff\xff\xff\xff".to_vec()),
        "other" => ("compress", b"text".to_vec()),
        "json" => ("gzip", gzip(br#"{"is":"json"}"#)),
        "bomb" => ("gzip", bomb()),
        _ => panic!("{name}"),
    }
}

/// A body that comes in pieces of three bytes.
struct Pieces(Vec<u8>);

impl http_body::Body for Pieces {
    type Data = exec::bytes::Bytes;
    type Error = exec::BodyError;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        let length = self.0.len().min(3);
        let rest = self.0.split_off(length);
        let piece = std::mem::replace(&mut self.0, rest);
        std::task::Poll::Ready((!piece.is_empty()).then(|| Ok(http_body::Frame::data(piece.into()))))
    }
}

#[async_trait]
impl OperationsHandler for Origin {
    async fn handle_fetch(&self, request: FetchRequest) -> Result<FetchResponse, OperationError> {
        let (parts, body) = request.request.into_parts();
        self.asked.lock().push(parts.headers);
        let uploaded = body.collect(usize::MAX).await.unwrap();
        self.uploaded.lock().push(uploaded.to_vec());
        let path = parts.uri.path().to_owned();
        let (name, kind) = path.trim_start_matches('/').split_once('/').unwrap_or((&path[1..], ""));
        let (coding, bytes) = coded(name);
        let length = bytes.len();
        let body = if kind == "stream" { Body::stream(Pieces(bytes)) } else { bytes.into() };
        let response = http::Response::builder()
            .header("content-encoding", coding)
            .header("content-length", length)
            .header("x-mine", "1");
        let response = response.body(body).unwrap();
        Ok(FetchResponse { response, url: parts.uri.to_string(), redirected: false })
    }

    fn handle_log(&self, _record: LogRecord) {}
}

/// What `code`, which has the answer as `r`, makes of it, and what was asked for it.
async fn made_of(path: &str, code: &str) -> (http::Response<Body>, Arc<Origin>) {
    made_for(get("/"), path, code).await
}

async fn made_for(
    request: http::Request<Body>,
    path: &str,
    code: &str,
) -> (http::Response<Body>, Arc<Origin>) {
    let source =
        format!("export default {{ async fetch() {{ const r = await fetch('http://x/{path}'); {code} }} }}");
    let (worker, origin) = (Worker::new(&source), Arc::new(Origin::default()));
    let exec = worker.context.exec(Arc::clone(&origin) as _, Event::Fetch(request));
    let outcome = tokio::time::timeout(crate::support::LIVENESS, exec).await.unwrap().unwrap();
    (outcome.into_response().unwrap(), origin)
}

async fn collected(response: http::Response<Body>) -> Vec<u8> {
    response.into_body().collect(usize::MAX).await.unwrap().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_an_answer_finds_it_decoded() {
    for name in ["gzip", "x-gzip", "deflate", "raw", "br", "zstd", "list"] {
        for kind in ["whole", "stream"] {
            let path = format!("{name}/{kind}");
            let (response, _) = made_of(
                &path,
                "const read = [r.headers.get('x-mine'), r.headers.has('content-encoding'), r.headers.has('content-length')];
                 const c = r.clone(); read.push(await c.text(), (await r.blob()).size, r.bodyUsed);
                 return new Response(read.join())",
            )
            .await;
            assert_eq!(text(&response), "1,true,true,text,4,true", "{path}");
        }
    }
    let (response, _) = made_of("json/stream", "return new Response((await r.json()).is)").await;
    assert_eq!(text(&response), "json");
    let (response, _) = made_of("empty", "return new Response(`<${await r.text()}>`)").await;
    assert_eq!(text(&response), "<>");
    let (response, _) = made_of("other", "return new Response(await r.text())").await;
    assert_eq!(text(&response), "text");
    let chunks = "let n = 0; for await (const c of r.body) n += c.length; return new Response(String(n))";
    assert_eq!(text(&made_of("list/stream", chunks).await.0), "4");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_passed_on_stays_as_it_is() {
    for name in ["gzip", "br", "zstd", "list", "corrupt", "other"] {
        for kind in ["whole", "stream"] {
            for code in [
                "return r",
                "return new Response(r.body, r)",
                "r.body; return new Response(r.body, { headers: [...r.headers] })",
            ] {
                let (response, _) = made_of(&format!("{name}/{kind}"), code).await;
                let (coding, bytes) = coded(name);
                assert_eq!(response.headers()["content-encoding"], coding);
                assert_eq!(response.headers()["content-length"], bytes.len().to_string());
                assert_eq!(response.body().as_bytes().is_some(), kind == "whole", "{name}/{kind}: {code}");
                assert_eq!(collected(response).await, bytes, "{name}/{kind}: {code}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_longer_says_that_it_is_coded_is_not() {
    for kind in ["whole", "stream"] {
        for code in [
            "return new Response(r.body)",
            "const h = new Headers(r.headers); h.delete('content-encoding'); return new Response(r.body, { headers: h })",
            "return new Response(await r.text(), r)",
            "return new Response(r.body.pipeThrough(new TransformStream()), r)",
        ] {
            let (response, _) = made_of(&format!("list/{kind}"), code).await;
            assert!(!response.headers().contains_key("content-encoding"), "{code}");
            assert!(!response.headers().contains_key("content-length"), "{code}");
            assert_eq!(collected(response).await, b"text", "{code}");
        }
        let upload = "await fetch('http://x/gzip', { method: 'POST', body: r.body, duplex: 'half' }); return new Response()";
        let (_, origin) = made_of(&format!("br/{kind}"), upload).await;
        assert_eq!(origin.uploaded.lock()[1], b"text");
        let upload = "await fetch('http://x/gzip', { method: 'POST', body: r.body, duplex: 'half', headers: r.headers }); return new Response()";
        let (_, origin) = made_of(&format!("br/{kind}"), upload).await;
        assert_eq!(origin.uploaded.lock()[1], BROTLI);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_wrong_fails_whoever_reads_it() {
    for path in ["cut", "cut/stream", "corrupt", "corrupt/stream"] {
        for read in ["r.text()", "r.bytes()", "new Response(r.body).text()"] {
            let code = format!(
                "if (r.status !== 200) throw r; try {{ await {read}; return new Response('read') }} catch (e) {{ return new Response(`${{e.name}}: ${{e.message}}`) }}"
            );
            let (response, _) = made_of(path, &code).await;
            assert_eq!(text(&response), "TypeError: the compressed body is not valid", "{path}: {read}");
        }
        let iterated = "let n = 0; try { for await (const c of r.body) n += c.length; return new Response('read') } catch (e) { return new Response(e.name) }";
        assert_eq!(text(&made_of(path, iterated).await.0), "TypeError", "{path}");
        let (response, _) = made_of(path, "return new Response(r.body)").await;
        assert!(response.into_body().collect(usize::MAX).await.is_err(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_ends_at_the_limits_of_whoever_reads_it() {
    let caught = "try { await r.text(); return new Response('read') } catch (e) { return new Response(`${e.name}: ${e.message}`) }";
    // Who keeps nothing of it may read all of it.
    let counted = "let n = 0; for await (const c of r.body) n += c.length; return new Response(String(n))";
    let limits = TenantLimits::default().with_bytes(1 << 20);
    let small = TenantBudget::new(limits, &Default::default());
    for (budget, code, expected) in [
        (TenantBudget::unlimited(), caught, "TypeError: the body is too large"),
        (small.clone(), counted, "20971520"),
        (small, caught, "TypeError: no room for the body: the worker's budget of bytes is used up"),
    ] {
        let source = format!(
            "export default {{ async fetch() {{ const r = await fetch('http://x/bomb'); {code} }} }}"
        );
        let mut worker = Worker::on(&new_isolate(generous().with_heap_max(16 << 20)), Script::new(source));
        worker.context = worker.context.with_budget(budget.clone());
        let exec = worker.context.exec(Arc::new(Origin::default()), Event::Fetch(get("/")));
        let outcome = tokio::time::timeout(crate::support::LIVENESS, exec).await.unwrap().unwrap();
        let said = text(&outcome.into_response().unwrap());
        assert!(said.starts_with(expected), "{said}");
        worker.drained().await;
        eventually("nothing is charged", || budget.usage().bytes == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_asks_for_what_its_client_takes() {
    let asked = async |accepted: Option<&str>, code: &str| {
        let mut request = get("/");
        if let Some(accepted) = accepted {
            request.headers_mut().insert("accept-encoding", accepted.parse().unwrap());
        }
        let (_, origin) = made_for(request, "gzip", code).await;
        let asked = origin.asked.lock();
        let value = asked.last().unwrap().get("accept-encoding");
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    let done = "return new Response()";
    assert_eq!(asked(None, done).await, None);
    assert_eq!(asked(Some("deflate, gzip, br;q=0.9, zstd"), done).await.as_deref(), Some("gzip, br"));
    assert_eq!(asked(Some("gzip"), done).await.as_deref(), Some("gzip"));
    assert_eq!(asked(Some("gzip;q=0, identity"), done).await, None);
    let own =
        "await fetch('http://x/gzip', { headers: { 'accept-encoding': 'zstd' } }); return new Response()";
    assert_eq!(asked(Some("gzip"), own).await.as_deref(), Some("zstd"));
    let range = "await fetch('http://x/gzip', { headers: { range: 'bytes=0-1' } }); return new Response()";
    assert_eq!(asked(Some("gzip"), range).await, None);

    let source = "export default { async scheduled() { await fetch('http://x/gzip') } }";
    let (worker, origin) = (Worker::new(source), Arc::new(Origin::default()));
    let event = exec::ScheduledEvent { cron: "* * * * *".into(), scheduled_time: std::time::UNIX_EPOCH };
    worker.context.exec(Arc::clone(&origin) as _, Event::Scheduled(event)).await.unwrap();
    assert_eq!(origin.asked.lock()[0]["accept-encoding"], "gzip, br");
}
