//! The process's snapshot.

use std::fs;
use std::path::PathBuf;

use isolate::{
    BootstrapHash, ExternalReferences, IsolateOptions, IsolateThreads, Snapshot, SnapshotError,
    SnapshotSource, TurnIsolate,
};

use crate::support::{Budget, End, eval, isolate, isolate_with, limits, on_v8_thread, run, wait_for};

const HASH: BootstrapHash = [3; 32];

fn bootstrap<'s, 'i>(scope: &mut v8::PinScope<'s, 'i>) -> Result<(), String> {
    let source =
        "globalThis.greet = name => `hello ${name}`; class Point { x = 1 } globalThis.Point = Point;";
    let source = v8::String::new(scope, source).ok_or("no string")?;
    let script = v8::Script::compile(scope, source, None).ok_or("no script")?;
    script.run(scope).map(|_| ()).ok_or_else(|| "it throws".into())
}

fn source() -> SnapshotSource {
    SnapshotSource { evaluate: bootstrap, external_references: ExternalReferences::default(), hash: HASH }
}

fn snapshot() -> Snapshot {
    Snapshot::build(&source()).unwrap()
}

fn options() -> IsolateOptions {
    IsolateOptions::default().with_limits(limits(64)).with_snapshot(Some(snapshot()))
}

/// A path that nothing else uses.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("isolate-{}-{name}", std::process::id())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _may_not_exist = fs::remove_file(&self.0);
    }
}

#[test]
fn a_snapshot_is_built_once_and_starts_isolates() {
    let snapshots: Vec<_> = (0..8).map(|_| std::thread::spawn(snapshot)).collect();
    let snapshots: Vec<_> = snapshots.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(snapshots.iter().all(|snapshot| snapshot.header() == snapshots[0].header()));
    let isolate = isolate_with(options());
    assert!(isolate.use_snapshot());
    on_v8_thread(move || {
        assert_eq!(isolate.with_lock(|isolate| eval(isolate, "greet('you')")), Ok("hello you".into()));
    });
}

#[test]
fn a_snapshot_survives_its_file() {
    let file = Temporary::new("good");
    snapshot().write(&file.0).unwrap();
    let read = Snapshot::read(&file.0, Some(&HASH)).unwrap();
    assert_eq!(read.header(), snapshot().header());
    assert_eq!(read.to_bytes(), fs::read(&file.0).unwrap());
    Snapshot::read(&file.0, None).unwrap();
    let other = Snapshot::read(&file.0, Some(&[4; 32]));
    assert!(matches!(other, Err(SnapshotError::Bootstrap)), "{other:?}");
}

#[test]
fn lesson_14_a_file_that_is_no_snapshot_is_an_error() {
    let good = snapshot().to_bytes();
    let file = Temporary::new("bad");
    let read = |bytes: &[u8]| {
        fs::write(&file.0, bytes).unwrap();
        Snapshot::read(&file.0, Some(&HASH)).map(|_| ())
    };
    assert!(matches!(read(b""), Err(SnapshotError::Empty)));
    assert!(matches!(read(b"x"), Err(SnapshotError::Truncated)));
    assert!(matches!(read(&[0x7f; 4096]), Err(SnapshotError::NotASnapshot)));
    for length in [9, 50, 116, 140, good.len() / 2, good.len() - 1] {
        let truncated = read(&good[..length]);
        assert!(matches!(truncated, Err(SnapshotError::Truncated)), "{length}: {truncated:?}");
    }
    for at in [good.len() / 2, good.len() - 1] {
        let mut corrupted = good.clone();
        corrupted[at] ^= 1;
        assert!(matches!(read(&corrupted), Err(SnapshotError::Corrupted)));
    }
    let mut longer = good.clone();
    longer.push(0);
    assert!(matches!(read(&longer), Err(SnapshotError::Corrupted)));
    let mut version = good.clone();
    version[8] = 9;
    assert!(matches!(read(&version), Err(SnapshotError::Format { found: 9, .. })));
    read(&good).unwrap();
    let missing = Snapshot::read(Temporary::new("missing").0.clone(), None);
    assert!(matches!(missing, Err(SnapshotError::Io(_))));
}

#[test]
fn lesson_13_a_second_snapshot_is_refused() {
    snapshot();
    let another = SnapshotSource { hash: [9; 32], ..source() };
    assert!(matches!(Snapshot::build(&another), Err(SnapshotError::AnotherInUse)));
}

#[test]
fn lesson_13_one_snapshot_starts_isolates_on_many_threads_at_once() {
    let (sender, values) = std::sync::mpsc::channel();
    for at in 0..24 {
        let sender = sender.clone();
        let options = options();
        isolate::platform::initialize().spawn("creator", move || {
            let isolate = isolate::LockerManagedIsolate::new(&options);
            let value = isolate.with_lock(|isolate| eval(isolate, &format!("greet({at}) + new Point().x")));
            sender.send((at, value)).unwrap();
        });
    }
    drop(sender);
    let values: Vec<_> = values.iter().collect();
    assert_eq!(values.len(), 24);
    assert!(values.into_iter().all(|(at, value)| value == Ok(format!("hello {at}1"))));
}

#[test]
fn lesson_13_isolates_with_and_without_a_snapshot_live_side_by_side() {
    let threads = IsolateThreads::new(4);
    for _ in 0..5 {
        let isolates: Vec<_> = (0..12)
            .map(|at| {
                let isolate = if at % 2 == 0 { isolate(64) } else { isolate_with(options()) };
                TurnIsolate::new(isolate, &threads)
            })
            .collect();
        for (at, isolate) in isolates.iter().enumerate() {
            let expected = if at % 2 == 0 { "undefined" } else { "function" };
            assert_eq!(run(isolate, "typeof greet", Budget::GENEROUS), End::value(expected));
            let work = "const a = []; for (let i = 0; i < 1e4; i++) a.push({ i, s: 's' + i }); \
                        JSON.stringify(a).length > 0";
            assert_eq!(run(isolate, work, Budget::GENEROUS), End::value("true"));
        }
    }
    wait_for("disposals", || isolate::pending_disposals() == 0);
}
