//! What a loader could be made to wait for, or to go on with: an end comes soon, with a place.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
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

fn make_pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A project whose main file is `main.ts`.
fn with_main(text: &str) -> Directory {
    project(&[("package.json", b"{}"), ("main.ts", text.as_bytes())])
}

#[test]
fn what_is_no_regular_file_is_not_waited_for() {
    let directory = with_main("");
    let main = directory.path().join("main.ts");
    make_pipe(&directory.path().join("pipe.js"));
    make_pipe(&directory.path().join("pipe.txt"));
    let _socket = UnixListener::bind(directory.path().join("socket.js")).unwrap();
    std::fs::create_dir(directory.path().join("directory.js")).unwrap();
    symlink("/dev/zero", directory.path().join("zero.js")).unwrap();
    for specifier in ["./pipe.js", "./pipe.txt", "./socket.js", "./directory.js", "./zero.js", "."] {
        for import in [format!("import '{specifier}'"), format!("import('{specifier}')")] {
            std::fs::write(&main, format!("\n  {import};\nexport default {{}};\n")).unwrap();
            let error = error(&main);
            assert!(
                error.location.line == 2 && error.location.file.ends_with("/main.ts"),
                "{import}: {error}"
            );
        }
    }
    std::fs::write(&main, "import x from './pipe.js' with { type: 'text' }; export default x").unwrap();
    assert_eq!(error(&main).location.line, 1);
    assert!(runner::loader::load(&directory.path().join("pipe.js")).is_err());
    assert!(runner::loader::load(Path::new("/dev/zero")).is_err());

    // What decides about others.
    for name in ["node_modules/p/package.json", "tsconfig.json"] {
        let directory = with_main("import 'p'; export default {}");
        std::fs::create_dir_all(directory.path().join("node_modules/p")).unwrap();
        make_pipe(&directory.path().join(name));
        assert!(!error(&directory.path().join("main.ts")).message.is_empty(), "{name}");
    }
}

#[test]
fn documents_that_are_too_large_or_lead_in_circles_are_refused() {
    let place = |directory: &Directory| {
        let place = error(&directory.path().join("main.ts")).location.to_string();
        place.rsplit('/').next().unwrap().to_owned()
    };
    for name in ["node_modules/p/package.json", "tsconfig.json"] {
        let directory = with_main("import 'p'; export default {}");
        std::fs::create_dir_all(directory.path().join("node_modules/p")).unwrap();
        // It takes no room on the disk.
        File::create(directory.path().join(name)).unwrap().set_len(50 << 20).unwrap();
        assert!(place(&directory).starts_with("main.ts:1:"), "{name}");
    }
    // That of the worker itself is read when something is looked for in it.
    let directory = with_main("import '#own'; export default {}");
    File::options()
        .write(true)
        .open(directory.path().join("package.json"))
        .unwrap()
        .set_len(50 << 20)
        .unwrap();
    assert!(place(&directory).starts_with("main.ts:1:"));

    let directory = with_main("export default {}");
    std::fs::write(directory.path().join("tsconfig.json"), "{ \"extends\": \"./other.json\" }").unwrap();
    std::fs::write(directory.path().join("other.json"), "{ \"extends\": \"./tsconfig.json\" }").unwrap();
    assert!(place(&directory).starts_with("main.ts:1:"));
    // A package that is reached through itself.
    let directory = with_main("import 'a/a/a/a'; export default {}");
    std::fs::create_dir_all(directory.path().join("node_modules/a")).unwrap();
    symlink(".", directory.path().join("node_modules/a/a")).unwrap();
    symlink("../node_modules", directory.path().join("node_modules/node_modules")).unwrap();
    assert_eq!(place(&directory), "main.ts:1:8");
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
