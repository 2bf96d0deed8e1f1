//! Templates that users write, rendered on isolates without a pool and without Web APIs: the crate `isolate` alone.
//!
//! ```toml
//! [dependencies]
//! isolate = { git = "https://github.com/isolate-pool/isolate-pool" }
//! serde_json = "1"
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! ```

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use isolate::{IsolateOptions, IsolateThreads, LockerManagedIsolate, RuntimeLimits, TurnIsolate, platform};
use serde_json::json;

/// Renders templates on one isolate, within limits.
struct Renderer {
    isolate: Arc<TurnIsolate>,
    // The isolate's turns run on these.
    _threads: IsolateThreads,
}

impl Renderer {
    fn new() -> Result<Self, Box<dyn Error>> {
        let limits =
            RuntimeLimits::default().with_heap_max(16 << 20).with_cpu_time(Duration::from_millis(100));
        let options = IsolateOptions::default().with_limits(limits);
        let threads = IsolateThreads::new(2);
        // V8 runs on threads that were created after it has started; the platform has such.
        let isolate = platform::initialize().run(move || LockerManagedIsolate::new(&options))?;
        Ok(Self { isolate: TurnIsolate::new(isolate, &threads), _threads: threads })
    }

    /// Every rendering has a context of its own: nothing of one template is left for the next.
    async fn render(&self, template: &str, data: &serde_json::Value) -> Result<String, Box<dyn Error>> {
        // The template is a string of the program, and not a part of its text: it cannot end the program early.
        let (template, data) = (serde_json::to_string(template)?, serde_json::to_string(data)?);
        let source = format!("new Function('data', 'return `' + {template} + '`')({data})");
        let rendered = self
            .isolate
            .with_lock_async(|access| async move { access.enter(|isolate| isolate.evaluate(&source)) })
            .await;
        Ok(rendered.map_err(|loss| format!("stopped: {loss:?}"))??)
    }
}

#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let renderer = Renderer::new()?;
    let data = json!({ "name": "Ada", "items": ["tea", "jam"] });
    println!(
        "{}",
        renderer
            .render("Dear ${data.name}, you have ${data.items.length} items: ${data.items}", &data)
            .await?
    );
    for bad in ["${data.nobody.name}", "${(() => { for (;;); })()}"] {
        match renderer.render(bad, &data).await {
            Ok(text) => println!("{text}"),
            Err(error) => println!("{bad} failed: {error}"),
        }
    }
    println!("{}", renderer.render("and goes on", &data).await?);
    Ok(())
}
