//! What the Python handlers of the tests answer, for those that much depends on. They are named by their paths.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Shared;
use super::message::{Request, Response, encode};

/// What a test leaves for a later request of its own.
#[derive(Clone, Default)]
pub(super) struct Stash(Arc<Mutex<HashMap<String, String>>>);

impl Stash {
    fn put(&self, key: &str, value: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned(), value.into());
    }

    fn take(&self, key: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key)
    }
}

/// `None` if there is no handler of this path.
pub(super) fn answer(request: &Request, shared: &Shared) -> Option<Response> {
    let path = request.path.strip_suffix(".py")?;
    let (directory, name) = path.rsplit_once('/')?;
    let stash = &shared.stash;
    Some(match (directory, name) {
        ("/fetch/api/resources", "authentication") => authentication(request),
        ("/fetch/api/resources", "bad-chunk-encoding") => bad_chunks(request),
        ("/fetch/api/resources", "cache") => cache(request),
        ("/fetch/api/resources", "clean-stash") => {
            let was_there = request.parameter("token").and_then(|token| stash.take(token)).is_some();
            Response::new(200).content(if was_there { "1" } else { "0" })
        }
        ("/fetch/api/resources", "dump-authorization-header") => {
            let value = request.header("authorization").unwrap_or_else(|| "none".to_owned());
            allow_origin(request, html())
                .header("Access-Control-Allow-Headers", "Authorization")
                .content(encode(&value))
        }
        ("/fetch/api/resources", "echo-content") => echo_content(request),
        ("/fetch/api/resources", "infinite-slow-response") => endless(request, stash.clone()),
        ("/fetch/api/resources", "inspect-headers") => inspect_headers(request),
        ("/fetch/api/resources", "method") => method(request),
        ("/fetch/api/resources", "preflight") => preflight(request),
        ("/fetch/api/resources", "redirect") => redirect(request, stash),
        ("/fetch/api/resources", "redirect-empty-location") => Response::new(302).header("Location", ""),
        ("/fetch/api/resources", "script-with-header") => {
            Response::new(200).header("Content-type", request.parameter("mime").unwrap_or_default())
        }
        (_, "stash-put") => {
            let (key, value) = (request.parameter("key"), request.parameter("value"));
            stash.put(key.unwrap_or_default(), value.unwrap_or_default());
            Response::new(200).header("Access-Control-Allow-Origin", "*").content("done")
        }
        (_, "stash-take") => {
            let value = stash.take(request.parameter("key").unwrap_or_default());
            let answer = Response::new(200).header("Access-Control-Allow-Origin", "*");
            answer.header("Content-Type", "application/json").content(json!(value).to_string())
        }
        ("/fetch/api/resources", "status") => status(request),
        ("/fetch/api/resources", "trickle") => trickle(request),
        ("/fetch/api/request/resources", "cache") => cached(request, stash),
        ("/fetch/content-encoding/br/resources", "bad-br-body") => encoded("br"),
        ("/fetch/content-encoding/gzip/resources", "bad-gzip-body") => encoded("gzip"),
        ("/fetch/content-encoding/zstd/resources", "bad-zstd-body") => encoded("zstd"),
        ("/fetch/range/resources", "long-wav") => long_wav(request, stash),
        ("/fetch/range/resources", "partial-text") => partial_text(request),
        ("/xhr/resources", "parse-headers") => Response::new(200)
            .header("My-Custom-Header", request.parameter("my-custom-header").unwrap_or_default()),
        _ => return None,
    })
}

fn html() -> Response {
    Response::new(200).header("Content-Type", "text/html").header("Cache-Control", "no-cache")
}

fn text() -> Response {
    Response::new(200).header("Content-Type", "text/plain")
}

fn allow_origin(request: &Request, response: Response) -> Response {
    match request.header("origin") {
        Some(origin) => response
            .header("Access-Control-Allow-Origin", origin)
            .header("Access-Control-Allow-Credentials", "true"),
        None => response.header("Access-Control-Allow-Origin", "*"),
    }
}

fn header_or_no(request: &Request, name: &str) -> String {
    request.header(name).unwrap_or_else(|| "NO".to_owned())
}

fn milliseconds(request: &Request, default: u64) -> Duration {
    Duration::from_millis(request.number("ms").unwrap_or(default))
}

fn authentication(request: &Request) -> Response {
    // user:password
    if request.header("authorization").is_some_and(|value| value == "Basic dXNlcjpwYXNzd29yZA==") {
        return Response::new(200).content("Authentication done");
    }
    let realm = request.parameter("realm").unwrap_or("test");
    Response::new(401)
        .header("WWW-Authenticate", format!("Basic realm=\"{realm}\""))
        .content("Please login with credentials 'user' and 'password'")
}

/// Chunks without their last one, and something else in its place.
fn bad_chunks(request: &Request) -> Response {
    let pause = milliseconds(request, 1000);
    let count = request.number("count").unwrap_or(50);
    Response::new(200).header("Transfer-Encoding", "chunked").written(move |writer| {
        for _ in 0..count {
            thread::sleep(pause);
            writer.write_all(b"a\r\nTEST_CHUNK\r\n")?;
        }
        thread::sleep(pause);
        writer.write_all(b"garbage")
    })
}

