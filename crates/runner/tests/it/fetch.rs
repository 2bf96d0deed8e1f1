//! The outgoing `fetch()`, against a server in this process.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use exec::{
    Body, FetchRequest, FetchResponse, OperationError, OperationsHandler, ProcessBudget, RedirectMode,
    StatusText, TenantBudget, TenantLimits,
};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use runner::operations::{FetchClient, FetchOptions, FetchPolicy, HttpOperations};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::support::{RawClient, Runner, exchange, soon};

/// A server that answers with what `handler` says.
pub(crate) async fn upstream<F: Future<Output = Response<Full<Bytes>>> + Send + 'static>(
    handler: impl Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let handler = handler.clone();
            tokio::spawn(async move {
                let service = service_fn(|request| {
                    let answer = handler(request);
                    async move { Ok::<_, Infallible>(answer.await) }
                });
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

/// `/to/STATUS/TARGET` redirects to `/TARGET`, `/loop` to itself; anything else is told back, line by line.
async fn redirecting(request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let redirect = |status: &str, to: &str| {
        Response::builder().status(status).header("location", to).body(Full::default()).unwrap()
    };
    if path == "/loop" {
        return redirect("302", "/loop");
    }
    if let Some((status, to)) = path.strip_prefix("/to/").and_then(|rest| rest.split_once('/')) {
        let to = if to.starts_with("http") { to.replacen("http:/", "http://", 1) } else { format!("/{to}") };
        return redirect(status, &to.replace("///", "//"));
    }
    let mut told = format!("{} {path}\n", request.method());
    let mut names: Vec<_> = request.headers().keys().cloned().collect();
    names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    for name in names {
        for value in request.headers().get_all(&name) {
            told.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())));
        }
    }
    let body = request.into_body().collect().await.unwrap().to_bytes();
    told.push_str(&String::from_utf8_lossy(&body));
    Response::builder()
        .header("set-cookie", "a=1")
        .header("set-cookie", "b=2")
        .header("keep-alive", "timeout=5")
        .header("x-bytes", HeaderValue::from_bytes(b"\xe9").unwrap())
        .body(Full::from(told))
        .unwrap()
}

fn operations(options: FetchOptions) -> HttpOperations {
    HttpOperations::new(&FetchClient::new(options), "test")
}

async fn fetch(
    options: FetchOptions,
    redirect: RedirectMode,
    request: Request<Body>,
) -> Result<FetchResponse, OperationError> {
    let budget = TenantBudget::unlimited();
    let operations = operations(options);
    let answer = operations.handle_fetch(FetchRequest { request, redirect, budget: budget.clone() });
    collected(soon(answer).await?, &budget).await
}

/// The same answer, read to its end.
async fn collected(
    mut answer: FetchResponse,
    budget: &TenantBudget,
) -> Result<FetchResponse, OperationError> {
    let body = std::mem::take(answer.response.body_mut());
    match soon(body.collect_charged(usize::MAX, budget)).await {
        Ok(bytes) => {
            *answer.response.body_mut() = bytes.into();
            Ok(answer)
        }
        Err(error) => Err(OperationError::new(error.to_string(), error.detail().unwrap_or_default())),
    }
}

async fn get(options: FetchOptions, url: &str) -> Result<FetchResponse, OperationError> {
    fetch(options, RedirectMode::Follow, Request::get(url).body(Body::empty()).unwrap()).await
}

fn told(response: &FetchResponse) -> &str {
    std::str::from_utf8(response.response.body().as_bytes().unwrap()).unwrap()
}

fn with_policy(policy: FetchPolicy) -> FetchOptions {
    FetchOptions::default().with_policy(policy)
}

/// The servers of these tests are on this machine.
pub(crate) fn anywhere() -> FetchOptions {
    with_policy(FetchPolicy::Any)
}

