//! HTTPS: `--tls-cert` and `--tls-key`, with certificates of an authority that each test makes for itself.

use std::fs;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use runner::server::{ServerOptions, Tls};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::Command;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::support::{Directory, Log, RawClient, Runner, Stub, TestServer, run, soon};

const WORKER: (&str, &str) = (
    "w.js",
    "export default { fetch(request) { return new Response(request.headers.get('host') + ' ' + request.url) } }",
);

/// A root, and an authority below it that signs.
struct Authority {
    root: CertificateDer<'static>,
    between: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = || KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_key = key();
        let root = params.self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(params.clone(), root_key);
        params.distinguished_name.push(rcgen::DnType::CommonName, "between");
        let between_key = key();
        let between = params.signed_by(&between_key, &root_issuer).unwrap();
        Self { root: root.der().clone(), between: between.pem(), issuer: Issuer::new(params, between_key) }
    }

    /// Writes a new certificate for `localhost`, with the one between, and its key; returns what clients see of it.
    fn write(&self, directory: &Directory) -> CertificateDer<'static> {
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &self.issuer).unwrap();
        fs::write(directory.file("cert.pem"), leaf.pem() + &self.between).unwrap();
        fs::write(directory.file("key.pem"), key.serialize_pem()).unwrap();
        leaf.der().clone()
    }

    /// Speaks TLS with a server that is trusted by the root alone.
    async fn secure<S>(&self, stream: S, alpn: &[&str]) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone()).unwrap();
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        soon(TlsConnector::from(Arc::new(config)).connect(name, stream)).await
    }

    async fn connect(&self, address: SocketAddr, alpn: &[&str]) -> TlsStream<TcpStream> {
        self.secure(TcpStream::connect(address).await.unwrap(), alpn).await.unwrap()
    }
}

/// The certificate that the server has shown.
fn shown<S>(stream: &TlsStream<S>) -> CertificateDer<'static> {
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

/// What the worker answers over this connection, which is good for another request then.
async fn ask<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> String {
    stream.write_all(b"GET /w/x HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"a.test/x") {
        assert!(soon(stream.read_buf(&mut answer)).await.unwrap() > 0, "{answer:?}");
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.rsplit("\r\n").next().unwrap().to_owned()
}

async fn ask_over_http2<S>(stream: S) -> String
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("https://a.test/w/x").body(Empty::<Bytes>::new()).unwrap();
    let response = soon(sender.send_request(request)).await.unwrap();
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// The flags for the files that [`Authority::write`] makes.
fn flags(directory: &Directory) -> [String; 2] {
    ["cert", "key"].map(|file| format!("--tls-{file}={}", directory.file(&format!("{file}.pem"))))
}

async fn serve(directory: &Directory, more: &[&str]) -> (Runner, Log) {
    let (log, stderr) = Log::new();
    let certificate = flags(directory);
    let flags: Vec<_> = certificate.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.kill_on_drop(true);
    (Runner::spawn(command, directory.path(), &flags, stderr).await, log)
}

#[tokio::test]
async fn https_is_served_over_the_protocol_that_the_client_chooses() {
    let (authority, directory) = (Authority::new(), Directory::new(&[WORKER]));
    let certificate = authority.write(&directory);
    let (runner, _) = serve(&directory, &[]).await;
    for (offered, chosen) in [
        (&[][..], None),
        (&["http/1.1"], Some("http/1.1")),
        (&["h2"], Some("h2")),
        (&["http/1.1", "h2"], Some("h2")),
    ] {
        let mut stream = authority.connect(runner.address, offered).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), chosen.map(str::as_bytes), "{offered:?}");
        assert_eq!(shown(&stream), certificate);
        let answer = match chosen {
            Some("h2") => ask_over_http2(stream).await,
            _ => ask(&mut stream).await,
        };
        assert_eq!(answer, "a.test https://a.test/x");
    }
    let offered = TcpStream::connect(runner.address).await.unwrap();
    assert!(authority.secure(offered, &["spdy/1"]).await.is_err(), "none that both speak");
    // Who does not speak TLS gets no answer, and does no harm.
    let mut plain = RawClient::connect(runner.address).await;
    plain.send("GET /w/x HTTP/1.1\r\nHost: a.test\r\n\r\n").await;
    assert!(!plain.rest().await.starts_with(b"HTTP"));
    ask(&mut authority.connect(runner.address, &[]).await).await;
}

