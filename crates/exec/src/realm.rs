//! A V8 context in which a worker's script has been evaluated.

pub(crate) mod creation;
pub(crate) mod evaluation;
mod exports;
pub(crate) mod modules;
mod stacks;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Instant;

use isolate::Turn;

use crate::codings::Codings;
use crate::compute::NotDone;
use crate::crypto::{Failure, Output};
use crate::exception::rejections;
use crate::exception::{self, Known};
use crate::host::crypto::computed_to_js;
use crate::host::{byte_string, bytes_to_js, chunks_to_js, clock, headers_to_js, received_to_js, uri_to_js};
use crate::isolate_state::IsolateState;
use crate::isolate_state::blank_realm::{BlankRealm, EntryPoints, call};
use crate::isolate_state::compiled::Refill;
use crate::isolate_state::current_request;
use crate::isolate_state::modules::ModuleMap;
use crate::isolate_state::raw_isolate::raw;
use crate::request::{Arrived, Read, Received};
use crate::vocabulary::binding::BindingAnswer;
use crate::vocabulary::body::{Body, SenderEvent};
use crate::vocabulary::call::CallEvent;
use crate::vocabulary::code_cache::CodeStage;
use crate::vocabulary::event::{Event, ScheduledEvent, TaskEvent};
use crate::vocabulary::operations::{FetchResponse, OperationError};
use crate::vocabulary::request_id::RequestId;
use crate::vocabulary::resources::{ResourceId, ResourceTable};
use crate::vocabulary::script::Script;
use crate::vocabulary::status_text::StatusText;

/// A context, ready for events.
pub(crate) struct Realm {
    context: v8::Global<v8::Context>,
    entry_points: EntryPoints,
    /// For what is said of its errors.
    script: Script,
    handlers: Handlers,
    /// Kept alive with the context: more may be imported.
    modules: Arc<ModuleMap>,
    /// Objects of the host that belong to no request; closed with the realm.
    resources: Arc<ResourceTable>,
    /// See [`is_cut`](Self::is_cut).
    cut: AtomicBool,
    /// Requests that have ended here, up to the last that makes a [`CodeStage`].
    ended: AtomicU32,
}

/// Which handlers a script has; the bits are the bootstrap's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handlers(pub(crate) u32);

impl Handlers {
    /// The handlers of events, which are methods of the default export or listeners.
    pub(crate) const OF_EVENTS: u32 = 7;

    /// Such as `fetch, task`.
    pub(crate) fn names(self) -> String {
        let names = [(1, "fetch"), (2, "scheduled"), (4, "task"), (8, "functions to be called")];
        let names: Vec<_> =
            names.iter().filter(|(bit, _)| self.0 & bit != 0).map(|(_, name)| *name).collect();
        names.join(", ")
    }
}

/// What became of a call from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Called {
    /// It was made; what guest code threw in it has been dealt with.
    Done,
    /// The script has no such function.
    Missing,
    /// Its arguments do not fit into the isolate.
    TooLarge,
    /// The bootstrap threw, which it should not.
    Failed,
}

/// JavaScript was stopped before it came to its end; the turn knows why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupted;

impl Realm {
    /// `blank`, after the script with these `modules` and `handlers` has been evaluated in it.
    pub(crate) fn new(blank: BlankRealm, modules: Arc<ModuleMap>, handlers: Handlers) -> Self {
        let BlankRealm { context, entry_points, resources } = blank;
        let script = modules.script().clone();
        let (cut, ended) = (AtomicBool::new(false), AtomicU32::new(0));
        Self { context, entry_points, script, handlers, modules, resources, cut, ended }
    }