#[tokio::test]
async fn requests_and_responses_pass_without_what_belongs_to_a_connection() {
    let address = upstream(redirecting).await;
    let request = Request::builder()
        .method("FROB")
        .uri(format!("http://{address}/path?query"))
        .header("host", "forged.test")
        .header("connection", "x-hop")
        .header("x-hop", "1")
        .header("content-length", "999")
        .header("x-two", "1")
        .header("x-two", "2")
        .body(Body::from("payload"))
        .unwrap();
    let response = fetch(anywhere(), RedirectMode::Follow, request).await.unwrap();
    let agent = concat!("isolate-pool/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        told(&response),
        format!(
            "FROB /path\naccept: */*\naccept-language: *\ncontent-length: 7\nhost: {address}\nuser-agent: {agent}\nx-two: 1\nx-two: 2\npayload"
        )
    );
    assert_eq!((response.redirected, response.url), (false, format!("http://{address}/path?query")));
    let headers = response.response.headers();
    assert_eq!(headers.get_all("set-cookie").iter().count(), 2);
    assert_eq!(headers["x-bytes"].as_bytes(), b"\xe9");
    assert!(!headers.contains_key("keep-alive"));
}

#[tokio::test]
async fn redirects_are_followed_as_the_mode_says() {
    let address = upstream(redirecting).await;
    let post = |path: &str| {
        let request = Request::post(format!("http://{address}{path}")).header("content-type", "text/x");
        request.body(Body::from("payload")).unwrap()
    };
    let follow = |path| fetch(anywhere(), RedirectMode::Follow, post(path));

    let kept = follow("/to/307/end").await.unwrap();
    assert!(told(&kept).starts_with("POST /end\n") && told(&kept).ends_with("payload"));
    assert_eq!((kept.redirected, kept.url.clone()), (true, format!("http://{address}/end")));

    let changed = follow("/to/302/end").await.unwrap();
    assert!(told(&changed).starts_with("GET /end\n"));
    assert!(!told(&changed).contains("payload") && !told(&changed).contains("content-type"));

    let manual = fetch(anywhere(), RedirectMode::Manual, post("/to/302/end")).await.unwrap();
    assert_eq!((manual.response.status().as_u16(), manual.redirected), (302, false));
    assert_eq!(manual.response.headers()["location"], "/end");

    let error = fetch(anywhere(), RedirectMode::Error, post("/to/302/end")).await.unwrap_err();
    assert_eq!(error.message, "unexpected redirect");
    assert_eq!(follow("/loop").await.unwrap_err().message, "too many redirects");
}

#[tokio::test]
async fn a_body_that_streams_is_sent_once() {
    let address = upstream(redirecting).await;
    let follow = |method: &str, status: u16| {
        let request = Request::builder().method(method).uri(format!("http://{address}/to/{status}/end"));
        fetch(
            anywhere(),
            RedirectMode::Follow,
            request.body(Body::stream(Full::<Bytes>::from("payload"))).unwrap(),
        )
    };
    for method in ["POST", "PUT"] {
        for status in [301, 302, 307, 308] {
            let error = follow(method, status).await.unwrap_err();
            assert_eq!(error.message, "a body that streams cannot be sent again", "{method} {status}");
        }
        assert!(told(&follow(method, 303).await.unwrap()).starts_with("GET /end\n"), "{method}");
    }
}

