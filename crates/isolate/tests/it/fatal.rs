//! Scripts that might end the process: each runs in a process of its own or in one with others, with a small heap. The
//! process has to survive, and the next isolate to work.
//!
//! The scripts are those of `fatal_scripts.txt`: everything that makes something of a size that the script chooses.

use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use isolate::{Interruption, IsolateThreads, Loss};

use crate::process::{self, alone};
use crate::support::{Budget, End, block_on, eval, run, start, turn_isolate, wait_for};

/// A line each; what begins with `//` is a comment. Those that begin with `~` take a second or more of CPU time, since they
/// do not react to their termination: they run if [`ALL`] is set.
const SCRIPTS: &str = include_str!("fatal_scripts.txt");

const ALL: &str = "ISOLATE_FATAL_ALL";

/// Says to a child which scripts it is to run.
const RANGE: &str = "ISOLATE_FATAL_SCRIPTS";

/// What the scripts have besides the language: a way to write WebAssembly.
const PRELUDE: &str = include_str!("fatal_prelude.js");

/// So many scripts share a process: what some of them leave behind goes on burning CPU time.
const BATCH: usize = 12;

/// For how long a child may be silent.
const SILENCE: Duration = Duration::from_secs(100);

/// V8's fatal "invalid size".
const SPLIT: &str = "'a'.repeat(2**27 + 10).split('')";

fn scripts() -> Vec<&'static str> {
    let all = std::env::var_os(ALL).is_some();
    let scripts = SCRIPTS.lines().filter(|line| !line.is_empty() && !line.starts_with("//"));
    scripts
        .filter_map(|line| match line.strip_prefix("~ ") {
            Some(slow) => all.then_some(slow),
            None => Some(line),
        })
        .collect()
}

/// This program, to run the test `name` of this module only.
fn child(name: &str) -> Command {
    let mut command = process::child(&format!("fatal::{name}"));
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

#[test]
#[ignore = "other tests run it in a process of its own"]
fn in_a_child() {
    let Ok(range) = std::env::var(RANGE) else { return };
    let (from, to) = range.split_once("..").unwrap();
    let range: Range<usize> = from.parse().unwrap()..to.parse().unwrap();
    let threads = IsolateThreads::new(2);
    for (number, source) in scripts().iter().enumerate().take(range.end).skip(range.start) {
        println!("\nbegin {number}");
        let source = format!("{PRELUDE}\n{source}");
        let end = run(&turn_isolate(&threads, 16), &source, Budget::cpu(100));
        assert_eq!(run(&turn_isolate(&threads, 16), "6 * 7", Budget::GENEROUS), End::value("42"));
        let end = format!("{end:?}").replace('\n', " ");
        println!("\nend {}", &end.chars().take(120).collect::<String>());
    }
    println!("\ndone");
}

/// Runs scripts in a child, and prints how they end. Returns how many of them are done; those but the last survive.
#[allow(clippy::print_stdout, reason = "what the test shows when it fails")]
fn run_in_child(scripts: &[&str], range: Range<usize>, fatal: &mut Vec<String>) -> usize {
    let mut child =
        child("in_a_child").env(RANGE, format!("{}..{}", range.start, range.end)).spawn().unwrap();
    let (sender, lines) = channel();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let (mut next, mut done) = (range.start, false);
    let silent = loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) if line == "done" => done = true,
            Ok(line) => {
                if let Some(end) = line.strip_prefix("end ") {
                    println!("{}: {end}", scripts[next]);
                    next += 1;
                } else if !is_ours(&line) {
                    fatal.push(format!("{} had V8 say on stdout: {line}", scripts[next]));
                }
            }
            Err(RecvTimeoutError::Disconnected) => break false,
            Err(RecvTimeoutError::Timeout) => break true,
        }
    };
    if silent {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    if !done || !status.success() {
        let script = if done { "the end" } else { scripts[next] };
        fatal.push(format!("{script}: {status}{}", if silent { ", silent" } else { "" }));
        next += 1;
    }
    next.max(range.start + 1)
}

/// Whether a line of stdout is from the test or its harness.
fn is_ours(line: &str) -> bool {
    ["begin ", "running 1 test", "test ", "ok"].iter().any(|start| line.starts_with(start)) || line.is_empty()
}

