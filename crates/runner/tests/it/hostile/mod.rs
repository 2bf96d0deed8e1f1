//! Workers that mean harm, or might as well, all on one server, while a good one is called all the time.
//!
//! Each has a file under `scripts/`, which says what it does and how it may end ([`script`]). What must hold: each ends
//! as it may, the good worker gets nothing but right answers, and afterwards the same process serves, with the memory that
//! it had before and what is counted as lost ([`memory_comes_back`]). The table goes to
//! the output of the test (`cargo test -p runner --test it hostile -- --nocapture`). To run some of the scripts, set
//! `HOSTILE` to the beginnings of their names, with commas between them.

#![allow(clippy::print_stdout, reason = "the table is for whoever runs it")]

mod script;
mod victim;
mod world;

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use self::script::{End, Script};
use self::victim::Victim;
use self::world::World;
use crate::support::{PATIENCE, RawClient, Reply, Runner, exchange};

/// Scripts that run at the same time, those that only wait not counted: one less than there are threads for JavaScript.
/// V8 does not interrupt its built-ins, and a thread in one is waited for before it is replaced.
const AT_ONCE: usize = 3;

/// What the process may keep besides: some 30 MiB that V8, ICU and the allocator take when they are used for the first time;
/// and pages of isolates that were lost and came back, which the allocator keeps with the threads that they were lost on
/// (204 MiB have been seen, on a machine that did much else). What does not come back at all is gigabytes.
const KEPT: usize = 256 << 20;

/// How long the callers stay that hang up.
const BEFORE_HANGING_UP: Duration = Duration::from_millis(200);

/// What became of a script.
struct Outcome {
    name: String,
    /// An end for each request.
    ends: Vec<End>,
    /// What was wrong.
    faults: Vec<String>,
    from: Instant,
    to: Instant,
    resident: usize,
}

/// The memory that the server's process has now, in bytes.
fn resident(runner: &Runner) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", runner.process())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}

