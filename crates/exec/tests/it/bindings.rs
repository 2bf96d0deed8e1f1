//! Objects of the host in a worker's `env`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use exec::{
    Binding, BindingAnswer, BindingCall, CallEvent, Event, OperationError, ProcessBudget, Script,
    TenantBudget, TenantLimits, Termination, TerminationReason,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{LIVENESS, Worker, eventually};

/// Answers by the name of the method, and counts the calls that were begun and given up.
#[derive(Default)]
struct Host {
    name: &'static str,
    begun: AtomicUsize,
    dropped: AtomicUsize,
    changed: Notify,
}

impl Host {
    fn named(name: &'static str) -> Arc<Self> {
        Arc::new(Self { name, ..Self::default() })
    }
}

/// Counts a call that is dropped before its end.
struct Dropped<'a>(&'a Host);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }
}

struct Shared(Arc<Host>);

#[async_trait]
impl Binding for Shared {
    fn methods(&self) -> &[&str] {
        &["echo", "reverse", "large", "fails", "panics", "never", "name"]
    }

    async fn call(&self, call: BindingCall) -> Result<BindingAnswer, OperationError> {
        let host = &self.0;
        host.begun.fetch_add(1, Ordering::SeqCst);
        match call.method() {
            "echo" => BindingAnswer::json(&call.argument::<Value>(0)?),
            "reverse" => {
                let bytes = call.bytes(0).ok_or_else(|| OperationError::new("no bytes", ""))?;
                Ok(BindingAnswer::bytes(bytes.iter().rev().copied().collect::<Vec<_>>()))
            }
            "large" => Ok(BindingAnswer::bytes(vec![0; call.argument(0)?])),
            "fails" => Err(OperationError::new("the shelf is empty", "shelf 3 of the host")),
            "panics" => panic!("a secret of the host"),
            "never" => {
                let _dropped = Dropped(host);
                std::future::pending().await
            }
            _ => BindingAnswer::json(host.name),
        }
    }
}

fn script(source: &str, host: &Arc<Host>) -> Script {
    Script::new(source).with_binding("HOST", Shared(Arc::clone(host)))
}

