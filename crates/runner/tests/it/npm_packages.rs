//! Packages as their authors published them: a TypeScript worker that imports them by name and runs unbundled.

use std::process::{Command, Stdio};

use runner::IsolatePool;

use crate::support::{Directory, World, options, send, text_of};

const WORKER: &str = include_str!("../fixtures/packages/worker.tsx");

/// Small ones, without dependencies of their own.
const PACKAGES: [&str; 8] = [
    "aws4fetch@1.0.20",
    "fflate@0.8.3",
    "hono@4.13.19",
    "itty-router@5.0.24",
    "jose@6.2.18",
    "ms@2.1.3",
    "preact@11.2.0",
    "preact-render-to-string@6.8.2",
];

/// Why they cannot be had here, if they cannot.
fn install(directory: &Directory) -> Result<(), String> {
    let output = Command::new("npm")
        .args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"])
        .args(["--fetch-retries=0", "--fetch-timeout=5000", "--loglevel=error"])
        .args(PACKAGES)
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("there is no npm: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("npm cannot install: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_run_as_they_are_published() {
    let directory = Directory::new(&[("package.json", r#"{ "private": true }"#), ("worker.tsx", WORKER)]);
    if let Err(why) = install(&directory) {
        eprintln!("skipped: {why}");
        return;
    }
    let source = runner::loader::load(&directory.path().join("worker.tsx")).unwrap();
    assert!(source.error().is_none(), "{}", source.error().unwrap());
    let pool = IsolatePool::new(options()).unwrap();
    let answer = text_of(send(&pool, "w", source.script(), &World::new(), "/").await);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let expected = serde_json::json!({
        "hono": [401, "private", "data: one\nid: 1\n\n"],
        "router": "\"hello you\"",
        "jose": ["joe", 1],
        "aws4fetch": "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        "preact": "<ul class=\"a\"><li>1 &lt;</li><li>2 &lt;</li></ul>",
        "fflate": 400,
        "ms": 172_800_000,
    });
    assert_eq!(answer, expected);
}
