//! Evaluating a worker's script in a new context.

use std::sync::Arc;

use isolate::modules::link_module;
use isolate::stack_traces::provide_stack_traces;
use isolate::{IsolateLimits, Turn};
use v8::script_compiler::NoCacheReason;

use crate::exception::rejections;
use crate::exception::{self, Known};
use crate::host::script_origin;
use crate::isolate_state::IsolateState;
use crate::isolate_state::blank_realm::{BlankRealm, EntryPoints, call};
use crate::isolate_state::compiled::Compiled;
use crate::isolate_state::current_request;
use crate::isolate_state::modules::{Key, ModuleMap};
use crate::isolate_state::raw_isolate::raw;
use crate::realm::creation;
use crate::realm::exports::Exports;
use crate::realm::modules::callbacks::Callbacks;
use crate::realm::modules::compile::{compile, text};
use crate::realm::modules::failure::Failure;
use crate::realm::modules::graph;
use crate::realm::stacks::Stacks;
use crate::realm::{Handlers, Realm};
use crate::vocabulary::code_cache::{CodeCache, CodeForm};
use crate::vocabulary::location::SourceLocation;
use crate::vocabulary::module::ModuleKind;
use crate::vocabulary::resources::ResourceTable;
use crate::vocabulary::script::Script;
use crate::vocabulary::termination::{Termination, TerminationReason};

/// A context whose script is being evaluated: a top-level await may take several turns.
pub(crate) struct Evaluation {
    realm: BlankRealm,
    modules: Arc<ModuleMap>,
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
    Waiting(Box<Evaluation>),
    Interrupted,
}

impl Evaluation {
    /// Takes a blank realm, which the isolate may have ready, and evaluates `script` in it as far as it goes.
    pub(crate) fn start(turn: &mut Turn<'_>, script: &Script, cache: Option<CodeCache>) -> Progress {
        if let Err(message) = within_bounds(script, &turn.managed().limits().isolate) {
            return Progress::Failed(initialization_error(message));
        }
        let _inside = turn.inside_v8();
        let from_snapshot = turn.managed().use_snapshot();
        let spare = IsolateState::of(raw(turn)).spare_realm.take();
        let limits = turn.managed().limits().isolate;
        let mut realm = match spare.map_or_else(|| creation::create(raw(turn), from_snapshot), Ok) {
            Ok(realm) => realm,
            Err(_) if turn.interruption().is_some() => return Progress::Interrupted,
            Err(detail) => {
                tracing::error!(%detail, "the bootstrap failed");
                let message = "the runtime could not be initialised";
                return Progress::Failed(initialization_error(message));
            }
        };
        // A spare was made without limits.
        realm.resources = Arc::new(ResourceTable::with_bound(limits.resources));
        IsolateState::of(raw(turn)).enters_context(&realm.resources);
        let modules = ModuleMap::new(raw(turn), &realm, script.clone(), cache);
        if script.source_maps().is_some() {
            provide_stack_traces::<Stacks>(raw(turn));
        }
        let evaluated = {
            v8::scope_with_context!(let scope, raw(turn), &realm.context);
            current_request::set(scope, None);
            v8::tc_scope!(let scope, scope);
            match Self::evaluate(scope, &realm, &modules, &limits) {
                Ok(unit) => Ok(unit),
                Err(Failure::Refused(refusal)) => Err(refusal.into_termination()),
                Err(Failure::Thrown(at)) => match caught(scope, &realm.entry_points, script) {
                    Some(termination) => Err(Termination {
                        location: termination.location.or_else(|| at.map(Box::new)),
                        ..termination
                    }),
                    None => return Progress::Interrupted,
                },
            }
        };
        match evaluated {
            Ok(unit) => Self { realm, modules, unit }.proceed(turn),
            Err(termination) => Progress::Failed(termination),
        }
    }

    fn evaluate(
        scope: &mut v8::PinScope<'_, '_>,
        realm: &BlankRealm,
        modules: &ModuleMap,
        limits: &IsolateLimits,
    ) -> Result<Unit, Failure> {
        prepare(scope, realm, modules.script(), limits).ok_or(Failure::Thrown(None))?;
        let main = modules.main();
        if modules.source_of(main).kind() == ModuleKind::Detected
            && let Detected::Classic(classic) = detect(scope, modules, main).ok_or(Failure::Thrown(None))?
        {
            call(scope, &realm.entry_points.expose_env, &[])
                .and_then(|_| classic.run(scope))
                .ok_or(Failure::Thrown(None))?;
            return Ok(Unit::Classic);
        }
        let module = graph::load(scope, modules, main)?;
        Self::evaluate_module(scope, module).ok_or(Failure::Thrown(None))
    }

