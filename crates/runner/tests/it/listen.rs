//! `--listen` in all its forms, with real processes: TCP, Unix sockets, inherited descriptors; and what systemd is told.

use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixDatagram, UnixStream};
use tokio::process::{Child, Command};

use crate::support::{Directory, RawClient, exchange, run, signal, soon};

const WORKER: (&str, &str) =
    ("w.js", "export default { fetch(request) { return new Response('at ' + request.url) } }");

/// A server, and where it says that it listens.
struct Served {
    child: Child,
    place: String,
}

impl Served {
    async fn start(directory: &Directory, flags: &[&str]) -> Self {
        Self::spawn(Command::new(env!("CARGO_BIN_EXE_runner")), directory, flags).await
    }

    /// With a shell that does this before it becomes the server, and this as stdin.
    async fn after(commands: &str, stdin: OwnedFd, directory: &Directory, flags: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", commands, env!("CARGO_BIN_EXE_runner")]).stdin(stdin);
        Self::spawn(shell, directory, flags).await
    }

    async fn spawn(mut command: Command, directory: &Directory, flags: &[&str]) -> Self {
        let mut child = command
            .args(["serve", &directory.file("w.js")])
            .args(flags)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = soon(lines.next_line()).await.unwrap().expect("a line that says ready");
        let place = line.strip_prefix("listening on ").expect(&line).to_owned();
        Self { child, place }
    }

    fn address(&self) -> SocketAddr {
        self.place.strip_prefix("http://").unwrap().parse().unwrap()
    }

    async fn stop(mut self, name: &str) {
        assert!(signal(self.child.id().unwrap(), name).await);
        let status = soon(self.child.wait()).await.unwrap();
        assert_eq!(status.success(), name == "TERM", "{status}");
    }
}

/// The body of the answer to a request at this Unix socket.
async fn ask(path: &Path) -> String {
    let mut stream = UnixStream::connect(path).await.unwrap();
    stream.write_all(b"GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    answer.rsplit("\r\n\r\n").next().unwrap().to_owned()
}

async fn ask_tcp(address: SocketAddr) -> String {
    exchange(address, "GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n").await.text().to_owned()
}

#[tokio::test]
async fn hosts_and_ports() {
    let directory = Directory::new(&[WORKER]);
    let mut forms = vec![("0", "127.0.0.1"), ("127.0.0.1:0", "127.0.0.1"), ("localhost:0", "")];
    if TcpListener::bind("[::1]:0").is_ok() {
        forms.push(("[::1]:0", "[::1]"));
    }
    for (form, host) in forms {
        let server = Served::start(&directory, &["--listen", form]).await;
        assert!(server.place.starts_with(&format!("http://{host}")), "{form}: {}", server.place);
        assert!(server.address().ip().is_loopback() && server.address().port() > 0);
        assert_eq!(ask_tcp(server.address()).await, "at http://a.test/x");
        server.stop("TERM").await;
    }
}

#[tokio::test]
async fn a_unix_socket_is_made_replaced_and_removed() {
    for supervision in [&[][..], &["--supervise"]] {
        let directory = Directory::new(&[WORKER]);
        let path = directory.path().join("runner.sock");
        let place = format!("unix:{}", path.display());
        let flags = [&["--listen", &place][..], supervision].concat();
        let server = Served::start(&directory, &flags).await;
        assert_eq!(server.place, place);
        assert_eq!(ask(&path).await, "at http://a.test/x");

        let refused = run(&["serve", &directory.file("w.js"), "--listen", &place]).await;
        let stderr = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr.contains("another server listens there"), "{stderr}");
        assert_eq!(ask(&path).await, "at http://a.test/x", "the attempt did no harm");

        server.stop("TERM").await;
        assert!(!path.exists(), "removed at the end");
    }
}

#[tokio::test]
async fn the_socket_of_a_server_that_was_killed_is_replaced() {
    let directory = Directory::new(&[WORKER]);
    let path = directory.path().join("runner.sock");
    let place = format!("unix:{}", path.display());
    Served::start(&directory, &["--listen", &place]).await.stop("KILL").await;
    assert!(path.exists(), "it had no time to remove it");
    let server = Served::start(&directory, &["--listen", &place]).await;
    assert_eq!(ask(&path).await, "at http://a.test/x");
    server.stop("TERM").await;
}