    /// Whether a request has ended here before its code did: timers were forgotten, or its handler left standing
    /// somewhere. Another that waits for what that code would have done waits for ever.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Relaxed)
    }

    /// A request ends before its code.
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::Relaxed);
    }

    /// A request has ended that ran here. Returns entries of the code cache that may be made again for it, in a turn that has
    /// time.
    pub(crate) fn note_end(&self) -> Option<Refill> {
        // Only turns count, and those never overlap.
        let before = self.ended.load(Ordering::Relaxed);
        if before == CodeStage::REQUESTS {
            return None;
        }
        self.ended.store(before + 1, Ordering::Relaxed);
        self.modules.code().refill(&self.script, CodeStage::after(before + 1)?)
    }

    pub(crate) fn resources(&self) -> &ResourceTable {
        &self.resources
    }

    /// Which handlers the script has.
    pub(crate) fn handlers(&self) -> Handlers {
        self.handlers
    }

    /// Whether the script has a handler for `event`, or functions that may be called.
    pub(crate) fn handles(&self, event: &Event) -> bool {
        let bit = match event {
            Event::Fetch(_) => 1,
            Event::Scheduled(_) => 2,
            Event::Task(_) => 4,
            Event::Call(_) => 8,
        };
        self.handlers.0 & bit != 0
    }

    /// Calls the handler for `event`, whose body has been taken out of it.
    pub(crate) fn dispatch(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        event: &Event,
        body: &Received,
    ) -> Result<Called, Interrupted> {
        let mut is_missing = false;
        let called = self.enter(turn, Some(request), |scope, id| match event {
            Event::Fetch(fetch) => self.dispatch_fetch(scope, id, fetch, body),
            Event::Scheduled(event) => self.dispatch_scheduled(scope, id, event),
            Event::Task(event) => self.dispatch_task(scope, id, event),
            Event::Call(event) => {
                is_missing = !self.dispatch_call(scope, id, event)?;
                Some(())
            }
        })?;
        Ok(if is_missing { Called::Missing } else { called })
    }

    fn dispatch_fetch<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        id: v8::Local<'s, v8::Value>,
        fetch: &http::Request<Body>,
        body: &Received,
    ) -> Option<()> {
        let method = byte_string(scope, fetch.method().as_str().as_bytes())?;
        let url = uri_to_js(scope, fetch.uri())?;
        let headers = headers_to_js(scope, fetch.headers())?;
        let body = received_to_js(scope, body)?;
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

    /// Returns whether there is such a function.
    fn dispatch_call<'s>(
        &self,
        scope: &mut v8::PinScope<'s, '_>,
        id: v8::Local<'s, v8::Value>,
        event: &CallEvent,
    ) -> Option<bool> {
        let function = v8::String::new(scope, event.function())?;
        let arguments = v8::String::new(scope, event.arguments())?;
        let found = call(scope, &self.entry_points.dispatch_call, &[id, function.into(), arguments.into()])?;
        Some(found.is_true())
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

    /// Runs the oldest of the tasks that JavaScript has for the request.
    pub(crate) fn run_task(&self, turn: &mut Turn<'_>, request: RequestId) -> Result<(), Interrupted> {
        self.enter(turn, Some(request), |scope, id| {
            call(scope, &self.entry_points.run_task, &[id])?;
            Some(())
        })?;
        Ok(())
    }

    /// Resolves or rejects the promise of an operation.
    pub(crate) fn settle(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        operation: u64,
        result: &Arrived,
    ) -> Result<(), Interrupted> {
        match result {
            Arrived::Fetch(result) => self.settle_fetch(turn, request, operation, result),
            Arrived::Binding(result) => self.settle_binding(turn, request, operation, result),
            Arrived::Read(result) => self.settle_read(turn, request, operation, result),
            Arrived::Computed(result) => self.settle_computed(turn, request, operation, result),
        }
    }

    /// Hands over what a compute thread came to.
    fn settle_computed(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        operation: u64,
        computed: &Result<Result<Output, Failure>, NotDone>,
    ) -> Result<(), Interrupted> {
        self.enter(turn, Some(request), |scope, _| {
            let operation = v8::Number::new(scope, operation as f64).into();
            let value = computed_to_js(scope, computed)?;
            call(scope, &self.entry_points.settle_computed, &[operation, value])?;
            Some(())
        })?;
        Ok(())
    }

    /// Hands over what was read of a body.
    fn settle_read(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        operation: u64,
        read: &Read,
    ) -> Result<(), Interrupted> {
        self.enter(turn, Some(request), |scope, _| {
            let operation = v8::Number::new(scope, operation as f64).into();
            let null = v8::null(scope).into();
            let bytes = match read {
                Ok(chunks) if chunks.is_empty() => Ok(null),
                Ok(chunks) => chunks_to_js(scope, chunks)
                    .map(v8::Local::<v8::Value>::from)
                    .ok_or_else(|| "the body is too large".to_owned()),
                Err(error) => Err(error.to_string()),
            };
            let arguments = match bytes {
                Ok(bytes) => [operation, null, bytes],
                Err(message) => [operation, v8::String::new(scope, &message)?.into(), null],
            };
            call(scope, &self.entry_points.settle_read, &arguments)?;
            Some(())
        })?;
        Ok(())
    }

    /// Tells the worker what happened to a body that it writes.
    pub(crate) fn body_event(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        body: ResourceId,
        event: SenderEvent,
    ) -> Result<(), Interrupted> {
        self.enter(turn, Some(request), |scope, _| {
            let body = v8::Number::new(scope, body.as_number()).into();
            let is_gone = v8::Boolean::new(scope, event == SenderEvent::Gone).into();
            call(scope, &self.entry_points.body_event, &[body, is_gone])?;
            Some(())
        })?;
        Ok(())
    }

    fn settle_binding(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        operation: u64,
        result: &Result<BindingAnswer, OperationError>,
    ) -> Result<(), Interrupted> {
        let longest_json = turn.managed().limits().isolate.json_bytes;
        self.enter(turn, Some(request), |scope, _| {
            let operation = v8::Number::new(scope, operation as f64).into();
            let null = v8::null(scope).into();
            let arguments = match result {
                Ok(answer) => match answer_values(scope, answer, longest_json) {
                    Some((json, bytes)) => [operation, null, json, bytes],
                    None => {
                        [operation, v8::String::new(scope, "the answer is too large")?.into(), null, null]
                    }
                },
                Err(error) => [operation, v8::String::new(scope, &error.message)?.into(), null, null],
            };
            call(scope, &self.entry_points.settle_binding, &arguments)?;
            Some(())
        })?;
        Ok(())
    }

    fn settle_fetch(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        operation: u64,
        result: &Result<(FetchResponse, Received), OperationError>,
    ) -> Result<(), Interrupted> {
        self.enter(turn, Some(request), |scope, _| {
            let operation = v8::Number::new(scope, operation as f64).into();
            let success = match result {
                Ok((fetched, body)) => response_arguments(scope, operation, fetched, body),
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
        let _inside = turn.inside_v8();
        v8::scope_with_context!(let scope, raw(turn), &self.context);
        let id = v8::Number::new(scope, request.as_number()).into();
        call(scope, &self.entry_points.pending_wait_until, &[id])
            .and_then(|pending| pending.uint32_value(scope))
            .ok_or(Interrupted)
    }

    /// Gives the request the tasks that others have left, and the timers that are due by `latest`; if it is not `stalled`, only those
    /// that were started before the end of their request.
    pub(crate) fn inherit(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        latest: Instant,
        stalled: bool,
    ) -> Result<(), Interrupted> {
        let _inside = turn.inside_v8();
        v8::scope_with_context!(let scope, raw(turn), &self.context);
        let id = v8::Number::new(scope, request.as_number()).into();
        let latest = v8::Number::new(scope, clock(latest)).into();
        let stalled = v8::Boolean::new(scope, stalled).into();
        call(scope, &self.entry_points.inherit, &[id, latest, stalled]).map(drop).ok_or(Interrupted)
    }

    /// Ends the request in the bootstrap. The operations that it has in flight are rejected, and what follows from that
    /// runs: code of this request, which can start nothing any more, and of others that wait for the same promises. Its
    /// timers and tasks stay for others if `keep_leavings`.
    pub(crate) fn end_request(
        &self,
        turn: &mut Turn<'_>,
        request: RequestId,
        keep_leavings: bool,
    ) -> Result<(), Interrupted> {
        let _inside = turn.inside_v8();
        IsolateState::of(raw(turn)).enters_context(&self.resources);
        let reason = {
            v8::scope_with_context!(let scope, raw(turn), &self.context);
            let id = v8::Number::new(scope, request.as_number()).into();
            let keep = v8::Boolean::new(scope, keep_leavings).into();
            let reason = call(scope, &self.entry_points.end_request, &[id, keep]).ok_or(Interrupted)?;
            if reason.is_undefined() {
                return Ok(());
            }
            current_request::set(scope, Some(request));
            scope.perform_microtask_checkpoint();
            current_request::set(scope, None);
            v8::Global::new(scope, reason)
        };
        // Nobody needs to hear that what was not waited for has been cut short.
        IsolateState::of(raw(turn)).rejections.forget(&reason);
        self.report_rejections(turn)
    }

    /// Runs what follows from V8's own tasks, such as the end of a compilation of Wasm.
    pub(crate) fn settle_background(&self, turn: &mut Turn<'_>) -> Result<(), Interrupted> {
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
        let _inside = turn.inside_v8();
        IsolateState::of(raw(turn)).enters_context(&self.resources);
        let called = {
            v8::scope_with_context!(let scope, raw(turn), &self.context);
            current_request::set(scope, request);
            let called = call_caught(scope, request, f);
            scope.perform_microtask_checkpoint();
            current_request::set(scope, None);
            called
        };
        self.report_rejections(turn)?;
        Ok(called)
    }

    /// After JavaScript and its microtasks.
    fn report_rejections(&self, turn: &mut Turn<'_>) -> Result<(), Interrupted> {
        if turn.interruption().is_some() {
            return Err(Interrupted);
        }
        if !IsolateState::of(raw(turn)).rejections.is_empty() {
            {
                v8::scope_with_context!(let scope, raw(turn), &self.context);
                rejections::report(scope, &self.entry_points, &self.script);
            }
            // Reporting may run guest code.
            if turn.interruption().is_some() {
                return Err(Interrupted);
            }
        }
        Ok(())
    }
}

fn call_caught(
    scope: &mut v8::PinScope<'_, '_>,
    request: Option<RequestId>,
    f: impl for<'s> FnOnce(&mut v8::PinScope<'s, '_>, v8::Local<'s, v8::Value>) -> Option<()>,
) -> Called {
    v8::tc_scope!(let scope, scope);
    let id = v8::Number::new(scope, request.map_or(0.0, RequestId::as_number)).into();
    if f(scope, id).is_some() {
        return Called::Done;
    }
    let Some(exception) = scope.exception() else { return Called::TooLarge };
    // The entry points catch what guest code throws.
    if let Some(error) = exception::describe(scope, exception, Known::default()) {
        tracing::error!(message = error.message, stack = error.stack, "the bootstrap threw");
    }
    Called::Failed
}

/// The answer of a binding as JSON text or bytes; `None` if it does not fit into the isolate.
fn answer_values<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    answer: &BindingAnswer,
    longest_json: usize,
) -> Option<(v8::Local<'s, v8::Value>, v8::Local<'s, v8::Value>)> {
    let null = v8::null(scope).into();
    match answer.content() {
        // It would be refused as a text to be parsed; there is no need to have it in the heap first.
        Ok(json) if json.len() > longest_json => None,
        Ok(json) => Some((v8::String::new(scope, json)?.into(), null)),
        Err(bytes) => Some((null, bytes_to_js(scope, bytes)?.into())),
    }
}

/// `None` if the response does not fit into the isolate.
fn response_arguments<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    operation: v8::Local<'s, v8::Value>,
    fetched: &FetchResponse,
    body: &Received,
) -> Option<Vec<v8::Local<'s, v8::Value>>> {
    let response = &fetched.response;
    let status = v8::Integer::new_from_unsigned(scope, response.status().as_u16().into());
    let reason = match response.extensions().get::<StatusText>() {
        Some(text) => text.as_bytes(),
        None => response.status().canonical_reason().unwrap_or_default().as_bytes(),
    };
    let reason = byte_string(scope, reason)?;
    let headers = headers_to_js(scope, response.headers())?;
    let is_coded = matches!(body, Received::Incoming(_)) && Codings::of(response.headers()).is_some();
    let is_coded = v8::Boolean::new(scope, is_coded);
    let body = received_to_js(scope, body)?;
    let url = v8::String::new(scope, &fetched.url)?;
    let redirected = v8::Boolean::new(scope, fetched.redirected);
    Some(vec![
        operation,
        v8::null(scope).into(),
        status.into(),
        reason.into(),
        headers.into(),
        body,
        url.into(),
        redirected.into(),
        is_coded.into(),
    ])
}
