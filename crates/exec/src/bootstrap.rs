//! The Web APIs: JavaScript that is evaluated into the startup snapshot.
//!
//! Each file is a function of one object, `internals`, through which the files share what they define. It holds
//! the host functions as `internals.host`. Neither is reachable from a global, so guest code cannot find them.
//! The last file returns the entry points that the host calls. There is a folder for each standard; `internal/` has what
//! all of them are made of, `worker/` what this server adds: handlers, exports, `env`.

mod rehearsal;

use std::sync::OnceLock;

use isolate::{BootstrapHash, ExternalReferences, SnapshotSource};
use sha2::{Digest, Sha256};

use crate::exception::{self, Known};
use crate::host;
use crate::vocabulary::parts::{self, Source, files};

/// The files that are evaluated into the snapshot, in the order of their evaluation.
static FILES: &[Source] = files! {
    "internal/primordials.js"
    "internal/webidl.js"
    "internal/parts.js"
    "console/platform_classes.js"
    "internal/async_context.js"
    "internal/json.js"
    "internal/stacks.js"
    "internal/thrown.js"
    "worker/exports.js"
    "dom/dom_exception.js"
    "dom/event.js"
    "dom/event_target.js"
    "html/error_events.js"
    "html/global_scope.js"
    "internal/requests.js"
    "html/timers.js"
    "dom/abort.js"
    "html/base64.js"
    "messaging/tasks.js"
    "internal/operations.js"
    "crypto/computed.js"
    "internal/host_body.js"
    "fetch/headers.js"
    "fetch/body.js"
    "fetch/request.js"
    "fetch/response.js"
    "fetch/fetch.js"
    "wasm/types.js"
    "wasm/streaming.js"
    "internal/built_ins.js"
    "worker/bindings.js"
    "worker/worker_events.js"
    "main.js"
};

/// Where the entry points are found in a context from the snapshot.
const ENTRY_POINTS_INDEX: usize = 0;

/// What the snapshot is built from.
pub(crate) fn snapshot_source() -> SnapshotSource {
    SnapshotSource {
        evaluate: evaluate_into_snapshot,
        external_references: external_references(),
        hash: hash(),
    }
}

/// What isolates from the snapshot refer to: host functions, and the texts of files.
pub(crate) fn external_references() -> ExternalReferences {
    static REFERENCES: OnceLock<ExternalReferences> = OnceLock::new();
    *REFERENCES
        .get_or_init(|| ExternalReferences::new(host::references(), FILES.iter().map(|file| &file.text)))
}

/// Covers the files and the list of host functions.
pub(crate) fn hash() -> BootstrapHash {
    // Over a megabyte; a start of the process asks more than once.
    static HASH: OnceLock<BootstrapHash> = OnceLock::new();
    *HASH.get_or_init(|| {
        let mut hash = Sha256::new();
        let files = FILES.iter().chain(parts::sources()).flat_map(|file| [file.name, file.text.as_str()]);
        let parts = files.chain(host::names()).chain([rehearsal::SCRIPT]);
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    })
}

fn evaluate_into_snapshot(scope: &mut v8::PinScope<'_, '_>) -> Result<(), String> {
    rehearsal::play(scope)?;
    let entry_points = evaluate(scope)?;
    let context = scope.get_current_context();
    let index = scope.add_context_data(context, entry_points);
    assert_eq!(index, ENTRY_POINTS_INDEX, "the first data of the context");
    Ok(())
}

/// The entry points of a new context: from the snapshot, or by evaluating the files.
pub(crate) fn entry_points<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    from_snapshot: bool,
) -> Result<v8::Local<'s, v8::Object>, String> {
    if from_snapshot {
        return scope
            .get_context_data_from_snapshot_once::<v8::Object>(ENTRY_POINTS_INDEX)
            .map_err(|error| format!("the snapshot has no entry points: {error}"));
    }
    evaluate(scope)
}

/// Evaluates the files in the current context; returns what the last one returned.
fn evaluate<'s>(scope: &mut v8::PinScope<'s, '_>) -> Result<v8::Local<'s, v8::Object>, String> {
    explained(scope, |scope| {
        let host = host::object(scope)?;
        let internals = internals(scope, host)?;
        evaluate_files(scope, internals)
    })
}

/// What `run` returns, or the exception that it left pending.
fn explained<'s, 'i, T>(
    scope: &mut v8::PinScope<'s, 'i>,
    run: impl FnOnce(&mut v8::PinScope<'s, 'i>) -> Option<T>,
) -> Result<T, String> {
    v8::tc_scope!(let scope, scope);
    match (run(scope), scope.exception()) {
        (Some(value), _) => Ok(value),
        (None, Some(exception)) => {
            let described = exception::describe(scope, exception, Known::default());
            Err(described.map_or_else(String::new, |error| error.stack.unwrap_or(error.message)))
        }
        (None, None) => Err("the bootstrap was terminated".into()),
    }
}

