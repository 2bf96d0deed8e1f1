//! The `runner` binary.

use std::io::{self, BufRead, pipe};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStdout, Command};

use super::{Directory, Reply, exchange, soon};

/// The socket of the admin listener.
const ADMIN: &str = "admin.sock";

/// A `runner serve` that is ready.
pub(crate) struct Runner {
    pub(crate) address: SocketAddr,
    pub(crate) stdout: Lines<BufReader<ChildStdout>>,
    pub(crate) child: Child,
    /// Where its admin listener is, unless the flags have another one.
    admin: Directory,
    _directory: Option<Directory>,
}

impl Runner {
    /// Serves these files of a directory.
    pub(crate) async fn serve(files: &[(&str, &str)], flags: &[&str]) -> Self {
        Self::serve_with_stderr(files, flags, Stdio::inherit()).await
    }

    /// Serves these files of a directory, with this as stderr.
    pub(crate) async fn serve_with_stderr(files: &[(&str, &str)], flags: &[&str], stderr: Stdio) -> Self {
        let directory = Directory::new(files);
        let mut runner = Self::start(directory.path(), flags, stderr).await;
        runner._directory = Some(directory);
        runner
    }

    /// Serves what is at `path`.
    pub(crate) async fn serve_path(path: &Path, flags: &[&str]) -> Self {
        Self::start(path, flags, Stdio::inherit()).await
    }

    async fn start(path: &Path, flags: &[&str], stderr: Stdio) -> Self {
        Self::spawn(program(), path, flags, stderr).await
    }

    /// Serves what is at `path` with `command`, which starts the binary.
    pub(crate) async fn spawn(command: Command, path: &Path, flags: &[&str], stderr: Stdio) -> Self {
        let path = path.to_str().unwrap();
        Self::spawn_with(command, &[&["--listen", "127.0.0.1:0"], flags, &[path]].concat(), stderr).await
    }

    /// Serves with `command`, which starts the binary, and these arguments.
    pub(crate) async fn spawn_with(mut command: Command, arguments: &[&str], stderr: Stdio) -> Self {
        let admin = Directory::new(&[]);
        let mut child = command
            .arg("serve")
            .args(arguments)
            .env("RUNNER_ADMIN", format!("unix:{}", admin.file(ADMIN)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = soon(stdout.next_line()).await.unwrap().expect("a line that says ready");
        let place = line.strip_prefix("listening on http").expect(&line);
        let address = place.trim_start_matches('s').strip_prefix("://").expect(&line).parse().unwrap();
        Self { address, stdout, child, admin, _directory: None }
    }

    /// The answer to `GET path`.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        exchange(self.address, format!("GET {path} HTTP/1.1\r\nHost: a.test\r\n\r\n")).await
    }

    /// The statistics of the pool.
    pub(crate) async fn stats(&self) -> serde_json::Value {
        serde_json::from_str(&self.admin("GET /pool").await.1).unwrap()
    }

    /// What the admin listener answers: a status and a body. Waits for it while it is taken over by another server.
    pub(crate) async fn admin(&self, request: &str) -> (u16, String) {
        let path = self.admin.file(ADMIN);
        soon(async {
            loop {
                if let Some(answer) = ask(&path, request).await {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
    }

    /// The same with all of a request as it is, which asks for the end of the connection.
    pub(crate) async fn admin_with(&self, request: &str) -> (u16, String) {
        let path = self.admin.file(ADMIN);
        soon(async { send(&path, request).await.expect("an answer") }).await
    }

    /// Waits until no request has or wants an isolate.
    pub(crate) async fn at_rest(&self) {
        let busy = |stats: &serde_json::Value| ["leased", "waiting"].map(|name| stats[name].as_u64());
        soon(async {
            while busy(&self.stats().await) != [Some(0), Some(0)] {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    /// The id of the process; fails if it has ended.
    pub(crate) fn process(&self) -> u32 {
        self.child.id().expect("the server runs")
    }

    /// The CPU time that the process has used.
    pub(crate) fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process())).unwrap();
        // After the name in parentheses; in hundredths of a second.
        let fields: Vec<_> = stat[stat.rfind(')').unwrap()..].split(' ').collect();
        Duration::from_millis([12, 13].map(|n: usize| fields[n].parse::<u64>().unwrap() * 10).iter().sum())
    }

    /// Sends a signal by name.
    pub(crate) async fn signal(&self, name: &str) {
        assert!(signal(self.id(), name).await);
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().unwrap()
    }
}

async fn ask(path: &str, request: &str) -> Option<(u16, String)> {
    send(path, &format!("{request} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await
}

async fn send(path: &str, request: &str) -> Option<(u16, String)> {
    let mut stream = UnixStream::connect(path).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// Sends a signal by name to a process; whether there is one.
pub(crate) async fn signal(id: u32, name: &str) -> bool {
    Command::new("kill").args(["-s", name, &id.to_string()]).status().await.unwrap().success()
}

/// Runs a command to its end.
pub(crate) async fn run(args: &[&str]) -> Output {
    soon(program().args(args).output()).await.unwrap()
}

/// The same with this as stderr.
pub(crate) async fn run_with_stderr(args: &[&str], stderr: Stdio) -> Output {
    let child = program().args(args).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
    soon(child.wait_with_output()).await.unwrap()
}

/// The binary, with nothing on its stdin, and no place of this user's for what it could keep.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.stdin(Stdio::null()).kill_on_drop(true).env_remove("HOME").env_remove("XDG_CACHE_HOME");
    command
}

/// What a process writes to stderr, read line by line as it comes.
pub(crate) struct Log {
    text: Arc<Mutex<String>>,
    reading: thread::JoinHandle<()>,
}

impl Log {
    /// With the stderr to start the process with.
    pub(crate) fn new() -> (Self, Stdio) {
        let (reader, writer) = pipe().unwrap();
        let text = Arc::new(Mutex::new(String::new()));
        let reading = thread::spawn({
            let text = text.clone();
            move || {
                let mut reader = io::BufReader::new(reader);
                let mut line = Vec::new();
                while let Ok(1..) = reader.read_until(b'\n', &mut line) {
                    text.lock().push_str(&String::from_utf8_lossy(&line));
                    line.clear();
                }
            }
        });
        (Self { text, reading }, writer.into())
    }

    /// Waits until it has `part`; returns what has come by then. The answer to a request does not
    /// say that its lines are here.
    pub(crate) async fn said(&self, part: &str) -> String {
        said(|| self.text(), part).await
    }

    /// What has come so far.
    pub(crate) fn text(&self) -> String {
        self.text.lock().clone()
    }

    /// Everything, once nobody has this stderr any more.
    pub(crate) fn end(self) -> String {
        self.reading.join().unwrap();
        self.text.lock().clone()
    }
}

/// Waits until the text has `part`; returns all of it.
pub(crate) async fn said(text: impl Fn() -> String, part: &str) -> String {
    let found = tokio::time::timeout(super::PATIENCE, async {
        while !text().contains(part) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(found.await.is_ok(), "no {part:?} in: {}", text());
    text()
}
