//! Compiled code that outlives its process: in a directory, in a pack; and the workers that are prepared with it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use exec::{Module, NoOperations, Script, WorkerCode};
use runner::{ExecutionMode, IsolatePool, PoolOptions};

use crate::support::{Directory, Log, Runner, World, options, program, run, send, soon, text_of};

/// A worker that is worth an entry of the cache, whose functions are compiled with it: nothing is left for its requests.
fn long(answer: &str) -> String {
    let functions: String =
        (0..100).map(|n| format!("function unused{n}(x) {{ return x + {n} }}\n")).collect();
    format!(
        "const answer = (function () {{ return '{answer}' }});
        export default {{ fetch: (function () {{ return new Response(answer()) }}) }};\n{functions}"
    )
}

fn files_in(directory: &Path) -> Vec<PathBuf> {
    files_that_end(directory, "code")
}

fn files_that_end(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|other| other == ending)).collect()
}

/// A pool that keeps its code in `directory`.
fn pool(directory: &Path) -> IsolatePool {
    IsolatePool::new(options().with_code_cache_dir(Some(directory.to_owned()))).unwrap()
}

/// The answer in a new pool, and what that counted: files taken, written, failures; modules from the cache, compiled,
/// rejected by V8.
async fn run_once(options: PoolOptions, script: &Script) -> (String, [u64; 3], [u64; 3]) {
    let pool = IsolatePool::new(options).unwrap();
    let answer = text_of(send(&pool, "w", script, &World::new(), "/").await);
    soon(pool.shutdown()).await;
    let (disk, memory) = (pool.stats().code_store, pool.stats().code_cache);
    (answer, [disk.hits, disk.writes, disk.failures], [memory.hits, memory.misses, memory.rejected])
}

