//! The first request of a worker, played while the snapshot is built: see `rehearsal.js`.

use super::{evaluate_files, explained, internals};
use crate::host;

pub(super) const SCRIPT: &str = include_str!("rehearsal.js");

/// Plays it in a context of its own. The code of the functions that ran stays with the isolate, and so gets into its
/// snapshot.
pub(super) fn play(scope: &mut v8::PinScope<'_, '_>) -> Result<(), String> {
    v8::scope!(let scope, scope);
    let context = v8::Context::new(scope, v8::ContextOptions::default());
    let scope = &mut v8::ContextScope::new(scope, context);
    let played = explained(scope, try_play)?;
    scope.perform_microtask_checkpoint();
    match played.state() {
        v8::PromiseState::Fulfilled => Ok(()),
        state => {
            let result = (state == v8::PromiseState::Rejected).then(|| played.result(scope));
            let why = result.map(|error| error.to_rust_string_lossy(scope));
            Err(format!("the rehearsal has failed: {}", why.as_deref().unwrap_or("it does not end")))
        }
    }
}

/// `None` with an exception pending.
fn try_play<'s>(scope: &mut v8::PinScope<'s, '_>) -> Option<v8::Local<'s, v8::Promise>> {
    let script = v8::String::new(scope, SCRIPT)?;
    let script = v8::Script::compile(scope, script, None)?.run(scope)?;
    let script = v8::Local::<v8::Object>::try_from(script).ok()?;
    let mut names = Vec::new();
    for name in host::names() {
        names.push(v8::String::new(scope, name)?.into());
    }
    let names = v8::Array::new_with_elements(scope, &names);
    let host = call(scope, script, "host", names.into())?;
    let internals = internals(scope, v8::Local::<v8::Object>::try_from(host).ok()?)?;
    let entry_points = evaluate_files(scope, internals)?;
    let played = call(scope, script, "play", entry_points.into())?;
    v8::Local::<v8::Promise>::try_from(played).ok()
}

fn call<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    object: v8::Local<'s, v8::Object>,
    method: &str,
    argument: v8::Local<'s, v8::Value>,
) -> Option<v8::Local<'s, v8::Value>> {
    let name = v8::String::new(scope, method)?;
    let method = v8::Local::<v8::Function>::try_from(object.get(scope, name.into())?).ok()?;
    method.call(scope, object.into(), &[argument])
}