/// The object that the files share, with functions of a host.
fn internals<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    host: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Object>> {
    let null = v8::null(scope).into();
    let internals = v8::Object::with_prototype_and_properties(scope, null, &[], &[]);
    add_frame_functions(scope, host)?;
    let key = v8::String::new(scope, "host")?;
    internals.set(scope, key.into(), host.into())?;
    Some(internals)
}

/// What the last one returned.
fn evaluate_files<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    internals: v8::Local<'s, v8::Object>,
) -> Option<v8::Local<'s, v8::Object>> {
    let mut last = v8::undefined(scope).into();
    for file in FILES {
        let name = v8::String::new(scope, file.name)?;
        let source = v8::String::new_from_onebyte_const(scope, &file.text)?;
        let origin = host::script_origin(scope, name, false);
        let script = v8::Script::compile(scope, source, Some(&origin))?;
        let function = v8::Local::<v8::Function>::try_from(script.run(scope)?).ok()?;
        let this = v8::undefined(scope).into();
        last = function.call(scope, this, &[internals.into()])?;
    }
    let entry_points = v8::Local::<v8::Object>::try_from(last).ok()?;
    host::define_lazy_globals(scope, entry_points, parts::globals())?;
    Some(entry_points)
}

/// The functions for the value that V8 keeps across awaits: V8's own, which are faster than ours could be.
fn add_frame_functions(scope: &mut v8::PinScope<'_, '_>, host: v8::Local<'_, v8::Object>) -> Option<()> {
    let extras = scope.get_current_context().get_extras_binding_object(scope);
    let names = [
        ("frame", "getContinuationPreservedEmbedderData"),
        ("setFrame", "setContinuationPreservedEmbedderData"),
    ];
    for (ours, theirs) in names {
        let (ours, theirs) = (v8::String::new(scope, ours)?, v8::String::new(scope, theirs)?);
        let function = v8::Local::<v8::Function>::try_from(extras.get(scope, theirs.into())?).ok()?;
        host.set(scope, ours.into(), function.into())?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::OnceLock;

    use isolate::{LockerManagedIsolate, RuntimeLimits, platform};

    use super::*;
    use crate::isolate_state::raw_isolate::preparation;
    use crate::isolate_state::{IsolateState, current_request};
    use crate::vocabulary::request_id::RequestId;

    const CONTINUATIONS: &str = include_str!("../tests/bootstrap_js/continuations.js");

    static SEEN: OnceLock<Option<String>> = OnceLock::new();

    /// Calls the test with the internals.
    fn run_continuations(scope: &mut v8::PinScope<'_, '_>) -> Option<String> {
        let host = host::object(scope)?;
        let internals = internals(scope, host)?;
        evaluate_files(scope, internals)?;
        let source = v8::String::new(scope, CONTINUATIONS)?;
        let test = v8::Script::compile(scope, source, None)?.run(scope)?;
        let test = v8::Local::<v8::Function>::try_from(test).ok()?;
        let this = v8::undefined(scope).into();
        current_request::set(scope, RequestId::from_number(7.0));
        let seen = test.call(scope, this, &[internals.into()])?;
        scope.perform_microtask_checkpoint();
        Some(v8::json::stringify(scope, seen)?.to_rust_string_lossy(scope))
    }

    fn prepare(isolate: &mut v8::Isolate) {
        IsolateState::install(isolate);
        v8::scope!(let scope, isolate);
        let context = v8::Context::new(scope, v8::ContextOptions::default());
        let scope = &mut v8::ContextScope::new(scope, context);
        SEEN.get_or_init(|| run_continuations(scope));
    }

    #[test]
    fn storages_and_the_request_follow_the_continuations_of_v8() {
        let options = isolate::IsolateOptions::default()
            .with_limits(RuntimeLimits::default())
            .with_prepare(Some(preparation(prepare)));
        let isolate = platform::initialize().run(move || LockerManagedIsolate::new(&options)).unwrap();
        drop(isolate);
        let seen = SEEN.get().and_then(Option::as_deref).expect("the test ran to its end");
        let seen: Vec<(String, Option<u32>, u32)> = serde_json::from_str(seen).unwrap();
        assert!(seen.iter().all(|(_, _, request)| *request == 7), "{seen:?}");
        let seen: BTreeMap<_, _> = seen.into_iter().map(|(what, store, _)| (what, store)).collect();
        let of_the_first = [
            "reaction",
            "finally",
            "microtask",
            "begin",
            "await",
            "nested",
            "afterwards",
            "then",
            "thenable",
            "generator",
            "loop",
            "catch",
        ];
        let others = [
            ("resource", Some(2)),
            ("snapshot", Some(3)),
            ("back", Some(4)),
            ("entered", Some(5)),
            ("after entering", Some(5)),
            ("disabled", None),
            ("queued", None),
            ("queued, in a storage", Some(6)),
        ];
        let expected: BTreeMap<_, _> = (of_the_first.into_iter().map(|what| (what, Some(1))))
            .chain(others)
            .map(|(what, store)| (what.to_owned(), store))
            .collect();
        assert_eq!(seen, expected);
    }
}
