//! A store of the host in a worker's `env`: `await env.KV.get('key')`.
//!
//! Each tenant gets a store of its own, since each has a script of its own. A call of the store is an operation: it counts
//! in the limits of the request, is cancelled with it, and holds no isolate while it lasts.
//!
//! ```toml
//! [dependencies]
//! runner = { git = "https://github.com/isolate-pool/isolate-pool", default-features = false }
//! tokio = { version = "1", features = ["macros", "rt-multi-thread", "time"] }
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use runner::exec::{
    Binding, BindingAnswer, BindingCall, Body, Event, NoOperations, OperationError, Script, async_trait,
};
use runner::{IsolatePool, PoolOptions, http};

/// A store in memory. A real one would await a database here.
#[derive(Default)]
struct Store(Mutex<HashMap<String, String>>);

#[async_trait]
impl Binding for Store {
    fn methods(&self) -> &[&str] {
        &["get", "put"]
    }

    async fn call(&self, call: BindingCall) -> Result<BindingAnswer, OperationError> {
        let key: String = call.argument(0)?;
        if key.is_empty() {
            // The worker sees the first text, the log the second.
            return Err(OperationError::new("a key must not be empty", "empty key"));
        }
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match call.method() {
            "get" => BindingAnswer::json(&values.get(&key)),
            _ => {
                values.insert(key, call.argument(1)?);
                Ok(BindingAnswer::null())
            }
        }
    }
}

const WORKER: &str = "
    export default {
        async fetch(request, env) {
            const key = new URL(request.url).pathname.slice(1);
            try {
                const visits = Number(await env.KV.get(key)) + 1;
                await env.KV.put(key, `${visits}`);
                return new Response(`${env.TENANT} ${key}: ${visits}`);
            } catch (error) {
                return new Response(error.message, { status: 400 });
            }
        },
    };
";

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let pool = IsolatePool::new(PoolOptions::default())?;
    let tenant = |name: &str| {
        Script::new(WORKER).with_environment([("TENANT", name)]).with_binding("KV", Store::default())
    };
    let (a, b) = (tenant("a"), tenant("b"));
    for (id, script, path) in [("a", &a, "tea"), ("a", &a, "tea"), ("b", &b, "tea"), ("a", &a, "")] {
        let request = http::Request::get(format!("http://example.com/{path}")).body(Body::empty())?;
        let outcome = pool.execute(id, script, Arc::new(NoOperations), Event::Fetch(request)).await?;
        let response = outcome.into_response().ok_or("no response")?;
        println!(
            "{} {}",
            response.status().as_u16(),
            String::from_utf8_lossy(response.body().as_bytes().unwrap_or_default())
        );
    }
    Ok(())
}
