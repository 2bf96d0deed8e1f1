//! The command line: what it prints, where, and how it exits.

mod check;

use std::process::Output;

use tokio::io::AsyncBufReadExt;

use crate::support::{Directory, Log, RawClient, Runner, run, soon};

/// Exit code, stdout, stderr.
fn parts(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// A command that fails with this exit code, nothing on stdout, and this on stderr.
async fn fails(args: &[&str], code: i32, with: &str) {
    let (actual, stdout, stderr) = parts(&run(args).await);
    assert_eq!((actual, &*stdout), (Some(code), ""), "{args:?}: {stderr}");
    assert!(stderr.contains(with), "{args:?}: {stderr}");
    if code == 1 {
        assert_eq!(stderr.lines().count(), 1, "{args:?}: {stderr}");
    }
}

#[tokio::test]
async fn a_wrong_command_line_is_a_usage_error() {
    fails(&[], 2, "Usage").await;
    fails(&["serve"], 2, "PATH").await;
    fails(&["serve", ".", "--listen", "nowhere"], 2, "--listen").await;
    fails(&["serve", ".", "--pool-size", "0"], 2, "--pool-size").await;
    fails(&["serve", ".", "--reuse", "never"], 2, "fresh").await;
    fails(&["serve", ".", "--env", "NOVALUE"], 2, "KEY=VALUE").await;
    fails(&["serve", ".", "--fetch", "some"], 2, "public").await;
    fails(&["run", "x.js", "--url", "not a url"], 2, "--url").await;
    fails(&["run", "x.js", "--data", "{"], 2, "--data").await;
    fails(&["run", "x.js", "--header", "none"], 2, "--header").await;
    fails(&["run", "x.js", "--log", "a=b=c"], 2, "--log").await;
}

#[tokio::test]
async fn workers_that_cannot_be_read_are_named() {
    let directory = Directory::new(&[("a.js", ""), ("a.mjs", ""), ("main.js", "")]);
    std::fs::write(directory.path().join("latin.js"), b"\xe9").unwrap();
    fails(&["serve", "/no/such/place"], 1, "/no/such/place").await;
    fails(&["serve", directory.path().to_str().unwrap()], 1, "a.mjs").await;
    fails(&["serve", &directory.file("main.js"), &directory.file("a.js")], 1, "mounted at /").await;
    fails(&["run", &directory.file("latin.js")], 1, "UTF-8").await;
    fails(&["run", &directory.file("missing.js")], 1, "missing.js").await;
}

#[tokio::test]
async fn a_port_in_use_is_a_clear_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let directory = Directory::new(&[("a.js", "export default { fetch() {} }")]);
    fails(&["serve", &directory.file("a.js"), "--listen", &address], 1, &address).await;
}

#[tokio::test]
async fn serve_prints_one_line_and_exits_cleanly_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let mut runner = Runner::serve(&[("a.js", "")], &[]).await;
        runner.signal(signal).await;
        assert_eq!(soon(runner.stdout.next_line()).await.unwrap(), None);
        assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0), "{signal}");
    }
}

#[tokio::test]
async fn the_region_is_what_the_flags_say() {
    let source = "export default { fetch() {
        const { timeZone, locale } = new Intl.DateTimeFormat().resolvedOptions();
        return new Response([timeZone, locale, new Date(0).getHours(), (1234.5).toLocaleString()].join(' '));
    } }";
    let directory = Directory::new(&[("w.js", source)]);
    let worker = directory.file("w.js");
    let tokyo = ["--time-zone", "Asia/Tokyo"];
    let cases = [
        (&[][..], "UTC en-US 0 1,234.5"),
        (&tokyo, "Asia/Tokyo en-US 9 1,234.5"),
        (&["--locale", "de-DE", "--time-zone", "America/Lima"], "America/Lima de-DE 19 1.234,5"),
    ];
    for (flags, expected) in cases {
        let output = run(&[&["run", &worker], flags].concat()).await;
        let (code, stdout, stderr) = parts(&output);
        assert_eq!(code, Some(0), "{stderr}");
        assert!(stdout.ends_with(expected), "{stdout}");
    }
    fails(&["run", &worker, "--time-zone", "Mars/Olympus"], 1, "there is no time zone \"Mars/Olympus\"")
        .await;
    fails(&["run", &worker, "--locale", "zxx-ZZ"], 1, "there is no locale \"zxx-ZZ\"").await;
}