fn cache(request: &Request) -> Response {
    let etag = "\"123abc\"";
    if request.header("if-none-match").is_some_and(|tag| tag == etag) {
        return Response::new(304).header("X-HTTP-STATUS", "304");
    }
    text().header("ETag", etag).content("lorem ipsum dolor sit amet")
}

/// Keeps what each request of a test said about caches, and tells it to the one that asks.
fn cached(request: &Request, stash: &Stash) -> Response {
    let token = request.parameter("token").unwrap_or_default();
    let state = stash.take(token);
    if request.parameter("querystate").is_some() {
        return text().content(state.unwrap_or_else(|| "null".to_owned()));
    }
    let mut state: Vec<Value> = state.and_then(|state| serde_json::from_str(&state).ok()).unwrap_or_default();
    let about_caches = ["If-None-Match", "If-Modified-Since", "Pragma", "Cache-Control"];
    let said =
        about_caches.into_iter().filter_map(|name| Some((name.to_owned(), json!(request.header(name)?))));
    let said: Map<String, Value> =
        if request.parameter("ignore").is_some() { Map::new() } else { said.collect() };
    state.push(Value::Object(said));
    stash.put(token, Value::Array(state).to_string());

    let tag = request.parameter("tag").map(|tag| format!("\"{tag}\""));
    let date = request.parameter("date");
    let mut headers = Response::new(200).header("Access-Control-Allow-Origin", "*");
    if let Some(tag) = &tag {
        headers = headers.header("ETag", tag.as_str());
    } else if let Some(date) = date {
        headers = headers.header("Last-Modified", date);
    }
    for (name, header) in [("expires", "Expires"), ("vary", "Vary"), ("cache_control", "Cache-Control")] {
        if let Some(value) = request.parameter(name) {
            headers = headers.header(header, value);
        }
    }
    let is_same = |header, value: Option<&str>| value.is_some() && request.header(header).as_deref() == value;
    if let Some(location) = request.parameter("redirect") {
        Response { status: 302, ..headers }.header("Location", location)
    } else if is_same("if-none-match", tag.as_deref()) || is_same("if-modified-since", date) {
        Response { status: 304, ..headers }
    } else {
        headers
            .header("Content-Type", "text/plain")
            .content(encode(request.parameter("content").unwrap_or_default()))
    }
}

fn echo_content(request: &Request) -> Response {
    text()
        .header("X-Request-Method", request.method.as_str())
        .header("X-Request-Content-Length", header_or_no(request, "content-length"))
        .header("X-Request-Content-Type", header_or_no(request, "content-type"))
        .content(request.body.clone())
}

/// Ends when the client goes away, or when the test says so. The test can see which of them it does.
fn endless(request: &Request, stash: Stash) -> Response {
    let key = |name| request.parameter(name).map(str::to_owned);
    let (state, abort) = (key("stateKey"), key("abortKey"));
    if let Some(state) = &state {
        stash.put(state, "open");
    }
    text().written(move |writer| {
        let done = dots(writer, || abort.as_ref().is_some_and(|key| stash.take(key).is_some()));
        if let Some(state) = &state {
            stash.put(state, "closed");
        }
        done
    })
}

