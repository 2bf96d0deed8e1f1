//! Connections of the server, which is in this process; its clients are in another.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use runner::PoolOptions;
use runner::server::{LocalAddress, Server, ServerOptions, Tls};
use runner::workers::Workers;

use super::{FIRST, Footprint, Kind, Plan, Row};
use crate::{pool, runtime_with_io};

/// Reads what it is sent.
const WORKER: &str = "export default {
    async fetch(request) { return new Response(`${(await request.text()).length}`) },
}";

/// Connections of a kind: open, and closed again.
pub(super) fn measure(plan: &Plan, kind: Kind) -> Vec<Row> {
    let certificate = (kind == Kind::Tls).then(Certificate::new);
    let address = serve(certificate.as_ref());
    let mut clients = Clients::start(kind, address, certificate.as_ref());
    let pieces = plan.many();
    // Whatever there is once for many connections.
    clients.tell(&format!("open {}", pieces / 10 + FIRST));
    plan.rest();
    let before = Footprint::now();
    let grown = || Footprint::now().since(before);
    clients.tell(&format!("open {pieces}"));
    plan.rest();
    let name = match kind {
        Kind::Silent => "connection that has said nothing",
        Kind::Http1 => "idle connection, HTTP/1.1",
        Kind::Upload => "the same, after an upload of 256 KiB",
        Kind::Http2 => "idle connection, HTTP/2",
        Kind::Tls => "idle connection, TLS",
    };
    let mut rows = vec![Row::of_pieces("connections", name, pieces, grown())];
    if kind != Kind::Silent {
        clients.tell("close");
        plan.rest();
        let left = Row::of_pieces(
            "connections",
            format!("{}, closed", name.trim_start_matches("the same, ")),
            pieces,
            grown(),
        );
        rows.push(left);
    }
    rows
}

/// Starts the server on threads of its own, as the program does.
fn serve(certificate: Option<&Certificate>) -> SocketAddr {
    let (sender, address) = std::sync::mpsc::channel();
    let tls = certificate
        .map(|certificate| Tls::read(&certificate.chain, &certificate.key).expect("a certificate"));
    thread::spawn(move || {
        runtime_with_io().block_on(async move {
            let pool = pool(PoolOptions::default().with_max_concurrent_per_isolate(1000));
            let workers =
                Workers::builder().worker("w", WORKER).build(&pool).await.expect("the worker evaluates");
            // Idle connections are what is looked at.
            let options = ServerOptions::default()
                .with_io_threads(2)
                .with_idle_timeout(std::time::Duration::from_secs(3600));
            let server =
                Server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), workers, pool, options).await;
            let mut server = server.expect("a free port");
            if let Some(tls) = tls {
                server = server.with_tls(tls);
            }
            let LocalAddress::Tcp(local) = server.local_address().clone() else {
                unreachable!("it is bound to a port");
            };
            sender.send(local).expect("somebody waits for it");
            server.run(std::future::pending()).await;
        });
    });
    address.recv().expect("the server listens")
}

/// The process with the clients; it ends with this.
struct Clients {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Clients {
    fn start(kind: Kind, address: SocketAddr, certificate: Option<&Certificate>) -> Self {
        let program = env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.args(["clients", kind.name(), &address.to_string()]);
        command.args(certificate.map(|certificate| &certificate.chain));
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started");
        let orders = process.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { process, orders, answers }
    }

    /// Gives an order and waits until it has been done.
    fn tell(&mut self, order: &str) {
        writeln!(self.orders, "{order}").expect("the clients listen");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the clients answer");
        assert_eq!(answer, "done\n", "the clients did what they were told");
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A certificate in files, which are removed with this.
struct Certificate {
    directory: PathBuf,
    chain: PathBuf,
    key: PathBuf,
}

impl Certificate {
    fn new() -> Self {
        let directory = env::temp_dir().join(format!("isolate-pool-memory-{}", std::process::id()));
        let made = Self { chain: directory.join("cert.pem"), key: directory.join("key.pem"), directory };
        made.write(&made.directory).expect("a directory for temporary files");
        made
    }

    fn write(&self, directory: &Path) -> io::Result<()> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).map_err(io::Error::other)?;
        fs::create_dir_all(directory)?;
        fs::write(&self.chain, made.cert.pem())?;
        fs::write(&self.key, made.signing_key.serialize_pem())
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        // A directory of a few hundred bytes is left behind then.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