async fn call(worker: &Worker, function: &str, arguments: Value) -> Result<Value, Termination> {
    let call = CallEvent::new(function, &arguments, &TenantBudget::unlimited()).unwrap();
    Ok(worker.exec(Event::Call(call)).await?.into_task_result().unwrap().parse())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binding_answers_with_values_and_bytes() {
    let worker = Worker::with_script(script(
        "export async function all(value) {
             const { HOST } = this.env;
             const bytes = await HOST.reverse(new Uint8Array([1, 2, 3]));
             return [await HOST.echo(value), bytes instanceof Uint8Array, ...bytes, await HOST.echo(), await HOST.echo('ä€')];
         }",
        &Host::named("a"),
    ));
    let answer = call(&worker, "all", json!([{ "x": [1, null] }])).await.unwrap();
    assert_eq!(answer, json!([{ "x": [1, null] }, true, 3, 2, 1, null, "ä€"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_or_a_panic_rejects_one_promise() {
    let worker = Worker::with_script(script(
        "const of = (promise) => promise.then(() => 'no error', (error) => `${error.name}: ${error.message}`);
         export async function all() {
             const { HOST } = this.env;
             return Promise.all([HOST.fails(), HOST.panics(), HOST.reverse('text'), HOST.large('x'), HOST.echo(1)].map(of));
         }",
        &Host::named("a"),
    ));
    for _ in 0..2 {
        let answers = call(&worker, "all", json!([])).await.unwrap();
        assert_eq!(answers[0], "Error: the shelf is empty");
        assert_eq!(answers[1], "Error: internal error");
        assert_eq!(answers[2], "Error: no bytes");
        assert!(
            answers[3].as_str().unwrap().starts_with("Error: large: argument 1: invalid type"),
            "{answers}"
        );
        assert_eq!(answers[4], "no error");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_cancelled_with_its_request() {
    let host = Host::named("a");
    let worker = Worker::with_script(script(
        "export default { async fetch(request, env) { await env.HOST.never() } }; export const ping = () => 1",
        &host,
    ));
    let request = tokio::spawn({
        let worker = worker.clone();
        async move { worker.get("/").await }
    });
    let ends = async {
        loop {
            let changed = host.changed.notified();
            if host.begun.load(Ordering::SeqCst) == 1 && !request.is_finished() {
                request.abort();
            }
            if host.dropped.load(Ordering::SeqCst) == 1 {
                return;
            }
            let _again = tokio::time::timeout(std::time::Duration::from_millis(5), changed).await;
        }
    };
    tokio::time::timeout(LIVENESS, ends).await.expect("the call is dropped");
    assert_eq!(call(&worker, "ping", json!([])).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_operations_and_answers_are_bytes() {
    let limits = TenantLimits::default().with_bytes(1_000).with_operations(2);
    let budget = TenantBudget::new(limits, &ProcessBudget::default());
    let host = Host::named("a");
    let mut worker = Worker::with_script(
        script(
            "const of = (promise) => promise.then((answer) => answer.length, (error) => error.message);
             export async function sizes(...sizes) { return Promise.all(sizes.map((size) => of(this.env.HOST.large(size)))) }
             export async function beside(pending) {
                 for (let i = 0; i < pending; i++) this.env.HOST.never().catch(() => {});
                 return of(this.env.HOST.large(1));
             }
             export async function send(size) { return of(this.env.HOST.reverse(new Uint8Array(size))) }",
            &host,
        )
        .with_limits(crate::support::generous().request.with_operations(3)),
    );
    worker.context = worker.context.with_budget(budget.clone());
    assert_eq!(call(&worker, "sizes", json!([10, 20, 30])).await.unwrap(), json!([10, 20, 30]));
    let too_many = call(&worker, "beside", json!([3])).await.unwrap();
    assert_eq!(too_many, json!("too many operations in flight"));
    let exceeded = "the worker's budget of bytes is used up";
    assert_eq!(call(&worker, "sizes", json!([2_000])).await.unwrap(), json!([exceeded]));
    let begun = host.begun.load(Ordering::SeqCst);
    assert_eq!(call(&worker, "send", json!([2_000])).await.unwrap(), json!(exceeded));
    assert_eq!(host.begun.load(Ordering::SeqCst), begun, "what does not fit is not sent");
    let used = || (budget.usage().bytes, budget.usage().operations);
    eventually("all of it has come back", || used() == (0, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_binding_that_answers_is_the_one_of_the_request() {
    let source = "globalThis.first ??= null;
         export async function name() { first ??= this.env.HOST; return [await this.env.HOST.name(), await first.name()] }";
    let (one, two) = (script(source, &Host::named("one")), script(source, &Host::named("two")));
    assert_eq!(one.fingerprint(), two.fingerprint(), "JavaScript sees the same");
    let worker = Worker::with_script(one);
    assert_eq!(call(&worker, "name", json!([])).await.unwrap(), json!(["one", "one"]));
    let other = Worker { context: worker.context.clone().with_settings_of(&two), ..worker.clone() };
    // Also by an object that code of another request has kept.
    assert_eq!(call(&other, "name", json!([])).await.unwrap(), json!(["two", "two"]));
    assert_eq!(call(&worker, "name", json!([])).await.unwrap(), json!(["one", "one"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_reaches_no_other_binding_and_no_host_function() {
    let source = "export async function search() {
             const found = [];
             const look = (object, depth) => {
                 for (const key of Reflect.ownKeys(object)) {
                     const value = object[key];
                     if (typeof value === 'function' && /bindingStart/.test(value.name + key.toString())) found.push(key);
                     if (depth > 0 && value !== null && typeof value === 'object') look(value, depth - 1);
                 }
             };
             look(globalThis, 1);
             look(this.env, 2);
             const before = await this.env.HOST.name();
             try { this.env.HOST.name = () => 'forged' } catch {}
             return [found, before, await this.env.HOST.name.call({ binding: 1, id: 1 }, 1, 2, 3), Object.keys(this.env)];
         }";
    let worker = Worker::with_script(script(source, &Host::named("mine")));
    let _other = Worker::on(
        &worker.isolate,
        script("export const f = 1; addEventListener('fetch', () => {})", &Host::named("theirs")),
    );
    assert_eq!(call(&worker, "search", json!([])).await.unwrap(), json!([[], "mine", "mine", ["HOST"]]));
    let none =
        Worker::with_script(Script::new("export const f = function () { return typeof this.env.HOST }"));
    assert_eq!(call(&none, "f", json!([])).await.unwrap(), "undefined");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_large_rejects() {
    let worker = Worker::with_script(script(
        "export const f = async function (size) { return this.env.HOST.large(size).then(() => 0, (error) => error.message) }",
        &Host::named("a"),
    ));
    assert_eq!(call(&worker, "f", json!([200 << 20])).await.unwrap(), "the answer is too large");
    assert_eq!(call(&worker, "f", json!([10])).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_function_of_that_name_is_an_initialisation_error() {
    let worker = Worker::new("export const price = () => 1; export default { fetch() {} }");
    for name in ["prize", "default", "toString"] {
        let error = call(&worker, name, json!([])).await.unwrap_err();
        assert_eq!(error.reason, TerminationReason::InitializationError);
        assert_eq!(error.message, format!("the script exports no function {name}"));
    }
    assert_eq!(call(&worker, "price", json!([])).await.unwrap(), 1);
}

#[test]
fn names_and_methods_are_part_of_the_fingerprint() {
    struct Methods(&'static [&'static str]);

    #[async_trait]
    impl Binding for Methods {
        fn methods(&self) -> &[&str] {
            self.0
        }

        async fn call(&self, _call: BindingCall) -> Result<BindingAnswer, OperationError> {
            Ok(BindingAnswer::null())
        }
    }

    let of = |name: &str, methods| Script::new("a").with_binding(name, Methods(methods)).fingerprint();
    assert_eq!(of("A", &["x"]), of("A", &["x"]));
    let variables = [("A", "1"), ("x", "")];
    let others = [of("B", &["x"]), of("A", &["y"]), of("A", &["x", "y"]), Script::new("a").fingerprint()];
    assert!(!others.contains(&of("A", &["x"])));
    assert_ne!(of("A", &["x"]), Script::new("a").with_environment(variables).fingerprint());
}