#[tokio::test]
async fn run_prints_the_response() {
    let directory = Directory::new(&[(
        "w.js",
        "export default { async fetch(request, env) {
            console.log('on stderr');
            const text = [request.method, request.url, request.headers.get('x-a'), await request.text(), env.KEY];
            return new Response(text.join(' '), { status: 201, headers: { 'x-b': 'c' } });
        } }",
    )]);
    let file = directory.file("w.js");
    let flags = [
        "--url",
        "http://a.test/x",
        "--method",
        "PUT",
        "--header",
        "x-a: 1",
        "--body",
        "b",
        "--env",
        "KEY=v",
    ];
    let (code, stdout, stderr) = parts(&run(&[&["run", &file], &flags[..]].concat()).await);
    assert_eq!(code, Some(0), "{stderr}");
    let (head, body) = stdout.split_once("\n\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 201 Created\n") && head.contains("\nx-b: c"), "{head}");
    assert_eq!(body, "PUT http://a.test/x 1 b v");
    assert!(stderr.contains("on stderr"), "{stderr}");
}

#[tokio::test]
async fn run_calls_the_other_handlers_too() {
    let directory = Directory::new(&[(
        "w.js",
        "export default {
            task(event) { return { doubled: event.payload.n * 2 } },
            scheduled(event) { console.log('cron ' + event.cron) },
        }",
    )]);
    let file = directory.file("w.js");
    let (code, stdout, stderr) =
        parts(&run(&["run", &file, "--event", "task", "--data", "{\"n\":21}"]).await);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&stdout).unwrap()["doubled"], 42);
    let (code, stdout, stderr) =
        parts(&run(&["run", &file, "--event", "scheduled", "--cron", "0 * * * *"]).await);
    assert_eq!((code, &*stdout), (Some(0), ""), "{stderr}");
    assert!(stderr.contains("cron 0 * * * *"), "{stderr}");
}

#[tokio::test]
async fn run_gives_the_globals_of_node_to_who_asks() {
    let directory = Directory::new(&[(
        "w.js",
        "import { sep } from 'node:path'; export default { task: () => [typeof process, typeof global, sep] }",
    )]);
    let file = directory.file("w.js");
    for (flags, types) in [(&[][..], "undefined"), (&["--nodejs-compat"], "object")] {
        let (code, stdout, stderr) = parts(&run(&[&["run", &file, "--event", "task"], flags].concat()).await);
        assert_eq!(code, Some(0), "{stderr}");
        let seen: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(seen, serde_json::json!([types, types, "/"]));
    }
}

#[tokio::test]
async fn run_exits_1_with_the_reason() {
    let directory = Directory::new(&[
        ("throws.js", "export default { fetch() { throw new Error('broken') } }"),
        ("bad.js", "]"),
    ]);
    for (file, reason, text) in
        [("throws.js", "Exception", "broken"), ("bad.js", "InitializationError", "SyntaxError")]
    {
        let (code, stdout, stderr) = parts(&run(&["run", &directory.file(file)]).await);
        assert_eq!((code, &*stdout), (Some(1), ""));
        assert!(stderr.contains(reason) && stderr.contains(text), "{stderr}");
    }
}

#[tokio::test]
async fn a_server_that_has_lost_too_much_memory_drains_and_asks_for_a_restart() {
    let source = "export default { async fetch(request) {
            if (request.url.endsWith('/lose')) new WebAssembly.Table({ initial: 1e7, element: 'anyfunc' });
            await new Promise((go) => setTimeout(go, 2500));
            return new Response('done');
        } }";
    let flags = ["--heap-mb", "16", "--cpu-ms", "20000", "--max-lost-mb", "40"];
    let mut runner = Runner::serve(&[("w.js", source), ("v.js", source)], &flags).await;
    let mut client = RawClient::connect(runner.address).await;
    client.send("GET /v/ HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let reply = runner.get("/w/lose").await;
    assert_eq!((reply.status, reply.header("x-termination-reason")), (429, "MemoryLimit"));
    assert_eq!(client.reply().await.text(), "done");
    assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(75));
}

