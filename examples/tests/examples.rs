//! Runs every example and reads what it says. It is small itself: V8 is in the program it starts.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// What the example prints.
fn run(name: &str) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_example")).arg(name).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{name}: {}\n{stdout}{stderr}", done.status);
    stdout
}

#[test]
fn bindings() {
    assert_eq!(run("bindings"), "200 a tea: 1\n200 a tea: 2\n200 b tea: 1\n400 a key must not be empty\n");
}

#[test]
fn call_function() {
    let said = run("call-function");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "total 9, more than one");
    assert!(lines[1].starts_with("customer-2: Exception: TypeError: Cannot read properties"), "{said}");
    assert_eq!(lines[2], "customer-3: CpuTimeLimit");
}

#[test]
fn embed_axum() {
    assert_eq!(
        run("embed-axum"),
        "GET /: 200 the application\n\
         POST /hooks/ada/orders/1?x=y: 200 [1,\"/orders/1\",\"body\"]\n\
         GET /hooks/bob/x: 429 bob's hook ended: CpuTimeLimit\n\
         GET /hooks/ada/orders/2: 200 [2,\"/orders/2\",\"\"]\n"
    );
}

#[test]
fn pool_core_tcp() {
    let said = run("pool-core-tcp");
    assert!(said.starts_with("hello\none two\ntrue\nagain\n"), "{said}");
    assert!(said.ends_with("connections made, 1 given up\n"), "{said}");
}

#[test]
fn template() {
    let said = run("template");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "Dear Ada, you have 2 items: tea,jam");
    assert!(lines[1].starts_with("${data.nobody.name} failed: TypeError: Cannot read properties"), "{said}");
    assert!(lines[2].contains("stopped: Stuck(CpuTime)") || lines[2].contains("terminated"), "{said}");
    assert_eq!(lines[3], "and goes on");
}

#[test]
fn an_unknown_name_is_told_the_known_ones() {
    let done = Command::new(env!("CARGO_BIN_EXE_example")).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("pool-core-tcp, template"));
}

/// Lines of code, without indentation.
fn code(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// What docs/embedding.md shows is what runs above.
#[test]
fn every_snippet_of_the_page_is_in_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("../docs/embedding.md")).unwrap();
    let mut sources: Vec<String> = (fs::read_dir(root.join("src")).unwrap())
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    // The server is an example of its own documentation.
    let server = fs::read_to_string(root.join("../crates/runner/src/server/mod.rs")).unwrap();
    sources.push(server.replace("//!", ""));
    let blocks = page
        .split("\n```")
        .filter_map(|block| block.strip_prefix("rust\n").or_else(|| block.strip_prefix("js\n")).map(code));
    let mut snippets = 0;
    for snippet in blocks {
        let found =
            sources.iter().any(|source| code(source).windows(snippet.len()).any(|lines| lines == snippet));
        assert!(found, "in no example: {snippet:#?}");
        snippets += 1;
    }
    assert_eq!(snippets, 12, "one for each block of the page");
}
