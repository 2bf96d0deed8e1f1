//! What a loader could be made to wait for, or to go on with: an end comes soon, with a place.

use std::path::Path;
use std::sync::mpsc;
use std::thread;

use runner::IsolatePool;
use runner::workers::SourceError;

use super::{code, load, project};
use crate::support::{Directory, PATIENCE, World, options, send, text_of};

/// What is wrong with what a file leads to; fails if that is not found out in time.
fn error(main: &Path) -> SourceError {
    let (sender, received) = mpsc::channel();
    let main = main.to_owned();
    thread::spawn(move || sender.send(load(&main).error().cloned()));
    received.recv_timeout(PATIENCE).expect("in time").expect("an error")
}

/// A project whose main file is `main.ts`.
fn with_main(text: &str) -> Directory {
    project(&[("package.json", b"{}"), ("main.ts", text.as_bytes())])
}

#[test]
fn names_that_no_file_can_have_are_refused() {
    let directory = with_main("");
    let main = directory.path().join("main.ts");
    let long = "a/".repeat(100_000);
    for specifier in [&*format!("./{long}"), &long, &"a".repeat(1 << 20), "./\\u0000", "./a\\nb"] {
        std::fs::write(&main, format!("import '{specifier}'; export default {{}}")).unwrap();
        let error = error(&main);
        assert_eq!((error.location.line, error.location.column), (1, 8));
        assert!(error.message.len() < 1000, "{} bytes", error.message.len());
    }
}

#[test]
fn modules_are_counted() {
    // One file, and a module for each question.
    let import = |n: usize| format!("import './one.js?{n}';\n");
    let directory = with_main(&(0..10_000).map(import).collect::<String>());
    std::fs::write(directory.path().join("one.js"), "").unwrap();
    let error = error(&directory.path().join("main.ts"));
    assert!(error.message.contains("no more than 10000 modules"), "{error}");
    assert_eq!(error.location.line, 10_000);
}

#[test]
fn names_that_modules_pass_on_are_counted() {
    let names: String = (0..2_000).map(|n| format!("exports.name{n} = 1;\n")).collect();
    let directory = with_main("import './0.cjs'; export default {}");
    for n in 0..600 {
        let next = format!("module.exports = require('./{}.cjs');\n", n + 1);
        std::fs::write(directory.path().join(format!("{n}.cjs")), next).unwrap();
    }
    std::fs::write(directory.path().join("600.cjs"), names).unwrap();
    let error = error(&directory.path().join("main.ts"));
    assert!(error.message.contains("too many names"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_modules_run_beside_thousands_of_packages() {
    let main = (0..1_000).map(|n| format!("import {{ n as n{n} }} from './m/{n}.ts';\n")).collect::<String>()
        + &format!(
            "import p from 'p2999';\nconst all = [{}];\n",
            (0..1_000).map(|n| format!("n{n},")).collect::<String>()
        )
        + "export default { fetch: () => new Response(String(all.reduce((a, b) => a + b, p))) };";
    let directory = with_main(&main);
    std::fs::create_dir(directory.path().join("m")).unwrap();
    for n in 0..1_000 {
        std::fs::write(directory.path().join(format!("m/{n}.ts")), format!("export const n: number = {n};"))
            .unwrap();
    }
    for n in 0..3_000 {
        std::fs::create_dir_all(directory.path().join(format!("node_modules/p{n}"))).unwrap();
    }
    std::fs::write(directory.path().join("node_modules/p2999/index.js"), "export default 7").unwrap();
    let main = directory.path().join("main.ts");
    assert_eq!(code(&main).modules().len(), 1_002);
    let pool = IsolatePool::new(options()).unwrap();
    let source = load(&main);
    let answer = text_of(send(&pool, "w", source.script(), &World::new(), "/").await);
    assert_eq!(answer, (7 + 1_000 * 999 / 2).to_string());
}
