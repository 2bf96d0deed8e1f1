//! A pricing rule in JavaScript, called as a typed function.
//!
//! The shop's customers write the rule; the shop gives it an order and gets a price, within 5 ms of CPU time.
//!
//! ```toml
//! [dependencies]
//! runner = { git = "https://github.com/isolate-pool/isolate-pool", default-features = false }
//! serde = { version = "1", features = ["derive"] }
//! tokio = { version = "1", features = ["macros", "rt-multi-thread", "time"] }
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use runner::exec::{NoOperations, Script};
use runner::isolate::RuntimeLimits;
use runner::{CallError, CallOptions, IsolatePool, PoolOptions};
use serde::{Deserialize, Serialize};

const RULE: &str = "
    export function price(order, rebate) {
        let sum = 0;
        for (const { price, count } of order.items) sum += price * count;
        return order.items.length > 1 ? { total: sum * (1 - rebate), reason: 'more than one' } : { total: sum };
    }
";

#[derive(Serialize)]
struct Order {
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    price: f64,
    count: u32,
}

#[derive(Debug, Deserialize)]
struct Price {
    total: f64,
    reason: Option<String>,
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let limits = RuntimeLimits::default().with_cpu_time(Duration::from_millis(5));
    let pool = IsolatePool::new(PoolOptions::default().with_max_size(10).with_limits(limits))?;
    let rule = Script::new(RULE);
    // Says at once if a customer's rule cannot be used, and has it ready for the first order.
    pool.prepare("customer-1", &rule, Arc::new(NoOperations)).await?;

    let order = Order { items: vec![Item { price: 4.0, count: 2 }, Item { price: 2.0, count: 1 }] };
    let price: Price = pool.call("customer-1", &rule, "price", &(&order, 0.1)).await?;
    println!("total {}, {}", price.total, price.reason.unwrap_or_default());

    // What goes wrong has a name.
    let broken = Script::new("export function price(order) { return order.lines.length }");
    if let Err(CallError::Terminated(termination)) =
        pool.call::<_, Price>("customer-2", &broken, "price", &(&order,)).await
    {
        println!("customer-2: {}: {}", termination.reason, termination.message);
    }
    let endless = Script::new("export function price() { for (;;); }");
    let deadline = CallOptions::default().with_deadline(Instant::now() + Duration::from_secs(10));
    let stopped = pool
        .call_with::<_, Price>("customer-3", &endless, Arc::new(NoOperations), "price", &(&order,), deadline)
        .await;
    if let Err(CallError::Terminated(termination)) = stopped {
        println!("customer-3: {}", termination.reason);
    }
    Ok(())
}
