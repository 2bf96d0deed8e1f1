//! A V8 context with the Web APIs, in which no script has been evaluated yet.

use std::sync::Arc;

use crate::vocabulary::resources::ResourceTable;

/// Such a context. Making one from the snapshot takes a few tenths of a millisecond; so an isolate is made with one
/// ready.
pub(crate) struct BlankRealm {
    pub(crate) context: v8::Global<v8::Context>,
    pub(crate) entry_points: EntryPoints,
    /// Of code that belongs to no request.
    pub(crate) resources: Arc<ResourceTable>,
}

/// The functions of the bootstrap that the host calls.
pub(crate) struct EntryPoints {
    pub(crate) setup: v8::Global<v8::Function>,
    pub(crate) expose_env: v8::Global<v8::Function>,
    pub(crate) bind_module: v8::Global<v8::Function>,
    pub(crate) bind_events: v8::Global<v8::Function>,
    pub(crate) dispatch_fetch: v8::Global<v8::Function>,
    pub(crate) dispatch_scheduled: v8::Global<v8::Function>,
    pub(crate) dispatch_task: v8::Global<v8::Function>,
    pub(crate) dispatch_call: v8::Global<v8::Function>,
    pub(crate) fire_timer: v8::Global<v8::Function>,
    pub(crate) run_task: v8::Global<v8::Function>,
    pub(crate) inherit: v8::Global<v8::Function>,
    pub(crate) settle_fetch: v8::Global<v8::Function>,
    pub(crate) settle_binding: v8::Global<v8::Function>,
    pub(crate) settle_read: v8::Global<v8::Function>,
    pub(crate) settle_computed: v8::Global<v8::Function>,
    pub(crate) built_in: v8::Global<v8::Function>,
    pub(crate) body_event: v8::Global<v8::Function>,
    pub(crate) abort_request: v8::Global<v8::Function>,
    pub(crate) pending_wait_until: v8::Global<v8::Function>,
    pub(crate) prepare_stack: v8::Global<v8::Function>,
    pub(crate) end_request: v8::Global<v8::Function>,
    pub(crate) describe_thrown: v8::Global<v8::Function>,
    pub(crate) list_exports: v8::Global<v8::Function>,
    pub(crate) unhandled_rejection: v8::Global<v8::Function>,
    pub(crate) rejection_handled: v8::Global<v8::Function>,
}

impl EntryPoints {
    /// Finds them in what the last file of the bootstrap has returned.
    pub(crate) fn find(scope: &mut v8::PinScope<'_, '_>, object: v8::Local<'_, v8::Object>) -> Option<Self> {
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
            dispatch_call: find("dispatchCall")?,
            fire_timer: find("fireTimer")?,
            run_task: find("runTask")?,
            inherit: find("inherit")?,
            settle_fetch: find("settleFetch")?,
            settle_binding: find("settleBinding")?,
            settle_read: find("settleRead")?,
            settle_computed: find("settleComputed")?,
            built_in: find("builtIn")?,
            body_event: find("bodyEvent")?,
            abort_request: find("abortRequest")?,
            pending_wait_until: find("pendingWaitUntil")?,
            prepare_stack: find("prepareStack")?,
            end_request: find("endRequest")?,
            describe_thrown: find("describeThrown")?,
            list_exports: find("listExports")?,
            unhandled_rejection: find("unhandledRejection")?,
            rejection_handled: find("rejectionHandled")?,
        })
    }
}

/// Calls one of the entry points; `None` if it threw or was interrupted.
pub(crate) fn call<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    function: &v8::Global<v8::Function>,
    arguments: &[v8::Local<'s, v8::Value>],
) -> Option<v8::Local<'s, v8::Value>> {
    let this = v8::undefined(scope).into();
    v8::Local::new(scope, function).call(scope, this, arguments)
}