#[tokio::test]
async fn an_upload_that_is_passed_on_is_a_stream_however_it_came() {
    let address = upstream(redirecting).await;
    let source = format!(
        "const to = 'http://{address}/to/302/end';
         export default {{ async fetch(request) {{
             if (new URL(request.url).pathname === '/passed') {{
                 return fetch(to, request);
             }}
             const given = {{
                 async '/stream'() {{ return request.body }},
                 async '/bytes'() {{ return request.bytes() }},
             }};
             try {{
                 const of = given[new URL(request.url).pathname];
                 const answer = await (of === undefined
                     ? fetch(new Request(to, request), {{ redirect: 'follow' }})
                     : fetch(to, {{ method: 'POST', body: await of(), duplex: 'half' }}));
                 return new Response(await answer.text());
             }} catch (error) {{
                 return new Response(error.message);
             }}
         }} }}"
    );
    let runner = Runner::serve(&[("w.js", &source)], &["--fetch", "any"]).await;
    for at_once in [true, false] {
        for (path, expected) in [
            ("request", "a body that streams cannot be sent again"),
            ("stream", "a body that streams cannot be sent again"),
            ("bytes", "GET /end\n"),
        ] {
            let mut client = RawClient::connect(runner.address).await;
            let head = format!("POST /w/{path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\n");
            if at_once {
                client.send(head + "abcd").await;
            } else {
                client.send(head + "ab").await;
                tokio::time::sleep(Duration::from_millis(50)).await;
                client.send("cd").await;
            }
            let reply = client.reply().await;
            assert!(reply.text().starts_with(expected), "{path}, {at_once}: {}", reply.text());
        }
        let head = "POST /w/passed HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\n\r\nabcd";
        let reply = exchange(runner.address, head).await;
        assert_eq!(
            (reply.status, reply.header("location")),
            (302, "/w/end"),
            "the client is redirected, to where the worker is mounted"
        );
    }
}

#[tokio::test]
async fn an_empty_upload_that_is_passed_on_can_be_sent_again() {
    let address = upstream(redirecting).await;
    let source = format!(
        "export default {{ async fetch(request) {{
             try {{
                 const copy = new Request('http://{address}/to/307/end', request);
                 const answer = await fetch(copy, {{ redirect: 'follow' }});
                 return new Response(await answer.text());
             }} catch (error) {{
                 return new Response(error.message);
             }}
         }} }}"
    );
    let runner = Runner::serve(&[("w.js", &source)], &["--fetch", "any"]).await;
    for framing in ["Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n\r\n0\r\n"] {
        let request = format!("POST /w/ HTTP/1.1\r\nHost: a.test\r\n{framing}\r\n");
        let reply = exchange(runner.address, request).await;
        let told = reply.text();
        assert!(told.starts_with("POST /end\n") && told.contains("content-length: 0\n"), "{framing} {told}");
    }
}

#[tokio::test]
async fn after_a_303_a_get_has_no_body_any_more() {
    let address = upstream(redirecting).await;
    let follow = async |body: Body| {
        let request = Request::get(format!("http://{address}/to/303/end"))
            .header("content-type", "text/x")
            .header("x-own", "1")
            .body(body);
        let answer = fetch(anywhere(), RedirectMode::Follow, request.unwrap()).await.unwrap();
        told(&answer).to_owned()
    };
    for body in
        [Body::stream(Full::<Bytes>::from("payload")), Body::from("payload"), Body::Full(Bytes::new())]
    {
        let kind = format!("{body:?}");
        let told = follow(body).await;
        assert!(told.starts_with("GET /end\n") && told.contains("x-own: 1\n"), "{kind}: {told}");
        assert!(!told.contains("content-") && !told.contains("payload"), "{kind}: {told}");
    }
    let told = follow(Body::Empty).await;
    assert!(told.contains("content-type: text/x\n"), "there was no body that it could tell of: {told}");
}

#[tokio::test]
async fn a_post_without_a_body_says_so_on_every_hop() {
    let address = upstream(redirecting).await;
    for method in ["POST", "PUT"] {
        for body in [Body::empty(), Body::from("")] {
            let request =
                Request::builder().method(method).uri(format!("http://{address}/to/307/end")).body(body);
            let answer = fetch(anywhere(), RedirectMode::Follow, request.unwrap()).await.unwrap();
            assert!(told(&answer).contains("content-length: 0\n"), "{}", told(&answer));
        }
    }
    let answer = get(anywhere(), &format!("http://{address}/to/307/end")).await.unwrap();
    assert!(!told(&answer).contains("content-length"), "{}", told(&answer));
}