fn dots(writer: &mut dyn Write, ended: impl Fn() -> bool) -> io::Result<()> {
    writer.write_all(&[b'.'; 2048])?;
    while !ended() {
        writer.write_all(b".")?;
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn inspect_headers(request: &Request) -> Response {
    let checked: Vec<_> =
        request.parameter("headers").map_or_else(Vec::new, |names| names.split('|').collect());
    let mut response = text();
    for name in &checked {
        if let Some(value) = request.header(name) {
            response = response.header(format!("x-request-{name}"), value);
        }
    }
    if request.parameter("cors").is_some() {
        let exposed: Vec<_> = checked.iter().map(|name| format!("x-request-{name}")).collect();
        let allowed = request.parameter("allow_headers").map(str::to_owned);
        let all = || request.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        response = response
            .header("Access-Control-Allow-Origin", request.header("origin").unwrap_or_else(|| "*".to_owned()))
            .header("Access-Control-Allow-Credentials", "true")
            .header("Access-Control-Allow-Methods", "GET, POST, HEAD")
            .header("Access-Control-Expose-Headers", exposed.join(", "))
            .header("Access-Control-Allow-Headers", allowed.unwrap_or_else(all));
    }
    response
}

fn method(request: &Request) -> Response {
    let mut response = Response::new(200);
    if request.parameter("cors").is_some() {
        response = response
            .header("Access-Control-Allow-Origin", "*")
            .header("Access-Control-Allow-Methods", "GET, POST, PUT, FOO")
            .header("Access-Control-Expose-Headers", "x-request-method");
    }
    response = response.header("x-request-method", request.method.as_str());
    for name in ["type", "length", "encoding", "language", "location"] {
        let value = header_or_no(request, &format!("content-{name}"));
        response = response.header(format!("x-request-content-{name}"), value);
    }
    response.content(request.body.clone())
}

/// The answer to the request itself: a runtime without CORS sends no preflight.
fn preflight(request: &Request) -> Response {
    text()
        .header("Access-Control-Allow-Origin", request.parameter("origin").unwrap_or("*"))
        .header("x-did-preflight", "0")
        .header("x-control-request-headers", "")
        .header("x-preflight-referrer", "")
        .header("x-referrer", request.header("referer").unwrap_or_default())
        .header("x-origin", request.header("origin").unwrap_or_default())
}

/// Redirects to `location`, with its own query again, so that a loop goes on; `max_count` ends it.
fn redirect(request: &Request, stash: &Stash) -> Response {
    let token = request.parameter("token");
    let so_far = token.and_then(|token| stash.take(token)).and_then(|count| count.parse::<u64>().ok());
    let count = so_far.unwrap_or(0) + 1;
    let status =
        request.number("redirect_status").and_then(|status| u16::try_from(status).ok()).unwrap_or(302);
    let mut response = allow_origin(request, Response::new(status));
    response = response.header("Content-Type", "text/plain").header("Cache-Control", "no-cache");
    if let Some(location) = request.parameter("location") {
        response = response.header("Location", next_location(request, location, count));
    }
    if let Some(policy) = request.parameter("redirect_referrerpolicy") {
        response = response.header("Referrer-Policy", policy);
    }
    if let Some(delay) = request.number("delay") {
        thread::sleep(Duration::from_millis(delay));
    }
    if let Some(token) = token {
        stash.put(token, count.to_string());
        if request.number("max_count").is_some_and(|most| count > most) {
            return allow_origin(request, text()).content((count - 1).to_string());
        }
    }
    response
}

fn next_location(request: &Request, location: &str, count: u64) -> String {
    let scheme = location.split_once(':').map(|(scheme, _)| scheme);
    let is_http = match scheme {
        Some(scheme) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) => {
            matches!(scheme, "" | "http" | "https")
        }
        _ => true,
    };
    if request.parameter("simple").is_some() || !is_http {
        return location.to_owned();
    }
    let mut next = location.to_owned();
    next.push(if location.contains('?') { '&' } else { '?' });
    for (name, value) in &request.query {
        next.push_str(&format!("{}={}&", escape(name), escape(value)));
    }
    next + &format!("count={count}")
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for byte in encode(text) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn status(request: &Request) -> Response {
    let code = request.number("code").and_then(|code| u16::try_from(code).ok()).unwrap_or(200);
    let mut response = Response::new(code)
        .header("Content-Type", request.parameter("type").unwrap_or_default())
        .header("X-Request-Method", request.method.as_str())
        .content(encode(request.parameter("content").unwrap_or_default()));
    response.reason = Some(request.parameter("text").unwrap_or("OMG").to_owned());
    response
}

fn trickle(request: &Request) -> Response {
    let pause = milliseconds(request, 500);
    let count = request.number("count").unwrap_or(50);
    thread::sleep(pause);
    let response = if request.parameter("notype").is_some() { Response::new(200) } else { text() };
    response.written(move |writer| {
        for _ in 0..count {
            thread::sleep(pause);
            writer.write_all(b"TEST_TRICKLE\n")?;
        }
        Ok(())
    })
}

/// What is not what its header says.
fn encoded(coding: &'static str) -> Response {
    Response::new(200).header("Content-Encoding", coding).content(format!("not actually {coding}"))
}

/// Only that the headers of the request are told, and that the beginning comes.
fn long_wav(request: &Request, stash: &Stash) -> Response {
    let range = request.header("range");
    if let (Some(key), Some(_)) = (request.parameter("range-received-key"), &range) {
        stash.put(key, "range-header-received");
    }
    if let Some(key) = request.parameter("accept-encoding-key") {
        stash.put(key, request.header("accept-encoding").unwrap_or_default());
    }
    let response = Response::new(if range.is_some() { 206 } else { 200 });
    response.header("Content-Type", "audio/wav").header("Accept-Ranges", "bytes").content([0; 44])
}

fn partial_text(request: &Request) -> Response {
    let length = request.number("length").unwrap_or(100).min(1 << 20);
    let media_type = request.parameter("type").unwrap_or("text/plain");
    let response = |status: u16| Response::new(status).header("Content-Type", media_type);
    let zeros = |length: u64| "0".repeat(usize::try_from(length).unwrap_or(0));
    let Some(range) = request.header("range") else { return response(200).content(zeros(length)) };
    let bounds = range.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let Some((start, end)) = bounds else { return response(416) };
    let start = start.parse().unwrap_or(0);
    let end = end.parse().unwrap_or(length);
    if end <= start || end > length {
        return response(416);
    }
    let status = request.number("partial").and_then(|status| u16::try_from(status).ok()).unwrap_or(206);
    response(status)
        .header("Content-Range", format!("bytes {start}-{end}/{length}"))
        .content(zeros(end - start))
}
