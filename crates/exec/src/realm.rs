//! A V8 context in which a worker's script has been evaluated.

use std::sync::Arc;

use isolate::Turn;

use crate::bootstrap;
use crate::event::{Event, ScheduledEvent, TaskEvent};
use crate::exception;
use crate::host::{byte_string, bytes_to_js, headers_to_js, set_current_request};
use crate::operations::{FetchResponse, OperationError};
use crate::rejections;
use crate::request::RequestId;
use crate::script::Script;
use crate::termination::{Termination, TerminationReason};

/// The name under which a worker's script appears in its stack traces.
const SCRIPT_NAME: &str = "worker.js";

/// A context, ready for events.
pub(crate) struct Realm {
    context: v8::Global<v8::Context>,
    entry_points: EntryPoints,
    handlers: Handlers,
}

/// A context whose script is being evaluated: a top-level await may take several turns.
pub(crate) struct Evaluation {
    context: v8::Global<v8::Context>,
    entry_points: EntryPoints,
    unit: Unit,
}

enum Unit {
    Module { module: v8::Global<v8::Module>, completion: v8::Global<v8::Promise> },
    Classic,
}

/// The functions of the bootstrap that the host calls.
struct EntryPoints {
    setup: v8::Global<v8::Function>,
    expose_env: v8::Global<v8::Function>,
    bind_module: v8::Global<v8::Function>,
    bind_events: v8::Global<v8::Function>,
    dispatch_fetch: v8::Global<v8::Function>,
    dispatch_scheduled: v8::Global<v8::Function>,
    dispatch_task: v8::Global<v8::Function>,
    fire_timer: v8::Global<v8::Function>,
    settle_fetch: v8::Global<v8::Function>,
    abort_request: v8::Global<v8::Function>,
    pending_wait_until: v8::Global<v8::Function>,
    end_request: v8::Global<v8::Function>,
}

/// Which handlers a script has; the bits are the bootstrap's.
#[derive(Clone, Copy, Debug)]
struct Handlers(u32);

/// What became of a call from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    /// It was made; what guest code threw in it has been dealt with.
    Done,
    /// Its arguments do not fit into the isolate.
    TooLarge,
    /// The bootstrap threw, which it should not.
    Failed,
}

/// JavaScript was stopped before it came to its end; the turn knows why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupted;

/// How far an evaluation is.
pub(crate) enum Progress {
    Done(Arc<Realm>),
    Failed(Termination),
    /// It waits for something that V8 does in the background.
    Waiting(Evaluation),
    Interrupted,
}

impl Evaluation {
    /// Creates a context and evaluates `script` in it, as far as it goes.
    pub(crate) fn start(turn: &mut Turn<'_>, script: &Script) -> Progress {
        let from_snapshot = turn.managed().use_snapshot();
        let started = {
            v8::scope!(let scope, &mut **turn);
            let context = v8::Context::new(scope, v8::ContextOptions::default());
            let scope = &mut v8::ContextScope::new(scope, context);
            set_current_request(scope, None);
            v8::tc_scope!(let scope, scope);
            match Self::evaluate(scope, script, from_snapshot) {
                Some(Ok(evaluation)) => Ok(evaluation),
                Some(Err(message)) => Err(initialization_error(message, None)),
                None => match caught(scope) {
                    Some(termination) => Err(termination),
                    None => return Progress::Interrupted,
                },
            }
        };
        match started {
            Ok(evaluation) => evaluation.proceed(turn),
            Err(termination) => Progress::Failed(termination),
        }
    }