/// The stdout of a process may be where its results go.
#[test]
fn v8_speaks_on_stderr_when_it_gives_up_and_never_on_stdout() {
    let scripts = scripts();
    let split = scripts.iter().position(|script| *script == SPLIT.replace(' ', "")).unwrap();
    let mut child = child("in_a_child");
    let output = child.env(RANGE, format!("{split}..{}", split + 1)).stderr(Stdio::piped()).output().unwrap();
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success() && stderr.contains("Fatal JavaScript invalid size"), "{stderr}");
    let foreign =
        stdout.lines().filter(|line| !is_ours(line) && !line.starts_with("end ") && *line != "done");
    assert_eq!(foreign.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn lesson_47_no_size_that_a_script_chooses_ends_the_process() {
    let scripts = scripts();
    assert!(scripts.len() >= 120, "{}", scripts.len());
    let half = scripts.len() / 2;
    let run_all = |range: Range<usize>| {
        let (mut fatal, mut next) = (Vec::new(), range.start);
        while next < range.end {
            let batch = next..range.end.min(next + BATCH);
            next = run_in_child(&scripts, batch, &mut fatal);
        }
        fatal
    };
    let fatal = thread::scope(|scope| {
        let halves = [0..half, half..scripts.len()].map(|range| scope.spawn(|| run_all(range)));
        halves.map(|half| half.join().unwrap()).concat()
    });
    assert!(fatal.is_empty(), "{fatal:#?}");
}

#[test]
fn lesson_47_a_fatal_invalid_size_costs_a_thread_and_an_isolate() {
    alone!();
    let threads = IsolateThreads::new(2);
    for (n, source) in (1..).zip([SPLIT, "'a\\n'.repeat(2**27).split('\\n')"]) {
        let isolate = turn_isolate(&threads, 16);
        let running = start(&isolate, source, Budget::GENEROUS);
        let behind = start(&isolate, "1", Budget::GENEROUS);
        assert_eq!(running.end(), End::Lost(Loss::Stuck(Interruption::Memory)), "{source}");
        assert_eq!(behind.end(), End::Lost(Loss::Memory), "{source}");
        assert_eq!((isolate.condemned(), isolate.has_lost_its_thread()), (Some(Loss::Memory), true));
        assert_eq!(threads.stats().replaced, n);
    }
    for _ in 0..20 {
        let source = "globalThis.a = []; for (let i = 0; i < 1e4; i++) a.push({ i }); a.length";
        assert_eq!(run(&turn_isolate(&threads, 64), source, Budget::GENEROUS), End::value("10000"));
    }
    assert_eq!(threads.stats().missing, 0);
}

/// The turn was given up before: it did not react to its termination.
#[test]
fn lesson_47_a_fatal_error_on_an_abandoned_thread_is_its_own_affair() {
    alone!();
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 2048);
    let source = "const long = 'ab'.repeat(2**26).replace(/a/g, 'bbbb'); 'a'.repeat(2**27 + 10).split('')";
    let end = run(&isolate, source, Budget::cpu(50));
    println!("{end:?}");
    assert!(end.is_for(Interruption::CpuTime) || end.is_for(Interruption::Memory), "{end:?}");
    assert_eq!(run(&turn_isolate(&threads, 64), "1", Budget::GENEROUS), End::value("1"));
}

#[test]
fn lesson_47_a_fatal_invalid_size_on_a_callers_thread_condemns_the_isolate() {
    alone!();
    let threads = IsolateThreads::new(1);
    let isolate = turn_isolate(&threads, 64);
    let caller = std::sync::Arc::clone(&isolate);
    isolate::platform::initialize().spawn("caller", move || {
        let _parked = block_on(caller.with_lock(|isolate| eval(isolate, SPLIT)));
    });
    wait_for("the isolate to be condemned", || isolate.condemned() == Some(Loss::Memory));
    assert_eq!(run(&isolate, "1", Budget::GENEROUS), End::Lost(Loss::Memory));
}

// ---- what ends the process ----

#[test]
#[ignore = "other tests run it in a process of its own"]
fn a_trap_outside_of_a_turn() {
    // Nobody has said to the isolate threads that this is a turn.
    let isolate = crate::support::isolate(16);
    crate::support::on_v8_thread(move || isolate.with_lock(|isolate| eval(isolate, SPLIT))).unwrap();
}

#[test]
#[ignore = "other tests run it in a process of its own"]
fn a_failed_check_in_a_turn() {
    isolate::platform::on_fatal_error(|| println!("\nlast words"));
    let threads = IsolateThreads::new(1);
    let turn = turn_isolate(&threads, 16).with_lock_async(|_| async {
        // V8's flags are frozen by now.
        v8::V8::set_flags_from_string("--no-opt --stress-flush-code --max-lazy");
    });
    let _never_returns = block_on(turn);
    println!("\nstill here");
}