#[tokio::test]
async fn every_mode_serves() {
    let source = "let count = 0;
        export default { fetch() { return new Response(String(++count)) } }";
    let count = async |flags: &[&str]| {
        let runner = Runner::serve(&[("w.js", source)], flags).await;
        for _ in 0..3 {
            assert_eq!(runner.get("/w/").await.status, 200, "{flags:?}");
        }
        let last = runner.get("/w/").await.text().to_owned();
        runner.at_rest().await;
        (last, runner.stats().await)
    };
    let (last, stats) = count(&["--mode", "pooled", "--spares", "3", "--total-heap-mb", "64"]).await;
    assert_eq!((&*last, &stats["created"], &stats["spares"]["target"]), ("4", &1.into(), &3.into()));
    let (last, stats) = count(&["--mode", "oneshot", "--spares", "0", "--no-check"]).await;
    assert_eq!((&*last, &stats["live"], &stats["spares"]["made_to_order"]), ("1", &0.into(), &4.into()));
    let (last, stats) = count(&["--mode", "pinned", "--threads", "2", "--isolates-per-worker", "2"]).await;
    assert_eq!((&*last, &stats["created"], &stats["threads"]["width"]), ("2", &2.into(), &2.into()));
    fails(&["serve", ".", "--mode", "none"], 2, "oneshot").await;
    fails(&["serve", ".", "--isolates-per-worker", "0"], 2, "--isolates-per-worker").await;
}

#[tokio::test]
async fn replicas_are_made_where_they_are_allowed() {
    let source = "export default { async fetch() {
            await new Promise((go) => setTimeout(go, 300));
            return new Response('done');
        } }";
    for (allowed, most) in [("1", 1), ("3", 3)] {
        let flags = ["--concurrency", "1", "--isolates-per-worker", allowed];
        let runner = std::sync::Arc::new(Runner::serve(&[("w.js", source)], &flags).await);
        let requests: Vec<_> = (0..9)
            .map(|_| {
                let runner = runner.clone();
                tokio::spawn(async move { runner.get("/w/").await })
            })
            .collect();
        for request in requests {
            assert_eq!(request.await.unwrap().text(), "done");
        }
        assert_eq!(runner.stats().await["created"], most);
    }
}

#[tokio::test]
async fn the_heap_of_all_isolates_is_bounded() {
    let source = "const kept = new Array(1e6).fill(0.5);
        export default { fetch() { return new Response(String(kept.length)) } }";
    let files = [("a.mjs", source), ("b.mjs", source), ("c.mjs", source)];
    let runner = Runner::serve(&files, &["--total-heap-mb", "16", "--cpu-ms", "20000"]).await;
    for _ in 0..2 {
        for worker in ["a", "b", "c"] {
            assert_eq!(runner.get(&format!("/{worker}/")).await.text(), "1000000");
            runner.at_rest().await;
        }
    }
    let stats = runner.stats().await;
    assert!(stats["evictions"]["lru"].as_u64() >= Some(3), "{stats}");
}

#[tokio::test]
async fn lesson_14_snapshot_files_are_built_used_and_checked() {
    let directory = Directory::new(&[("w.js", "export default { fetch() { return new Response('hi') } }")]);
    let (good, worker) = (directory.file("good.snapshot"), directory.file("w.js"));
    let (code, built, stderr) = parts(&run(&["snapshot", "build", &good]).await);
    assert_eq!(code, Some(0), "{stderr}");
    let (code, inspected, _) = parts(&run(&["snapshot", "inspect", &good]).await);
    assert_eq!(code, Some(0));
    assert!(built.starts_with(&inspected) && inspected.contains("v8 "), "{inspected}");

    let runner = Runner::serve_path(directory.path(), &["--snapshot", &good]).await;
    assert_eq!(runner.get("/w/").await.text(), "hi");
    let (code, stdout, stderr) = parts(&run(&["run", &worker, "--snapshot", &good]).await);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.ends_with("hi"), "{stdout}");

    let bytes = std::fs::read(&good).unwrap();
    let mut flipped = bytes.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let mut versioned = bytes.clone();
    versioned[12] ^= 0xff;
    let longer = [&bytes[..], b"x"].concat();
    for (name, content) in [
        ("empty", &[][..]),
        ("short", &bytes[..10]),
        ("head", &bytes[..100]),
        ("truncated", &bytes[..bytes.len() - 1]),
        ("longer", &longer),
        ("flipped", &flipped),
        ("versioned", &versioned),
        ("foreign", b"\x7fELF and then something that is long enough to be the head of a file"),
        ("zero", &[0; 4096]),
        ("huge", &[0xff; 4096]),
    ] {
        let file = directory.file(name);
        std::fs::write(&file, content).unwrap();
        fails(&["snapshot", "inspect", &file], 1, name).await;
        fails(&["run", &worker, "--snapshot", &file], 1, "snapshot").await;
        fails(&["serve", &worker, "--snapshot", &file], 1, "snapshot").await;
    }
    fails(&["snapshot", "inspect", &directory.file("missing")], 1, "missing").await;
    fails(&["snapshot", "inspect", directory.path().to_str().unwrap()], 1, "error").await;
    fails(&["snapshot", "build", &directory.file("no/such/place")], 1, "no/such/place").await;
}