    fn evaluate_module(scope: &mut v8::PinScope<'_, '_>, module: v8::Local<'_, v8::Module>) -> Option<Unit> {
        link_module::<Callbacks>(scope, module)?;
        let completion = module.evaluate(scope)?;
        let completion = v8::Local::<v8::Promise>::try_from(completion).ok()?;
        Some(Unit::Module {
            module: v8::Global::new(scope, module),
            completion: v8::Global::new(scope, completion),
        })
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
            current_request::set(scope, None);
            v8::tc_scope!(let scope, scope);
            let bound = self.bind(scope);
            rejections::report(scope, &self.realm.entry_points, self.modules.script());
            match bound {
                Some(bound) => bound,
                None => match caught(scope, &self.realm.entry_points, self.modules.script()) {
                    Some(termination) => Bound::Failed(termination),
                    None => return Progress::Interrupted,
                },
            }
        };
        match bound {
            Bound::Nothing(exports) => Progress::Failed(initialization_error(exports.explain())),
            Bound::Handlers(handlers) => {
                {
                    v8::scope_with_context!(let scope, raw(turn), &self.realm.context);
                    self.modules.code().fill(scope, self.modules.script());
                }
                Progress::Done(Arc::new(Realm::new(self.realm, self.modules, handlers)))
            }
            Bound::Failed(termination) => Progress::Failed(termination),
            Bound::Waiting if in_background => Progress::Waiting(Box::new(self)),
            Bound::Waiting => {
                let message = "the script's top-level await never resolves";
                let location = self.stalled_at(turn).map(Box::new);
                Progress::Failed(Termination { location, ..initialization_error(message) })
            }
        }
    }

    /// Where a module waits at its top level.
    fn stalled_at(&self, turn: &mut Turn<'_>) -> Option<SourceLocation> {
        let Unit::Module { module, .. } = &self.unit else { return None };
        v8::scope_with_context!(let scope, raw(turn), &self.realm.context);
        let stalled = v8::Local::new(scope, module).get_stalled_top_level_await_message(scope);
        stalled.into_iter().find_map(|(_, message)| exception::locate(scope, message, self.modules.script()))
    }

    fn bind(&self, scope: &mut v8::PinScope<'_, '_>) -> Option<Bound> {
        let mut mask = 0;
        let mut namespace = None;
        if let Unit::Module { module, completion } = &self.unit {
            let completion = v8::Local::new(scope, completion);
            match completion.state() {
                v8::PromiseState::Pending => return Some(Bound::Waiting),
                v8::PromiseState::Rejected => {
                    completion.mark_as_handled();
                    let error = completion.result(scope);
                    let known = Known { script: Some(self.modules.script()), ..Known::default() };
                    return describe_failure(scope, error, &self.realm.entry_points, known)
                        .map(Bound::Failed);
                }
                v8::PromiseState::Fulfilled => {}
            }
            let exported = v8::Local::new(scope, module).get_module_namespace();
            let exported = v8::Local::<v8::Object>::try_from(exported).ok()?;
            namespace = Some(exported);
            let key = v8::String::new(scope, "default")?;
            let default = exported.get(scope, key.into())?;
            mask = call(scope, &self.realm.entry_points.bind_module, &[default, exported.into()])?
                .uint32_value(scope)?;
        }
        if mask & Handlers::OF_EVENTS == 0 {
            mask |= call(scope, &self.realm.entry_points.bind_events, &[])?.uint32_value(scope)?;
        }
        if mask != 0 {
            return Some(Bound::Handlers(Handlers(mask)));
        }
        let Some(namespace) = namespace else { return Some(Bound::Nothing(Exports::default())) };
        let list = call(scope, &self.realm.entry_points.list_exports, &[namespace.into()])?;
        Some(Bound::Nothing(Exports::parse(&list.to_rust_string_lossy(scope))))
    }
}

enum Bound {
    Handlers(Handlers),
    /// No handlers.
    Nothing(Exports),
    Waiting,
    Failed(Termination),
}

enum Detected<'s> {
    /// It is in the map.
    Module,
    Classic(v8::Local<'s, v8::Script>),
}

/// Compiles the main module; if it neither imports nor exports nor awaits at its top level it is compiled as a classic
/// script instead, which is what it was before there were modules (sloppy mode, `this`, its own globals).
/// `None` with a pending exception if it is neither.
fn detect<'s>(scope: &mut v8::PinScope<'s, '_>, modules: &ModuleMap, main: Key) -> Option<Detected<'s>> {
    if modules.has_code(main, CodeForm::Classic) {
        return classic(scope, modules, main).map(Detected::Classic);
    }
    let module = {
        v8::tc_scope!(let scope, scope);
        let module = compile(scope, modules, main, None).ok();
        if module.is_none() && scope.has_terminated() {
            return None;
        }
        module
    };
    if let Some(module) = module {
        if module.get_module_requests().length() > 0 {
            return Some(Detected::Module);
        }
        link_module::<Callbacks>(scope, module)?;
        if module.has_top_level_await() || has_exports(scope, module) {
            return Some(Detected::Module);
        }
    }
    let classic = {
        v8::tc_scope!(let scope, scope);
        let classic = classic(scope, modules, main);
        if classic.is_none() && scope.has_terminated() {
            return None;
        }
        classic
    };
    match (classic, module) {
        (Some(classic), _) => {
            modules.remove(main);
            Some(Detected::Classic(classic))
        }
        (None, Some(_)) => Some(Detected::Module),
        // Once more, for the exception: people write modules, so its error is the one to show.
        (None, None) => compile(scope, modules, main, None).ok().map(|_| Detected::Module),
    }
}

