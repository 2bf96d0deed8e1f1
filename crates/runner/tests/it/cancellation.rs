//! The cancellation matrix: the future of `IsolatePool::execute`, dropped at every await and in every phase of its
//! request, alone and under load. Whatever the phase, no lease and no waiter may be left behind.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use exec::{Outcome, Script, Termination};
use runner::{IsolatePool, PooledIsolate, Reuse};

use crate::support::{World, eventually, options, send, soon, text_of};

/// A worker that goes where the path says. The gate is at its top level if its name says so.
const SOURCE: &str = "
    const waiting = () => console.log('waiting');
    if (GATED) console.log('gate');
    export default { async fetch(request, env, ctx) {
        switch (new URL(request.url).pathname) {
            case '/fetch': return fetch('http://x/');
            case '/timer': return await new Promise((go) => { setTimeout(go, 1e8); waiting() });
            case '/gate': console.log('gate'); return new Response('through');
            case '/later': ctx.waitUntil(fetch('http://x/')); return new Response('now');
            case '/both': ctx.waitUntil(fetch('http://x/')); return fetch('http://x/');
            case '/turns': for (let i = 0; i < 5; i++) await new Promise((go) => setTimeout(go, 1));
            default: return new Response('fine');
        }
    } }";

type Executing<'a> = Pin<Box<dyn Future<Output = Result<Outcome, Termination>> + Send + 'a>>;

/// A pool in one of the configurations of the matrix.
struct Cell {
    pool: IsolatePool,
    reuse: Reuse,
    concurrency: usize,
    size: usize,
    script: Script,
}

fn matrix() -> impl Iterator<Item = Cell> {
    let cells = [Reuse::Warm, Reuse::Fresh].into_iter().flat_map(|reuse| {
        [1, 8].into_iter().flat_map(move |concurrency| [1, 3].map(|size| (reuse, concurrency, size)))
    });
    cells.map(|(reuse, concurrency, size)| Cell {
        pool: IsolatePool::new(
            options().with_reuse(reuse).with_max_size(size).with_max_concurrent_per_isolate(concurrency),
        )
        .unwrap(),
        reuse,
        concurrency,
        size,
        script: script(false),
    })
}

fn script(gated: bool) -> Script {
    Script::new(SOURCE.replace("GATED", if gated { "true" } else { "false" }))
}

impl Cell {
    fn name(&self) -> String {
        format!("{:?}, {} at a time, {} isolates", self.reuse, self.concurrency, self.size)
    }

    fn start<'a>(&'a self, worker: &'a str, world: &'a Arc<World>, path: &'a str) -> Executing<'a> {
        Box::pin(send(&self.pool, worker, &self.script, world, path))
    }

    /// Everything that can be leased of the isolate of `worker`, and with it of the whole pool if it is of size 1.
    async fn take_all_of(&self, worker: &str) -> Vec<PooledIsolate> {
        let mut leases = Vec::new();
        for _ in 0..self.concurrency {
            leases.push(soon(self.pool.acquire(worker)).await.unwrap());
        }
        leases
    }

    /// Nothing is left behind, and the pool serves the same worker and others.
    async fn is_whole(&self, worker: &str, phase: &str) {
        let cell = self.name();
        let stats = || self.pool.stats();
        eventually(&format!("{phase}: leases come back ({cell}): {:?}", stats()), || {
            stats().leased == 0 && stats().waiting == 0
        })
        .await;
        let world = World::new();
        for worker in [worker, "other", worker, "another"] {
            let answer = soon(send(&self.pool, worker, &self.script, &world, "/turns")).await;
            assert_eq!(text_of(answer), "fine", "{phase} ({cell})");
        }
        eventually("rest", || stats().leased == 0).await;
        assert!(stats().live <= self.size, "{phase} ({cell})");
    }
}

/// Polls once, and expects it to wait.
async fn begin(executing: &mut Executing<'_>) {
    let first = poll_fn(|context| Poll::Ready(executing.as_mut().poll(context))).await;
    assert!(first.is_pending(), "{first:?}");
}