#[tokio::test]
async fn what_the_standard_adds_to_a_request_is_added_unless_it_is_there() {
    let address = upstream(redirecting).await;
    let ask = async |headers: &[(&str, &str)]| {
        let mut request = Request::get(format!("http://{address}/"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        told(&fetch(anywhere(), RedirectMode::Follow, request).await.unwrap()).to_owned()
    };
    let plain = ask(&[]).await;
    assert!(plain.contains("\naccept-language: *\n") && !plain.contains("accept-encoding"), "{plain}");
    let own = ask(&[("accept-language", "de"), ("range", "bytes=0-1")]).await;
    assert!(
        own.contains("\naccept-language: de\n") && own.contains("\naccept-encoding: identity\n"),
        "{own}"
    );
    let both = ask(&[("range", "bytes=0-1"), ("accept-encoding", "gzip")]).await;
    assert!(both.contains("\naccept-encoding: gzip\n") && !both.contains("identity"), "{both}");
}

/// A server for one connection, which answers with these bytes.
async fn answering(answer: impl AsRef<[u8]> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(answer.as_ref()).await.unwrap();
    });
    address
}

#[tokio::test]
async fn the_reason_phrase_is_kept() {
    for (line, phrase) in
        [("200 Fine", Some("Fine")), ("200 OK", None), ("404 ", Some("")), ("299 Odd\tone", Some("Odd\tone"))]
    {
        let address = answering(format!("HTTP/1.1 {line}\r\ncontent-length: 0\r\n\r\n")).await;
        let answer = get(anywhere(), &format!("http://{address}/")).await.unwrap();
        let text = answer.response.extensions().get::<StatusText>();
        assert_eq!(text.map(StatusText::as_bytes), phrase.map(str::as_bytes), "{line}");
    }
}

#[tokio::test]
async fn header_fields_that_are_folded_are_one_line() {
    let folds =
        "x-a: one,\r\n\ttwo\r\n   three \r\nx-b: \r\n four\r\nx-c: five\r\n \r\ncontent-length:\r\n 2\r\n";
    let address = answering(format!("HTTP/1.1 200 OK\r\n{folds}\r\nok")).await;
    let answer = get(anywhere(), &format!("http://{address}/")).await.unwrap();
    assert_eq!(told(&answer), "ok");
    let value = |name| answer.response.headers()[name].to_str().unwrap();
    assert_eq!([value("x-a"), value("x-b"), value("x-c")], ["one, two three", "four", "five"]);
}

