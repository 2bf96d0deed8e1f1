//! Workers that mean harm, or might as well, all on one server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::support::{Runner, soon};

/// What a worker does, and the ends that are right for it.
struct Hostile {
    name: &'static str,
    /// At the top level of the script.
    top: &'static str,
    /// In the handler, for `/hostile` only.
    handler: &'static str,
    ends: &'static [(&'static str, u16)],
}

const CPU: (&str, u16) = ("CpuTimeLimit", 429);
const MEMORY: (&str, u16) = ("MemoryLimit", 429);
/// The evaluation of a script has CPU time of its own.
const INITIALIZATION: (&str, u16) = ("InitializationError", 500);
const EXCEPTION: (&str, u16) = ("Exception", 500);

const fn in_handler(
    name: &'static str,
    handler: &'static str,
    ends: &'static [(&'static str, u16)],
) -> Hostile {
    Hostile { name, top: "", handler, ends }
}

/// Where CPU time and memory run out in a race, both are right.
const HOSTILE: &[Hostile] = &[
    Hostile { name: "loop-at-top-level", top: "while (true) {}", handler: "", ends: &[INITIALIZATION] },
    Hostile {
        name: "grows-at-top-level",
        top: "const kept = []; while (true) kept.push(new Array(1000).fill(kept.length))",
        handler: "",
        ends: &[MEMORY, INITIALIZATION],
    },
    Hostile {
        name: "microtasks-at-top-level",
        top: "(async () => { while (true) await 0 })()",
        handler: "",
        ends: &[INITIALIZATION],
    },
    Hostile {
        name: "throws-at-top-level",
        top: "throw new Error('tenant text')",
        handler: "",
        ends: &[INITIALIZATION],
    },
    Hostile { name: "syntax-error", top: "]", handler: "", ends: &[INITIALIZATION] },
    in_handler("loop", "while (true) {}", &[CPU]),
    in_handler(
        "grows",
        "const kept = []; while (true) kept.push(new Array(1000).fill(kept.length))",
        &[MEMORY, CPU],
    ),
    in_handler("never", "await new Promise(() => {})", &[("NeverResponds", 500)]),
    in_handler("throws", "throw new Error('tenant text')", &[EXCEPTION]),
    in_handler("throws-nothing", "throw undefined", &[EXCEPTION]),
    in_handler("no-response", "return 'tenant text'", &[EXCEPTION]),
    in_handler("huge-array", "new Array(2 ** 27).fill(0)", &[MEMORY, CPU]),
    in_handler(
        "lesson-15-small-arrays",
        "let n = 0; while (true) { let b = new Array(4000); b[0] = n++ }",
        &[CPU],
    ),
    in_handler("lesson-20-microtasks", "while (true) await 0", &[CPU]),
    in_handler(
        "lesson-17-typed-arrays",
        "const kept = []; while (true) kept.push(new Uint8Array(1 << 20).fill(1))",
        &[MEMORY, CPU],
    ),
    in_handler(
        "lesson-17-wasm-memories",
        "const kept = []; while (true) kept.push(new WebAssembly.Memory({ initial: 64 }))",
        &[MEMORY, CPU],
    ),
    in_handler("lesson-27-regexp", "/^(a+)+$/.test('a'.repeat(50) + 'b')", &[CPU]),
    in_handler("lesson-28-recursion", "(function f() { return f() + 1 })()", &[EXCEPTION]),
    in_handler(
        "lesson-21-timer",
        "await new Promise((go) => setTimeout(go, 1e9))",
        &[("WallClockTimeout", 504)],
    ),
    in_handler("replace", "'a'.repeat(2 ** 26).replace(/a/g, 'bbbbbbbb')", &[CPU, MEMORY]),
    in_handler("table", "new WebAssembly.Table({ initial: 1e7, element: 'anyfunc' })", &[MEMORY, CPU]),
    in_handler(
        "flat",
        "let a = new Array(1e5).fill(1); for (let i = 0; i < 30; i++) a = [a, a]; a.flat(Infinity)",
        &[MEMORY, CPU],
    ),
];

impl Hostile {
    fn source(&self) -> String {
        let Self { top, handler, .. } = self;
        format!(
            "{top}; export default {{ async fetch(request) {{
                 if (request.url.endsWith('/hostile')) {{ {handler} }}
                 return new Response('fine');
             }} }}"
        )
    }

    /// Twice in a row, with a request in between that the worker can serve, if it serves any.
    async fn attack(&self, runner: &Runner) {
        let Self { name, top, ends, .. } = self;
        // A round of that one takes all of the time that there is.
        let rounds = if *name == "lesson-21-timer" { 1 } else { 2 };
        for round in 0..rounds {
            let reply = runner.get(&format!("/{name}/hostile")).await;
            let end = (reply.header("x-termination-reason"), reply.status);
            assert!(ends.contains(&end), "{name}, round {round}: {end:?}");
            assert_eq!(reply.json()["error"], end.0, "{name}");
            assert!(!reply.text().contains("tenant text"), "{name}: {}", reply.text());
            if top.is_empty() {
                let reply = runner.get(&format!("/{name}/")).await;
                assert_eq!((reply.status, reply.text()), (200, "fine"), "{name}, after round {round}");
            }
        }
    }
}

/// The whole list at once, next to a good worker.
async fn attack_all(flags: &[&str]) {
    let mut files: Vec<_> =
        HOSTILE.iter().map(|hostile| (format!("{}.mjs", hostile.name), hostile.source())).collect();
    files.push(("no-handler.mjs".to_owned(), "export default {}".to_owned()));
    let good = "export default { fetch() { return new Response('good') } }";
    files.push(("good.mjs".to_owned(), good.to_owned()));
    let files: Vec<_> = files.iter().map(|(name, source)| (&**name, &**source)).collect();
    let flags = [&["--cpu-ms", "400", "--wall-ms", "20000", "--heap-mb", "32"], flags].concat();
    let runner = Arc::new(Runner::serve(&files, &flags).await);

    let (over, served) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let meanwhile = tokio::spawn({
        let (runner, over, served) = (Arc::clone(&runner), Arc::clone(&over), Arc::clone(&served));
        async move {
            while !over.load(Ordering::Relaxed) {
                assert_eq!(runner.get("/good/").await.text(), "good");
                served.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        }
    });
    let attacks: Vec<_> = HOSTILE
        .iter()
        .map(|hostile| {
            let runner = Arc::clone(&runner);
            tokio::spawn(async move { hostile.attack(&runner).await })
        })
        .collect();
    for attack in attacks {
        attack.await.unwrap();
    }
    let reply = runner.get("/no-handler/").await;
    assert_eq!((reply.status, reply.header("x-termination-reason")), (500, "InitializationError"));

    over.store(true, Ordering::Relaxed);
    soon(meanwhile).await.unwrap();
    assert!(served.load(Ordering::Relaxed) > 0);
    runner.at_rest().await;
    assert_eq!(runner.get("/good/").await.text(), "good");
}

#[tokio::test]
async fn every_hostile_worker_has_its_end_and_nobody_else_is_harmed() {
    attack_all(&[]).await;
}

#[tokio::test]
async fn the_same_with_a_new_context_for_every_request() {
    attack_all(&["--reuse", "fresh", "--concurrency", "1"]).await;
}
