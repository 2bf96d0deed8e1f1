//! What an embedder has beyond events: typed calls, options of one call, preparing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use exec::{ArgumentsError, Body, Event, NoOperations, Script, TenantLimits, TerminationReason};
use runner::{CallError, CallOptions, IsolatePool, Priority, Reuse};
use serde::{Deserialize, Serialize};

use crate::support::{World, eventually, options, send, soon, spawn_send, text_of};

#[derive(Serialize)]
struct Item {
    price: f64,
    count: u32,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Total {
    total: f64,
    currency: String,
}

fn get(uri: &str) -> Event {
    Event::Fetch(http::Request::get(uri).body(Body::empty()).unwrap())
}

fn reason(error: CallError) -> TerminationReason {
    match error {
        CallError::Terminated(termination) => termination.reason,
        other => panic!("terminated, and not {other:?}"),
    }
}

#[tokio::test]
async fn an_exported_function_is_called_with_values_and_returns_one() {
    let pool = IsolatePool::new(options()).unwrap();
    let script = Script::new(
        "let calls = 0;
         export async function total(items, currency) {
             calls++;
             return { total: items.reduce((sum, item) => sum + item.price * item.count, 0), currency };
         }
         export const count = () => calls;
         export function greeting() { return this.env.GREETING }
         export function fails() { throw new TypeError('no such price') }
         export default { fetch: () => new Response(`${calls}`) }",
    )
    .with_environment([("GREETING", "hello")]);
    let items = [Item { price: 2.5, count: 2 }, Item { price: 1.0, count: 3 }];
    let total: Total = soon(pool.call("shop", &script, "total", &(&items, "EUR"))).await.unwrap();
    assert_eq!(total, Total { total: 8.0, currency: "EUR".into() });
    // Calls and requests share the worker's global state.
    assert_eq!(pool.call::<_, u32>("shop", &script, "count", &()).await.unwrap(), 1);
    assert_eq!(text_of(send(&pool, "shop", &script, &World::new(), "/").await), "1");
    assert_eq!(pool.call::<_, String>("shop", &script, "greeting", &()).await.unwrap(), "hello");

    let thrown = pool.call::<_, u32>("shop", &script, "fails", &()).await.unwrap_err();
    assert_eq!(thrown.to_string(), "Exception: TypeError: no such price (worker.js:8:42)");
    let missing = pool.call::<_, u32>("shop", &script, "totl", &()).await.unwrap_err();
    assert_eq!(missing.to_string(), "InitializationError: the script exports no function totl");
    let other = pool.call::<_, u32>("shop", &script, "greeting", &()).await.unwrap_err();
    assert!(matches!(other, CallError::Result(_)), "{other:?}");
    let no_list = pool.call::<_, u32>("shop", &script, "count", "EUR").await.unwrap_err();
    assert!(matches!(no_list, CallError::Arguments(ArgumentsError::NotAList)), "{no_list:?}");
}

#[tokio::test]
async fn arguments_and_results_are_bounded_and_charged() {
    let mut limits = options().limits;
    limits.isolate.json_bytes = 1 << 10;
    limits.request.task_result = 1 << 10;
    let tenant = TenantLimits::default().with_bytes(600);
    let pool = IsolatePool::new(options().with_limits(limits).with_tenant(tenant)).unwrap();
    let script =
        Script::new("export const repeat = (n) => 'x'.repeat(n); export const length = (s) => s.length");
    let repeat = async |n: u32| pool.call::<_, String>("a", &script, "repeat", &(n,)).await;
    assert_eq!(repeat(100).await.unwrap().len(), 100);
    assert_eq!(reason(repeat(2_000).await.unwrap_err()), TerminationReason::MemoryLimit);
    assert_eq!(reason(repeat(700).await.unwrap_err()), TerminationReason::Overloaded);
    let length = async |n: usize| pool.call::<_, usize>("a", &script, "length", &("x".repeat(n),)).await;
    assert_eq!(length(300).await.unwrap(), 300);
    assert!(matches!(length(700).await, Err(CallError::Arguments(ArgumentsError::Budget(_)))));
    assert_eq!(pool.budget("a").usage().bytes, 0);

    let generous = IsolatePool::new(options().with_limits(limits)).unwrap();
    let long = generous.call::<_, usize>("a", &script, "length", &("x".repeat(2_000),)).await.unwrap_err();
    assert_eq!(long.to_string(), "MemoryLimit: the arguments are larger than 1 KiB");
}

#[tokio::test]
async fn a_call_may_have_limits_of_its_own_that_the_next_does_not_have() {
    let pool = IsolatePool::new(options()).unwrap();
    let script = Script::new(
        "export default { fetch: () => new Promise((done) => setTimeout(() => done(new Response('late')), 50)) }",
    );
    let limits = options().limits.request.with_wall_clock(Duration::from_millis(1));
    let execute = async |options: CallOptions| {
        soon(pool.execute_with("a", &script, Arc::new(NoOperations), get("http://a.test/"), options)).await
    };
    assert_eq!(text_of(execute(CallOptions::default()).await), "late");
    let stopped = execute(CallOptions::default().with_limits(limits)).await.unwrap_err();
    assert_eq!(stopped.reason, TerminationReason::WallClockTimeout);
    assert_eq!(text_of(execute(CallOptions::default()).await), "late");
}

#[tokio::test]
async fn a_deadline_ends_the_wait_for_an_isolate_and_the_request() {
    let pool = IsolatePool::new(options().with_max_size(1)).unwrap();
    let world = World::new();
    let script = Script::new(
        "export default { async fetch() { await fetch('http://b.test/'); return new Response('answered') } }",
    );
    let execute = async |deadline: Instant| {
        let options = CallOptions::default().with_deadline(deadline);
        soon(pool.execute_with("b", &script, Arc::clone(&world) as _, get("http://a.test/"), options)).await
    };
    let late = execute(Instant::now() + Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(late.reason, TerminationReason::WallClockTimeout, "it has begun: {}", late.message);
    let first = spawn_send(&pool, "a", &script, &world, "/");
    eventually("the only isolate is taken", || world.started() == 2).await;
    let waited = execute(Instant::now() + Duration::from_millis(30)).await.unwrap_err();
    assert_eq!(waited.reason, TerminationReason::WallClockTimeout);
    assert!(waited.message.contains("waited"), "{}", waited.message);
    world.answer();
    assert_eq!(text_of(first.await.unwrap()), "answered");
    assert_eq!(text_of(execute(Instant::now() + Duration::from_secs(60)).await), "answered");
}

#[tokio::test]
async fn a_priority_orders_the_calls_of_a_worker_that_wait_for_its_isolate() {
    let pool = IsolatePool::new(options().with_max_size(1)).unwrap();
    let world = World::new();
    let script = Script::new(
        "let order = []; export const note = (name) => order.push(name); export const all = () => order.join('');
         export default { async fetch() { await fetch('http://b.test/'); return new Response() } }",
    );
    let holder = spawn_send(&pool, "a", &script, &world, "/");
    eventually("the only isolate is taken", || world.started() == 1).await;
    let mut calls = Vec::new();
    for (name, priority) in [("l", Priority::Low), ("n", Priority::Normal), ("h", Priority::High)] {
        let (callers, script) = (pool.clone(), script.clone());
        let options = CallOptions::default().with_priority(priority);
        let call = async move {
            let operations = Arc::new(NoOperations);
            callers.call_with::<_, usize>("a", &script, operations, "note", &(name,), options).await.unwrap()
        };
        calls.push(tokio::spawn(call));
        eventually("it waits", || pool.stats().waiting == calls.len()).await;
    }
    world.answer();
    for call in calls {
        soon(call).await.unwrap();
    }
    holder.await.unwrap().unwrap();
    assert_eq!(pool.call::<_, String>("a", &script, "all", &()).await.unwrap(), "hnl");
}

#[tokio::test]
async fn preparing_finds_mistakes_and_warms() {
    for reuse in [Reuse::Warm, Reuse::Fresh] {
        let pool = IsolatePool::new(options().with_reuse(reuse)).unwrap();
        let world = World::new();
        let broken = pool.prepare("a", &Script::new("export default { fetch("), Arc::new(NoOperations)).await;
        assert_eq!(broken.unwrap_err().reason, TerminationReason::InitializationError);
        let script =
            Script::new("console.log('evaluated'); export default { fetch: () => new Response('hello') }");
        soon(pool.prepare("a", &script, Arc::clone(&world) as _)).await.unwrap();
        assert!(world.has_logged("evaluated"));
        assert_eq!(text_of(send(&pool, "a", &script, &world, "/").await), "hello");
        if reuse == Reuse::Warm {
            assert_eq!(world.lines().len(), 1, "it was evaluated once");
        }
    }
}

#[tokio::test]
async fn a_relative_uri_is_refused() {
    let pool = IsolatePool::new(options()).unwrap();
    let script = Script::new("export default { fetch: (request) => new Response(request.url) }");
    for uri in ["/path", "a.test", "*"] {
        let refused = pool.execute("a", &script, Arc::new(NoOperations), get(uri)).await.unwrap_err();
        assert_eq!(refused.reason, TerminationReason::Other);
        assert!(refused.message.contains("must be absolute"), "{}", refused.message);
    }
    assert_eq!(text_of(send(&pool, "a", &script, &World::new(), "/x").await), "http://a.test/x");
}

#[test]
fn a_runtime_without_time_is_an_error_and_no_panic() {
    const NO_TIMER: &str = "a call that has to wait needs a tokio runtime with time enabled";
    let pool = IsolatePool::new(options()).unwrap();
    let script = Script::new("export default { fetch: () => new Response('hello') }");
    let execute = || pool.execute("a", &script, Arc::new(NoOperations), get("http://a.test/"));
    let with_time = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let without = tokio::runtime::Builder::new_current_thread().build().unwrap();

    let lease = with_time.block_on(pool.acquire("a")).unwrap();
    let refused = without.block_on(execute()).unwrap_err();
    assert_eq!((refused.reason, &*refused.message), (TerminationReason::Other, NO_TIMER));
    let options = CallOptions::default().with_deadline(Instant::now() + Duration::from_secs(60));
    let event = get("http://a.test/");
    let dated = pool.execute_with("a", &script, Arc::new(NoOperations), event, options);
    assert_eq!(without.block_on(dated).unwrap_err().message, NO_TIMER);
    drop(lease);
    // What need not wait needs no timer.
    assert_eq!(text_of(without.block_on(execute())), "hello");
    assert_eq!(pool.stats().waiting, 0);
}
