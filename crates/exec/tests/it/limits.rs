//! CPU time, wall clock, memory: from the first byte of the script to the last microtask.

use std::time::Duration;

use exec::TerminationReason::{CpuTimeLimit, Exception, InitializationError, MemoryLimit, WallClockTimeout};
use exec::{Outcome, Script, TerminationReason};

use crate::support::{
    Worker, assert_ends, eventually, generous, get, new_isolate, post, run, run_tight, text, tight,
};

/// Ends of scripts with a limit of 100 ms of CPU time.
async fn each_ends_with(reason: TerminationReason, sources: &[&str]) {
    for source in sources {
        match run_tight(source).await {
            Ok(response) => panic!("answered: {source}: {}", text(&response)),
            Err(termination) => assert_eq!(termination.reason, reason, "{source}: {termination:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_times_mean_no_limit() {
    let limits = generous().with_wall_clock(Duration::MAX).with_cpu_time(Duration::MAX);
    let source = "export default { async fetch() {
        await new Promise((resolve) => setTimeout(resolve, 5));
        await fetch('http://x/');
        return new Response('ok');
    } }";
    assert_eq!(Worker::with_limits(source, limits).text("/").await, "ok");
    let worker = Worker::on(&new_isolate(limits), Script::new(source).with_limits(limits.request));
    assert_eq!(worker.text("/").await, "ok");
    let turn = worker.isolate.with_lock_async(|_| async { 1 });
    assert_eq!(turn.await, Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_19_the_top_level_is_covered() {
    each_ends_with(
        InitializationError,
        &[
            "while (true) {}",
            "while (true) {} export default {}",
            "await 0; while (true) {}; export default {}",
            "queueMicrotask(() => { while (true) {} }); export default { fetch() {} }",
            "export default { get fetch() { while (true) {} } }",
            "export default new Proxy({}, { get() { while (true) {} } })",
            "const e = new Error(); Object.defineProperty(e, 'stack', { get() { while (true) {} } }); throw e",
            "class E extends Error { get name() { while (true) {} } } throw new E()",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_loops_is_stopped() {
    each_ends_with(
        CpuTimeLimit,
        &[
            "export default { fetch() { while (true) {} } }",
            "export default { fetch() { for (;;) try { while (true) {} } catch {} finally { continue } } }",
            "export default { fetch() { try { while (true) {} } finally { return new Response('escaped') } } }",
            "addEventListener('fetch', (event) => { event.respondWith(new Response()); while (true) {} })",
            "export default { async fetch(r) { await r.text(); let n=0; while (true) { let b=new Array(4000); b[0]=n++ } } }",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_20_microtask_loops_are_terminated() {
    each_ends_with(
        CpuTimeLimit,
        &[
            "export default { async fetch() { while (true) await 0 } }",
            "export default { async fetch() { while (true) try { await Promise.reject(1) } catch {} } }",
            "const f = () => queueMicrotask(f); export default { async fetch() { f(); await new Promise(() => {}) } }",
            "const f = () => { queueMicrotask(f); queueMicrotask(f) }; export default { fetch() { f(); return new Promise(() => {}) } }",
            "export default { async fetch() { const t = { then(r) { r(t) } }; await t } }",
            "export default { async fetch() { try { while (true) await 0 } finally { while (true) await 0 } } }",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_are_covered() {
    each_ends_with(
        CpuTimeLimit,
        &[
            "export default { fetch: () => new Promise(() => setTimeout(() => { while (true) {} })) }",
            "export default { fetch: () => new Promise(() => setInterval(() => { for (let i = 0; i < 1e6; i++); })) }",
            "export default { async fetch() { await fetch('http://x/'); while (true) {} } }",
            "export default { fetch(r) { return new Promise(() => { const c = new AbortController();
                c.signal.onabort = () => { while (true) {} }; c.abort() }) } }",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_the_host_calls_is_covered() {
    each_ends_with(
        CpuTimeLimit,
        &[
            // While the exception is described.
            "export default { fetch() { const e = new Error('x'); Object.defineProperty(e, 'stack', { get() { while (true) {} } }); throw e } }",
            "Error.prepareStackTrace = () => { while (true) {} }; export default { fetch() { throw new Error('x') } }",
            // While values are converted.
            "export default { fetch: () => Response.json({ toJSON() { while (true) {} } }) }",
            "export default { fetch: () => new Response({ toString() { while (true) {} } }) }",
            "export default { fetch: () => new Response('', { get status() { while (true) {} } }) }",
            "export default { fetch: () => new Response('', { status: { valueOf() { while (true) {} } } }) }",
            "export default { fetch: () => new Response('', { headers: new Proxy({}, { ownKeys() { while (true) {} } }) }) }",
            "export default { fetch: () => new Response(structuredClone({ get a() { while (true) {} } })) }",
            "export default { fetch: () => new URL({ toString() { while (true) {} } }) }",
            "export default { fetch() { console.log({ get a() { return 1 }, [Symbol.toStringTag]: 'x' }, new Proxy({}, { get() { while (true) {} } })); while (true) {} } }",
            "export default { fetch: () => ({ get then() { while (true) {} } }) }",
            "export default { fetch: () => new Promise(() => setTimeout(() => {}, { valueOf() { while (true) {} } })) }",
            // While a rejection is logged.
            "export default { fetch() { Promise.reject(Object.defineProperty(new Error('x'), 'stack', { get() { while (true) {} } })); return new Promise((r) => setTimeout(r, 20)) } }",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_27_cpu_inside_of_builtins_is_covered() {
    each_ends_with(
        CpuTimeLimit,
        &[
            r"export default { fetch: () => /^(a+)+$/.test('a'.repeat(40) + 'b') }",
            "export default { fetch() { while (true) JSON.parse('[' + '1,'.repeat(1e5) + '1]') } }",
            "export default { fetch() { while (true) [].concat(new Array(1e5).fill(1)).sort() } }",
            "export default { fetch() { while (true) crypto.getRandomValues(new Uint8Array(65536)) } }",
            "export default { fetch() { while (true) new URL('http://a.test/' + 'x'.repeat(1e5)) } }",
            "export default { fetch() { while (true) new TextDecoder().decode(new TextEncoder().encode('x'.repeat(1e5))) } }",
            "export default { fetch() { while (true) structuredClone(new Array(1e4).fill({})) } }",
            // (module (func (export "f") (loop (br 0))))
            "const m = new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11]));
             export default { fetch() { new WebAssembly.Instance(m).exports.f() } }",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cpu_time_is_summed_over_the_turns() {
    let source = "export default { async fetch() {
        for (;;) { const end = performance.now() + 10; while (performance.now() < end); await new Promise((r) => setTimeout(r, 1)) }
    } }";
    assert_ends(run_tight(source).await, CpuTimeLimit);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_costs_no_cpu_time() {
    let limits = generous().with_cpu_time(Duration::from_millis(200));
    let source = "export default { async fetch() { await new Promise((r) => setTimeout(r, 600)); return new Response('late') } }";
    assert_eq!(Worker::with_limits(source, limits).text("/").await, "late");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_21_the_wall_clock_wakes_who_waits() {
    let limits = generous().with_wall_clock(Duration::from_millis(150));
    for source in [
        "export default { fetch: () => new Promise((resolve) => setTimeout(resolve, 100000)) }",
        "export default { fetch: () => fetch('http://x/never') }",
        "export default { fetch: () => new Promise(() => setInterval(() => {}, 20)) }",
        "export default { async fetch() { while (true) await fetch('http://x/delay/5') } }",
    ] {
        let worker = Worker::with_limits(source, limits);
        assert_ends(worker.get("/").await, WallClockTimeout);
        worker.drained().await;
        let world = &worker.world;
        eventually("fetches come to an end", || world.started() == world.finished() + world.cancelled())
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wall_clock_stops_javascript_too() {
    let limits = generous().with_wall_clock(Duration::from_millis(150));
    let worker = Worker::with_limits("export default { fetch() { while (true) {} } }", limits);
    assert_ends(worker.get("/").await, WallClockTimeout);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_heap_is_limited() {
    let limits = generous().with_heap_max(24 << 20);
    for source in [
        "const keep = []; export default { fetch() { while (true) keep.push({ a: [1, 2, 3] }) } }",
        "const keep = []; while (true) keep.push('x' + Math.random())",
        "export default { async fetch() { const keep = []; while (true) keep.push(await { x: {} }) } }",
        "export default { async fetch() { const keep = []; while (true) keep.push(new Promise(() => {}), new Headers([['a', 'b']])) } }",
    ] {
        let worker = Worker::with_limits(source, limits);
        assert_ends(worker.get("/").await, MemoryLimit);
        assert!(!worker.context.is_usable());
        assert!(worker.isolate.condemned().is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_17_buffers_are_limited() {
    let limits = generous().with_heap_max(24 << 20);
    for source in [
        "export default { fetch() { const keep = []; while (true) keep.push(new Uint8Array(1 << 20)) } }",
        "export default { fetch() { const keep = []; while (true) keep.push(new TextEncoder().encode('x'.repeat(1 << 20))) } }",
        "export default { fetch() { const b = new Uint8Array(1 << 20); const keep = []; while (true) keep.push(new Response(b)) } }",
        "export default { async fetch() { const keep = []; while (true) keep.push(await (await fetch('http://x/bytes/1000000')).bytes()) } }",
        "export default { fetch() { const b = new ArrayBuffer(1 << 20); const keep = []; while (true) keep.push(structuredClone(b)) } }",
        "export default { fetch() { const keep = []; while (true) { const m = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true }); new Uint8Array(m.buffer).fill(1); keep.push(m) } } }",
        "export default { fetch() { const m = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }); while (true) { m.grow(16); new Uint8Array(m.buffer).fill(1) } } }",
        "export default { fetch() { const keep = []; while (true) { const m = new WebAssembly.Memory({ initial: 16 }); new Uint8Array(m.buffer).fill(1); keep.push(m) } } }",
    ] {
        let answer = Worker::with_limits(source, limits).get("/").await;
        let termination = answer.expect_err(source);
        // A refused fetch response is an exception of the worker; everything else the limit.
        assert!(
            termination.reason == MemoryLimit
                || termination.reason == Exception && source.contains("fetch('"),
            "{source}: {termination:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_fit_is_refused() {
    let limits = generous().with_heap_max(16 << 20);
    let worker = Worker::with_limits(
        "export default { async fetch(r) { return new Response(String((await r.bytes()).length)) } }",
        limits,
    );
    let just_fits = (16 << 20) - (1 << 16);
    for length in [1, just_fits, just_fits] {
        let response = worker.request(post("/", vec![1_u8; length])).await.unwrap();
        assert_eq!(text(&response), length.to_string());
    }
    assert_ends(worker.request(post("/", vec![1_u8; (16 << 20) + 1])).await, MemoryLimit);
    // Nothing else happened to the worker.
    assert_eq!(text(&worker.request(post("/", vec![1_u8; 1 << 20])).await.unwrap()), (1 << 20).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_makes_room_for_a_body() {
    let limits = generous().with_heap_max(16 << 20);
    let worker = Worker::with_limits(
        "export default { async fetch(r) { return new Response(String((await r.bytes()).length)) } }",
        limits,
    );
    for _ in 0..20 {
        let response = worker.request(post("/", vec![1_u8; 10 << 20])).await.unwrap();
        assert_eq!(text(&response), (10 << 20).to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetched_body_that_does_not_fit_is_an_error() {
    let limits = generous().with_heap_max(16 << 20);
    let source = "export default { async fetch() {
        try { await fetch('http://x/bytes/20000000') } catch (e) { return new Response(e.name + ': ' + e.message) }
    } }";
    assert_eq!(Worker::with_limits(source, limits).text("/").await, "TypeError: the response is too large");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_23_a_stale_termination_does_not_reach_the_next_request() {
    let limits = generous().with_cpu_time(Duration::from_millis(10));
    let isolate = new_isolate(limits);
    let source = "export default { fetch(r) { if (r.url.endsWith('/loop')) while (true) {}; return new Response('fine') } }";
    for round in 0..100 {
        let worker = Worker::on(&isolate, Script::new(source));
        let path = if round % 2 == 0 { "/loop" } else { "/" };
        if round % 2 == 0 {
            assert_eq!(worker.failure(path).await.reason, CpuTimeLimit, "{round}");
        }
        let next = Worker::on(&isolate, Script::new("export default { fetch: () => new Response('fine') }"));
        match next.get("/").await {
            Ok(response) => assert_eq!(text(&response), "fine"),
            // 10 ms for an evaluation in a debug build on a busy machine may be too little; but a limit must be its own.
            Err(termination) => assert_eq!(termination.reason, CpuTimeLimit, "{round}: {termination:?}"),
        }
    }
    assert!(isolate.condemned().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_25_a_killed_request_leaves_its_neighbours_alone() {
    let source = "let count = 0;
        export default { async fetch(request) {
            const { pathname } = new URL(request.url);
            if (pathname === '/loop') while (true) {}
            if (pathname === '/microtasks') while (true) await 0;
            for (let i = 0; i < 10; i++) {
                await new Promise((resolve) => setTimeout(resolve, 10));
                await fetch('http://x/delay/10');
                count++;
            }
            return new Response('done');
        } }";
    let worker = Worker::with_limits(source, generous().with_cpu_time(Duration::from_millis(300)));
    assert_eq!(worker.text("/").await, "done");
    let mut requests = Vec::new();
    for path in ["/", "/loop", "/", "/microtasks", "/", "/loop", "/"] {
        let worker = worker.clone();
        requests.push((path, tokio::spawn(async move { worker.get(path).await })));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for (path, request) in requests {
        match (path, request.await.unwrap()) {
            ("/", Ok(response)) => assert_eq!(text(&response), "done"),
            ("/", Err(termination)) => panic!("{termination:?}"),
            (_, answer) => assert_ends(answer, CpuTimeLimit),
        }
    }
    assert!(worker.isolate.condemned().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_28_stack_overflows_in_host_functions_are_errors() {
    for call in [
        "new URL('http://a.test/?q')",
        "new Headers({ a: 'b' }).get('a')",
        "structuredClone({ a: { b: 1 } })",
        "new TextDecoder().decode(new TextEncoder().encode('x'))",
        "console.log({ a: 1 })",
        "setTimeout(() => {}, 1e6)",
        "crypto.randomUUID()",
        "new Response('x', { headers: { a: 'b' } }).clone()",
        "new Request('http://a.test/').signal.aborted",
        "fetch('http://x/')",
        "new DOMException('a', 'AbortError').stack",
    ] {
        let source = format!(
            "let depth = 0;
             function dive() {{ depth++; try {{ dive() }} catch {{ }} try {{ {call} }} catch (e) {{ if (!(e instanceof Error)) throw 1 }} }}
             function once() {{ try {{ once() }} catch {{ {call} }} }}
             export default {{ async fetch() {{
                 try {{ once() }} catch {{}}
                 const shallow = () => {{ try {{ shallow() }} finally {{ {call} }} }};
                 try {{ shallow() }} catch {{}}
                 return new Response('survived');
             }} }}"
        );
        match run(&source).await {
            Ok(response) => assert_eq!(text(&response), "survived"),
            Err(termination) => panic!("{call}: {termination:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_values_are_errors() {
    for make in ["[v]", "{ v }", "new Map([[1, v]])", "{ get v() { return v } }"] {
        let source = format!(
            "export default {{ async fetch() {{
                 let value = 1; for (let i = 0; i < 50000; i++) {{ const v = value; value = {make} }}
                 const results = [];
                 for (const f of [structuredClone, JSON.stringify, console.log, Response.json])
                     try {{ f(value); results.push('fine') }} catch (e) {{ results.push(e.name) }}
                 return new Response(results.join());
             }} }}"
        );
        let text = match run(&source).await {
            Ok(response) => text(&response),
            Err(termination) => panic!("{make}: {termination:?}"),
        };
        assert!(
            text.split(',').all(|result| result == "fine" || result.ends_with("Error")),
            "{make}: {text}"
        );
    }
    let deep = Worker::new(
        "export default { task() { let v = 1; for (let i = 0; i < 1000; i++) v = [v]; return v } }",
    );
    assert_eq!(deep.task(1.into()).await.unwrap_err().reason, Exception);
    let fine = Worker::new(
        "export default { task() { let v = 1; for (let i = 0; i < 100; i++) v = [v]; return v } }",
    );
    assert!(matches!(fine.task(1.into()).await, Ok(Outcome::TaskResult(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_36_each_request_has_its_own_limit_of_timers() {
    let source = "export default { async fetch() {
        let started = 0;
        try { for (; started < 1e7; started++) setTimeout(() => {}, 1e6) } catch (e) { return new Response(`${started} ${e.name}: ${e.message}`) }
    } }";
    let worker = Worker::new(source);
    assert_eq!(worker.text("/").await, "10000 TypeError: too many timers");
    // The next request has its own allowance.
    assert_eq!(worker.text("/").await, "10000 TypeError: too many timers");
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_36_each_request_has_its_own_limit_of_fetches() {
    let source = "export default { async fetch() {
        const outcomes = {};
        const all = [];
        for (let i = 0; i < 3000; i++) all.push(fetch('http://x/never').catch((e) => { const k = `${e.name}: ${e.message}`; outcomes[k] = (outcomes[k] ?? 0) + 1 }));
        await Promise.race([Promise.all(all), new Promise((r) => setTimeout(r, 50))]);
        return Response.json(outcomes);
    } }";
    let worker = Worker::new(source);
    assert_eq!(worker.text("/").await, r#"{"TypeError: too many operations in flight":2000}"#);
    worker.drained().await;
    let world = &worker.world;
    eventually("the operations are cancelled", || world.cancelled() == world.started()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_in_flight_are_bounded() {
    let limits = generous().with_heap_max(32 << 20);
    let source = "const body = 'x'.repeat(10 << 20);
        export default { async fetch() {
            const errors = [];
            for (let i = 0; i < 10; i++) fetch('http://x/never', { method: 'POST', body }).catch((e) => errors.push(e.message));
            await new Promise((r) => setTimeout(r, 10));
            return new Response(errors.length + errors[0]);
        } }";
    assert_eq!(
        Worker::with_limits(source, limits).text("/").await,
        "7the operations in flight send too much"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_or_too_large_headers_are_an_exception() {
    for make in [
        "for (let i = 0; i < 40000; i++) headers.append('x-' + i, '1')",
        "for (let i = 0; i < 40000; i++) headers.append('set-cookie', '1')",
        "headers.set('a', 'x'.repeat(1e6))",
        "headers.set('x'.repeat(1e5), 'a')",
    ] {
        let response = format!(
            "export default {{ fetch() {{ const headers = new Headers(); {make}; return new Response('', {{ headers }}) }} }}"
        );
        assert_ends(run(&response).await, Exception);
        let fetched = format!("export default {{ async fetch() {{ const headers = new Headers(); {make};
            try {{ await fetch('http://x/', {{ headers }}) }} catch (e) {{ return new Response(e.name) }} }} }}");
        assert_eq!(Worker::new(&fetched).text("/").await, "TypeError", "{make}");
    }
    let some = "export default { fetch() { const headers = new Headers(); for (let i = 0; i < 500; i++) headers.append('x-' + i, '1'); return new Response('', { headers }) } }";
    assert_eq!(run(some).await.unwrap().headers().len(), 501);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_the_handler_is_an_error_of_the_fetch() {
    let source = "export default { async fetch() { try { await fetch('http://x/panic') } catch (e) { return new Response(e.name) } } }";
    assert_eq!(Worker::new(source).text("/").await, "TypeError");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_for_queued_requests() {
    let worker = Worker::with_limits("export default { fetch() { while (true) {} } }", tight());
    let requests: Vec<_> = (0..5)
        .map(|_| {
            let worker = worker.clone();
            tokio::spawn(async move { worker.request(get("/")).await })
        })
        .collect();
    for request in requests {
        assert_ends(request.await.unwrap(), CpuTimeLimit);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_may_have_limits_of_its_own() {
    let isolate = new_isolate(generous());
    let source = "export default { async fetch(request) {
        const path = new URL(request.url).pathname;
        if (path === '/log') { for (let i = 0; i < 5; i++) console.log(i); return new Response('logged') }
        try {
            if (path === '/timers') for (let i = 0; i < 5; i++) setTimeout(() => {}, 1e6);
            const started = [new Promise((resolve) => setTimeout(resolve, 20))];
            if (path === '/operations') for (let i = 0; i < 5; i++) started.push(fetch('http://x/never'));
            await Promise.race(started);
            if (path === '/subrequests') for (let i = 0; i < 9; i++) await fetch('http://x/');
            return new Response('no limit');
        } catch (e) { return new Response(e.message) }
    } }";
    let defaults = generous().request;
    let own = defaults.with_timers(4).with_operations(4).with_subrequests(8).with_log_records(2);
    let usual = Worker::on(&isolate, Script::new(source));
    let limited = Worker::on(&isolate, Script::new(source).with_limits(own));
    for (path, refusal) in [
        ("/timers", "too many timers"),
        ("/operations", "too many operations in flight"),
        ("/subrequests", "the request has started too many operations"),
    ] {
        assert_eq!(usual.text(path).await, "no limit", "{path}");
        assert_eq!(limited.text(path).await, refusal);
    }
    assert_eq!((usual.text("/log").await, usual.world.lines().len()), ("logged".into(), 5));
    assert_eq!((limited.text("/log").await, limited.world.lines().len()), ("logged".into(), 3));
}

/// Spins for this many milliseconds of the wall clock, and so for a little less CPU time.
fn spin(ms: u32) -> String {
    format!("{{ const end = Date.now() + {ms}; while (Date.now() < end); }}")
}

#[tokio::test(flavor = "multi_thread")]
async fn lesson_53_the_start_is_not_paid_by_the_first_request() {
    let mut limits = generous().with_cpu_time(Duration::from_millis(150));
    limits.request.startup_cpu = Duration::from_secs(20);
    let handler = "export default { fetch(r) {
        if (r.url.endsWith('/loop')) while (true) {}
        return new Response('served');
    } }";
    let worker = Worker::with_limits(&format!("{} {handler}", spin(600)), limits);
    assert_eq!(worker.text("/").await, "served");
    // Nor has a request more time because it is the first.
    for path in ["/loop", "/"] {
        worker.context.reset();
        let first = worker.get(path).await;
        match path {
            "/loop" => assert_ends(first, CpuTimeLimit),
            _ => assert_eq!(text(&first.unwrap()), "served"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_takes_too_long_to_start_says_so_to_everybody() {
    for top_level in ["while (true) {}", "await 0; while (true) {}"] {
        let worker = Worker::with_limits(&format!("{top_level}; export default {{ fetch() {{}} }}"), tight());
        let (one, other) = tokio::join!(worker.get("/1"), worker.get("/2"));
        for failed in [one.unwrap_err(), other.unwrap_err(), worker.failure("/3").await] {
            assert_eq!(failed.reason, InitializationError, "{top_level}");
            assert_eq!(failed.message, "evaluating the script took more than 100 ms of CPU time");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_of_a_task_is_bounded() {
    let source = "export default { task: (task) => 'x'.repeat(task.payload) }";
    let limits = generous().request.with_task_result(1024);
    let worker = Worker::with_script(Script::new(source).with_limits(limits));
    assert!(matches!(worker.task(1022.into()).await, Ok(Outcome::TaskResult(_))));
    for length in [1023, 1 << 20] {
        let error = worker.task(length.into()).await.unwrap_err();
        assert_eq!(error.reason, MemoryLimit);
        assert_eq!(error.message, "the result is larger than 1 KiB");
    }
}