#[tokio::test]
async fn fetch_is_public_unless_somebody_says_more() {
    let source = "export default { async fetch(request) {
        try { return await fetch('http://127.0.0.1:1000/') } catch (error) { return new Response(error.message) }
    } }";
    let directory = Directory::new(&[("w.js", source)]);
    let file = directory.file("w.js");
    let (code, stdout, stderr) = parts(&run(&["run", &file]).await);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("only public addresses can be fetched (see --fetch)"), "{stdout}");
    assert!(stderr.contains("--fetch any"), "the operator reads what to do: {stderr}");
    let (_, stdout, _) = parts(&run(&["run", &file, "--fetch", "any"]).await);
    assert!(stdout.contains("connection refused"), "{stdout}");

    let mut server = tokio::process::Command::new(env!("CARGO_BIN_EXE_runner"))
        .args(["serve", &file, "--listen", "127.0.0.1:0"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = tokio::io::BufReader::new(server.stderr.take().unwrap()).lines();
    soon(async {
        while !lines
            .next_line()
            .await
            .unwrap()
            .expect("a line about fetch")
            .contains("--fetch any allows all")
        {}
    })
    .await;
}

#[tokio::test]
async fn signals_that_mean_nothing_do_nothing_but_a_line() {
    let (log, stderr) = Log::new();
    let files = [("a.js", "export default { fetch() { return new Response('served') } }")];
    let mut runner = Runner::serve_with_stderr(&files, &[], stderr).await;
    for signal in ["USR1", "USR2"] {
        runner.signal(signal).await;
        assert_eq!(runner.get("/a/").await.text(), "served");
    }
    runner.signal("TERM").await;
    assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0));
    let log = log.end();
    for signal in ["SIGUSR1", "SIGUSR2"] {
        assert!(log.contains(signal), "{log}");
    }
}

/// A server whose shell ran these commands first.
async fn after(commands: &str, directory: &Directory, stderr: std::process::Stdio) -> Runner {
    let mut shell = tokio::process::Command::new("sh");
    shell.args(["-c", &format!("{commands} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_runner")]);
    Runner::spawn(shell, directory.path(), &[], stderr).await
}

#[tokio::test]
async fn the_limit_of_open_files_is_raised() {
    let directory = Directory::new(&[("a.js", "")]);
    let runner = after("ulimit -S -n 256", &directory, std::process::Stdio::inherit()).await;
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", runner.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let [soft, hard] = [3, 4].map(|column| line.split_whitespace().nth(column).unwrap());
    assert_eq!(soft, hard, "{line}");
}

#[tokio::test]
async fn a_lack_of_descriptors_is_two_lines_of_the_log() {
    let directory =
        Directory::new(&[("a.js", "export default { fetch() { return new Response('served') } }")]);
    let (log, stderr) = Log::new();
    let mut runner = after("ulimit -n 64", &directory, stderr).await;
    let mut clients = Vec::new();
    for _ in 0..80 {
        clients.push(RawClient::connect(runner.address).await);
    }
    // Many attempts later.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    drop(clients);
    soon(async {
        while !log.text().contains("connections are accepted again") {
            assert_eq!(runner.get("/a/").await.text(), "served");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    })
    .await;
    runner.signal("TERM").await;
    assert_eq!(soon(runner.child.wait()).await.unwrap().code(), Some(0));
    let log = log.end();
    assert!(log.contains("the limit of open files is too low"), "{log}");
    assert_eq!(log.matches("cannot accept").count(), 1, "{log}");
    assert_eq!(log.matches("accepted again").count(), 1, "{log}");
}
