//! Events for what no code has caught: whose they are, and what of it is logged.

use exec::TerminationReason;

use crate::support::{Worker, eventually, tight};

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_timers_microtasks_and_listeners_are_events() {
    let worker = Worker::new(
        "const seen = [];
         addEventListener('error', (event) => {
             seen.push([event.error.message, event.lineno, event.filename]);
             if (event.error.message !== 'listener') event.preventDefault();
         });
         export default { async fetch() {
             setTimeout(() => { throw new Error('timer') });
             queueMicrotask(() => { throw new Error('microtask') });
             const target = new EventTarget();
             target.addEventListener('x', () => { throw new Error('listener') });
             target.dispatchEvent(new Event('x'));
             reportError(new Error('reported'));
             await new Promise((r) => setTimeout(r, 10));
             return Response.json(seen);
         } }",
    );
    let expected = r#"[["listener",10,"worker.js"],["reported",12,"worker.js"],["microtask",8,"worker.js"],["timer",7,"worker.js"]]"#;
    assert_eq!(worker.text("/").await, expected);
    let errors = worker.world.errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].starts_with("Uncaught Error: listener\n"), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unhandled_rejections_are_events_and_so_is_a_handler_that_comes_late() {
    let worker = Worker::new(
        "const seen = []; let promise;
         onunhandledrejection = (event) => {
             seen.push(event.type, event.promise === promise, event.reason);
             if (event.reason === 'prevented') event.preventDefault();
         };
         addEventListener('rejectionhandled', (event) => seen.push(event.type, event.promise === promise, event.reason));
         export default { async fetch(request) {
             if (request.url.endsWith('/seen')) return Response.json(seen.splice(0));
             if (request.url.endsWith('/handle')) { promise.catch(() => {}); promise.catch(() => {}); return new Response() }
             promise = Promise.reject(request.url.endsWith('/prevented') ? 'prevented' : 'logged');
             Promise.reject('in time').catch(() => {});
             return new Response();
         } }",
    );
    worker.text("/prevented").await;
    assert_eq!(worker.text("/seen").await, r#"["unhandledrejection",true,"prevented"]"#);
    assert_eq!(worker.world.errors(), Vec::<String>::new());
    worker.text("/handle").await;
    assert_eq!(worker.text("/seen").await, r#"["rejectionhandled",true,"prevented"]"#);
    worker.text("/").await;
    assert_eq!(worker.text("/seen").await, r#"["unhandledrejection",true,"logged"]"#);
    assert_eq!(worker.world.errors(), ["Uncaught (in promise) logged"]);
    worker.text("/handle").await;
    worker.text("/handle").await;
    assert_eq!(worker.text("/seen").await, r#"["rejectionhandled",true,"logged"]"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_top_level_has_events_too() {
    let worker = Worker::new(
        "const seen = [];
         addEventListener('unhandledrejection', (event) => { event.preventDefault(); seen.push(event.reason) });
         onerror = (message) => { seen.push(message); return true };
         Promise.reject('at the top'); reportError('reported'); queueMicrotask(() => { throw 'later' });
         export default { fetch() { return Response.json(seen) } }",
    );
    assert_eq!(worker.text("/").await, r#"["Uncaught reported","Uncaught later","at the top"]"#);
    assert_eq!(worker.world.errors(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn handlers_that_throw_or_reject_do_not_loop() {
    let worker = Worker::new(
        "let calls = 0;
         onerror = () => { calls++; throw new Error('of the handler') };
         onunhandledrejection = () => { calls++; Promise.reject('again'); throw new Error('of the other') };
         export default { async fetch(request) {
             if (request.url.endsWith('/calls')) return new Response(calls);
             reportError('first'); Promise.reject('rejected');
             return new Response();
         } }",
    );
    worker.text("/").await;
    assert_eq!(worker.text("/calls").await, "3");
    let errors: Vec<_> = worker.world.errors();
    let errors: Vec<_> = errors.iter().filter_map(|error| error.lines().next()).collect();
    assert_eq!(
        errors,
        [
            "Uncaught Error: of the handler",
            "Uncaught first",
            "Uncaught Error: of the handler",
            "Uncaught Error: of the other",
            "Uncaught (in promise) rejected",
            "Uncaught (in promise) again",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_runs_within_the_limits_of_the_request() {
    for source in [
        "onerror = () => { for (;;); }; export default { fetch() { reportError(1); return new Response() } }",
        "onunhandledrejection = () => { for (;;); }; export default { async fetch() { Promise.reject(1); await new Promise((r) => setTimeout(r, 60_000)) } }",
        "onrejectionhandled = () => { for (;;); };
         export default { async fetch() { const p = Promise.reject(1); await new Promise((r) => setTimeout(r)); p.catch(() => {}); await new Promise((r) => setTimeout(r, 60_000)) } }",
    ] {
        let worker = Worker::with_limits(source, tight());
        assert_eq!(worker.failure("/").await.reason, TerminationReason::CpuTimeLimit, "{source}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_belongs_to_the_request_whose_code_it_is_about() {
    let worker = Worker::new(
        "let resolve, told; const shared = new Promise((r) => { resolve = r });
         onunhandledrejection = (event) => { console.log('rejection', event.reason); told = fetch('http://x/told'); event.preventDefault() };
         onerror = (message) => { console.log(message); return true };
         export default { async fetch(request) {
             if (request.url.endsWith('/resolve')) { resolve(); await 0; return new Response() }
             (async () => { await shared; Promise.reject('of the first'); reportError('error of the first') })();
             console.log('waits');
             const hold = setTimeout(() => {}, 60_000);
             await shared; await 0;
             clearTimeout(hold);
             while (told === undefined) await new Promise((r) => setTimeout(r, 1));
             return told.then(() => new Response('first'));
         } }",
    );
    let second = Worker { world: Default::default(), ..worker.clone() };
    let first = worker.clone();
    let first = tokio::spawn(async move { first.text("/").await });
    eventually("the first waits", || worker.world.lines() == ["waits"]).await;
    second.text("/resolve").await;
    assert_eq!(first.await.unwrap(), "first");
    worker.drained().await;
    assert_eq!(worker.world.lines(), ["waits", "Uncaught error of the first", "rejection of the first"]);
    assert_eq!(second.world.lines(), Vec::<String>::new());
    assert_eq!((worker.world.started(), second.world.started()), (1, 0));
}