#[tokio::test]
async fn what_came_before_an_answer_broke_off_is_passed_on() {
    let runner = Runner::serve(
        &[(
            "w.js",
            "export default { fetch: (request) => fetch(new URL(request.url).searchParams.get('of')) }",
        )],
        &["--fetch", "any"],
    )
    .await;
    let broken = || answering("HTTP/1.1 200 OK\r\nx-head: 1\r\ncontent-length: 10\r\n\r\nabc");
    for _ in 0..5 {
        let mut client = RawClient::connect(runner.address).await;
        client.send(format!("GET /w/?of=http://{}/ HTTP/1.1\r\nHost: a.test\r\n\r\n", broken().await)).await;
        let head = client.head().await;
        assert_eq!((head.status, head.header("x-head"), head.header("content-length")), (200, "1", "10"));
        assert_eq!(client.rest().await, b"abc", "and the connection ends");
    }
    let stream = TokioIo::new(TcpStream::connect(runner.address).await.unwrap());
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    for _ in 0..5 {
        let request = Request::get(format!("http://a.test/w/?of=http://{}/", broken().await));
        let answer =
            soon(sender.send_request(request.body(Full::<Bytes>::default()).unwrap())).await.unwrap();
        assert_eq!(answer.headers()["x-head"], "1");
        let mut body = answer.into_body();
        assert_eq!(soon(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "abc");
        assert!(soon(body.frame()).await.unwrap().is_err(), "and the stream is reset");
    }
}

#[tokio::test]
async fn a_thousand_header_fields_are_no_error_and_more_are() {
    let answer = |fields| {
        let fields: String = (0..fields).map(|n| format!("x-{n}: {n}\r\n")).collect();
        answering(format!("HTTP/1.1 200 OK\r\n{fields}content-length: 0\r\n\r\n"))
    };
    let answered = get(anywhere(), &format!("http://{}/", answer(999).await)).await.unwrap();
    assert_eq!(answered.response.headers().len(), 1000);
    assert!(get(anywhere(), &format!("http://{}/", answer(1000).await)).await.is_err());
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_origin() {
    let (first, second) = (upstream(redirecting).await, upstream(redirecting).await);
    let get = |url: String| {
        Request::get(url).header("authorization", "secret").header("x-kept", "1").body(Body::empty()).unwrap()
    };
    let follow = |url| fetch(anywhere(), RedirectMode::Follow, get(url));
    let other = follow(format!("http://{first}/to/302/http://{second}/end")).await.unwrap();
    assert_eq!(other.url, format!("http://{second}/end"));
    assert!(told(&other).contains("x-kept") && !told(&other).contains("secret"));
    let same = follow(format!("http://{first}/to/302/end")).await.unwrap();
    assert!(told(&same).contains("secret"));
}

#[tokio::test]
async fn responses_are_bounded_in_size_and_time() {
    let large = upstream(async |_| Response::new(Full::from(vec![0; 2000]))).await;
    let options = anywhere().with_max_response_body(1999);
    let error = get(options, &format!("http://{large}/")).await.unwrap_err();
    assert_eq!(error.message, "response is too large");
    let options = anywhere().with_max_response_body(2000);
    assert_eq!(get(options, &format!("http://{large}/")).await.unwrap().response.body().len(), Some(2000));

    let silent = upstream(async |_| std::future::pending().await).await;
    let options = anywhere().with_timeout(Duration::from_millis(200));
    assert_eq!(get(options, &format!("http://{silent}/")).await.unwrap_err().message, "timed out");
}

#[tokio::test]
async fn no_time_is_too_long() {
    let address = upstream(redirecting).await;
    let options = anywhere().with_timeout(Duration::MAX).with_connect_timeout(Duration::MAX);
    assert!(told(&get(options, &format!("http://{address}/")).await.unwrap()).starts_with("GET /"));
}

#[tokio::test]
async fn lesson_46_failures_tell_the_tenant_nothing_of_the_host() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let refused = get(anywhere(), &format!("http://{closed}/")).await.unwrap_err();
    assert_eq!(refused.message, "connection refused");
    assert!(refused.detail.len() > refused.message.len(), "the log gets more: {}", refused.detail);

    let plain = upstream(redirecting).await;
    let tls = get(anywhere(), &format!("https://{plain}/")).await.unwrap_err();
    assert_eq!(tls.message, "network error", "{}", tls.detail);
    let unknown = get(anywhere(), "http://no-such-host.invalid/").await.unwrap_err();
    assert_eq!(unknown.message, "host not found");
    let scheme = get(anywhere(), "ftp://a.test/").await.unwrap_err();
    assert_eq!(scheme.message, "invalid URL");
}

#[tokio::test]
async fn the_public_policy_keeps_workers_out_of_the_hosts_network() {
    let address = upstream(redirecting).await;
    let port = address.port();
    let inner =
        ["127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254"];
    for host in inner {
        let error =
            get(with_policy(FetchPolicy::Public), &format!("http://{host}:{port}/")).await.unwrap_err();
        assert_eq!(error.message, "only public addresses can be fetched (see --fetch)", "{host}");
        assert!(error.detail.contains("--fetch any"), "the operator reads what to do: {}", error.detail);
    }
    assert_eq!(FetchOptions::default().policy, FetchPolicy::Public, "who says nothing is safe");
    assert!(get(with_policy(FetchPolicy::Any), &format!("http://localhost:{port}/")).await.is_ok());
    let none = get(with_policy(FetchPolicy::None), &format!("http://{address}/")).await.unwrap_err();
    assert_eq!(none.message, "fetch is not allowed");
}

#[tokio::test]
async fn one_client_serves_many_fetches_at_once() {
    let address = upstream(redirecting).await;
    let operations = operations(anywhere());
    let fetches: Vec<_> = (0..50)
        .map(|n| {
            let operations = operations.clone();
            tokio::spawn(async move {
                let request = Request::get(format!("http://{address}/{n}")).body(Body::empty()).unwrap();
                let request = FetchRequest {
                    request,
                    redirect: RedirectMode::Follow,
                    budget: TenantBudget::unlimited(),
                };
                let response = operations.handle_fetch(request).await.unwrap();
                assert!(told(&response).starts_with(&format!("GET /{n}\n")));
            })
        })
        .collect();
    for fetch in fetches {
        soon(fetch).await.unwrap();
    }
}

#[tokio::test]
async fn ports_that_browsers_block_are_blocked_under_every_policy() {
    for policy in [FetchPolicy::Any, FetchPolicy::Public] {
        for url in ["http://127.0.0.1:25/", "https://a.test:22/", "http://[::1]:6667/"] {
            assert_eq!(
                get(with_policy(policy), url).await.unwrap_err().message,
                "port is not allowed",
                "{url}"
            );
        }
    }
    // A redirect is no way around.
    let address = upstream(async |_| {
        Response::builder()
            .status(302)
            .header("location", "http://127.0.0.1:25/")
            .body(Full::default())
            .unwrap()
    })
    .await;
    let error = get(anywhere(), &format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error.message, "port is not allowed");
}

#[tokio::test]
async fn an_upstream_that_switches_protocols_unasked_is_an_error_of_the_fetch() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let answers = [
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ];
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let url = format!("http://{address}/");
    assert_eq!(get(anywhere(), &url).await.unwrap_err().message, "network error");
    // What comes before the answer is passed over.
    assert_eq!(told(&get(anywhere(), &url).await.unwrap()), "ok");
}