/// Waits until the server has no more memory than `allowed`, besides what it counts as lost.
/// Where scripts that lose no isolate were run, the latter is nothing; unless the machine is so busy that V8 took a second
/// of CPU time for what it does in no time otherwise.
///
/// Idle isolates are collected soon; the allocator gives pages back when they have been free for some ten seconds.
async fn memory_comes_back(runner: &Runner, allowed: usize) -> Result<(), String> {
    runner.at_rest().await;
    let asked = Instant::now();
    loop {
        let lost = runner.stats().await["lost"].clone();
        let (isolates, bytes) = (&lost["isolates"], lost["bytes"].as_u64().unwrap() as usize);
        let now = resident(runner);
        let said = format!(
            "{} MiB of {} MiB after {:?}, and {} MiB in {isolates} isolates that count as lost",
            now.saturating_sub(bytes) >> 20,
            allowed >> 20,
            asked.elapsed(),
            bytes >> 20,
        );
        if now <= allowed + bytes {
            println!("RSS: {said}");
            return Ok(());
        }
        // Turns that were given up go on at the lowest priority.
        if asked.elapsed() > 3 * PATIENCE {
            return Err(format!("memory does not come back: {said}"));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn end_of(reply: &Reply) -> End {
    End { status: reply.status, reason: reply.header("x-termination-reason").to_owned() }
}

/// What is wrong with an answer.
fn fault_of(script: &Script, reply: &Reply) -> Option<String> {
    let end = end_of(reply);
    let text = String::from_utf8_lossy(&reply.body);
    if !script.ends.contains(&end) {
        let beginning: String = text.chars().take(200).collect();
        return Some(format!("ended with {end}: {beginning}"));
    }
    if text.contains("tenant text") {
        return Some(format!("shows what is the tenant's: {text}"));
    }
    let is_told = end.reason.is_empty() || reply.json()["error"] == end.reason.as_str();
    (!is_told).then(|| format!("{end} with the body {text}"))
}

async fn attack(script: &Script, runner: &Runner) -> Outcome {
    let from = Instant::now();
    let (mut ends, mut faults) = (Vec::new(), Vec::new());
    for _ in 0..script.abandons {
        let mut client = RawClient::connect(runner.address).await;
        client.send(script.request()).await;
        tokio::time::sleep(BEFORE_HANGING_UP).await;
    }
    for _ in 0..script.requests {
        let reply = exchange(runner.address, script.request()).await;
        faults.extend(fault_of(script, &reply));
        ends.push(end_of(&reply));
    }
    if script.then_fine {
        let reply = runner.get(&format!("/{}/fine", script.name)).await;
        if (reply.status, reply.body.as_slice()) != (200, b"fine") {
            faults.push(format!("is not fine afterwards: {} {}", end_of(&reply), reply.text()));
        }
    }
    Outcome { name: script.name.clone(), ends, faults, from, to: Instant::now(), resident: resident(runner) }
}

/// Runs all scripts; a fault for each that did not come to its end, too.
async fn attack_with(scripts: Vec<Script>, runner: &Arc<Runner>) -> (Vec<Outcome>, Vec<String>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut attacks = JoinSet::new();
    let mut names = std::collections::HashMap::new();
    for script in scripts {
        let (runner, places) = (Arc::clone(runner), Arc::clone(&places));
        let name = script.name.clone();
        let attack = attacks.spawn(async move {
            let _place = if script.only_waits() { None } else { Some(places.acquire().await.unwrap()) };
            attack(&script, &runner).await
        });
        names.insert(attack.id(), name);
    }
    let (mut outcomes, mut unfinished) = (Vec::new(), Vec::new());
    while let Some(attack) = attacks.join_next_with_id().await {
        match attack {
            Ok((_, outcome)) => outcomes.push(outcome),
            Err(error) => unfinished.push(format!("{}: {error}", names[&error.id()])),
        }
    }
    (outcomes, unfinished)
}

fn table(outcomes: &[Outcome], victim: &Victim, runner: &Runner) -> String {
    let mut table = format!(
        "{:26} {:34} {:>8} {:>11} {:>8} {:>8}\n",
        "script", "ends", "time", "victim p99", "process", "RSS"
    );
    for outcome in outcomes {
        let mut ends: Vec<_> = outcome.ends.iter().map(End::to_string).collect();
        ends.dedup();
        let (time, p99) = (outcome.to - outcome.from, victim.p99(outcome.from, outcome.to));
        let (time, p99) = (time.as_millis(), p99.as_millis());
        let _ = writeln!(
            table,
            "{:26} {:34} {time:>5} ms {p99:>8} ms {:>8} {:>4} MiB",
            outcome.name,
            ends.join(", "),
            runner.process(),
            outcome.resident >> 20
        );
    }
    table
}

/// The first of every `every` scripts against one server; those that lose no isolate in so many rounds. One server at a
/// time: each needs the whole machine.
async fn attack_all(every: usize, rounds: usize, flags: &[&str]) {
    static MACHINE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _machine = MACHINE.lock().await;
    let scripts: Vec<_> = Script::all().into_iter().step_by(every).collect();
    let world = World::start().await;
    let mut files: Vec<_> =
        scripts.iter().map(|script| (format!("{}.mjs", script.name), script.source.as_str())).collect();
    files.push((format!("{}.mjs", victim::NAME), victim::SOURCE));
    let files: Vec<_> = files.iter().map(|(name, source)| (&**name, *source)).collect();
    let stub = format!("STUB=http://{}", world.address);
    let flags = [&["--no-check", "--env", &stub], FLAGS, flags].concat();
    let runner = Arc::new(Runner::serve(&files, &flags).await);

    // A pool as full as it will be afterwards.
    for script in scripts.iter().filter(|script| script.then_fine).take(60) {
        assert_eq!(runner.get(&format!("/{}/fine", script.name)).await.text(), "fine", "{}", script.name);
    }
    let victim = Victim::start(&runner);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (process, warmed_up, started) = (runner.process(), resident(&runner), Instant::now());

    let (losers, others): (Vec<_>, Vec<_>) = scripts.into_iter().partition(|script| script.loses_isolate);
    let (mut outcomes, mut faults) = (Vec::new(), Vec::new());
    let allowed = warmed_up + warmed_up / 10 + KEPT;
    for scripts in std::iter::repeat_n(others, rounds).chain([losers]) {
        let (some, unfinished) = attack_with(scripts, &runner).await;
        outcomes.extend(some);
        faults.extend(unfinished);
        faults.extend(memory_comes_back(&runner, allowed).await.err());
    }
    println!("{}", table(&outcomes, &victim, &runner));
    let (before, during) =
        (victim.p99(started - Duration::from_secs(1), started), victim.p99(started, Instant::now()));
    println!("victim p99: {before:?} before, {during:?} during the attack");

    for outcome in &outcomes {
        faults.extend(outcome.faults.iter().map(|fault| format!("{}: {fault}", outcome.name)));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(victim.stop().await > 0);
    runner.at_rest().await;
    assert_eq!(runner.process(), process, "the same process");
    victim::call(&runner, 0).await;
    println!("CPU time: {:?}", runner.cpu_time());
}

const FLAGS: &[&str] = &[
    "--heap-mb",
    "64",
    "--cpu-ms",
    "60",
    "--startup-cpu-ms",
    "300",
    // Of a debug build on a busy machine.
    "--short-turn-us",
    "3000",
    "--wall-ms",
    "10000",
    "--pool-size",
    "50",
    "--fetch",
    "any",
    "--max-lost-mb",
    "0",
    "--idle-collect-ms",
    "500",
    "--cache-mb",
    "16",
    "--tenant-cache-mb",
    "8",
    "--log",
    "off",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_hostile_worker_has_its_end_and_nobody_else_is_harmed() {
    attack_all(1, 1, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_third_of_them_with_a_new_context_for_every_request() {
    attack_all(3, 2, &["--reuse", "fresh", "--concurrency", "1"]).await;
}
