//! `runner serve --supervise`, with real processes that are killed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::Command;

use crate::support::{Client, Directory, Load, Log, RawClient, Reply, Runner, run, signal, soon};

const WORKER: &str = "export default { async fetch(request) {
        if (request.url.endsWith('/slow')) await new Promise((go) => setTimeout(go, 1500));
        if (request.url.endsWith('/late')) await new Promise((go) => setTimeout(go, 25000));
        return new Response('served');
    } }";
const FILES: &[(&str, &str)] = &[("w.js", WORKER)];

const CLIENTS: [Client; 4] = [Client::KeepAlive, Client::Fresh, Client::Http2, Client::Fresh];

/// As many connections as `wrk -c32` has, and few clients that use up a port with each request.
fn many_clients() -> Vec<Client> {
    [[Client::KeepAlive; 24].as_slice(), &[Client::Http2; 6], &[Client::Fresh; 2]].concat()
}

/// The processes that the supervisor has started.
fn servers(supervisor: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap();
    let ids = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    ids.filter(|&id| parent(id) == Some(supervisor)).collect()
}

fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind the name, which may contain anything: the state, and the parent.
    stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()
}

/// Waits until the only server is none of `old`; returns its id.
async fn replaced(runner: &Runner, old: &[u32]) -> u32 {
    soon(async {
        loop {
            match *servers(runner.id()) {
                [server] if !old.contains(&server) => return server,
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    })
    .await
}

async fn gone(process: u32) {
    soon(async {
        while Path::new(&format!("/proc/{process}")).exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_killed_is_replaced_and_nobody_is_refused() {
    let runner = Runner::serve(FILES, &["--supervise"]).await;
    let load = Load::start(runner.address, &CLIENTS);
    for kills in 1..=3 {
        load.answers(20).await;
        let [server] = *servers(runner.id()) else { panic!("one server") };
        assert!(signal(server, "KILL").await);
        load.answers(20).await;
        replaced(&runner, &[server]).await;
        // What was in flight cannot be saved: one request of each client.
        assert!(load.broken() <= 4 * kills);
    }
    load.end().await;
}

#[tokio::test]
async fn a_server_that_answers_nobody_is_replaced() {
    let flags = ["--supervise", "--unresponsive-ms", "4000", "--drain-ms", "100"];
    let runner = Runner::serve(FILES, &flags).await;
    assert_eq!(runner.get("/w/").await.text(), "served");
    let [server] = *servers(runner.id()) else { panic!("one server") };
    assert!(signal(server, "STOP").await);
    // What it has not accepted waits for its successor.
    assert_eq!(runner.get("/w/").await.text(), "served");
    gone(server).await;
    assert_eq!(runner.get("/w/").await.text(), "served");
}

#[tokio::test]
async fn clients_that_never_pause_lose_nothing_through_5_restarts() {
    let mut runner = Runner::serve(FILES, &["--supervise", "--lame-duck-ms", "100"]).await;
    let load = Load::start(runner.address, &many_clients());
    for restart in 0..5 {
        load.answers(20).await;
        let [old] = *servers(runner.id()) else { panic!("one server") };
        let mut slow = RawClient::connect(runner.address).await;
        slow.send("GET /w/slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
        match restart {
            1 => assert!(signal(old, "TERM").await),
            3 => assert_eq!(runner.admin("POST /drain").await.0, 202),
            _ => runner.signal("USR2").await,
        }
        let new = replaced(&runner, &[old]).await;
        assert_eq!(slow.reply().await.text(), "served");
        soon(async { while runner.admin("GET /readyz").await.0 != 200 {} }).await;
        assert_eq!(*servers(runner.id()), [new]);
    }
    load.answers(20).await;
    assert_eq!(load.end().await, 0);
    runner.signal("TERM").await;
    assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn clients_that_never_pause_lose_nothing_of_a_lame_duck() {
    for supervision in [&[][..], &["--supervise"]] {
        let flags = [&["--lame-duck-ms", "600000"][..], supervision].concat();
        let mut runner = Runner::serve(FILES, &flags).await;
        let load = Load::start(runner.address, &many_clients());
        load.answers(20).await;
        runner.signal("TERM").await;
        // They go elsewhere when their answers, or the probe, say so; and meanwhile they are served.
        if supervision.is_empty() {
            soon(async { while runner.admin("GET /readyz").await.0 != 503 {} }).await;
        }
        let last = async || runner.get("/w/").await.header("connection").to_owned();
        soon(async { while last().await != "close" {} }).await;
        load.answers(50).await;
        assert_eq!(load.end().await, 0);
        // It is not as long as that.
        runner.signal("TERM").await;
        assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(1), "{supervision:?}");
    }
}

#[tokio::test]
async fn a_successor_shares_the_port_of_a_server_without_a_supervisor() {
    let directory = Directory::new(FILES);
    let mut old = Runner::serve_path(directory.path(), &["--reuse-port"]).await;
    let place = old.address.to_string();
    let load = Load::start(old.address, &CLIENTS);
    load.answers(20).await;
    let arguments = ["--listen", &place, "--reuse-port", directory.path().to_str().unwrap()];
    let new =
        Runner::spawn_with(Command::new(env!("CARGO_BIN_EXE_runner")), &arguments, Stdio::inherit()).await;
    assert_eq!(new.address, old.address);
    load.answers(20).await;
    old.signal("TERM").await;
    assert_eq!(soon(old.child.wait()).await.unwrap().code(), Some(0));
    load.answers(20).await;
    // The kernel may give a connection to the old socket just before it is closed, to each of those that open one.
    assert!(load.end().await <= CLIENTS.len() as u64);
}

#[tokio::test]
async fn an_upgrade_that_cannot_start_changes_nothing() {
    let directory = Directory::new(FILES);
    let place = directory.path().join("runner");
    symlink(env!("CARGO_BIN_EXE_runner"), &place).unwrap();
    let (log, stderr) = Log::new();
    let runner = Runner::spawn(Command::new(&place), directory.path(), &["--supervise"], stderr).await;
    let [old] = *servers(runner.id()) else { panic!("one server") };
    for (failures, broken) in (1..).zip(["/bin/false", "/no/such/program", "/dev/null"]) {
        fs::remove_file(&place).unwrap();
        symlink(broken, &place).unwrap();
        runner.signal("USR2").await;
        soon(async {
            while log.text().matches("a successor died at its start").count() < failures {
                assert_eq!(runner.get("/w/").await.text(), "served");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
        assert_eq!(replaced(&runner, &[]).await, old, "{broken}");
    }
    fs::remove_file(&place).unwrap();
    symlink(env!("CARGO_BIN_EXE_runner"), &place).unwrap();
    runner.signal("USR2").await;
    replaced(&runner, &[old]).await;
    assert_eq!(runner.get("/w/").await.text(), "served");
}

#[tokio::test]
async fn a_crash_loop_backs_off_and_says_so() {
    let (log, stderr) = Log::new();
    let mut runner = Runner::serve_with_stderr(FILES, &["--supervise"], stderr).await;
    let mut killed = Vec::new();
    for _ in 0..5 {
        killed.push(replaced(&runner, &killed).await);
        assert!(signal(*killed.last().unwrap(), "KILL").await);
    }
    // It waits in the queue while there is no server.
    assert_eq!(runner.get("/w/").await.text(), "served");
    runner.signal("TERM").await;
    assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0));
    let text = log.end();
    let deaths = text.lines().filter(|line| line.contains("a server died"));
    let pauses: Vec<&str> = deaths.map(|line| line.split("restart_in=").nth(1).unwrap()).collect();
    assert_eq!(pauses, ["0ns", "100ms", "200ms", "400ms", "800ms"]);
}

#[tokio::test]
async fn a_supervisor_passes_its_signals_on() {
    for name in ["TERM", "INT"] {
        let mut runner = Runner::serve(FILES, &["--supervise"]).await;
        for thread in fs::read_dir(format!("/proc/{}/task", runner.id())).unwrap() {
            // The allocator's are named like this.
            let name = fs::read_to_string(thread.unwrap().path().join("comm")).unwrap();
            assert!(["runner\n", "log\n", "jemalloc_bg_thd\n"].contains(&&*name), "{name}");
        }
        let server = servers(runner.id())[0];
        for ignored in ["HUP", "USR1"] {
            runner.signal(ignored).await;
        }
        let mut slow = RawClient::connect(runner.address).await;
        slow.send("GET /w/slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
        runner.signal(name).await;
        assert_eq!(slow.reply().await.text(), "served");
        assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0), "{name}");
        assert_eq!(runner.stdout.next_line().await.unwrap(), None);
        gone(server).await;
    }
}

#[tokio::test]
async fn a_signal_to_all_processes_is_one_signal() {
    for server_first in [true, false] {
        let mut runner = Runner::serve(FILES, &["--supervise"]).await;
        let [server] = *servers(runner.id()) else { panic!("one server") };
        let mut slow = RawClient::connect(runner.address).await;
        slow.send("GET /w/slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let mut order = [runner.id(), server];
        if server_first {
            order.reverse();
        }
        for process in order {
            assert!(signal(process, "INT").await);
        }
        assert_eq!(slow.reply().await.text(), "served");
        assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0), "{server_first}");
    }
}

#[tokio::test]
async fn a_second_signal_kills() {
    let mut runner = Runner::serve(FILES, &["--supervise", "--drain-ms", "600000"]).await;
    let server = servers(runner.id())[0];
    let mut late = RawClient::connect(runner.address).await;
    late.send("GET /w/late HTTP/1.1\r\nHost: a\r\n\r\n").await;
    // Two that come at the same time may be one.
    let status = soon(async {
        loop {
            runner.signal("TERM").await;
            if let Ok(status) = tokio::time::timeout(Duration::from_millis(200), runner.child.wait()).await {
                break status;
            }
        }
    });
    assert_eq!(status.await.unwrap().code(), Some(1));
    gone(server).await;
    assert_eq!(late.rest().await, b"");
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_is_replaced_while_it_drains() {
    let runner = Runner::serve(FILES, &["--supervise"]).await;
    let [old] = *servers(runner.id()) else { panic!("one server") };
    let load = Load::start(runner.address, &CLIENTS);
    let mut slow = RawClient::connect(runner.address).await;
    slow.send("GET /w/slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    load.answers(20).await;
    assert!(signal(old, "TERM").await);
    assert_eq!(slow.reply().await.text(), "served");
    replaced(&runner, &[old]).await;
    assert_eq!(load.end().await, 0);
}

#[tokio::test]
async fn a_server_whose_supervisor_is_gone_drains() {
    let mut runner = Runner::serve(FILES, &["--supervise"]).await;
    let [server] = *servers(runner.id()) else { panic!("one server") };
    let mut slow = RawClient::connect(runner.address).await;
    slow.send("GET /w/slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    // It is in flight once a later one was answered.
    assert_eq!(runner.get("/w/").await.text(), "served");
    runner.signal("KILL").await;
    soon(runner.child.wait()).await.unwrap();
    assert_eq!(slow.reply().await.text(), "served");
    gone(server).await;
    assert!(TcpStream::connect(runner.address).await.is_err());
}

#[tokio::test]
async fn a_server_that_has_lost_too_much_memory_serves_until_its_successor_does() {
    let source = "export default { async fetch(request) {
            if (request.url.endsWith('/lose')) new WebAssembly.Table({ initial: 1e7, element: 'anyfunc' });
            await new Promise((go) => setTimeout(go, 2500));
            return new Response('served');
        } }";
    let flags = ["--supervise", "--heap-mb", "16", "--cpu-ms", "20000", "--max-lost-mb", "40"];
    let files = [("w.js", WORKER), ("l.js", source), ("v.js", source)];
    let mut runner = Runner::serve(&files, &flags).await;
    let [old] = *servers(runner.id()) else { panic!("one server") };
    let load = Load::start(runner.address, &CLIENTS);
    let mut client = RawClient::connect(runner.address).await;
    client.send("GET /v/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let reply = runner.get("/l/lose").await;
    assert_eq!((reply.status, reply.header("x-termination-reason")), (429, "MemoryLimit"));
    assert_eq!(client.reply().await.text(), "served");
    replaced(&runner, &[old]).await;
    load.answers(20).await;
    assert_eq!(load.end().await, 0);
    runner.signal("TERM").await;
    assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0));
}

/// Has V8 look at a module with a group of so many types that belong together; tells whether that is valid, and a small one compiled.
/// With `&module` or `&compile` it compiles it instead, with `&tag` it makes a tag.
const WASM_TYPES: &str = "
    const leb = (n) => { const b = []; do { b.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7 } while (n); return b };
    export default { async fetch(request) {
        const [written, how] = new URL(request.url).search.slice(1).split('&'), count = Number(written), group = [1, 0x4e, ...leb(count)];
        const structures = new Uint8Array(new Uint16Array(count).fill(0x005f).buffer);
        const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, ...leb(group.length + structures.length), ...group];
        const bytes = new Uint8Array(head.length + structures.length);
        bytes.set(head);
        bytes.set(structures, head.length);
        let compiled = 'compiled';
        if (how !== undefined) {
            try {
                if (how === 'tag') new WebAssembly.Tag({ parameters: ['i32', 'f64'] });
                else if (how === 'module') new WebAssembly.Module(bytes);
                else await WebAssembly.compile(bytes);
            } catch (error) { compiled = String(error); }
            return new Response(compiled);
        }
        try { new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); } catch (error) { compiled = error.name; }
        return new Response(`${WebAssembly.validate(bytes)} ${compiled}`);
    } }";

#[tokio::test]
async fn a_server_that_knows_too_many_types_of_wasm_serves_until_its_successor_does() {
    // That no memory is counted as lost has no bearing on it.
    let flags = [
        "--supervise",
        "--heap-mb",
        "512",
        "--cpu-ms",
        "20000",
        "--max-lost-mb",
        "0",
        "--tenant-wasm-types",
        "0",
    ];
    let mut runner = Runner::serve(&[("w.js", WORKER), ("t.js", WASM_TYPES)], &flags).await;
    let [old] = *servers(runner.id()) else { panic!("one server") };
    let load = Load::start(runner.address, &CLIENTS);
    assert_eq!(runner.get("/t/?510000").await.text(), "true compiled");
    replaced(&runner, &[old]).await;
    load.answers(20).await;
    assert_eq!(load.end().await, 0);
    runner.signal("TERM").await;
    assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn types_of_wasm_without_end_leave_a_server_that_serves() {
    let flags = ["--heap-mb", "512", "--cpu-ms", "20000", "--tenant-wasm-types", "0"];
    let runner = Runner::serve(&[("w.js", WORKER), ("t.js", WASM_TYPES)], &flags).await;
    for count in [510_000, 510_001] {
        assert_eq!(runner.get(&format!("/t/?{count}")).await.text(), "true compiled");
    }
    for count in [510_002, 1] {
        assert_eq!(runner.get(&format!("/t/?{count}")).await.text(), "false CompileError");
    }
    assert_eq!(runner.get("/w/").await.status, 200);
}

#[tokio::test]
async fn many_types_of_wasm_that_are_read_at_once_leave_a_server_that_serves() {
    let flags = ["--heap-mb", "512", "--cpu-ms", "20000", "--threads", "8", "--tenant-wasm-types", "0"];
    let names: Vec<_> = (0..8).map(|n| format!("t{n}.js")).collect();
    let mut files = vec![("w.js", WORKER)];
    files.extend(names.iter().map(|name| (&**name, WASM_TYPES)));
    let mut runner = Runner::serve(&files, &flags).await;
    // Each has types of its own, and V8 has room for those of three of them.
    let paths: Vec<_> = (0..8).map(|n| format!("/t{n}/?{}&compile", 510_000 + n)).collect();
    let get = |n: usize| runner.get(&paths[n]);
    let (a, b, c, d, e, f, g, h) =
        tokio::join!(get(0), get(1), get(2), get(3), get(4), get(5), get(6), get(7));
    let replies = [a, b, c, d, e, f, g, h];
    let ends: Vec<_> = replies.iter().map(Reply::text).collect();
    assert!(ends.iter().any(|end| end.ends_with("too many types are read at the same time")), "{ends:?}");
    assert_eq!(runner.get("/w/").await.status, 200);
    assert!(runner.child.try_wait().unwrap().is_none());
}

#[tokio::test]
async fn a_worker_adds_no_types_of_wasm_beyond_its_budget() {
    let flags = ["--heap-mb", "512", "--cpu-ms", "20000", "--tenant-wasm-types", "1000"];
    let files = [("w.js", WORKER), ("t.js", WASM_TYPES), ("u.js", WASM_TYPES)];
    let runner = Runner::serve(&files, &flags).await;
    for (path, end) in [
        // What is known already costs nothing.
        ("/t/?999&module", "compiled"),
        ("/t/?999&module", "compiled"),
        ("/t/?998&module", "compiled"),
        (
            "/t/?997&module",
            "CompileError: WebAssembly.Module(): the worker's budget of types of Wasm is used up",
        ),
        ("/t/?1&tag", "RangeError: WebAssembly.Tag(): the worker's budget of types of Wasm is used up"),
        ("/u/?997&module", "compiled"),
        ("/u/?1&tag", "compiled"),
    ] {
        assert_eq!(runner.get(path).await.text(), end, "{path}");
    }
}

#[tokio::test]
async fn what_stops_the_start_of_a_server_stops_that_of_its_supervisor() {
    let fails = async |args: &[&str], code, with| {
        let output = run(args).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &*output.stdout), (Some(code), &b""[..]), "{args:?}: {stderr}");
        assert!(stderr.contains(with), "{args:?}: {stderr}");
    };
    let directory = Directory::new(FILES);
    let file = directory.file("w.js");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let free = "127.0.0.1:0";
    fails(&["serve", &file, "--supervise", "--listen", &taken], 1, "cannot listen").await;
    fails(&["serve", "/no/such/place", "--supervise", "--listen", free], 1, "/no/such/place").await;
    fails(&["serve", &file, "--supervise", "--snapshot", &file, "--listen", free], 1, "snapshot").await;
    fails(&["serve", &file, "--supervise", "--supervised"], 2, "cannot be used with").await;
    fails(&["serve", &file, "--supervised"], 1, "cannot start").await;
}
