//! Answers that come compressed, over real sockets: read, passed on, cut off.

use std::io::Write as _;
use std::net::SocketAddr;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{RawClient, Reply, Runner, soon};

/// `text`, in a stream of brotli and in a frame of zstd.
const BROTLI: &[u8] = b"\x8b\x01\x80text\x03";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x20\x04\x21\x00\x00text";

const ZEROS: usize = 20 << 20;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The coding of `/NAME`, its body, and how much of that is sent before the connection closes.
fn coded(name: &str, bomb: &[u8]) -> (&'static str, Vec<u8>, usize) {
    let (coding, body) = match name {
        "gzip" | "cut" => ("gzip", gzip(b"text")),
        "br" => ("br", BROTLI.to_vec()),
        "zstd" => ("zstd", ZSTD.to_vec()),
        "list" => ("gzip, zstd", [&ZSTD[..5], &raw_block(&gzip(b"text"))].concat()),
        "corrupt" => ("br", vec![0xff; 50]),
        "bomb" => ("gzip", bomb.to_vec()),
        _ => panic!("{name}"),
    };
    let sent = if name == "cut" { body.len() - 6 } else { body.len() };
    (coding, body, sent)
}

/// What follows the first five bytes of a frame of zstd that has these bytes, uncompressed.
fn raw_block(bytes: &[u8]) -> Vec<u8> {
    let header = (bytes.len() as u32) << 3 | 1;
    [&[bytes.len() as u8], &header.to_le_bytes()[..3], bytes].concat()
}

/// A server that tells of the last `accept-encoding` in `x-asked`.
async fn origin() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let bomb = gzip(&vec![0; ZEROS]);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let request = String::from_utf8(request).unwrap();
            let name = request.split([' ', '/']).nth(2).unwrap();
            let asked = request.lines().find_map(|line| line.strip_prefix("accept-encoding: "));
            let (coding, body, sent) = coded(name, &bomb);
            let head = format!(
                "HTTP/1.1 200 Fine\r\nContent-Encoding: {coding}\r\nContent-Length: {}\r\nX-Asked: {}\r\nConnection: close\r\n\r\n",
                body.len(),
                asked.unwrap_or("-"),
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body[..sent]).await;
        }
    });
    address
}

async fn proxy() -> Runner {
    let origin = origin().await;
    let worker = format!(
        "const read = async (r) => {{
             let n = 0;
             for await (const chunk of r.body) n += chunk.length;
             return n;
         }};
         export default {{ async fetch(request) {{
             const [, how, name] = new URL(request.url).pathname.split('/');
             const r = await fetch('http://{origin}/' + name);
             try {{
                 switch (how) {{
                     case 'pass': return r;
                     case 'again': return new Response(r.body, r);
                     case 'plain': return new Response(r.body, {{ headers: {{ 'x-plain': '1' }} }});
                     case 'text': return new Response(await r.text(), r);
                     case 'length': return new Response(`${{await read(r)}} of ${{r.status}}`);
                 }}
             }} catch (error) {{
                 return new Response(`${{error.name}}: ${{error.message}}`, {{ status: 500 }});
             }}
         }} }}"
    );
    Runner::serve(&[("p.js", &worker)], &["--fetch", "any", "--heap-mb", "16", "--cpu-ms", "20000"]).await
}

/// The answer, whose body may come in chunks.
async fn get(runner: &Runner, path: &str, accepted: &str) -> Reply {
    let mut client = RawClient::connect(runner.address).await;
    client
        .send(format!("GET /p/{path} HTTP/1.1\r\nHost: a.test\r\n{accepted}Connection: close\r\n\r\n"))
        .await;
    let mut reply = client.head().await;
    if reply.header("transfer-encoding") != "chunked" {
        reply.body = client.rest().await;
        return reply;
    }
    loop {
        let chunk = client.chunk().await;
        if chunk.is_empty() {
            return reply;
        }
        reply.body.extend(chunk);
    }
}

#[tokio::test]
async fn compressed_answers_are_read_decoded_and_passed_on_as_they_are() {
    let runner = proxy().await;
    for name in ["gzip", "br", "zstd", "list"] {
        let (coding, body, _) = coded(name, &[]);
        for how in ["pass", "again"] {
            let reply = soon(get(&runner, &format!("{how}/{name}"), "")).await;
            assert_eq!((reply.header("content-encoding"), &reply.body), (coding, &body), "{how} {name}");
            assert_eq!(reply.header("content-length"), body.len().to_string(), "{how} {name}");
        }
        for how in ["text", "plain"] {
            let reply = soon(get(&runner, &format!("{how}/{name}"), "")).await;
            assert_eq!((reply.header("content-encoding"), reply.text()), ("", "text"), "{how} {name}");
        }
    }
    let asked =
        async |accepted: &str| soon(get(&runner, "pass/gzip", accepted)).await.header("x-asked").to_owned();
    assert_eq!(asked("").await, "-");
    assert_eq!(asked("Accept-Encoding: gzip, deflate, br, zstd\r\n").await, "gzip, br");
    assert_eq!(asked("Accept-Encoding: br\r\n").await, "br");
    runner.at_rest().await;
}

#[tokio::test]
async fn a_compressed_answer_that_is_wrong_fails_the_read_and_not_the_fetch() {
    let runner = proxy().await;
    for (path, said) in [
        ("text/corrupt", "TypeError: the compressed body is not valid"),
        ("length/corrupt", "TypeError: the compressed body is not valid"),
        ("text/cut", "TypeError: the body could not be read to its end"),
        // More than the heap limit allows in one piece; as much as anybody likes a piece at a time.
        ("text/bomb", "TypeError: the body is too large"),
        ("length/bomb", "20971520 of 200"),
    ] {
        let reply = soon(get(&runner, path, "")).await;
        assert_eq!(reply.text(), said, "{path}");
    }
    let passed = soon(get(&runner, "pass/corrupt", "")).await;
    assert_eq!(passed.body, [0xff; 50]);
    runner.at_rest().await;
}