#[tokio::test]
async fn a_hangup_reads_the_certificate_again_and_a_bad_one_changes_nothing() {
    for more in [&[][..], &["--supervise"]] {
        let (authority, directory) = (Authority::new(), Directory::new(&[WORKER]));
        let first = authority.write(&directory);
        let (runner, log) = serve(&directory, more).await;
        let mut open = authority.connect(runner.address, &[]).await;
        assert_eq!(shown(&open), first);
        ask(&mut open).await;

        let second = authority.write(&directory);
        runner.signal("HUP").await;
        soon(async { while shown(&authority.connect(runner.address, &[]).await) != second {} }).await;
        fs::write(directory.file("key.pem"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
        runner.signal("HUP").await;
        log.said("the certificate goes on as it was").await;
        log.said("key.pem").await;
        let mut stream = authority.connect(runner.address, &[]).await;
        assert_eq!(shown(&stream), second);
        assert_eq!(ask(&mut stream).await, "a.test https://a.test/x");
        assert_eq!(ask(&mut open).await, "a.test https://a.test/x", "it goes on with the first one");
    }
}

#[tokio::test]
async fn a_saved_certificate_is_read_again() {
    let (authority, directory) = (Authority::new(), Directory::new(&[WORKER]));
    let places = Directory::new(&[]);
    authority.write(&places);
    let (log, stderr) = Log::new();
    let files = flags(&places);
    let flags = [&files[0], &files[1], "--watch"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.kill_on_drop(true);
    let runner = Runner::spawn(command, directory.path(), &flags, stderr).await;
    let second = authority.write(&places);
    log.said("the certificate was read again").await;
    soon(async { while shown(&authority.connect(runner.address, &[]).await) != second {} }).await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_stops_the_start() {
    let (authority, directory) = (Authority::new(), Directory::new(&[WORKER]));
    authority.write(&directory);
    let [certificate, key] = ["cert.pem", "key.pem"].map(|file| directory.file(file));
    let other = directory.file("other.pem");
    fs::write(&other, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let missing = directory.file("missing.pem");
    let worker = directory.file(WORKER.0);
    for (certificate, key, code, told) in [
        (Some(&missing), Some(&key), 1, "missing.pem"),
        (Some(&certificate), Some(&missing), 1, "missing.pem"),
        (Some(&key), Some(&key), 1, "key.pem has no certificate"),
        (Some(&certificate), Some(&certificate), 1, "cert.pem has no private key"),
        (Some(&certificate), Some(&other), 1, "cert.pem with the key"),
        (Some(&certificate), None, 2, "--tls-cert needs --tls-key"),
        (None, Some(&key), 2, "--tls-key needs --tls-cert"),
    ] {
        for supervision in [None, Some("--supervise")] {
            let certificate = certificate.map(|file| format!("--tls-cert={file}"));
            let key = key.map(|file| format!("--tls-key={file}"));
            let flags = [certificate.as_deref(), key.as_deref(), supervision].into_iter().flatten();
            let args: Vec<_> = ["serve", &worker, "--listen=0"].into_iter().chain(flags).collect();
            let output = run(&args).await;
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
            assert!(stderr.contains(told) && output.stdout.is_empty(), "{args:?}: {stderr}");
        }
    }
}

#[tokio::test]
async fn a_configuration_has_the_certificate_beside_it() {
    let config = "[server]\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\nlisten = 0\n
        [[worker]]\nid = \"w\"\nmain = \"w.js\"\n";
    let (authority, directory) = (Authority::new(), Directory::new(&[WORKER, ("runner.toml", config)]));
    authority.write(&directory);
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.kill_on_drop(true);
    let arguments = ["--config", &directory.file("runner.toml")];
    let runner = Runner::spawn_with(command, &arguments, Stdio::inherit()).await;
    ask(&mut authority.connect(runner.address, &[]).await).await;
}

#[tokio::test]
async fn every_kind_of_socket_can_speak_tls() {
    let (authority, directory) = (Authority::new(), Directory::new(&[WORKER]));
    authority.write(&directory);
    let certificate = flags(&directory);
    for supervision in [&[][..], &["--supervise"]] {
        let path = directory.path().join("runner.sock");
        let place = format!("unix:{}", path.display());
        let worker = directory.file(WORKER.0);
        let mut child = Command::new(env!("CARGO_BIN_EXE_runner"))
            .args(["serve", &worker, "--listen", &place])
            .args(&certificate)
            .args(supervision)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        assert_eq!(first_line(&mut child).await, format!("listening on {place}"));
        let stream = UnixStream::connect(Path::new(&path)).await.unwrap();
        let mut stream = authority.secure(stream, &[]).await.unwrap();
        stream.write_all(b"GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        soon(stream.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.ends_with("a.test https://a.test/x"), "{answer}");
        drop(child);

        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let announced = "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\" 3<&0 </dev/null";
        let mut child = Command::new("sh")
            .args(["-c", announced, env!("CARGO_BIN_EXE_runner"), "serve", &worker, "--listen", "fd:3"])
            .args(&certificate)
            .args(supervision)
            .stdin(std::os::fd::OwnedFd::from(socket))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        assert_eq!(first_line(&mut child).await, format!("listening on https://{address}"));
        let mut stream = authority.connect(address, &[]).await;
        stream.write_all(b"GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        soon(stream.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.ends_with("a.test https://a.test/x"), "{answer}");
    }
}

async fn first_line(child: &mut tokio::process::Child) -> String {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    soon(lines.next_line()).await.unwrap().expect("a line that says ready")
}

/// A server of this process, with room for so many connections.
async fn small_server(directory: &Directory, max_connections: usize, idle: Duration) -> TestServer {
    let tls = Tls::read(directory.file("cert.pem"), directory.file("key.pem")).unwrap();
    let stub = Stub::describing(|request| format!("a.test {}", request.uri()));
    let brief = Duration::from_millis(100);
    let options = ServerOptions::default()
        .with_max_connections(max_connections)
        .with_idle_timeout(idle)
        .with_linger(brief);
    TestServer::with_tls(stub, options, tls).await
}

#[tokio::test]
async fn a_handshake_that_does_not_end_costs_nobody_anything() {
    let (authority, directory) = (Authority::new(), Directory::new(&[]));
    authority.write(&directory);
    let mut server = small_server(&directory, 3, Duration::from_secs(600)).await;
    let mut silent = RawClient::connect(server.address).await;
    let mut slow = RawClient::connect(server.address).await;
    // The head of a record that says it is longer.
    slow.send(b"\x16\x03\x01\x02\x00\x01").await;
    for alpn in [&[][..], &["http/1.1"]] {
        ask(&mut authority.connect(server.address, alpn).await).await;
    }
    // The drain does not wait for them.
    server.stop();
    server.ended().await;
    assert_eq!((silent.rest().await, slow.rest().await), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn a_handshake_counts_as_a_connection_and_has_a_deadline() {
    let (authority, directory) = (Authority::new(), Directory::new(&[]));
    authority.write(&directory);
    let server = small_server(&directory, 1, Duration::from_millis(300)).await;
    let mut silent = std::net::TcpStream::connect(server.address).unwrap();
    let mut next = authority.connect(server.address, &[]).await;
    // It has got the only place, so the other one has lost it.
    silent.set_nonblocking(true).unwrap();
    assert_eq!(silent.read(&mut [0]).unwrap(), 0);
    assert_eq!(ask(&mut next).await, "a.test https://a.test/x");
}