/// Says on which connection, counted from 1, each request comes; `/slow` answers when it is told to.
struct CountingUpstream {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    go: Arc<Notify>,
}

/// Counts a connection as long as it lives.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl CountingUpstream {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let this = Self {
            address: listener.local_addr().unwrap(),
            accepted: Arc::default(),
            open: Arc::default(),
            most: Arc::default(),
            go: Arc::default(),
        };
        let (accepted, open, most, go) =
            (this.accepted.clone(), this.open.clone(), this.most.clone(), this.go.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let number = accepted.fetch_add(1, Ordering::SeqCst) + 1;
                let guard = Open(open.clone());
                most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                let go = go.clone();
                tokio::spawn(async move {
                    let _guard = guard;
                    let service = service_fn(|request: Request<Incoming>| {
                        let go = go.clone();
                        async move {
                            if request.uri().path() == "/slow" {
                                go.notified().await;
                            }
                            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(number.to_string())))
                        }
                    });
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        this
    }

    fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// A fetch of `path` by these operations; returns the number of the connection.
    async fn ask(&self, operations: &HttpOperations, path: &str) -> String {
        self.ask_within(operations, &TenantBudget::unlimited(), path).await
    }

    async fn ask_within(&self, operations: &HttpOperations, budget: &TenantBudget, path: &str) -> String {
        let request = Request::get(format!("http://{}{path}", self.address)).body(Body::empty()).unwrap();
        let request = FetchRequest { request, redirect: RedirectMode::Follow, budget: budget.clone() };
        told(&soon(operations.handle_fetch(request)).await.unwrap()).to_owned()
    }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    soon(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
    assert!(condition(), "{what}");
}

#[tokio::test]
async fn one_tenants_connections_are_not_anothers() {
    let upstream = CountingUpstream::start().await;
    let client = FetchClient::new(anywhere());
    let (a, b) = (HttpOperations::new(&client, "a"), HttpOperations::new(&client, "b"));
    assert_eq!(upstream.ask(&a, "/").await, "1");
    assert_eq!(upstream.ask(&b, "/").await, "2", "the idle connection of the other is not for this one");
    // Each keeps its own, also through a clone.
    assert_eq!(upstream.ask(&a.clone(), "/").await, "1");
    assert_eq!(upstream.ask(&b, "/").await, "2");
    // And takes it along.
    drop(a);
    until("the connection of the first is closed", || upstream.open() == 1).await;
    assert_eq!(upstream.ask(&b, "/").await, "2");
}