/// Drives the future until `condition` holds.
async fn drive(executing: &mut Executing<'_>, what: &str, condition: impl FnMut() -> bool) {
    let reached = pin!(eventually(what, condition));
    tokio::select! {
        () = reached => {}
        outcome = executing => panic!("{what}: {outcome:?} came first"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_before_its_first_poll() {
    for cell in matrix() {
        let world = World::new();
        drop(cell.start("a", &world, "/fetch"));
        assert_eq!(cell.pool.stats().created, 0);
        cell.is_whole("a", "before the first poll").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_10_dropped_while_it_waits_for_a_slot() {
    for cell in matrix() {
        let world = World::new();
        let mut leases = Vec::new();
        for worker in 0..cell.size {
            leases.push(soon(cell.pool.acquire(&format!("in the way {worker}"))).await.unwrap());
        }
        let mut executing: Vec<_> = (0..3).map(|_| cell.start("a", &world, "/")).collect();
        for executing in &mut executing {
            begin(executing).await;
        }
        assert_eq!(cell.pool.stats().waiting, 3);
        let mut behind = cell.start("b", &world, "/");
        begin(&mut behind).await;
        executing.clear();
        assert_eq!(cell.pool.stats().waiting, 1);
        drop(leases);
        assert_eq!(text_of(soon(behind).await), "fine");
        cell.is_whole("a", "waiting for a slot").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_10_dropped_while_it_waits_for_a_lease() {
    for cell in matrix() {
        let world = World::new();
        let leases = cell.take_all_of("a").await;
        let mut executing: Vec<_> = (0..3).map(|_| cell.start("a", &world, "/")).collect();
        for executing in &mut executing {
            begin(executing).await;
        }
        let mut behind = cell.start("a", &world, "/");
        begin(&mut behind).await;
        // The first is dropped before it could be given the lease, the second after, the third never gets there.
        drop(executing.remove(0));
        drop(leases);
        executing.clear();
        assert_eq!(text_of(soon(behind).await), "fine");
        cell.is_whole("a", "waiting for a lease").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_32_dropped_while_its_isolate_is_created() {
    for cell in matrix() {
        let world = World::new();
        for _ in 0..5 {
            let mut executing = cell.start("a", &world, "/");
            begin(&mut executing).await;
            assert_eq!((cell.pool.stats().live, cell.pool.stats().waiting), (1, 0), "being created");
            let mut follower = cell.start("a", &world, "/");
            begin(&mut follower).await;
            drop(executing);
            assert_eq!(text_of(soon(follower).await), "fine", "creates its own");
            eventually("the lease is back", || cell.pool.stats().leased == 0).await;
            cell.pool.retire("a");
        }
        cell.is_whole("a", "creation").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_while_it_waits_for_its_first_turn() {
    for cell in matrix().filter(|cell| cell.concurrency > 1) {
        let (world, in_the_way) = (World::new(), World::new());
        let mut blocker = cell.start("a", &in_the_way, "/gate");
        drive(&mut blocker, "the isolate is busy", || in_the_way.gate.arrived() == 1).await;
        let mut executing: Vec<_> = (0..3).map(|_| cell.start("a", &world, "/fetch")).collect();
        for executing in &mut executing {
            begin(executing).await;
        }
        drop(executing);
        in_the_way.gate.open();
        assert_eq!(text_of(soon(blocker).await), "through");
        cell.is_whole("a", "queued for its first turn").await;
        assert_eq!(world.started(), 0, "what was given up does not begin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropped_while_its_script_is_evaluated() {
    for mut cell in matrix() {
        cell.script = script(true);
        let world = World::new();
        let mut executing = cell.start("a", &world, "/fetch");
        drive(&mut executing, "evaluation", || world.gate.arrived() == 1).await;
        // One that waits for the evaluation of the other, where there can be one.
        let mut second = cell.start("a", &world, "/fetch");
        begin(&mut second).await;
        drop((executing, second));
        world.gate.open();
        cell.script = script(false);
        cell.is_whole("a", "evaluation").await;
        assert_eq!(world.started(), world.cancelled());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_34_dropped_while_it_waits_for_a_fetch() {
    for cell in matrix() {
        let world = World::new();
        let mut executing = cell.start("a", &world, "/fetch");
        drive(&mut executing, "the fetch", || world.started() == 1).await;
        drop(executing);
        eventually("the fetch is cancelled", || world.cancelled() == 1).await;
        cell.is_whole("a", "fetch").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_30_dropped_while_it_waits_for_a_timer() {
    for cell in matrix() {
        let world = World::new();
        let mut executing = cell.start("a", &world, "/timer");
        drive(&mut executing, "the timer", || world.has_logged("waiting")).await;
        drop(executing);
        cell.is_whole("a", "timer").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wait_until_keeps_the_lease_and_nothing_else() {
    for cell in matrix() {
        let world = World::new();
        assert_eq!(text_of(soon(cell.start("a", &world, "/later")).await), "now");
        eventually("the fetch", || world.started() == 1).await;
        assert_eq!(cell.pool.stats().leased, 1);
        // Who waits behind it may be dropped, too.
        let leases = cell.concurrency - 1;
        let mut others = Vec::new();
        for _ in 0..leases {
            others.push(soon(cell.pool.acquire("a")).await.unwrap());
        }
        let mut behind = cell.start("a", &world, "/");
        begin(&mut behind).await;
        drop((behind, others));
        assert_eq!(cell.pool.stats().waiting, 0);
        world.answer();
        cell.is_whole("a", "waitUntil").await;
        assert_eq!(world.cancelled(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_35_dropped_with_wait_until_left() {
    for cell in matrix() {
        let world = World::new();
        let mut executing = cell.start("a", &world, "/both");
        drive(&mut executing, "the fetches", || world.started() == 2).await;
        drop(executing);
        // What was given to `waitUntil` goes on, and keeps its lease meanwhile.
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(cell.pool.stats().leased, 1);
        world.answer();
        cell.is_whole("a", "waitUntil after an abort").await;
    }
}

/// xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

/// Polls up to `polls` times, each time that it was woken, then waits for a moment, then drops.
async fn some_polls(mut executing: Executing<'_>, polls: u64, moment: Duration) -> bool {
    let mut left = polls;
    let answered = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        match executing.as_mut().poll(context) {
            Poll::Ready(outcome) => {
                outcome.unwrap();
                Poll::Ready(true)
            }
            Poll::Pending if left == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    if !answered {
        tokio::time::sleep(moment).await;
    }
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_32_random_drops_under_load_leave_nothing_behind() {
    const CALLERS: u64 = 64;
    const ROUNDS: u64 = 12;
    const PATHS: [&str; 6] = ["/", "/turns", "/later", "/both", "/fetch", "/turns"];
    for cell in matrix() {
        let cell = Arc::new(cell);
        let world = World::new();
        world.answer();
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (cell, world) = (Arc::clone(&cell), Arc::clone(&world));
                tokio::spawn(async move {
                    let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (caller + 1).wrapping_mul(0xABCD_EF01));
                    let mut answered = 0;
                    for _ in 0..ROUNDS {
                        let worker = format!("worker {}", random.below(4));
                        let path = PATHS[random.below(PATHS.len() as u64) as usize];
                        let moment = Duration::from_micros(random.below(2000));
                        let polls = random.below(6);
                        let executing = cell.start(&worker, &world, path);
                        answered += u32::from(soon(some_polls(executing, polls, moment)).await);
                    }
                    answered
                })
            })
            .collect();
        let mut answered = 0;
        for caller in callers {
            answered += caller.await.unwrap();
        }
        assert!(answered > 0);
        cell.is_whole("worker 0", "random drops").await;
        soon(cell.pool.shutdown()).await;
    }
}
