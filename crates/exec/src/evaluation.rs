//! Evaluating a worker's script in a new context.

use std::sync::Arc;

use isolate::Turn;

use crate::blank_realm::{BlankRealm, call};
use crate::bootstrap;
use crate::exception;
use crate::host::set_current_request;
use crate::isolate_state::IsolateState;
use crate::raw_isolate::raw;
use crate::realm::{Handlers, Realm};
use crate::rejections;
use crate::script::Script;
use crate::termination::{Termination, TerminationReason};

/// The name under which a worker's script appears in its stack traces.
const SCRIPT_NAME: &str = "worker.js";

/// A context whose script is being evaluated: a top-level await may take several turns.
pub(crate) struct Evaluation {
    realm: BlankRealm,
    unit: Unit,
}

enum Unit {
    Module { module: v8::Global<v8::Module>, completion: v8::Global<v8::Promise> },
    Classic,
}

/// How far an evaluation is.
pub(crate) enum Progress {
    Done(Arc<Realm>),
    Failed(Termination),
    /// It waits for something that V8 does in the background.
    Waiting(Evaluation),
    Interrupted,
}

impl Evaluation {
    /// Takes a blank realm, which the isolate may have ready, and evaluates `script` in it as far as it goes.
    pub(crate) fn start(turn: &mut Turn<'_>, script: &Script) -> Progress {
        let _inside = turn.inside_v8();
        let from_snapshot = turn.managed().use_snapshot();
        let spare = IsolateState::of(raw(turn)).spare_realm.take();
        let realm = match spare.map_or_else(|| BlankRealm::create(raw(turn), from_snapshot), Ok) {
            Ok(realm) => realm,
            Err(_) if turn.interruption().is_some() => return Progress::Interrupted,
            Err(detail) => {
                tracing::error!(%detail, "the bootstrap failed");
                let message = "the runtime could not be initialised";
                return Progress::Failed(initialization_error(message.into(), None));
            }
        };
        IsolateState::of(raw(turn)).enters_context(&realm.resources);
        let evaluated = {
            v8::scope_with_context!(let scope, raw(turn), &realm.context);
            set_current_request(scope, None);
            v8::tc_scope!(let scope, scope);
            match Self::evaluate(scope, &realm, script) {
                Some(Ok(unit)) => Ok(unit),
                Some(Err(message)) => Err(initialization_error(message, None)),
                None => match caught(scope) {
                    Some(termination) => Err(termination),
                    None => return Progress::Interrupted,
                },
            }
        };
        match evaluated {
            Ok(unit) => Self { realm, unit }.proceed(turn),
            Err(termination) => Progress::Failed(termination),
        }
    }

    /// `None` if an exception is pending in `scope`, or JavaScript was interrupted.
    fn evaluate(
        scope: &mut v8::PinScope<'_, '_>,
        realm: &BlankRealm,
        script: &Script,
    ) -> Option<Result<Unit, String>> {
        let env = environment(scope, script)?;
        let longest_source = IsolateState::of(scope).longest_source;
        let longest_source = v8::Number::new(scope, longest_source as f64);
        call(scope, &realm.entry_points.setup, &[env.into(), longest_source.into()])?;
        Some(Ok(match compile(scope, script)? {
            Compiled::Module(module) => {
                if let Some(specifier) = first_import(scope, module) {
                    return Some(Err(format!("imports are not supported: \"{specifier}\"")));
                }
                let completion = module.evaluate(scope)?;
                let completion = v8::Local::<v8::Promise>::try_from(completion).ok()?;
                Unit::Module {
                    module: v8::Global::new(scope, module),
                    completion: v8::Global::new(scope, completion),
                }
            }
            Compiled::Classic(classic) => {
                call(scope, &realm.entry_points.expose_env, &[])?;
                classic.run(scope)?;
                Unit::Classic
            }
        }))
    }

    /// Runs microtasks and looks whether the evaluation has come to its end.
    pub(crate) fn proceed(self, turn: &mut Turn<'_>) -> Progress {
        let _inside = turn.inside_v8();
        turn.run_foreground_tasks();
        IsolateState::of(raw(turn)).enters_context(&self.realm.resources);
        raw(turn).perform_microtask_checkpoint();
        if turn.interruption().is_some() {
            return Progress::Interrupted;
        }
        let in_background = turn.expects_foreground_tasks();
        let bound = {
            v8::scope_with_context!(let scope, raw(turn), &self.realm.context);
            set_current_request(scope, None);
            v8::tc_scope!(let scope, scope);
            let bound = self.bind(scope);
            rejections::report(scope);
            match bound {
                Some(bound) => bound,
                None => match caught(scope) {
                    Some(termination) => Bound::Failed(termination),
                    None => return Progress::Interrupted,
                },
            }
        };
        match bound {
            Bound::Handlers(Handlers(0)) => Progress::Failed(initialization_error(
                "the script has no handlers: export default { fetch } or call addEventListener('fetch', …)"
                    .into(),
                None,
            )),
            Bound::Handlers(handlers) => Progress::Done(Arc::new(Realm::new(self.realm, handlers))),
            Bound::Failed(termination) => Progress::Failed(termination),
            Bound::Waiting if in_background => Progress::Waiting(self),
            Bound::Waiting => Progress::Failed(initialization_error(
                "the script's top-level await never resolves".into(),
                None,
            )),
        }
    }