fn classic<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    modules: &ModuleMap,
    main: Key,
) -> Option<v8::Local<'s, v8::Script>> {
    let text = text(scope, modules, main)?;
    let name = v8::String::new(scope, modules.script().name())?;
    let origin = script_origin(scope, name, false);
    let (script, from) =
        modules.cached(main, CodeForm::Classic).compile(text, &origin, |source, options| {
            v8::script_compiler::compile(scope, source, options, NoCacheReason::NoReason)
        })?;
    if let Some(from) = from {
        let unbound = script.get_unbound_script(scope);
        modules.code().note(from, Compiled::Classic(v8::Global::new(scope, unbound)));
    }
    Some(script)
}

fn has_exports(scope: &mut v8::PinScope<'_, '_>, module: v8::Local<'_, v8::Module>) -> bool {
    // Whether they are enumerable cannot be asked before they have values.
    let all = v8::GetPropertyNamesArgsBuilder::new()
        .mode(v8::KeyCollectionMode::OwnOnly)
        .property_filter(v8::PropertyFilter::ALL_PROPERTIES | v8::PropertyFilter::SKIP_SYMBOLS)
        .build();
    v8::Local::<v8::Object>::try_from(module.get_module_namespace())
        .ok()
        .and_then(|namespace| namespace.get_own_property_names(scope, all))
        .is_some_and(|names| names.length() > 0)
}

/// Gives the context what the script needs. `None` with an exception pending.
fn prepare(
    scope: &mut v8::PinScope<'_, '_>,
    realm: &BlankRealm,
    script: &Script,
    limits: &IsolateLimits,
) -> Option<()> {
    let env = environment(scope, script)?;
    let longest_json = v8::Number::new(scope, limits.json_bytes as f64);
    let bindings = bindings(scope, script)?;
    let nodejs_compat = v8::Boolean::new(scope, script.nodejs_compat());
    let arguments = [env.into(), longest_json.into(), bindings.into(), nodejs_compat.into()];
    call(scope, &realm.entry_points.setup, &arguments).map(drop)
}

fn within_bounds(script: &Script, limits: &IsolateLimits) -> Result<(), String> {
    let code = script.code();
    let (modules, bytes) = (code.modules().len(), code.source_bytes());
    if modules > limits.modules {
        return Err(format!("the script has {modules} modules, and may have {}", limits.modules));
    }
    for module in code.modules() {
        let bytes = module.source().as_bytes().len();
        let most = match module.kind() {
            ModuleKind::Esm | ModuleKind::CommonJs | ModuleKind::Detected => limits.script_bytes,
            ModuleKind::Json => limits.json_bytes,
            ModuleKind::Text | ModuleKind::Bytes | ModuleKind::Wasm => IsolateLimits::MAX_SCRIPT,
        };
        if bytes > most {
            let what = if modules == 1 { "script" } else { module.name() };
            return Err(format!("the {what} has {bytes} bytes, and may have {most}"));
        }
    }
    let most = IsolateLimits::MAX_SCRIPT;
    if bytes > most {
        return Err(format!("all modules of the script have {bytes} bytes, and may have {most}"));
    }
    Ok(())
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

/// Names and methods of the bindings: `[[name, [method, …]], …]`.
fn bindings<'s>(scope: &mut v8::PinScope<'s, '_>, script: &Script) -> Option<v8::Local<'s, v8::Array>> {
    let mut described: Vec<v8::Local<v8::Value>> = Vec::new();
    for bound in script.bindings().iter() {
        let mut methods: Vec<v8::Local<v8::Value>> = Vec::with_capacity(bound.methods.len());
        for method in &*bound.methods {
            methods.push(v8::String::new(scope, method)?.into());
        }
        let methods = v8::Array::new_with_elements(scope, &methods);
        let name = v8::String::new(scope, &bound.name)?;
        described.push(v8::Array::new_with_elements(scope, &[name.into(), methods.into()]).into());
    }
    Some(v8::Array::new_with_elements(scope, &described))
}

/// What was thrown, as an initialisation error; `None` if nothing was, but JavaScript was interrupted.
fn caught<'s>(
    scope: &mut v8::PinnedRef<'_, v8::TryCatch<'_, 's, v8::HandleScope<'_>>>,
    entry_points: &EntryPoints,
    script: &Script,
) -> Option<Termination> {
    if scope.has_terminated() {
        return None;
    }
    let exception = scope.exception()?;
    let known = Known { script: Some(script), message: scope.message(), shown: None };
    describe_failure(scope, exception, entry_points, known)
}

/// `None` if describing the error was interrupted.
fn describe_failure<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    error: v8::Local<'s, v8::Value>,
    entry_points: &EntryPoints,
    known: Known<'_, 's>,
) -> Option<Termination> {
    let described = exception::describe_shown(scope, error, entry_points, known)?;
    Some(described.into_termination(TerminationReason::InitializationError))
}

fn initialization_error(message: impl Into<String>) -> Termination {
    Termination::new(TerminationReason::InitializationError, message)
}
