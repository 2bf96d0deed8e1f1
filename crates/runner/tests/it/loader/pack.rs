//! `runner pack`, and packs in the place of scripts; `runner check --graph`.

use super::{fixture, project};
use crate::support::{Directory, Runner, run};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A worker that throws in its line 4.
const WORKER: &str = "interface A { b: string }\n\nexport default { fetch(request: Request): Response {\n  \
                      if (request.url.endsWith('/throw')) throw new Error('thrown');\n  \
                      return new Response('packed');\n} };\n";

/// The pack of a project with that worker.
async fn packed() -> Directory {
    let directory =
        project(&[("package.json", br#"{ "main": "src/worker.ts" }"#), ("src/worker.ts", WORKER.as_bytes())]);
    let (path, pack) = (directory.path().to_str().unwrap().to_owned(), directory.file("w.pack"));
    let output = run(&["pack", &path, "-o", &pack]).await;
    assert!(output.status.success(), "{output:?}");
    let said = text(&output.stdout);
    assert!(said.starts_with(&format!("{pack}: 1 module, ")), "{said}");
    directory
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_served_as_a_script_is() {
    let directory = packed().await;
    // Nothing else is needed.
    std::fs::remove_dir_all(directory.path().join("src")).unwrap();
    let output = run(&["run", &directory.file("w.pack")]).await;
    assert!(text(&output.stdout).ends_with("\n\npacked"), "{output:?}");
    let output = run(&["run", &directory.file("w.pack"), "--url", "http://a.test/throw"]).await;
    let stderr = text(&output.stderr);
    assert!(stderr.contains("src/worker.ts:4:") && stderr.contains("throw new Error('thrown')"), "{stderr}");

    let runner = Runner::serve_path(directory.path(), &[]).await;
    assert_eq!(runner.get("/w/").await.text(), "packed");
    let thrown = runner.get("/w/throw").await;
    assert_eq!((thrown.status, thrown.header("x-termination-reason")), (500, "Exception"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_of_a_project_names_its_main_file() {
    let wrangler = b"// of a template\n{ \"name\": \"w\", \"main\": \"src/worker.ts\", }".as_slice();
    let one = b"[[worker]]\nid = \"w\"\nmain = \"src/worker.ts\"\n".as_slice();
    for (name, content) in
        [("wrangler.jsonc", wrangler), ("wrangler.toml", b"main = 'src/worker.ts'"), ("runner.toml", one)]
    {
        let directory = project(&[
            ("package.json", br#"{ "main": "src/absent.js" }"#),
            (name, content),
            ("src/worker.ts", WORKER.as_bytes()),
        ]);
        let (path, pack) = (directory.path().to_str().unwrap().to_owned(), directory.file("w.pack"));
        let output = run(&["pack", &path, "-o", &pack]).await;
        assert!(output.status.success(), "{name}: {output:?}");
    }
    // Which of two would be meant?
    let two = [one, one].concat();
    let directory =
        project(&[("package.json", b"{}"), ("runner.toml", &two), ("src/worker.ts", WORKER.as_bytes())]);
    let output = run(&["pack", directory.path().to_str().unwrap()]).await;
    let stderr = text(&output.stderr);
    assert!(!output.status.success() && stderr.contains("a runner.toml with one worker"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_is_not_as_it_was_written_is_refused() {
    let directory = packed().await;
    let pack = directory.path().join("w.pack");
    let whole = std::fs::read(&pack).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    for (bytes, message) in [
        (&whole[..whole.len() - 1], "the pack is not complete"),
        (&changed[..], "the pack is damaged"),
        (b"export default {}", "this is no pack of a worker"),
    ] {
        std::fs::write(&pack, bytes).unwrap();
        let output = run(&["run", pack.to_str().unwrap()]).await;
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(message) && stderr.contains("w.pack"), "{stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_packed_leaves_no_file() {
    let directory =
        project(&[("package.json", b"{}"), ("index.js", b"import './nowhere';\nexport default {}")]);
    let path = directory.path().to_str().unwrap();
    let output = run(&["pack", path, "-o", &directory.file("w.pack")]).await;
    let stderr = text(&output.stderr);
    assert!(output.status.code() == Some(1) && stderr.contains("index.js:1:8"), "{stderr}");
    let output =
        run(&["pack", fixture("project/packages").to_str().unwrap(), "-o", &directory.file("w.pack")]).await;
    assert!(text(&output.stderr).contains("there is no main file"), "{output:?}");
    assert!(!directory.path().join("w.pack").exists());
    let names = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(names, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_graph_is_printed() {
    let main = fixture("project/src/index.ts");
    let output = run(&["check", main.to_str().unwrap(), "--graph"]).await;
    let stdout = text(&output.stdout);
    assert!(stdout.starts_with("/: 19 modules, ") && stdout.contains("\n  src/index.ts  main  "), "{stdout}");
    let other = "  node_modules/common/lib/other.js  commonjs  37  from node_modules/common/lib/index.js\n";
    assert!(
        stdout.contains(other) && stdout.contains("\n  src/noise.bin  bytes  3  from src/index.ts\n"),
        "{stdout}"
    );
    let output = run(&["check", main.to_str().unwrap(), "--graph", "--json"]).await;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let modules = report["graphs"][0]["modules"].as_array().unwrap();
    assert_eq!((modules.len(), &modules[0]["name"]), (19, &"src/index.ts".into()));
}