#[tokio::test]
async fn a_tenants_sockets_are_bounded_and_its_idle_ones_give_way() {
    const SOCKETS: usize = 3;
    let (first, second) = (CountingUpstream::start().await, CountingUpstream::start().await);
    let client = FetchClient::new(anywhere());
    let limits = TenantLimits::default().with_sockets(SOCKETS);
    let budget = TenantBudget::new(limits, &ProcessBudget::default());
    let operations = HttpOperations::new(&client, "a");
    let mut fetches = tokio::task::JoinSet::new();
    let first = Arc::new(first);
    for _ in 0..10 {
        let (first, operations, budget) = (first.clone(), operations.clone(), budget.clone());
        fetches.spawn(async move { first.ask_within(&operations, &budget, "/slow").await });
    }
    until("all sockets are in use", || first.open() == SOCKETS).await;
    // A neighbour does not wait for them.
    assert!(!first.ask(&HttpOperations::new(&client, "b"), "/").await.is_empty());
    for _ in 0..10 {
        first.go.notify_one();
        fetches.join_next().await.unwrap().unwrap();
    }
    // Those who waited took over the connections of those who were done.
    assert_eq!(first.accepted.load(Ordering::SeqCst), SOCKETS + 1);
    assert!(first.most.load(Ordering::SeqCst) <= SOCKETS + 1);

    // All of the sockets idle now; a fetch of somewhere else closes one of them and gets it.
    let before = first.open();
    assert_eq!(second.ask_within(&operations, &budget, "/").await, "1");
    until("one gave way", || first.open() < before).await;
    // The permits are where the sockets are.
    assert!(budget.usage().sockets <= SOCKETS);
    drop(operations);
    until("all is given back", || budget.usage().sockets == 0).await;
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_is_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            // One answer for each connection, which says nothing about its end.
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        }
    });
    let operations = operations(anywhere());
    let mut answered = 0;
    for _ in 0..20 {
        let request = Request::post(format!("http://{address}/")).body(Body::from("x")).unwrap();
        let request =
            FetchRequest { request, redirect: RedirectMode::Follow, budget: TenantBudget::unlimited() };
        match soon(operations.handle_fetch(request)).await {
            Ok(response) => {
                assert_eq!(told(&response), "ok");
                answered += 1;
            }
            // It was closed while the request was on its way: whether it was carried out nobody knows, and a POST is
            // not sent twice.
            Err(error) => assert_eq!(error.message, "network error"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Who uses closed connections fails every other time.
    assert!(answered > 10, "{answered}");
}

#[tokio::test]
async fn answers_are_charged_to_the_worker_that_asked_for_them() {
    let server =
        upstream(|_| std::future::ready(Response::new(Full::from(Bytes::from(vec![1_u8; 60_000]))))).await;
    let process = exec::ProcessBudget::default();
    let limits = exec::TenantLimits::default().with_bytes(100_000);
    let [budget, other] = [(); 2].map(|()| TenantBudget::new(limits, &process));
    let options = anywhere().with_timeout(Duration::from_secs(8));
    let fetch = |budget: &TenantBudget| {
        let request = Request::get(format!("http://{server}/")).body(Body::empty()).unwrap();
        let request = FetchRequest { request, redirect: RedirectMode::Follow, budget: budget.clone() };
        let operations = operations(options);
        let budget = budget.clone();
        async move { collected(soon(operations.handle_fetch(request)).await?, &budget).await }
    };
    let held = fetch(&budget).await.unwrap();
    assert_eq!(budget.usage().bytes, 60_000);
    let error = fetch(&budget).await.unwrap_err();
    assert!(error.message.ends_with("the worker's budget of bytes is used up"), "{}", error.message);
    assert_eq!(fetch(&other).await.unwrap().response.body().len(), Some(60_000));
    drop(held);
    assert_eq!(fetch(&budget).await.unwrap().response.body().len(), Some(60_000));
    assert_eq!((budget.usage().bytes, other.usage().bytes), (0, 0));
}