async fn run_in(directory: &Path, script: &Script) -> (String, [u64; 3], [u64; 3]) {
    run_once(options().with_code_cache_dir(Some(directory.to_owned())), script).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_pool_takes_the_code_from_the_directory() {
    let place = Directory::new(&[]);
    let directory = place.path().join("not/there/yet");
    let script = Script::new(long("one"));
    assert_eq!(run_in(&directory, &script).await, ("one".into(), [0, 1, 0], [0, 1, 0]));
    assert_eq!(run_in(&directory, &script).await, ("one".into(), [1, 0, 0], [1, 0, 0]));
    // Another environment is another script, with the same code; another letter is not.
    let same = script.clone().with_environment([("A", "b")]).with_version("2").with_name("other.js");
    assert_eq!(run_in(&directory, &same).await, ("one".into(), [1, 0, 0], [1, 0, 0]));
    assert_eq!(run_in(&directory, &Script::new(long("two"))).await, ("two".into(), [0, 1, 0], [0, 1, 0]));
    assert_eq!(files_in(&directory).len(), 2);
    let without = options().with_code_cache_dir(Some(directory.clone())).with_code_cache_bytes(0);
    assert_eq!(run_once(without, &script).await, ("one".into(), [0; 3], [0; 3]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_requests_have_compiled_is_kept_too() {
    let used = "used by requests and nobody else";
    let source =
        format!("const render = () => '{used}';\nconst app = {{ fetch: () => new Response(render()) }};");
    let code = WorkerCode::new(Module::esm(
        "main.js",
        source + &long("x").replace("default {", "const b = {") + "\nexport default app;",
    ));
    let (script, directory) = (Script::from_code(code.clone()), Directory::new(&[]));
    let is_in = |bytes: &[u8]| bytes.windows(used.len()).any(|part| part == used.as_bytes());
    let first = pool(directory.path());
    soon(first.prepare("w", &script, Arc::new(NoOperations))).await.unwrap();
    let evaluated = first.compiled(&script).unwrap();
    assert!(!is_in(&evaluated));
    assert_eq!(text_of(send(&first, "w", &script, &World::new(), "/").await), used);
    soon(async {
        while first.stats().code_store.writes < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(first.stats().code_cache.refilled, 1);
    assert!(is_in(&fs::read(files_in(directory.path()).remove(0)).unwrap()));
    soon(first.shutdown()).await;
    assert_eq!(run_in(directory.path(), &script).await, (used.into(), [1, 0, 0], [1, 0, 0]));

    // A pack has what the evaluation has.
    let packed = Script::from_code(code.with_code_cache(evaluated));
    let second = IsolatePool::new(options()).unwrap();
    assert_eq!(text_of(send(&second, "w", &packed, &World::new(), "/").await), used);
    soon(async {
        while second.stats().code_cache.refilled < 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(is_in(&second.compiled(&packed).unwrap()));
    assert_eq!((second.stats().code_cache.hits, second.stats().code_cache.misses), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_requests_have_compiled_is_kept_where_no_isolate_lives_longer_than_a_request() {
    let used = "used by requests and nobody else";
    let source =
        format!("const render = () => '{used}';\nconst x = {{ fetch: () => new Response(render()) }};");
    let source = source + &long("x").replace("default {", "const b = {") + "\nexport default x;";
    let script = Script::new(source);
    let is_in = |bytes: &[u8]| bytes.windows(used.len()).any(|part| part == used.as_bytes());
    let pool = IsolatePool::new(options().with_mode(ExecutionMode::Oneshot)).unwrap();
    soon(async {
        while pool.stats().code_cache.refilled == 0 {
            assert_eq!(text_of(send(&pool, "w", &script, &World::new(), "/").await), used);
        }
    })
    .await;
    assert!(is_in(&pool.compiled(&script).unwrap()));
    // That was that: the last stage is not reached with one request.
    for _ in 0..3 {
        assert_eq!(text_of(send(&pool, "w", &script, &World::new(), "/").await), used);
    }
    assert_eq!(pool.stats().code_cache.refilled, 1);
    soon(pool.shutdown()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_as_it_was_written_is_a_miss_and_is_made_anew() {
    let directory = Directory::new(&[]);
    let (script, other) = (Script::new(long("one")), Script::new(long("two")));
    run_in(directory.path(), &script).await;
    let file = files_in(directory.path()).remove(0);
    let good = fs::read(&file).unwrap();
    run_in(directory.path(), &other).await;
    let of_another = files_in(directory.path()).into_iter().find(|path| *path != file).unwrap();
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let bad = [
        vec![],
        b"export default {}".to_vec(),
        good[..good.len() / 2].to_vec(),
        [&good[..], b"x"].concat(),
        flipped(8),                    // The version.
        flipped(20),                   // V8, its flags, the snapshot.
        flipped(50),                   // The script.
        flipped(good.len() - 1),       // What V8 made.
        fs::read(of_another).unwrap(), // What V8 made of another script.
    ];
    for (n, bytes) in bad.iter().enumerate() {
        fs::write(&file, bytes).unwrap();
        let expected = ("one".to_owned(), [0, 1, 1], [0, 1, 0]);
        assert_eq!(run_in(directory.path(), &script).await, expected, "{n}");
    }
    assert_eq!(run_in(directory.path(), &script).await.1, [1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_is_none_costs_no_request_anything() {
    let place = Directory::new(&[("file", "")]);
    let script = Script::new(long("one"));
    let of_all = place.path().join("of-all");
    fs::create_dir(&of_all).unwrap();
    fs::set_permissions(&of_all, fs::Permissions::from_mode(0o777)).unwrap();
    for bad in [place.path().join("file"), place.path().join("file/below"), "/proc/nowhere".into(), of_all] {
        let (answer, [taken, written, failures], memory) = run_in(&bad, &script).await;
        assert_eq!((answer.as_str(), taken, written, memory), ("one", 0, 0, [0, 1, 0]), "{}", bad.display());
        // It is opened, and the code of the script is written; that of Web APIs, too, if other tests have some compiled.
        assert!(failures >= 2, "{}: {failures}", bad.display());
    }
    // It goes away and comes back.
    let directory = place.path().join("comes");
    let (pool, world) = (pool(&directory), World::new());
    for answer in ["one", "two"] {
        let script = Script::new(long(answer));
        assert_eq!(text_of(send(&pool, answer, &script, &world, "/").await), answer);
        soon(async {
            while files_in(&directory).is_empty() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
        fs::remove_dir_all(&directory).unwrap();
    }
    soon(pool.shutdown()).await;
    assert_eq!(pool.stats().code_store.failures, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_comes_with_a_worker_is_taken_if_it_is_what_it_was() {
    let code = WorkerCode::new(Module::esm("main.js", long("one")));
    let script = Script::from_code(code.clone());
    let first = IsolatePool::new(options()).unwrap();
    text_of(send(&first, "w", &script, &World::new(), "/").await);
    let compiled = first.compiled(&script).unwrap();
    let with = |compiled: Vec<u8>| Script::from_code(code.clone().with_code_cache(compiled));
    assert_eq!(with(compiled.clone()).fingerprint(), script.fingerprint());
    let taken = run_once(options(), &with(compiled.clone())).await;
    assert_eq!(taken, ("one".into(), [0; 3], [1, 0, 0]));
    let mut poisoned = compiled.clone();
    *poisoned.last_mut().unwrap() ^= 1;
    for bad in [poisoned, compiled[..100].to_vec(), b"noise".to_vec()] {
        assert_eq!(run_once(options(), &with(bad)).await, ("one".into(), [0; 3], [0, 1, 0]));
    }
    let distrusted = options().with_packed_code(false);
    assert_eq!(run_once(distrusted, &with(compiled)).await, ("one".into(), [0; 3], [0, 1, 0]));
}

/// One value of `/metrics`.
async fn metric(server: &Runner, name: &str) -> f64 {
    let (status, text) = server.admin("GET /metrics").await;
    assert_eq!(status, 200);
    let line = text.lines().find(|line| line.split(' ').next() == Some(name)).expect(name);
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

async fn metrics<const N: usize>(server: &Runner, names: [&str; N]) -> [f64; N] {
    let mut values = [0.0; N];
    for (value, name) in values.iter_mut().zip(names) {
        *value = metric(server, name).await;
    }
    values
}

async fn stop(mut server: Runner) {
    server.signal("TERM").await;
    assert!(soon(server.child.wait()).await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_started_again_compiles_nothing() {
    let files = [("a.js", long("a")), ("b.js", long("b")), ("c.js", long("c"))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let (workers, state) = (Directory::new(&files), Directory::new(&[]));
    let directory = state.file("code");
    let first = Runner::serve_path(workers.path(), &["--code-cache", &directory, "--warm", "1"]).await;
    for path in ["/a/", "/b/", "/b/", "/b/", "/c/"] {
        assert_eq!(first.get(path).await.status, 200);
    }
    let names = [
        "runner_code_cache_entries",
        "runner_code_cache_misses_total",
        "runner_code_cache_hits_total",
        "runner_code_cache_rejected_total",
        "runner_code_cache_disk_hits_total",
        "runner_code_cache_disk_failures_total",
    ];
    assert_eq!(metrics(&first, names).await, [3.0, 3.0, 0.0, 0.0, 0.0, 0.0]);
    assert!(metric(&first, "runner_code_cache_bytes").await > 1000.0);
    stop(first).await;
    assert_eq!(files_in(Path::new(&directory)).len(), 3);

    // Two are as they were; of those that nobody has evaluated the one that was used most is prepared.
    let damaged = files_in(Path::new(&directory)).remove(0);
    fs::write(&damaged, "noise").unwrap();
    let (log, stderr) = Log::new();
    let path = workers.path().to_str().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--code-cache", &directory, path];
    let again = Runner::spawn_with(program(), &arguments, stderr).await;
    assert_eq!(metrics(&again, names).await, [3.0, 1.0, 2.0, 0.0, 2.0, 1.0]);
    assert_eq!(again.get("/b/").await.text(), "b");
    stop(again).await;
    let log = log.end();
    assert_eq!(log.matches("a file of the code cache is not used").count(), 1, "{log}");

    let arguments = ["--code-cache", &directory, "--warm", "1", "--no-check"];
    let warm = Runner::serve_path(workers.path(), &arguments).await;
    soon(async {
        while warm.stats().await["code_store"]["hits"] != 1 || warm.stats().await["cached"] != 1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(warm.get("/b/").await.text(), "b");
    let stats = warm.stats().await;
    assert_eq!((&stats["code_cache"]["hits"], &stats["code_cache"]["misses"]), (&1.into(), &0.into()));
    assert_eq!(stats["cached"], 1);
    stop(warm).await;

    let output = run(&["serve", path, "--warm", "1"]).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("--warm needs --code-cache"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_in_modules_and_code_of_web_apis_are_kept_beside() {
    let main = "import { port } from './port.js';
        export default { fetch: (request: Request) => new Response(new URL(request.url).pathname + typeof port) };";
    let main = format!("{main}\n{}", "// so long that it is worth it\n".repeat(100));
    let files = [
        ("main.ts", main.as_str()),
        ("port.js", "export const { port1: port } = new MessageChannel();"),
        (
            "runner.toml",
            "pool = { code_cache = 'code' }\n[[worker]]\nid = 'w'\nmain = 'main.ts'\nroutes = ['*/*']",
        ),
    ];
    for by_configuration in [false, true] {
        let place = Directory::new(&files);
        let (code, main, config) = (place.file("code"), place.file("main.ts"), place.file("runner.toml"));
        let sources =
            if by_configuration { vec!["--config", &config] } else { vec!["--code-cache", &code, &main] };
        let arguments = [&["--listen", "127.0.0.1:0"], &sources[..]].concat();
        let serve = async || {
            let (log, stderr) = Log::new();
            let server = Runner::spawn_with(program(), &arguments, stderr).await;
            assert_eq!(server.get("/path").await.text(), "/pathobject");
            stop(server).await;
            log.end()
        };
        let kept = || {
            let only = |ending| {
                let files = files_that_end(Path::new(&code), ending);
                assert_eq!(files.len(), 1, "{ending}");
                files.into_iter().next().unwrap()
            };
            [only("modules"), only("built-in")]
        };
        let log = serve().await;
        assert!(!log.contains("WARN"), "{log}");
        let before = kept().map(|file| fs::read(file).unwrap());
        let log = serve().await;
        assert!(!log.contains("WARN"), "{log}");
        assert_eq!(kept().map(|file| fs::read(file).unwrap()), before);
        for file in kept() {
            fs::write(file, "noise").unwrap();
        }
        let log = serve().await;
        for told in ["what was found in modules is not used", "the code of the Web APIs is not used"] {
            assert_eq!(log.matches(told).count(), 1, "{told}: {log}");
        }
        assert_eq!(fs::read(&kept()[0]).unwrap(), before[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_has_its_code_with_it() {
    let directory = Directory::new(&[("w.js", &long("packed"))]);
    let (main, pack) = (directory.file("w.js"), directory.file("w.pack"));
    // V8 takes code with the snapshot that it was made with.
    let snapshot = directory.file("snapshot");
    assert!(run(&["snapshot", "build", &snapshot]).await.status.success());
    let sizes = [&["--no-code"][..], &[]].map(|flags| {
        let arguments = [&["pack", &main, "-o", &pack, "--snapshot", &snapshot], flags].concat();
        let pack = pack.clone();
        async move {
            let output = run(&arguments).await;
            assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
            fs::metadata(pack).unwrap().len()
        }
    });
    let [without, with] = sizes;
    assert!(without.await + 100 < with.await);
    fs::remove_file(&main).unwrap();
    for (trusted, expected) in [("true", [1.0, 0.0, 0.0]), ("false", [0.0, 1.0, 0.0])] {
        let flags = ["--packed-code", trusted, "--snapshot", &snapshot];
        let server = Runner::serve_path(Path::new(&pack), &flags).await;
        assert_eq!(server.get("/").await.text(), "packed");
        let names = [
            "runner_code_cache_hits_total",
            "runner_code_cache_misses_total",
            "runner_code_cache_rejected_total",
        ];
        assert_eq!(metrics(&server, names).await, expected, "{trusted}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_evaluated_is_packed_without() {
    let source = format!("if (!NEEDED) throw 1;\n{}", long("x"));
    let directory = Directory::new(&[("w.js", &source)]);
    let output = run(&["pack", &directory.file("w.js"), "-o", &directory.file("w.pack")]).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("the pack has no compiled code"), "{said}");
    assert!(said.contains("NEEDED is not defined"), "{said}");
}

/// What is left of a write that was not finished.
fn unfinished(directory: &Path) -> Vec<PathBuf> {
    files_that_end(directory, "tmp")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_costs_a_line_in_the_log() {
    let files: Vec<_> = (0..3).map(|n| (format!("w{n}.js"), long(&format!("answer {n}")))).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (workers, directory) = (Directory::new(&files), Directory::new(&[]));
    let (log, stderr) = Log::new();
    // No file may have more than 512 bytes: writes fail in the middle, as on a full disk.
    let mut limited = tokio::process::Command::new("sh");
    limited.args(["-c", "ulimit -f 1; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_runner")]);
    let code = directory.file("code");
    let server = Runner::spawn(limited, workers.path(), &["--code-cache", &code], stderr).await;
    for n in 0..3 {
        assert_eq!(server.get(&format!("/w{n}/")).await.text(), format!("answer {n}"));
    }
    soon(async {
        while metric(&server, "runner_code_cache_disk_failures_total").await < 3.0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(metric(&server, "runner_code_cache_entries").await, 3.0);
    stop(server).await;
    let log = log.end();
    assert_eq!(log.matches("no file of the code cache can be written").count(), 1, "{log}");
    assert_eq!(log.matches("WARN").count(), 1, "{log}");
    // What was found in so short texts has room.
    let left: Vec<_> = fs::read_dir(&code).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left.len(), files_that_end(Path::new(&code), "modules").len(), "{left:?}");
}

/// Serves [`two_workers`], which keep something in a directory; returns its log.
async fn served_with(workers: &Directory, code: &str) -> String {
    let (log, stderr) = Log::new();
    let server = Runner::spawn(program(), workers.path(), &["--code-cache", code], stderr).await;
    for name in ["one", "two"] {
        assert_eq!(server.get(&format!("/{name}/")).await.text(), name);
    }
    stop(server).await;
    log.end()
}

fn two_workers() -> Directory {
    let texts = ["one", "two"].map(|name| format!("import 'node:events';\n{}", long(name)));
    Directory::new(&[("one.js", &texts[0]), ("two.ts", &texts[1].replace("(x)", "(x: any)"))])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_cannot_be_used_is_one_line_in_the_log() {
    let (workers, place) = (two_workers(), Directory::new(&[]));
    let with_mode = |name: &str, mode: u32| {
        fs::create_dir(place.path().join(name)).unwrap();
        fs::set_permissions(place.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
        place.file(name)
    };
    fs::write(place.path().join("file"), "").unwrap();
    let pipe = place.file("pipe");
    assert!(tokio::process::Command::new("mkfifo").arg(&pipe).status().await.unwrap().success());
    std::os::unix::fs::symlink("nowhere", place.path().join("link")).unwrap();
    let mut bad = vec![
        (place.file("file"), "it is no directory"),
        (place.file("file/below"), "Not a directory"),
        (pipe, "it is no directory"),
        (place.file("link"), ""),
        (with_mode("of-all", 0o777), "everybody can write into it"),
        (with_mode("of-group", 0o770), "its group can write into it"),
        ("/proc/sys/kernel".to_owned(), ""),
    ];
    // Only root can give a directory away.
    let other = with_mode("of-other", 0o755);
    if std::os::unix::fs::chown(&other, Some(4242), None).is_ok() {
        bad.push((other, "it is another user's"));
    }
    for (directory, what) in bad {
        let log = served_with(&workers, &directory).await;
        assert_eq!(log.matches("WARN").count(), 1, "{directory}: {log}");
        let said =
            ["the directory of the code cache cannot be used", "no file of the code cache can be written"];
        assert!(said.iter().any(|said| log.contains(said)) && log.contains(what), "{directory}: {log}");
        assert!(log.contains(&directory), "{directory}: {log}");
    }
    // Nothing was written where others can write.
    for name in ["of-all", "of-group", "of-other"] {
        assert_eq!(fs::read_dir(place.path().join(name)).unwrap().count(), 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_place_of_a_file_is_a_miss_and_one_line_in_the_log() {
    use std::os::unix::fs::symlink;

    let (workers, place) = (two_workers(), Directory::new(&[]));
    let code = place.file("code");
    let log = served_with(&workers, &code).await;
    assert!(!log.contains("WARN"), "{log}");
    let file = files_in(Path::new(&code)).remove(0);
    let good = fs::read(&file).unwrap();
    let elsewhere = place.path().join("elsewhere");
    fs::write(&elsewhere, &good).unwrap();
    let bad: [(&str, &dyn Fn()); 7] = [
        ("a pipe", &|| assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success())),
        ("a link to a file that is good", &|| symlink(&elsewhere, &file).unwrap()),
        ("a link to nothing", &|| symlink("nowhere", &file).unwrap()),
        ("a directory", &|| fs::create_dir(&file).unwrap()),
        ("too large", &|| fs::File::create(&file).unwrap().set_len(3 << 30).unwrap()),
        ("cut short", &|| fs::write(&file, &good[..good.len() / 2]).unwrap()),
        ("zeros", &|| fs::write(&file, vec![0; good.len()]).unwrap()),
    ];
    for (what, make) in bad {
        // Whichever it is.
        let _ = fs::remove_file(&file).or_else(|_| fs::remove_dir(&file));
        make();
        let log = served_with(&workers, &code).await;
        assert_eq!(log.matches("a file of the code cache is not used").count(), 1, "{what}: {log}");
        assert_eq!(log.matches("WARN").count(), 1, "{what}: {log}");
        let is_new = fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file());
        assert_eq!(is_new, what != "a directory", "{what}");
        assert_eq!(fs::read(&elsewhere).unwrap(), good, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_share_a_directory_do_not_disturb_each_other() {
    let files: Vec<_> = (0..4).map(|n| (format!("w{n}.js"), long(&format!("answer {n}")))).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (workers, directory) = (Directory::new(&files), Directory::new(&[]));
    let code = directory.file("code");
    let serve = async || {
        let (log, stderr) = Log::new();
        let flags = ["--code-cache", &code, "--cpu-ms", "20000", "--startup-cpu-ms", "60000"];
        let server = Runner::spawn(program(), workers.path(), &flags, stderr).await;
        for n in 0..4 {
            assert_eq!(server.get(&format!("/w{n}/")).await.text(), format!("answer {n}"));
        }
        stop(server).await;
        log.end()
    };
    let (a, b, c) = tokio::join!(serve(), serve(), serve());
    for log in [a, b, c] {
        assert!(!log.contains("code cache"), "{log}");
    }
    assert_eq!((files_in(Path::new(&code)).len(), unfinished(Path::new(&code)).len()), (4, 0));
    // One of them has built the snapshot, and the others have waited for it: what any of them has compiled is of use.
    let last = Runner::serve_path(workers.path(), &["--code-cache", &code]).await;
    let names = [
        "runner_code_cache_hits_total",
        "runner_code_cache_misses_total",
        "runner_code_cache_rejected_total",
        "runner_code_cache_disk_failures_total",
    ];
    assert_eq!(metrics(&last, names).await, [4.0, 0.0, 0.0, 0.0]);
    stop(last).await;
}
