//! `runner check`, and the same at the start of `runner serve`.

use std::process::Stdio;

use crate::help::compare;
use crate::support::{Directory, Runner, run};

const FINE: (&str, &str) = ("fine.js", "export default { fetch: () => new Response('fine') }");

/// One of each kind of mistake, and files that are no workers.
const FILES: [(&str, &str); 10] = [
    FINE,
    ("misspelt.js", "export default {\n  fecth() {\n    return new Response();\n  },\n};\n"),
    ("syntax.js", "export default {\n  async fetch(request) {\n    const = 1;\n  },\n};\n"),
    (
        "throws.js",
        "function setup() {\n  return process.env.KEY;\n}\nconst key = setup();\nexport default { fetch() {} };\n",
    ),
    ("latin.js", "throw new Error('\\u001b[31mred\\u202e')"),
    ("imports.js", "import leftpad from 'leftpad';\nexport default { fetch() {} };\n"),
    ("typed.ts", "interface A { b: string }\nexport default {\n  fetch(): Response { return 1 as },\n};\n"),
    ("old.cts", "export = {};"),
    ("fine.test.js", ""),
    ("_shared.js", ""),
];

/// Exit code, stdout and stderr of a check of a directory, without its path.
async fn check(files: &[(&str, &str)], flags: &[&str]) -> (Option<i32>, String, String) {
    let directory = Directory::new(files);
    let path = directory.path().to_str().unwrap();
    let output = run(&[&["check", path], flags].concat()).await;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace(path, "workers");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn all_problems_are_listed_with_their_lines() {
    let (code, stdout, stderr) = check(&FILES, &[]).await;
    assert_eq!((code, stderr.as_str()), (Some(1), "error: 6 of 7 workers cannot be served\n"));
    assert!(!stdout.contains(['\u{1b}', '\u{202e}']), "{stdout:?}");
    compare("check", &stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_gets_json() {
    let (code, stdout, _) = check(&FILES, &["--json"]).await;
    assert_eq!(code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["workers"], 7);
    let syntax = (report["problems"].as_array().unwrap().iter())
        .find(|problem| problem["worker"] == "syntax")
        .expect("a problem of the worker");
    assert_eq!(syntax["file"], "workers/syntax.js");
    assert_eq!((&syntax["line"], &syntax["column"]), (&3.into(), &11.into()));
    assert!(syntax["message"].as_str().unwrap().starts_with("SyntaxError: "));
    assert_eq!(report["ignored"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_problems_the_exit_status_is_0() {
    let (code, stdout, stderr) = check(&[FINE], &[]).await;
    assert_eq!((code, &*stdout, &*stderr), (Some(0), "1 worker, no problems\n", ""));
    let (code, stdout, _) = check(&[("README.md", "")], &[]).await;
    assert_eq!(code, Some(1));
    assert!(stdout.contains("no worker"), "{stdout}");
    // A script that needs its environment at its top level.
    let needs = ("needs.js", "if (typeof KEY === 'undefined') throw 1; addEventListener('fetch', () => {})");
    assert_eq!(check(&[needs], &[]).await.0, Some(1));
    assert_eq!(check(&[needs], &["--env", "KEY=1"]).await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workers_of_a_configuration_are_checked_with_what_it_gives_them() {
    let needs = ("needs.js", "if (typeof KEY === 'undefined') throw 1; addEventListener('fetch', () => {})");
    let busy = (
        "busy.js",
        "for (const end = performance.now() + 300; performance.now() < end;);\n\
         export default { fetch() {} };\n",
    );
    let worker = |name: &str| format!("[[worker]]\nid = \"{name}\"\nmain = \"{name}.js\"\n");
    let good = format!("{}[worker.env]\nKEY = 1\n{}", worker("needs"), worker("busy"));
    let bad = format!("[limits]\nstartup_cpu_ms = 20\n{}{}", worker("needs"), worker("busy"));
    let wrangler = "{ \"name\": \"w\", \"main\": \"needs.js\" }";
    let configs = [("good.toml", &*good), ("bad.toml", &*bad), ("wrangler.json", wrangler)];
    let directory = Directory::new(&[&[needs, busy][..], &configs].concat());
    let check = async |name: &str| {
        let output = run(&["check", "--config", &directory.file(name)]).await;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code(), said.replace(directory.path().to_str().unwrap(), "here"))
    };
    assert_eq!(check("good.toml").await, (Some(0), "2 workers, no problems\n".to_owned()));
    let (code, said) = check("bad.toml").await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("here/needs.js:1") && said.contains("more than 20 ms"), "{said}");
    assert!(said.ends_with("2 of 2 workers cannot be served\n"), "{said}");
    let (code, said) = check("wrangler.json").await;
    assert!(code == Some(1) && said.contains("here/needs.js:1"), "{said}");
    // What is no good as a file is that first of all.
    std::fs::write(directory.file("bad.toml"), "[worker]").unwrap();
    assert_eq!(check("bad.toml").await.0, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_is_too_large_is_a_problem() {
    let large = format!("{}//{}", FINE.1, "x".repeat(1 << 20));
    let (code, stdout, _) = check(&[("large.js", &large)], &["--script-mb", "1"]).await;
    assert_eq!(code, Some(1));
    assert!(stdout.contains("bytes, and may have 1048576"), "{stdout}");
    assert_eq!(check(&[("large.js", &large)], &[]).await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_with_the_good_workers_and_says_which_are_bad() {
    let (mut read, write) = std::io::pipe().unwrap();
    let mut runner = Runner::serve_with_stderr(&FILES, &[], Stdio::from(write)).await;
    assert_eq!(runner.get("/fine/").await.text(), "fine");
    let bad = runner.get("/syntax/").await;
    assert_eq!((bad.status, bad.header("x-termination-reason")), (500, "InitializationError"));
    runner.child.kill().await.unwrap();
    let mut log = String::new();
    std::io::Read::read_to_string(&mut read, &mut log).unwrap();
    let said = log.lines().filter(|line| line.contains("cannot be evaluated")).collect::<Vec<_>>();
    assert_eq!(said.len(), 6, "{log}");
    assert!(
        said.iter().any(|line| line.contains("worker=\"syntax\"") && line.contains("syntax.js:3:11")),
        "{log}"
    );
    let ignored: Vec<_> = log.lines().filter(|line| line.contains("ignored")).collect();
    assert_eq!(ignored.len(), 1, "{log}");
    assert!(["old.cts", "fine.test.js", "_shared.js"].iter().all(|file| ignored[0].contains(file)), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_server_does_not_start_with_a_bad_worker() {
    let directory = Directory::new(&FILES);
    let path = directory.path().to_str().unwrap();
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--strict", path]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("syntax.js:3:11") && log.contains("6 of 7 workers cannot be served"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_run_once_shows_its_line() {
    let directory =
        Directory::new(&[("worker.js", "export default {\n  fetch() {\n    missing();\n  },\n};\n")]);
    let output = run(&["run", &directory.file("worker.js")]).await;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    compare("check_run", &stderr);
}
