//! The startup snapshot that a process leaves for the next ones of the same program.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::support::{Directory, Log, Runner, program, soon};

const WORKER: &str = "export default { fetch() { return new Response('hello') } };";

/// What a process keeps where `caches` is the directory of the user's caches.
fn kept(caches: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(caches.join("isolate-pool")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// `runner run`, which answers whatever there is in `caches`; and what it said.
async fn run(caches: &Path, worker: &str, flags: &[&str]) -> String {
    let mut command = program();
    command.env("XDG_CACHE_HOME", caches).args(["run", worker]).args(flags);
    said(&soon(command.output()).await.unwrap())
}

fn said(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && output.stdout.ends_with(b"hello"), "{stderr}");
    stderr
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_process_builds_it_and_the_others_read_it() {
    let directory = Directory::new(&[("w.js", WORKER)]);
    let (caches, worker) = (directory.path().join("not/there"), directory.file("w.js"));
    let [a, b, c] = [(); 3].map(|()| run(&caches, &worker, &[]));
    let (a, b, c) = tokio::join!(a, b, c);
    assert_eq!([&*a, &*b, &*c].map(|said| said.contains("snapshot")), [false; 3], "{a}{b}{c}");
    let files = kept(&caches);
    assert!(files.len() == 1 && files[0].extension().is_some_and(|ending| ending == "snapshot"), "{files:?}");
    let state = || fs::metadata(&files[0]).map(|file| (file.ino(), file.mode() & 0o022)).unwrap();
    let before = state();
    assert_eq!(before.1, 0);
    run(&caches, &worker, &[]).await;
    assert_eq!((state(), kept(&caches)), (before, files.clone()));

    // Code that was compiled with it by one process is taken by another one.
    let long: String = (0..100).map(|n| format!("function unused{n}(x) {{ return x + {n} }}\n")).collect();
    fs::write(&worker, format!("{WORKER}\n{long}")).unwrap();
    let pack = directory.file("w.pack");
    let mut command = program();
    command.env("XDG_CACHE_HOME", &caches).args(["pack", &worker, "-o", &pack]);
    assert!(soon(command.output()).await.unwrap().status.success());
    for (flags, expected) in [(&[][..], (1, 0)), (&["--no-snapshot-cache"], (0, 1))] {
        let (log, stderr) = Log::new();
        let mut command = program();
        command.env("XDG_CACHE_HOME", &caches);
        let server = Runner::spawn(command, Path::new(&pack), flags, stderr).await;
        assert_eq!(server.get("/").await.text(), "hello");
        let stats = &server.stats().await["code_cache"];
        let counts = (stats["hits"].as_u64().unwrap(), stats["rejected"].as_u64().unwrap());
        drop(server);
        assert_eq!(counts, expected, "{}", log.end());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_as_it_was_written_is_built_anew() {
    let directory = Directory::new(&[("w.js", WORKER)]);
    let (caches, worker) = (directory.path().join("caches"), directory.file("w.js"));
    run(&caches, &worker, &[]).await;
    let file = kept(&caches).remove(0);
    let good = fs::read(&file).unwrap();
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    for bad in [&changed[..], &good[..good.len() / 2], b"", b"noise"] {
        fs::write(&file, bad).unwrap();
        let stderr = run(&caches, &worker, &[]).await;
        assert_eq!(stderr.matches("the snapshot that is kept there is not used").count(), 1, "{stderr}");
        assert_ne!(fs::read(&file).unwrap(), bad);
        let stderr = run(&caches, &worker, &[]).await;
        assert!(!stderr.contains("snapshot"), "{stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_others_can_write_nothing_is_read_or_kept() {
    let directory = Directory::new(&[("w.js", WORKER)]);
    let (caches, worker) = (directory.path().join("caches"), directory.file("w.js"));
    let own = caches.join("isolate-pool");
    fs::create_dir_all(&own).unwrap();
    let mode = |mode: u32, path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o777, &own);
    let shared = own.to_string_lossy().into_owned();
    let stderr = run(&caches, &worker, &["--snapshot-cache", &shared]).await;
    assert!(stderr.contains("isolate-pool can be written into by others"), "{stderr}");
    assert_eq!(kept(&caches), Vec::<PathBuf>::new());
    mode(0o700, &own);
    // Of the place that nobody has named that is told to those who look for it: with a umask of 002 all directories of a
    // user may be like this.
    mode(0o775, &caches);
    let stderr = run(&caches, &worker, &[]).await;
    assert!(!stderr.contains("snapshot"), "{stderr}");
    let stderr = run(&caches, &worker, &["--log", "debug"]).await;
    assert!(stderr.contains("caches can be written into by others"), "{stderr}");
    assert_eq!(kept(&caches), Vec::<PathBuf>::new());
    mode(0o755, &caches);
    assert!(!run(&caches, &worker, &["--no-snapshot-cache"]).await.contains("snapshot"));
    assert_eq!(kept(&caches), Vec::<PathBuf>::new());
    // One that is named, in place of that.
    let named = directory.file("named");
    assert!(!run(&caches, &worker, &["--snapshot-cache", &named]).await.contains("snapshot"));
    assert_eq!((kept(&caches).len(), fs::read_dir(&named).unwrap().count()), (0, 1));
    // A file is none; and without a home there is no place.
    let stderr = run(&caches, &worker, &["--snapshot-cache", &worker]).await;
    assert!(stderr.contains("not used"), "{stderr}");
    said(&soon(program().args(["run", &worker]).output()).await.unwrap());
}