    fn bind(&self, scope: &mut v8::PinScope<'_, '_>) -> Option<Bound> {
        let mut mask = 0;
        if let Unit::Module { module, completion } = &self.unit {
            let completion = v8::Local::new(scope, completion);
            match completion.state() {
                v8::PromiseState::Pending => return Some(Bound::Waiting),
                v8::PromiseState::Rejected => {
                    completion.mark_as_handled();
                    let error = completion.result(scope);
                    return describe_failure(scope, error).map(Bound::Failed);
                }
                v8::PromiseState::Fulfilled => {}
            }
            let namespace = v8::Local::new(scope, module).get_module_namespace();
            let namespace = v8::Local::<v8::Object>::try_from(namespace).ok()?;
            let key = v8::String::new(scope, "default")?;
            let default = namespace.get(scope, key.into())?;
            mask = call(scope, &self.realm.entry_points.bind_module, &[default])?.uint32_value(scope)?;
        }
        if mask == 0 {
            mask = call(scope, &self.realm.entry_points.bind_events, &[])?.uint32_value(scope)?;
        }
        Some(Bound::Handlers(Handlers(mask)))
    }
}

enum Bound {
    Handlers(Handlers),
    Waiting,
    Failed(Termination),
}

enum Compiled<'s> {
    Module(v8::Local<'s, v8::Module>),
    Classic(v8::Local<'s, v8::Script>),
}

/// Compiles as a module; a script that neither imports nor exports nor awaits at its top level is compiled as a
/// classic script instead, which is what it was before there were modules (sloppy mode, `this`, its own globals).
/// `None` with a pending exception if it is neither.
fn compile<'s>(scope: &mut v8::PinScope<'s, '_>, script: &Script) -> Option<Compiled<'s>> {
    let text = v8::String::new(scope, script.source())?;
    let name = v8::String::new(scope, SCRIPT_NAME)?;
    let module = {
        v8::tc_scope!(let scope, scope);
        let mut source = v8::script_compiler::Source::new(text, Some(&bootstrap::origin(scope, name, true)));
        let module = v8::script_compiler::compile_module(scope, &mut source);
        if module.is_none() && scope.has_terminated() {
            return None;
        }
        module
    };
    if let Some(module) = module {
        if module.get_module_requests().length() > 0 {
            return Some(Compiled::Module(module));
        }
        module.instantiate_module(scope, |_, _, _, _| None)?;
        if module.has_top_level_await() || has_exports(scope, module) {
            return Some(Compiled::Module(module));
        }
    }
    let classic = {
        v8::tc_scope!(let scope, scope);
        let classic = v8::Script::compile(scope, text, Some(&bootstrap::origin(scope, name, false)));
        if classic.is_none() && scope.has_terminated() {
            return None;
        }
        classic
    };
    match (classic, module) {
        (Some(classic), _) => Some(Compiled::Classic(classic)),
        (None, Some(module)) => Some(Compiled::Module(module)),
        (None, None) => {
            // Once more, for the exception: people write modules, so its error is the one to show.
            let mut source =
                v8::script_compiler::Source::new(text, Some(&bootstrap::origin(scope, name, true)));
            v8::script_compiler::compile_module(scope, &mut source).map(Compiled::Module)
        }
    }
}

fn has_exports(scope: &mut v8::PinScope<'_, '_>, module: v8::Local<'_, v8::Module>) -> bool {
    v8::Local::<v8::Object>::try_from(module.get_module_namespace())
        .ok()
        .and_then(|namespace| namespace.get_own_property_names(scope, v8::GetPropertyNamesArgs::default()))
        .is_some_and(|names| names.length() > 0)
}

fn first_import(scope: &mut v8::PinScope<'_, '_>, module: v8::Local<'_, v8::Module>) -> Option<String> {
    let requests = module.get_module_requests();
    if requests.length() == 0 {
        return None;
    }
    let request = v8::Local::<v8::ModuleRequest>::try_from(requests.get(scope, 0)?).ok()?;
    Some(request.get_specifier().to_rust_string_lossy(scope))
}

fn environment<'s>(scope: &mut v8::PinScope<'s, '_>, script: &Script) -> Option<v8::Local<'s, v8::Object>> {
    let env = v8::Object::new(scope);
    for (key, value) in script.environment() {
        let key = v8::String::new(scope, key)?;
        let value = v8::String::new(scope, value)?;
        env.create_data_property(scope, key.into(), value.into())?;
    }
    Some(env)
}

/// What was thrown, as an initialisation error; `None` if nothing was, but JavaScript was interrupted.
fn caught(scope: &mut v8::PinnedRef<'_, v8::TryCatch<'_, '_, v8::HandleScope<'_>>>) -> Option<Termination> {
    if scope.has_terminated() {
        return None;
    }
    let exception = scope.exception()?;
    let line = scope.message().and_then(|message| message.get_line_number(scope));
    let mut termination = describe_failure(scope, exception)?;
    // The stack of a syntax error does not say where it is.
    let located = |stack: &String| stack.contains(&format!("{SCRIPT_NAME}:"));
    if let Some(line) = line
        && !termination.stack.as_ref().is_some_and(located)
    {
        termination.message.push_str(&format!(" ({SCRIPT_NAME}:{line})"));
    }
    Some(termination)
}

/// `None` if describing the error was interrupted.
fn describe_failure<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
) -> Option<Termination> {
    let described = exception::describe(scope, error)?;
    Some(initialization_error(described.message, described.stack))
}

fn initialization_error(message: String, stack: Option<String>) -> Termination {
    Termination { stack, ..Termination::new(TerminationReason::InitializationError, message) }
}
