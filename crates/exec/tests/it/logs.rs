//! What workers write, and who gets it.

use exec::LogLevel;

use crate::support::Worker;

#[tokio::test(flavor = "multi_thread")]
async fn lesson_37_the_log_of_a_synchronous_handler_is_delivered() {
    let worker = Worker::new(
        "console.log('top level');
         export default { fetch() { console.log('handler'); return new Response() } }",
    );
    worker.text("/").await;
    assert_eq!(worker.world.lines(), ["top level", "handler"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_are_told_apart() {
    let worker = Worker::new(
        "export default { fetch() {
             for (const level of ['debug', 'log', 'info', 'warn', 'error', 'trace']) console[level](level);
             return new Response();
         } }",
    );
    worker.text("/").await;
    let levels: Vec<_> = worker.world.log().iter().map(|record| record.level).collect();
    use LogLevel::{Debug, Error, Info, Warn};
    assert_eq!(levels, [Debug, Info, Info, Warn, Error, Debug]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_has_the_columns_that_are_asked_for() {
    let worker = Worker::new(
        "export default { fetch() {
             console.group();
             console.clear();
             console.table([{ a: 1, b: 2 }, { b: 3, c: 4 }], ['b', 'x']);
             console.table([{ a: 1, b: 2 }], new Set());
             return new Response();
         } }",
    );
    worker.text("/").await;
    let lines = worker.world.lines();
    let rows: Vec<_> = lines[0].lines().filter(|line| line.starts_with('│')).collect();
    assert_eq!(rows, ["│ (index) │ b │ x │", "│ 0       │ 2 │   │", "│ 1       │ 3 │   │"]);
    let rows: Vec<_> = lines[1].lines().filter(|line| line.starts_with('│')).collect();
    assert_eq!(rows, ["│ (index) │", "│ 0       │"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn unhandled_rejections_are_logged_once() {
    let worker = Worker::new(
        "export default { async fetch() {
             Promise.reject(new Error('nobody cares'));
             const handled = Promise.reject(new Error('handled later'));
             await 0;
             handled.catch(() => {});
             (async () => { throw 'text' })();
             new Promise((resolve, reject) => { resolve(); reject(new Error('after resolution')) });
             await fetch('http://x/');
             return new Response();
         } }",
    );
    worker.text("/").await;
    let errors = worker.world.errors();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].starts_with("Uncaught (in promise) Error: nobody cares\n"), "{errors:?}");
    assert!(errors[1].starts_with("Uncaught (in promise) text"), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exceptions_of_callbacks_are_logged() {
    let worker = Worker::new(
        "export default { async fetch() {
             setTimeout(() => { throw new Error('timer') });
             queueMicrotask(() => { throw new Error('microtask') });
             const target = new EventTarget();
             target.addEventListener('x', () => { throw new Error('listener') });
             target.dispatchEvent(new Event('x'));
             reportError(new Error('reported'));
             await new Promise((r) => setTimeout(r, 10));
             return new Response('fine');
         } }",
    );
    assert_eq!(worker.text("/").await, "fine");
    let errors = worker.world.errors();
    for what in ["timer", "microtask", "listener", "reported"] {
        assert!(
            errors.iter().any(|error| error.starts_with(&format!("Uncaught Error: {what}\n"))),
            "{what}: {errors:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_cut_once_per_request() {
    let worker = Worker::new(
        "export default { async fetch(request) {
             if (request.url.endsWith('/lines')) for (let i = 0; i < 5000; i++) console.log(i);
             if (request.url.endsWith('/bytes')) for (let i = 0; i < 5000; i++) console.log('x'.repeat(5000));
             await fetch('http://x/');
             console.error('after');
             return new Response();
         } }",
    );
    for (path, at_most) in [("/lines", 1001), ("/bytes", 60), ("/lines", 1001)] {
        let worker = Worker { world: Default::default(), ..worker.clone() };
        worker.text(path).await;
        let lines = worker.world.lines();
        assert!(lines.len() > 1 && lines.len() <= at_most, "{path}: {}", lines.len());
        assert!(lines.last().unwrap().starts_with("log truncated"), "{path}: {:?}", lines.last());
    }
    let quiet = Worker { world: Default::default(), ..worker };
    quiet.text("/").await;
    assert_eq!(quiet.world.lines(), ["after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_line_is_bounded() {
    let worker = Worker::new(
        "export default { fetch() { console.log('x'.repeat(1e6)); throw new Error('y'.repeat(1e6)) } }",
    );
    let error = worker.failure("/").await;
    assert!(error.message.len() < 10_000 && error.stack.unwrap().len() < 10_000);
    let lines = worker.world.lines();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.len() < 300_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn code_without_a_request_logs_to_whoever_has_the_turn() {
    let worker = Worker::new(
        "let resolve; const p = new Promise((r) => { resolve = r });
         p.then(() => console.log('of the script'));
         export default { async fetch() { resolve(); await 0; return new Response() } }",
    );
    worker.text("/").await;
    assert_eq!(worker.world.lines(), ["of the script"]);
}