#[tokio::test]
async fn a_request_at_a_unix_socket_in_the_drain_is_answered() {
    let directory = Directory::new(&[WORKER]);
    let path = directory.path().join("runner.sock");
    let place = format!("unix:{}", path.display());
    let server = Served::start(&directory, &["--listen", &place]).await;
    let mut stream = UnixStream::connect(&path).await.unwrap();
    assert!(signal(server.child.id().unwrap(), "TERM").await);
    // HTTP/1.0, and no host: it has the name that stands for a Unix socket.
    stream.write_all(b"GET /x HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 200") && answer.ends_with("at http://127.0.0.1/x"), "{answer}");
}

#[tokio::test]
async fn inherited_sockets_are_served() {
    let directory = Directory::new(&[WORKER]);
    let announced = "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\" 3<&0 </dev/null";
    let unannounced = "exec \"$0\" \"$@\" 7<&0 </dev/null";
    for (commands, form) in [(announced, "fd:3"), (unannounced, "fd:7"), ("exec \"$0\" \"$@\"", "fd:0")] {
        for supervision in [&[][..], &["--supervise"]] {
            let flags = [&["--listen", form][..], supervision].concat();
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = socket.local_addr().unwrap();
            let server = Served::after(commands, socket.into(), &directory, &flags).await;
            assert_eq!(server.address(), address);
            assert_eq!(ask_tcp(address).await, "at http://a.test/x", "{form} {supervision:?}");
            server.stop("TERM").await;
        }
    }

    let path = directory.path().join("inherited.sock");
    let socket = UnixListener::bind(&path).unwrap();
    let server = Served::after(announced, socket.into(), &directory, &["--listen", "fd:3"]).await;
    assert_eq!(ask(&path).await, "at http://a.test/x");
    server.stop("TERM").await;
    assert!(path.exists(), "it belongs to whoever made it");
}

#[tokio::test]
async fn a_descriptor_that_is_no_listening_socket_is_an_error() {
    let directory = Directory::new(&[WORKER]);
    for descriptor in ["fd:0", "fd:900"] {
        let output = run(&["serve", &directory.file("w.js"), "--listen", descriptor]).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(&format!("cannot listen on {descriptor}: ")), "{stderr}");
    }
}

#[tokio::test]
async fn systemd_is_told_of_the_start_and_the_stop() {
    for supervision in [&[][..], &["--supervise"]] {
        let directory = Directory::new(&[WORKER]);
        let path = directory.path().join("notify.sock");
        let notified = UnixDatagram::bind(&path).unwrap();
        let told = async || {
            let mut message = [0; 256];
            let n = soon(notified.recv(&mut message)).await.unwrap();
            String::from_utf8(message[..n].to_vec()).unwrap()
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
        command.env("NOTIFY_SOCKET", &path);
        let server =
            Served::spawn(command, &directory, &[&["--listen", "0"][..], supervision].concat()).await;
        assert!(told().await.contains("READY=1"));
        server.stop("TERM").await;
        assert!(told().await.contains("STOPPING=1"), "{supervision:?}");
    }
}

#[tokio::test]
async fn a_port_is_bound_once_the_workers_are_checked() {
    let directory = Directory::new(&[("w.js", "export default {")]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["serve", &directory.file("w.js"), "--strict", "--listen", &address]).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("SyntaxError") && !stderr.contains("cannot listen"), "{stderr}");
}

#[tokio::test]
async fn who_connects_to_an_inherited_socket_is_answered_once_the_server_is_ready() {
    let directory = Directory::new(&[WORKER]);
    for supervision in [&[][..], &["--supervise"]] {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let mut early = RawClient::connect(address).await;
        early.send("GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
        let flags = [&["--listen", "fd:0"][..], supervision].concat();
        let server = Served::after("exec \"$0\" \"$@\"", socket.into(), &directory, &flags).await;
        assert_eq!(early.reply().await.text(), "at http://a.test/x", "{supervision:?}");
        server.stop("TERM").await;
    }
}

#[tokio::test]
async fn what_is_no_port_is_not_shared() {
    let directory = Directory::new(&[WORKER]);
    for place in [format!("unix:{}", directory.file("runner.sock")), "fd:0".to_owned()] {
        let output = run(&["serve", &directory.file("w.js"), "--reuse-port", "--listen", &place]).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr.contains("--reuse-port is for ports"), "{stderr}");
    }
}