    /// `None` if an exception is pending in `scope`, or JavaScript was interrupted.
    fn evaluate(
        scope: &mut v8::PinScope<'_, '_>,
        script: &Script,
        from_snapshot: bool,
    ) -> Option<Result<Self, String>> {
        let entry_points = match bootstrap::entry_points(scope, from_snapshot) {
            Ok(object) => EntryPoints::find(scope, object)?,
            Err(detail) => {
                tracing::error!(%detail, "the bootstrap failed");
                return Some(Err("the runtime could not be initialised".into()));
            }
        };
        hide_shared_memory(scope)?;
        let env = environment(scope, script)?;
        call(scope, &entry_points.setup, &[env.into()])?;
        let unit = match compile(scope, script)? {
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
                call(scope, &entry_points.expose_env, &[])?;
                classic.run(scope)?;
                Unit::Classic
            }
        };
        let context = scope.get_current_context();
        Some(Ok(Self { context: v8::Global::new(scope, context), entry_points, unit }))
    }

    /// Runs microtasks and looks whether the evaluation has come to its end.
    pub(crate) fn proceed(self, turn: &mut Turn<'_>) -> Progress {
        turn.pump_platform();
        turn.perform_microtask_checkpoint();
        if turn.interruption().is_some() {
            return Progress::Interrupted;
        }
        let in_background = turn.has_pending_background_tasks();
        let bound = {
            v8::scope_with_context!(let scope, &mut **turn, &self.context);
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
            Bound::Handlers(handlers) => Progress::Done(Arc::new(Realm {
                context: self.context,
                entry_points: self.entry_points,
                handlers,
            })),
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
            mask = call(scope, &self.entry_points.bind_module, &[default])?.uint32_value(scope)?;
        }
        if mask == 0 {
            mask = call(scope, &self.entry_points.bind_events, &[])?.uint32_value(scope)?;
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

/// Takes the constructor of `SharedArrayBuffer` out of reach. V8 puts it into every new context, and a shared memory
/// of Wasm would lead to it.
fn hide_shared_memory(scope: &mut v8::PinScope<'_, '_>) -> Option<()> {
    let global = scope.get_current_context().global(scope);
    let name = v8::String::new(scope, "SharedArrayBuffer")?;
    let Ok(class) = v8::Local::<v8::Object>::try_from(global.get(scope, name.into())?) else {
        return Some(());
    };
    global.delete(scope, name.into())?;
    let prototype = v8::String::new(scope, "prototype")?;
    let prototype = v8::Local::<v8::Object>::try_from(class.get(scope, prototype.into())?).ok()?;
    let constructor = v8::String::new(scope, "constructor")?;
    prototype.delete(scope, constructor.into())?;
    Some(())
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
    Termination { reason: TerminationReason::InitializationError, message, stack }
}

fn call<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    function: &v8::Global<v8::Function>,
    arguments: &[v8::Local<'s, v8::Value>],
) -> Option<v8::Local<'s, v8::Value>> {
    let this = v8::undefined(scope).into();
    v8::Local::new(scope, function).call(scope, this, arguments)
}

impl EntryPoints {
    fn find(scope: &mut v8::PinScope<'_, '_>, object: v8::Local<'_, v8::Object>) -> Option<Self> {
        let find = |name: &str| {
            let key = v8::String::new(scope, name)?;
            let function = v8::Local::<v8::Function>::try_from(object.get(scope, key.into())?).ok()?;
            Some(v8::Global::new(scope, function))
        };
        Some(Self {
            setup: find("setup")?,
            expose_env: find("exposeEnv")?,
            bind_module: find("bindModule")?,
            bind_events: find("bindEvents")?,
            dispatch_fetch: find("dispatchFetch")?,
            dispatch_scheduled: find("dispatchScheduled")?,
            dispatch_task: find("dispatchTask")?,
            fire_timer: find("fireTimer")?,
            settle_fetch: find("settleFetch")?,
            abort_request: find("abortRequest")?,
            pending_wait_until: find("pendingWaitUntil")?,
            end_request: find("endRequest")?,
        })
    }
}

impl Realm {
    /// Whether the script has a handler for `event`.
    pub(crate) fn handles(&self, event: &Event) -> bool {
        let bit = match event {
            Event::Fetch(_) => 1,
            Event::Scheduled(_) => 2,
            Event::Task(_) => 4,
        };
        self.handlers.0 & bit != 0
    }

    /// Calls the handler for `event`.
    pub(crate) fn dispatch(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        event: &Event,
    ) -> Result<Called, Interrupted> {
        self.enter(turn, Some(request), |scope, id| match event {
            Event::Fetch(fetch) => self.dispatch_fetch(scope, id, fetch),
            Event::Scheduled(event) => self.dispatch_scheduled(scope, id, event),
            Event::Task(event) => self.dispatch_task(scope, id, event),
        })
    }

    fn dispatch_fetch<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        id: v8::Local<'s, v8::Value>,
        fetch: &http::Request<crate::Body>,
    ) -> Option<()> {
        let method = byte_string(scope, fetch.method().as_str().as_bytes())?;
        let url = v8::String::new(scope, &fetch.uri().to_string())?;
        let headers = headers_to_js(scope, fetch.headers())?;
        let body = if fetch.body().is_empty() {
            v8::null(scope).into()
        } else {
            bytes_to_js(scope, fetch.body().as_bytes())?.into()
        };
        call(
            scope,
            &self.entry_points.dispatch_fetch,
            &[id, method.into(), url.into(), headers.into(), body],
        )?;
        Some(())
    }

    fn dispatch_scheduled<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        id: v8::Local<'s, v8::Value>,
        event: &ScheduledEvent,
    ) -> Option<()> {
        let cron = v8::String::new(scope, &event.cron)?;
        let since_epoch = event.scheduled_time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let time = v8::Number::new(scope, since_epoch.as_millis() as f64);
        call(scope, &self.entry_points.dispatch_scheduled, &[id, cron.into(), time.into()])?;
        Some(())
    }

    fn dispatch_task<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        id: v8::Local<'s, v8::Value>,
        event: &TaskEvent,
    ) -> Option<()> {
        let task = v8::String::new(scope, &event.id)?;
        let payload = v8::String::new(scope, &event.payload.to_string())?;
        let attempt = v8::Integer::new_from_unsigned(scope, event.attempt);
        call(scope, &self.entry_points.dispatch_task, &[id, task.into(), payload.into(), attempt.into()])?;
        Some(())
    }

    /// Calls the callback of a timer.
    pub(crate) fn fire_timer(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        timer: u64,
    ) -> Result<(), Interrupted> {
        self.enter(turn, Some(request), |scope, _| {
            let timer = v8::Number::new(scope, timer as f64).into();
            call(scope, &self.entry_points.fire_timer, &[timer])?;
            Some(())
        })?;
        Ok(())
    }

    /// Resolves or rejects the promise of a fetch.
    pub(crate) fn settle_fetch(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        operation: u64,
        result: &Result<FetchResponse, OperationError>,
    ) -> Result<(), Interrupted> {
        self.enter(turn, Some(request), |scope, _| {
            let operation = v8::Number::new(scope, operation as f64).into();
            let success = match result {
                Ok(fetched) => response_arguments(scope, operation, fetched),
                Err(_) => None,
            };
            let arguments = match success {
                Some(arguments) => arguments,
                None => {
                    let message = result
                        .as_ref()
                        .map_or_else(|error| error.message.as_str(), |_| "the response is too large");
                    vec![operation, v8::String::new(scope, message)?.into()]
                }
            };
            call(scope, &self.entry_points.settle_fetch, &arguments)?;
            Some(())
        })?;
        Ok(())
    }

    /// Tells the worker that its caller went away.
    pub(crate) fn abort_request(&self, turn: &mut Turn<'_>, request: RequestId) -> Result<(), Interrupted> {
        self.enter(turn, Some(request), |scope, id| {
            let message = v8::String::new(scope, "The client has disconnected")?.into();
            call(scope, &self.entry_points.abort_request, &[id, message])?;
            Some(())
        })?;
        Ok(())
    }

    /// How many promises given to `waitUntil` are unsettled.
    pub(crate) fn pending_wait_until(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
    ) -> Result<u32, Interrupted> {
        v8::scope_with_context!(let scope, &mut **turn, &self.context);
        let id = v8::Number::new(scope, request.as_number()).into();
        call(scope, &self.entry_points.pending_wait_until, &[id])
            .and_then(|pending| pending.uint32_value(scope))
            .ok_or(Interrupted)
    }

    /// Makes the bootstrap forget the request. Runs no guest code.
    pub(crate) fn end_request(&self, turn: &mut Turn<'_>, request: RequestId) -> Result<(), Interrupted> {
        v8::scope_with_context!(let scope, &mut **turn, &self.context);
        let id = v8::Number::new(scope, request.as_number()).into();
        call(scope, &self.entry_points.end_request, &[id]).map(drop).ok_or(Interrupted)
    }

    /// Runs what V8 has finished in the background, such as a compilation of Wasm, and what follows from it.
    pub(crate) fn settle_background(&self, turn: &mut Turn<'_>) -> Result<(), Interrupted> {
        turn.pump_platform();
        self.enter(turn, None, |_, _| Some(()))?;
        Ok(())
    }

    /// Enters the context, calls `f` with the id of the request as a value, and runs the microtasks that followed
    /// from it. `f` returns `None` if a call from it did, or if it made none for lack of memory.
    fn enter(
        &self,
        turn: &mut Turn<'_>,
        request: Option<RequestId>,
        f: impl for<'s> FnOnce(&mut v8::PinScope<'s, '_>, v8::Local<'s, v8::Value>) -> Option<()>,
    ) -> Result<Called, Interrupted> {
        let called = {
            v8::scope_with_context!(let scope, &mut **turn, &self.context);
            set_current_request(scope, request);
            v8::tc_scope!(let scope, scope);
            let id = v8::Number::new(scope, request.map_or(0.0, RequestId::as_number)).into();
            match f(scope, id) {
                Some(()) => Called::Done,
                None => match scope.exception() {
                    Some(exception) => {
                        // The entry points catch what guest code throws.
                        if let Some(error) = exception::describe(scope, exception) {
                            tracing::error!(
                                message = error.message,
                                stack = error.stack,
                                "the bootstrap threw"
                            );
                        }
                        Called::Failed
                    }
                    None => Called::TooLarge,
                },
            }
        };
        turn.perform_microtask_checkpoint();
        if turn.interruption().is_some() {
            return Err(Interrupted);
        }
        {
            v8::scope_with_context!(let scope, &mut **turn, &self.context);
            rejections::report(scope);
            set_current_request(scope, None);
        }
        // Reporting may run guest code.
        if turn.interruption().is_some() { Err(Interrupted) } else { Ok(called) }
    }
}

/// `None` if the response does not fit into the isolate.
fn response_arguments<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    operation: v8::Local<'s, v8::Value>,
    fetched: &FetchResponse,
) -> Option<Vec<v8::Local<'s, v8::Value>>> {
    let response = &fetched.response;
    let status = v8::Integer::new_from_unsigned(scope, response.status().as_u16().into());
    let reason = v8::String::new(scope, response.status().canonical_reason().unwrap_or_default())?;
    let headers = headers_to_js(scope, response.headers())?;
    let body = bytes_to_js(scope, response.body().as_bytes())?;
    let url = v8::String::new(scope, &fetched.url)?;
    let redirected = v8::Boolean::new(scope, fetched.redirected);
    Some(vec![
        operation,
        v8::null(scope).into(),
        status.into(),
        reason.into(),
        headers.into(),
        body.into(),
        url.into(),
        redirected.into(),
    ])
}
