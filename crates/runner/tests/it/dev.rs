//! `runner dev`, by changing files and reading the answers, the log and the terminal.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::Arc;

use parking_lot::Mutex;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::support::{Directory, Log, Reply, Runner, exchange, said, signal, soon};

/// What a browser sends when it goes somewhere.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// A `runner dev` that is ready.
struct Dev {
    address: SocketAddr,
    child: Child,
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Dev {
    async fn start(arguments: &[&str]) -> (Self, Log) {
        let (log, stderr) = Log::new();
        (Self::spawn(command(), arguments, Stdio::null(), stderr).await, log)
    }

    async fn spawn(mut command: Command, arguments: &[&str], stdin: Stdio, stderr: Stdio) -> Self {
        let mut child = command
            .args(["dev", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = soon(stdout.next_line()).await.unwrap().expect("a line that says ready");
        let address = line.strip_prefix("listening on http://").expect(&line).parse().unwrap();
        Self { address, child, _stdout: stdout }
    }

    async fn get(&self, path: &str) -> Reply {
        self.get_as(path, "*/*").await
    }

    async fn get_as(&self, path: &str, accept: &str) -> Reply {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a.test\r\nAccept: {accept}\r\n\r\n");
        exchange(self.address, request).await
    }

    /// Asks for `path` until the answer is as it should be.
    async fn until(&self, path: &str, good: impl Fn(&Reply) -> bool) -> Reply {
        soon(async {
            loop {
                let reply = self.get(path).await;
                if good(&reply) {
                    return reply;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        })
        .await
    }

    /// Everything that it has logged, once it has ended as it is asked to.
    async fn ends(mut self, log: Log) -> String {
        assert!(signal(self.child.id().unwrap(), "INT").await);
        soon(self.child.wait()).await.unwrap();
        log.end()
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runner"));
    command.kill_on_drop(true).env_remove("NO_COLOR");
    command
}

fn says(text: &str) -> String {
    format!("export default {{ fetch() {{ return new Response('{text}') }} }}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_is_served_and_one_that_breaks_keeps_the_last_good_version() {
    let good = "export default { fetch() {
        return new Response('<h1>one</h1>', { headers: { 'content-type': 'text/html' } });
    } }";
    let directory = Directory::new(&[("hello.js", good)]);
    let path = directory.path().to_str().unwrap();
    let (dev, log) = Dev::start(&[path]).await;
    assert_eq!(dev.get("/hello/").await.text(), "<h1>one</h1>");

    let broken = "export default {\n  fetch() {\n    const = '<script>';\n  },\n};\n";
    fs::write(directory.file("hello.js"), broken).unwrap();
    let reply = dev.until("/hello/", |reply| !reply.header("x-dev-problem").is_empty()).await;
    assert_eq!((reply.status, reply.text()), (200, "<h1>one</h1>"));
    let problem = reply.header("x-dev-problem");
    assert!(problem.contains("hello.js:3:11: SyntaxError: "), "{problem}");
    // A browser sees it in the page.
    let page = dev.get_as("/hello/", BROWSER).await;
    assert!(page.text().starts_with("<h1>one</h1><div role=\"alert\""), "{}", page.text());
    assert!(page.text().contains("const = '&lt;script&gt;'") && !page.text().contains("<script"));
    let told = log.said("the last good version goes on: hello").await;
    assert!(told.contains("hello.js:3:11") && told.contains("const = '<script>'"), "{told}");
    // The mistake is taken back.
    fs::write(directory.file("hello.js"), good).unwrap();
    log.said("good again, as it is served: hello").await;
    dev.until("/hello/", |reply| reply.header("x-dev-problem").is_empty()).await;

    fs::write(directory.file("hello.js"), says("two")).unwrap();
    // It may be served a moment before what was said of the last one is taken back.
    dev.until("/hello/", |reply| reply.text() == "two" && reply.header("x-dev-problem").is_empty()).await;
    log.said("loaded hello").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_is_a_page_for_browsers_and_a_text_for_others() {
    let script = "function inner() {
  throw new Error('</pre><script>alert(1)</script>', { cause: new Error('<img src=x>') });
}
export default {
  async fetch(request, env) {
    if (request.url.endsWith('/kv')) return new Response(await env.MY_KV.get('x'));
    if (request.url.endsWith('/node')) return new Response(require('fs'));
    inner();
  },
};
";
    let directory = Directory::new(&[("a b.js", script)]);
    let file = directory.file("a b.js");
    let (dev, log) = Dev::start(&[&file]).await;
    let page = dev.get_as("/", BROWSER).await;
    assert_eq!((page.status, page.header("x-termination-reason")), (500, "Exception"));
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("cache-control"), "no-store");
    let html = page.text();
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{html}");
    assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    assert!(html.contains("default-src 'none'"), "{html}");
    let link = file.replace(' ', "%20");
    for place in ["2:9", "8:5"] {
        assert!(html.contains(&format!("<a href=\"vscode://file{link}:{place}\">")), "{place}: {html}");
    }
    // Neighbours of the line, and the cause.
    assert!(html.contains("async fetch(request, env) {") || html.contains("function inner() {"), "{html}");
    assert!(html.contains("[cause]"), "{html}");

    let text = dev.get("/").await;
    assert_eq!((text.status, text.header("content-type")), (500, "text/plain; charset=utf-8"));
    let body = text.text();
    assert!(body.starts_with("error: Error: </pre>") && body.contains("a b.js:2:9"), "{body}");
    assert!(body.contains("  at inner (a b.js:2:9)") && body.contains("[cause]"), "{body}");
    log.said("at inner (a b.js:2:9)").await;

    // What this version lacks is explained.
    let bound = "env.MY_KV is not bound";
    assert!(dev.get("/kv").await.text().contains(bound));
    assert!(dev.get_as("/kv", BROWSER).await.text().contains(bound));
    assert!(dev.get_as("/node", BROWSER).await.text().contains("require is not supported"));
    log.said(bound).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_module_of_a_stack_is_a_link() {
    let inner = "interface Options { deep: boolean }

export function inner(options: Options): never {
  throw new Error('outer', { cause: new Error('cause') });
}
";
    let main = "import { inner } from './lib (1)/inner';
export default {
  fetch() {
    inner({ deep: true });
  },
};
";
    let directory = Directory::new(&[("package.json", "{}"), ("main.ts", main)]);
    fs::create_dir(directory.path().join("lib (1)")).unwrap();
    fs::write(directory.file("lib (1)/inner.ts"), inner).unwrap();
    let (dev, _log) = Dev::start(&[&directory.file("main.ts")]).await;
    let page = dev.get_as("/", BROWSER).await;
    let html = page.text();
    for place in ["main.ts:4:5", "lib%20%281%29/inner.ts:4:9"] {
        let link = format!("<a href=\"vscode://file{}/{place}\">", directory.path().display());
        assert!(html.contains(&link), "{link}: {html}");
    }
    // It is shown where it was thrown, not where its cause was made.
    let reply = dev.get("/").await;
    let text = reply.text();
    assert!(text.contains("inner.ts:4:9\n"), "{text}");
}

/// The page, the text and the log.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_shows_where_the_script_was() {
    let script = "function spin() {\n  for (;;);\n}\nexport default { fetch: () => spin() };\n";
    let directory = Directory::new(&[("w.js", script)]);
    let (dev, log) = Dev::start(&[&directory.file("w.js")]).await;
    let text = dev.until("/", |reply| reply.text().contains("at spin (w.js:2:")).await;
    assert_eq!((text.status, text.header("x-termination-reason")), (429, "CpuTimeLimit"));
    assert!(
        text.text().contains("CpuTimeLimit: ") && text.text().contains("2 |   for (;;);"),
        "{}",
        text.text()
    );
    log.said("at spin (w.js:2:").await;
    let html = soon(async {
        loop {
            let page = dev.get_as("/", BROWSER).await.text().to_owned();
            if page.contains("w.js:2:") {
                return page;
            }
        }
    })
    .await;
    assert!(html.contains("<mark>") && html.contains("at spin ("), "{html}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_others_has_no_such_page() {
    let directory = Directory::new(&[("w.js", "export default { fetch() { throw new Error('secret') } }")]);
    for flags in [&[][..], &["--expose-errors"]] {
        let runner = Runner::serve_path(directory.path(), flags).await;
        for path in ["/w/", "/nobody"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: a.test\r\nAccept: {BROWSER}\r\n\r\n");
            let reply = exchange(runner.address, request).await;
            assert_eq!(reply.header("content-type"), "application/json", "{path}");
            assert!(reply.json()["message"].is_string());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_never_was_good_says_what_is_wrong_with_the_last_save() {
    let directory =
        Directory::new(&[("w.js", "export default {\n  fecth() {},\n};\n"), ("v.js", &says("v"))]);
    let (dev, log) = Dev::start(&[directory.path().to_str().unwrap()]).await;
    let reply = dev.get("/w/").await;
    assert_eq!((reply.status, reply.header("x-termination-reason")), (500, "InitializationError"));
    assert!(reply.text().contains("did you mean fetch?"), "{}", reply.text());
    assert_eq!(dev.get("/v/").await.text(), "v");
    // Another mistake, in the same worker and in a new one.
    fs::write(directory.file("w.js"), "throw new Error('another');\n").unwrap();
    dev.until("/w/", |reply| reply.text().contains("Error: another")).await;
    fs::write(directory.file("x.js"), "let x = ;\n").unwrap();
    let reply = dev.until("/x/", |reply| reply.status == 500).await;
    assert!(reply.text().contains("x.js:1:9"), "{}", reply.text());
    fs::write(directory.file("w.js"), says("good")).unwrap();
    dev.until("/w/", |reply| reply.text() == "good").await;
    // What is wrong with a save is said once for each reading, and not for each request.
    let log = dev.ends(log).await;
    assert_eq!(log.matches("did you mean fetch?").count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_go_and_are_replaced_by_rename() {
    let directory = Directory::new(&[("a.js", &says("a1"))]);
    let (dev, log) = Dev::start(&[directory.path().to_str().unwrap()]).await;
    // As editors save that fear to lose something.
    fs::write(directory.file(".a.js.swp"), says("a2")).unwrap();
    fs::rename(directory.file(".a.js.swp"), directory.file("a.js")).unwrap();
    dev.until("/a/", |reply| reply.text() == "a2").await;
    fs::create_dir(directory.file("b")).unwrap();
    fs::write(directory.file("b/index.js"), says("b")).unwrap();
    dev.until("/b/", |reply| reply.text() == "b").await;
    // Two of one name change nothing, until one of them is gone.
    fs::write(directory.file("a.ts"), says("a3")).unwrap();
    log.said("are both mounted at /a/").await;
    assert_eq!(dev.get("/a/").await.text(), "a2");
    fs::remove_file(directory.file("a.ts")).unwrap();
    log.said("good again, as it is served: a\n").await;
    // A file that could be any worker.
    fs::write(directory.file("a b.js"), says("x")).unwrap();
    log.said("nothing was reloaded").await;
    fs::remove_file(directory.file("a b.js")).unwrap();
    log.said("good again, as it is served: a, b\n").await;
    fs::remove_file(directory.file("a.js")).unwrap();
    let gone = dev.until("/a/", |reply| reply.status == 404).await;
    assert!(
        gone.text().starts_with("no worker at this path") && gone.text().contains("b  /b/"),
        "{}",
        gone.text()
    );
    let page = dev.get_as("/", BROWSER).await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("<a href=\"/b/\">/b/</a>"), "{}", page.text());
    // All of them at once make no sense, and change nothing.
    fs::remove_dir_all(directory.file("b")).unwrap();
    let nothing = dev.until("/nobody", |reply| reply.text().contains("no worker (NAME.js")).await;
    assert!(nothing.text().contains("b  /b/"));
    assert_eq!(dev.get("/b/").await.text(), "b");
    let log = dev.ends(log).await;
    assert!(!log.contains("inotify"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_the_console_are_lines_of_a_file() {
    let script = "export default { fetch(request) {
        console.log('two\\nlines\\u001b[31m');
        console.table([{ a: 1 }]);
        console.debug('detail');
        console.warn('careful');
        return new Response(null, { status: 204 });
    } }";
    let directory = Directory::new(&[("hello.js", script)]);
    let (dev, log) = Dev::start(&[directory.path().to_str().unwrap()]).await;
    dev.get("/hello/x?y=1").await;
    dev.get("/nobody").await;
    let text = log.said("GET /nobody 404 ").await;
    let request = text.lines().find(|line| line.starts_with("GET /hello/x?y=1 204 ")).expect(&text);
    assert!(request.ends_with(" ms hello"), "{request}");
    for line in [
        "hello: two\\nlines\\u{1b}[31m",
        "hello: ┌─────────┬───┐\\n│ (index) │ a │\\n├─────────┼───┤\\n│ 0       │ 1 │\\n└─────────┴───┘",
        "hello: detail",
        "hello warning: careful",
        "fetch() may connect to this machine and its network (--fetch any)",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_may_fetch_from_this_machine_unless_it_is_told_otherwise() {
    let script = "export default { async fetch(request) {
        const { hostname, port, searchParams } = new URL(request.url);
        return fetch(`http://127.0.0.1:${searchParams.get('port')}/b/`);
    } }";
    let directory = Directory::new(&[("a.js", script), ("b.js", &says("from b"))]);
    let path = directory.path().to_str().unwrap();
    let (dev, _log) = Dev::start(&[path]).await;
    let reply = dev.get(&format!("/a/?port={}", dev.address.port())).await;
    assert_eq!(reply.text(), "from b");
    let (dev, _log) = Dev::start(&[path, "--fetch", "public"]).await;
    let reply = dev.get(&format!("/a/?port={}", dev.address.port())).await;
    assert_eq!(reply.status, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_is_served_and_read_again() {
    let directory = Directory::new(&[
        ("w.js", "export default { fetch: (request, env) => new Response(env.GREETING) }"),
        ("wrangler.toml", "name = \"w\"\nmain = \"w.js\"\n[vars]\nGREETING = \"one\"\n"),
    ]);
    let (dev, log) = Dev::start(&["--config", directory.path().to_str().unwrap()]).await;
    dev.until("/", |reply| reply.text() == "one").await;
    let with = |greeting: &str| format!("name = \"w\"\nmain = \"w.js\"\n[vars]\nGREETING = {greeting}\n");
    fs::write(directory.file("wrangler.toml"), with("oops")).unwrap();
    let text = log.said("nothing was reloaded").await;
    assert!(text.contains("wrangler.toml:4"), "{text}");
    assert_eq!(dev.get("/").await.text(), "one");
    fs::write(directory.file("wrangler.toml"), with("\"two\"")).unwrap();
    dev.until("/", |reply| reply.text() == "two").await;
}

/// The log may be a file among those that are watched.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_odd_about_a_configuration_is_told_once() {
    let odd = "name = \"w\"\nmain = \"w.js\"\n[[kv_namespaces]]\nbinding = \"KV\"\nid = \"1\"\n";
    let directory = Directory::new(&[("w.js", &says("one")), ("wrangler.toml", odd)]);
    let (dev, log) = Dev::start(&["--config", directory.path().to_str().unwrap()]).await;
    for answer in ["two", "three"] {
        fs::write(directory.file("w.js"), says(answer)).unwrap();
        dev.until("/", |reply| reply.text() == answer).await;
    }
    // What is new is told.
    let another = format!("{odd}[[d1_databases]]\nbinding = \"DB\"\n");
    fs::write(directory.file("wrangler.toml"), another).unwrap();
    log.said("not supported: D1").await;
    let text = dev.ends(log).await;
    assert_eq!(text.matches("not supported: KV").count(), 1, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_arguments_the_configuration_of_the_present_directory_is_served() {
    let directory = Directory::new(&[
        ("w.js", &says("w")),
        ("wrangler.jsonc", "{ \"name\": \"w\", \"main\": \"w.js\", /* as of a template */ }"),
    ]);
    let mut command = command();
    command.current_dir(directory.path());
    let (log, stderr) = Log::new();
    let dev = Dev::spawn(command, &[], Stdio::null(), stderr).await;
    assert_eq!(dev.get("/any").await.text(), "w");
    log.said("wrangler.jsonc\n").await;
    fs::write(directory.file("w.js"), says("saved")).unwrap();
    dev.until("/", |reply| reply.text() == "saved").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_directory_waits_for_its_first_worker() {
    let directory = Directory::new(&[]);
    let (dev, log) = Dev::start(&[directory.path().to_str().unwrap()]).await;
    let nothing = dev.get("/").await;
    assert_eq!((nothing.status, nothing.text().matches("error: ").count()), (404, 1));
    assert!(nothing.text().contains("error: no worker (NAME.js"), "{}", nothing.text());
    log.said("error: no worker (NAME.js").await;
    fs::write(directory.file("first.js"), says("first")).unwrap();
    dev.until("/first/", |reply| reply.text() == "first").await;
}

/// Whether this process was told to outlive its terminal (`nohup`), and with it what it starts.
fn ignores_hangups() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_its_terminal() {
    if ignores_hangups() {
        return;
    }
    let directory = Directory::new(&[("w.js", &says("w"))]);
    let (mut dev, _log) = Dev::start(&[&directory.file("w.js")]).await;
    assert!(signal(dev.child.id().unwrap(), "HUP").await);
    assert!(!soon(dev.child.wait()).await.unwrap().success());
}

/// What a browser makes of the page at `path`; `None` if there is no browser on this machine.
async fn browsed(dev: &Dev, path: &str) -> Option<String> {
    let profile = Directory::new(&[]);
    let mut chromium = Command::new("chromium");
    chromium
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--no-first-run"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--dump-dom", &format!("http://{}{path}", dev.address)])
        .kill_on_drop(true)
        .stdin(Stdio::null());
    match tokio::time::timeout(crate::support::PATIENCE, chromium.output()).await.expect("in time") {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_shows_the_page_and_runs_nothing_in_it() {
    let script = "export default { fetch(request) {
    const page = '<!doctype html><title>own</title><h1>own</h1></html>';
    if (request.url.endsWith('/own')) return new Response(page, { headers: { 'content-type': 'text/html' } });
    throw new Error('</h1></pre></title><script>document.body.textContent = 1</script><img src=x onerror=alert(1)>');
} }\n";
    let directory = Directory::new(&[("w.js", script)]);
    let (dev, log) = Dev::start(&[&directory.file("w.js")]).await;
    let Some(page) = browsed(&dev, "/").await else { return };
    let visible = "&lt;script&gt;document.body.textContent = 1&lt;/script&gt;";
    assert!(page.contains(visible) && page.contains("<footer>runner dev</footer>"), "{page}");
    let link = format!("<a href=\"vscode://file{}:4:", directory.file("w.js"));
    assert!(page.contains(&link) && page.contains("<mark>"), "{page}");
    // What is wrong with a save is within the page of the version that goes on.
    fs::write(directory.file("w.js"), "export default {").unwrap();
    log.said("the last good version goes on").await;
    let own = browsed(&dev, "/own").await.unwrap();
    let (before, note) = own.split_once("<div role=\"alert\"").expect(&own);
    assert!(before.contains("<h1>own</h1>") && !before.contains("</body>"), "{own}");
    assert!(note.contains("SyntaxError") && note.contains("</body>"), "{own}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_is_opened() {
    let directory = Directory::new(&[("w.js", &says("w")), ("opened", "")]);
    let program = directory.file("xdg-open");
    fs::write(&program, format!("#!/bin/sh\necho \"$1\" > '{}'\n", directory.file("opened"))).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = command();
    let path = format!("{}:{}", directory.path().display(), std::env::var("PATH").unwrap());
    command.env("PATH", path);
    let (log, stderr) = Log::new();
    let arguments = ["--open", &directory.file("w.js")];
    let dev = Dev::spawn(command, &arguments, Stdio::null(), stderr).await;
    let opened = || fs::read_to_string(directory.file("opened")).unwrap() + &log.text();
    said(opened, &format!("http://localhost:{}\n", dev.address.port())).await;
}

/// A terminal that a test sits at.
struct Terminal {
    keyboard: fs::File,
    screen: Arc<Mutex<String>>,
    /// The other end, for the program.
    end: OwnedFd,
}

impl Terminal {
    fn new() -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let keyboard = openpt(flags).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap().into_string().unwrap();
        let end = fs::OpenOptions::new().read(true).write(true).open(name).unwrap().into();
        let keyboard = fs::File::from(keyboard);
        let screen = Arc::new(Mutex::new(String::new()));
        std::thread::spawn({
            let (mut keyboard, screen) = (keyboard.try_clone().unwrap(), Arc::clone(&screen));
            move || {
                let mut chunk = [0; 4096];
                // The end of the last program is an error.
                while let Ok(n @ 1..) = keyboard.read(&mut chunk) {
                    screen.lock().push_str(&String::from_utf8_lossy(&chunk[..n]));
                }
            }
        });
        Self { keyboard, screen, end }
    }

    async fn dev(&self, command: Command, arguments: &[&str]) -> Dev {
        let end = || Stdio::from(self.end.try_clone().unwrap());
        Dev::spawn(command, arguments, end(), end()).await
    }

    fn press(&mut self, key: &str) {
        writeln!(self.keyboard, "{key}").unwrap();
    }

    async fn shows(&self, part: &str) -> String {
        said(|| self.screen.lock().replace("\r\n", "\n"), part).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_has_keys_colours_and_lines() {
    let script = "let count = 0;
export default { fetch(request) {
    console.error('one\\ntwo\\u001b[2J');
    if (request.url.endsWith('/throw')) throw new TypeError('thrown');
    return new Response(String(++count));
} }";
    let directory = Directory::new(&[("w.js", script)]);
    let mut terminal = Terminal::new();
    let mut dev = terminal.dev(command(), &[directory.path().to_str().unwrap()]).await;
    terminal.shows("press h + enter for help").await;
    terminal.press("h");
    terminal.shows("q + enter  quit").await;
    assert_eq!(dev.get("/w/").await.text(), "1");
    assert_eq!(dev.get("/w/").await.text(), "2");
    let screen = terminal.shows("GET /w/ \u{1b}[32m200\u{1b}[0m").await;
    let two = "\u{1b}[31mone\u{1b}[0m\n         \u{1b}[31mtwo\\u{1b}[2J\u{1b}[0m\n";
    assert!(screen.contains(two), "{screen:?}");
    dev.get("/w/throw").await;
    terminal.shows("\u{1b}[31m500\u{1b}[0m").await;
    terminal.shows("TypeError: thrown").await;
    // The state of the worker begins anew, with every reload.
    for _ in 0..2 {
        assert_ne!(dev.get("/w/").await.text(), "1");
        terminal.press("r");
        dev.until("/w/", |reply| reply.text() == "1").await;
        dev.get("/w/").await;
    }
    terminal.press("c");
    terminal.shows("\u{1b}[2J\u{1b}[3J\u{1b}[H").await;
    terminal.press("q");
    assert!(soon(dev.child.wait()).await.unwrap().success());
    // So does the end of what is typed.
    let mut dev = terminal.dev(command(), &[&directory.file("w.js")]).await;
    terminal.keyboard.write_all(b"\x04").unwrap();
    assert!(soon(dev.child.wait()).await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_colours_has_none() {
    let directory =
        Directory::new(&[("w.js", "export default { fetch() { throw new TypeError('thrown') } }")]);
    let terminal = Terminal::new();
    let mut command = command();
    command.env("NO_COLOR", "1");
    let dev = terminal.dev(command, &[&directory.file("w.js")]).await;
    dev.get("/").await;
    let screen = terminal.shows("GET / 500").await;
    assert!(screen.contains("TypeError: thrown") && !screen.contains('\u{1b}'), "{screen:?}");
}