#[track_caller]
fn dies(name: &str) -> String {
    let output = child(name).output().unwrap();
    assert!(!output.status.success());
    assert!(std::os::unix::process::ExitStatusExt::signal(&output.status).is_some(), "{:?}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn lesson_47_a_fatal_error_outside_of_a_turn_ends_the_process() {
    dies("a_trap_outside_of_a_turn");
}

#[test]
fn lesson_47_a_failed_check_ends_the_process_after_its_last_words() {
    let said = dies("a_failed_check_in_a_turn");
    assert!(said.contains("last words") && !said.contains("still here"), "{said}");
}

// ---- types of Wasm ----

/// `types(count)` makes a module of so many types that belong together; no other group of another size has the same.
const TYPES: &str = "
    const leb = (n) => { const b = []; do { b.push((n & 127) | (n > 127 ? 128 : 0)); n >>>= 7 } while (n); return b };
    globalThis.types = (count) => {
        const group = [1, 0x4e, ...leb(count)], structures = new Uint8Array(new Uint16Array(count).fill(0x005f).buffer);
        const head = [0, 97, 115, 109, 1, 0, 0, 0, 1, ...leb(group.length + structures.length), ...group];
        const bytes = new Uint8Array(head.length + structures.length);
        bytes.set(head);
        bytes.set(structures, head.length);
        return bytes;
    };
";

#[test]
#[ignore = "other tests run it in a process of its own"]
fn more_types_of_wasm_than_there_is_room_for() {
    let platform = isolate::platform::initialize();
    let most = isolate::WasmTable::MOST.types;
    let threads = IsolateThreads::new(2);
    let call =
        |source: String| run(&turn_isolate(&threads, 512), &format!("{TYPES}{source}"), Budget::GENEROUS);
    for (count, at_least) in [(1_000, 1_000), (most, most)] {
        assert_eq!(call(format!("new WebAssembly.Module(types({count})); 1")), End::value("1"));
        let known = platform.wasm_table();
        assert!(known.types >= at_least && known.bytes > known.types, "{known:?}");
    }
    let refused = "try { new WebAssembly.Module(types(1)); 'compiled' } catch (error) { error.name }";
    assert_eq!(call(refused.into()), End::value("CompileError"));
    assert_eq!(call("6 * 7".into()), End::value("42"));
    println!("\nrefused");
    let end = call(format!("WebAssembly.validate(types({}))", most - 1));
    println!("\nstill here: {end:?}");
}

#[test]
fn types_of_wasm_are_refused_before_they_end_the_process() {
    let said = dies("more_types_of_wasm_than_there_is_room_for");
    assert!(said.contains("refused") && !said.contains("still here"), "{said}");
}

// ---- what is lost ----

/// The resident memory of the process, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

#[test]
#[ignore = "other tests run it in a process of its own"]
fn lost_buffers() {
    const LOSSES: usize = 20;
    let threads = IsolateThreads::new(2);
    // 60 MiB of buffers each, beside a heap of 77 MiB.
    let source = format!(
        "const kept = []; for (let i = 0; i < 15; i++) kept.push(new Uint8Array(2**22).fill(7)); {}",
        "new WebAssembly.Table({ initial: 1e7, element: 'anyfunc' })"
    );
    let before = resident();
    let mut lost = Vec::new();
    for _ in 0..LOSSES {
        let isolate = turn_isolate(&threads, 64);
        assert_eq!(run(&isolate, &source, Budget::GENEROUS), End::Lost(Loss::Stuck(Interruption::Memory)));
        wait_for("the measure", || isolate.lost_memory().is_some());
        lost.push(isolate.lost_memory().unwrap());
    }
    let (grown, counted) = (resident().saturating_sub(before), lost.iter().sum::<usize>());
    println!("\n{LOSSES} losses: resident memory grew by {} KiB, counted {} KiB", grown >> 10, counted >> 10);
    assert!(grown < LOSSES * (100 << 20), "the buffers are still there: {grown}");
    assert!(counted.abs_diff(grown) < grown / 4, "grown by {grown}, counted {counted}");
    for n in 0..1000 {
        let source =
            "globalThis.a = []; for (let i = 0; i < 100; i++) a.push(new Uint8Array(2**14)); a.length";
        assert_eq!(run(&turn_isolate(&threads, 64), source, Budget::GENEROUS), End::value("100"), "{n}");
    }
    println!("\ndone, resident {} KiB", resident() >> 10);
}

#[test]
fn buffers_of_a_lost_isolate_are_given_back_and_the_rest_is_counted() {
    let output = child("lost_buffers").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    assert!(output.status.success() && said.contains("done"), "{said}");
}
