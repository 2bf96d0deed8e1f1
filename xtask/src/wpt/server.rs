//! The server that the tests fetch from: the files of the checkout, and what its Python handlers would answer.
//!
//! A thread for each connection, and a connection for each request: there is one client, and it is on this machine. It
//! listens on two ports, because tests want two origins.
//!
//! Text of the protocol is a `String` of the characters U+0000 to U+00FF, one for each byte.

mod files;
mod handlers;
mod message;

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

pub(super) use files::template;
use handlers::Stash;
use message::{Request, Response};

use crate::failure::{During, Result};

/// A client that says nothing for so long is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// What somebody begins with who believes that this is HTTPS.
const TLS_HANDSHAKE: u8 = 22;

/// Where the server is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) first: u16,
    pub(super) second: u16,
}

impl Ports {
    /// The name of this machine. `127.0.0.1` is another host to whoever compares names.
    pub(super) const HOST: &str = "localhost";
    pub(super) const OTHER_HOST: &str = "127.0.0.1";

    pub(super) fn origin(self) -> String {
        format!("http://{}:{}", Self::HOST, self.first)
    }

    /// A text with the ports that the server of the tests has by default, so that names of subtests stay the same.
    pub(super) fn replaced(self, text: &str) -> String {
        let mut text = text.to_owned();
        for (port, default) in [(self.first, 8000), (self.second, 8001)] {
            for host in [Self::HOST, Self::OTHER_HOST] {
                text = text.replace(&format!("{host}:{port}"), &format!("{host}:{default}"));
            }
        }
        text
    }
}

/// Runs until it is dropped.
pub(super) struct Server {
    ports: Ports,
    shared: Arc<Shared>,
}

/// What the connections share.
struct Shared {
    root: PathBuf,
    ports: Ports,
    stash: Stash,
    ended: AtomicBool,
}

impl Server {
    pub(super) fn start(root: &Path) -> Result<Self> {
        let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).during("listening for the tests");
        let listeners = [bind()?, bind()?];
        let mut ports = [0, 0];
        for (port, listener) in ports.iter_mut().zip(&listeners) {
            *port = listener.local_addr().during("listening for the tests")?.port();
        }
        let ports = Ports { first: ports[0], second: ports[1] };
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            ports,
            stash: Stash::default(),
            ended: AtomicBool::new(false),
        });
        for listener in listeners {
            let shared = Arc::clone(&shared);
            thread::spawn(move || accept(&listener, &shared));
        }
        Ok(Self { ports, shared })
    }

    pub(super) fn ports(&self) -> Ports {
        self.ports
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        for port in [self.ports.first, self.ports.second] {
            // Only to have the thread look.
            let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, port));
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.ended.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(stream) = stream {
            let shared = Arc::clone(shared);
            // A client that goes away before its answer is whole does so on purpose.
            thread::spawn(move || serve(stream, &shared));
        }
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    if reader.fill_buf()?.first() == Some(&TLS_HANDSHAKE) {
        return Ok(());
    }
    let mut writer = stream;
    let Some(request) = Request::read(&mut reader)? else {
        return writer
            .write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    };
    let response = match handlers::answer(&request, shared) {
        Some(response) => response,
        None if request.path.ends_with(".py") => {
            Response::new(501).content(format!("there is nothing in place of {}", request.path))
        }
        None => files::answer(&request, shared),
    };
    response.write(&request, &mut writer)
}

impl Shared {
    fn not_found(request: &Request) -> Response {
        Response::new(404)
            .header("Content-Type", "text/plain")
            .content(format!("there is no {}", request.path))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::*;
    use crate::wpt::tests::Directory;

    fn ask(server: &Server, request: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.ports().first)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        message::decode(&answer)
    }

    fn get(server: &Server, target: &str) -> String {
        ask(server, &format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n\r\n"))
    }

    #[test]
    fn files_have_their_types_and_headers() {
        let directory = Directory::new("files");
        fs::create_dir_all(directory.path().join("a")).unwrap();
        fs::write(directory.path().join("a/x.json"), "[1]").unwrap();
        fs::write(directory.path().join("a/x.json.headers"), "X-B: c\n").unwrap();
        fs::write(directory.path().join("a/y.sub.txt"), "{{host}} {{GET[q]}} {{ports[http][1]}}").unwrap();
        let server = Server::start(directory.path()).unwrap();
        let answer = get(&server, "/a/x.json");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n[1]"), "{answer}");
        assert!(
            answer.contains("\r\nContent-Type: application/json\r\n") && answer.contains("\r\nX-B: c\r\n")
        );
        let answer = get(&server, "/a/y.sub.txt?q=%41&pipe=header(X-C,d\\,e)|status(201)");
        assert!(answer.ends_with(&format!("\r\n\r\nlocalhost A {}", server.ports().second)), "{answer}");
        assert!(answer.starts_with("HTTP/1.1 201 ") && answer.contains("\r\nX-C: d,e\r\n"), "{answer}");
        assert!(get(&server, "/a/gone").starts_with("HTTP/1.1 404 "));
        assert!(get(&server, "/../a/x.json").ends_with("[1]"));
    }

    #[test]
    fn handlers_answer_as_their_python_would() {
        let directory = Directory::new("handlers");
        let server = Server::start(directory.path()).unwrap();
        let echo = "POST /fetch/api/resources/echo-content.py HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi";
        let answer = ask(&server, echo);
        assert!(
            answer.ends_with("\r\n\r\nhi") && answer.contains("\r\nX-Request-Method: POST\r\n"),
            "{answer}"
        );
        let chunked = "PUT /fetch/api/resources/method.py HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
        assert!(ask(&server, chunked).ends_with("\r\n\r\nab"));
        let answer = get(&server, "/fetch/api/resources/inspect-headers.py?headers=x-a|x-z");
        assert!(answer.contains("\r\nx-request-x-a: b\r\n") && !answer.contains("x-request-x-z"), "{answer}");
        let answer = get(&server, "/fetch/api/resources/redirect.py?redirect_status=307&location=top.txt");
        assert!(answer.starts_with("HTTP/1.1 307 "), "{answer}");
        assert!(
            answer.contains("\r\nLocation: top.txt?redirect_status=307&location=top.txt&count=1\r\n"),
            "{answer}"
        );
        let answer = get(&server, "/fetch/api/resources/status.py?code=299&text=Fine&content=x&type=a/b");
        assert!(answer.starts_with("HTTP/1.1 299 Fine\r\n") && answer.ends_with("\r\n\r\nx"), "{answer}");
        get(&server, "/fetch/api/resources/stash-put.py?key=k&value=v");
        assert!(get(&server, "/fetch/api/resources/stash-take.py?key=k").ends_with("\"v\""));
        assert!(get(&server, "/fetch/api/resources/stash-take.py?key=k").ends_with("null"));
    }
}
