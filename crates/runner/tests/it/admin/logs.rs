//! `GET /workers/ID/logs`.

use super::*;

const TALK: &str = "export default { fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/throw') throw new Error('broken');
    for (let n = 0; n < (pathname === '/flood' ? 1000 : 1); n++) console.warn(`said ${n} at ${pathname}`);
    return new Response('', { status: 201 });
} }";

/// A stream of events that has begun.
async fn follow(server: &Administered, id: &str) -> RawClient {
    let mut client = RawClient::connect(server.admin).await;
    client.send(format!("GET /workers/{id}/logs HTTP/1.1\r\nHost: {}\r\n\r\n", server.admin)).await;
    let head = client.head().await;
    assert_eq!((head.status, head.header("content-type")), (200, "text/event-stream"));
    client.until(": alive").await;
    client
}

#[tokio::test]
async fn all_who_follow_a_worker_hear_what_it_does_until_it_is_gone() {
    let server = Administered::start(&[("talk.js", TALK), ("other.js", TALK)], &[]).await;
    let mut readers = vec![follow(&server, "talk").await, follow(&server, "talk").await];
    assert_eq!(server.runner.get("/other/").await.status, 201);
    assert_eq!(server.runner.get("/talk/hello?secret").await.status, 201);
    assert_eq!(server.runner.get("/talk/throw").await.status, 500);
    let second = json!({ "version": "second" });
    assert_eq!(server.deploy("talk", &second).await.status, 201);
    assert_eq!(server.runner.get("/talk/again").await.status, 201);
    for reader in &mut readers {
        let console = reader.until(r#""message":"said 0 at /hello""#).await;
        assert!(console.contains("event: console") && !console.contains("exception"), "{console}");
        let request = reader.until("event: exception").await;
        for part in ["event: request", r#""method":"GET""#, r#""path":"/talk/hello""#, r#""status":201"#] {
            assert!(request.contains(part), "{part} in {request}");
        }
        let exception = reader.until(r#""path":"/talk/throw""#).await;
        for part in ["Error: broken", r#""reason":"Exception""#, r#""file":"talk.js""#, r#""line":3"#] {
            assert!(exception.contains(part), "{part} in {exception}");
        }
        let again = reader.until(r#""path":"/talk/again""#).await;
        assert!(again.contains(r#""version":"second""#), "{again}");
        assert!(!(console + &request + &exception + &again).contains("secret"));
    }
    assert_eq!(server.ask("DELETE", "/workers/talk", "").await.status, 200);
    for reader in &mut readers {
        reader.until(r#"data: {"reason":"removed"}"#).await;
        reader.rest().await;
    }
    assert_eq!(server.get("/workers/talk/logs").await.status, 404);
    assert_eq!(server.ask("POST", "/workers/other/logs", "").await.status, 405);
}

#[tokio::test]
async fn streams_end_with_the_drain_and_are_bounded() {
    let mut server = Administered::start(&[("talk.js", TALK)], &[]).await;
    let mut readers = Vec::new();
    for _ in 0..32 {
        readers.push(follow(&server, "talk").await);
    }
    assert_eq!(server.get("/workers/talk/logs").await.status, 503);
    assert_eq!(server.get("/healthz").await.status, 200, "there are connections left");
    assert_eq!(server.ask("POST", "/drain", "").await.status, 202);
    for reader in &mut readers {
        reader.until(r#"data: {"reason":"drain"}"#).await;
        reader.rest().await;
    }
    assert!(soon(server.runner.child.wait()).await.unwrap().success());
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_told_how_much_is_missing_and_holds_nobody_up() {
    let place = Directory::new(&[("talk.js", TALK)]);
    let socket = place.path().join("admin.sock");
    let flag = format!("unix:{}", socket.display());
    let runner = Runner::serve_path(place.path(), &["--admin", &flag, "--tenant-log-kb-per-s", "0"]).await;
    let mut slow = UnixStream::connect(&socket).await.unwrap();
    slow.write_all(b"GET /workers/talk/logs HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut text = String::new();
    let mut read_until = async |part: &str| {
        let mut chunk = [0; 4096];
        while !text.contains(part) {
            let n = soon(slow.read(&mut chunk)).await.unwrap();
            assert!(n > 0, "{part} does not come");
            text.push_str(&String::from_utf8_lossy(&chunk[..n]));
        }
        text.clone()
    };
    read_until(": alive").await;
    // More than the sockets and the feed hold.
    for _ in 0..5 {
        assert_eq!(runner.get("/talk/flood").await.status, 201);
    }
    let text = read_until("event: lost\ndata: {\"lines\":").await;
    assert!(text.contains("said 0 at /flood"), "{text}");
}
