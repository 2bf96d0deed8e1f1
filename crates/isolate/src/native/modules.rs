//! V8's callbacks for modules, as functions of safe code.
//!
//! V8 calls them with handles and without a scope; that the handles are good for one is what is unsafe. They are called
//! while a module is linked, evaluated, or asked for its `import.meta`: with the isolate locked and entered, in the
//! module's context.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What whoever has modules says about them.
pub trait ModuleHost {
    /// The module that `specifier`, with these attributes, means in `referrer`; `None` with an exception pending. The
    /// attributes are keys, values and offsets in the source, in turn.
    fn resolve<'s>(
        scope: &mut v8::PinScope<'s, '_>,
        specifier: v8::Local<'s, v8::String>,
        attributes: v8::Local<'s, v8::FixedArray>,
        referrer: v8::Local<'s, v8::Module>,
    ) -> Option<v8::Local<'s, v8::Module>>;

    /// Evaluates a [synthetic](synthetic_module) module: sets its exports. `None` with an exception pending.
    fn evaluate<'s>(scope: &mut v8::PinScope<'s, '_>, module: v8::Local<'s, v8::Module>) -> Option<()>;

    /// Gives `meta`, the `import.meta` of `module`, its properties.
    fn import_meta<'s>(
        scope: &mut v8::PinScope<'s, '_>,
        module: v8::Local<'s, v8::Module>,
        meta: v8::Local<'s, v8::Object>,
    );
}

/// Links `module` with what it imports; `None` if that failed, with an exception pending unless it was interrupted.
pub fn link_module<H: ModuleHost>(
    scope: &mut v8::PinScope<'_, '_>,
    module: v8::Local<'_, v8::Module>,
) -> Option<()> {
    module.instantiate_module(scope, resolve::<H>).map(drop)
}

/// A module with these exports, each named once, that [`ModuleHost::evaluate`] sets.
pub fn synthetic_module<'s, H: ModuleHost>(
    scope: &mut v8::PinScope<'s, '_>,
    name: v8::Local<'s, v8::String>,
    exports: &[v8::Local<'s, v8::String>],
) -> v8::Local<'s, v8::Module> {
    v8::Module::create_synthetic_module(scope, name, exports, evaluate::<H>)
}

/// Has V8 ask for the properties of `import.meta` in the modules of `isolate`.
pub fn provide_import_meta<H: ModuleHost>(isolate: &mut v8::Isolate) {
    isolate.set_host_initialize_import_meta_object_callback(import_meta::<H>);
}

fn resolve<'s, H: ModuleHost>(
    context: v8::Local<'s, v8::Context>,
    specifier: v8::Local<'s, v8::String>,
    attributes: v8::Local<'s, v8::FixedArray>,
    referrer: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Module>> {
    // SAFETY: V8 calls this with handles that outlive the call, and the isolate of `context` entered.
    v8::callback_scope!(unsafe scope, context);
    guard(scope, |scope| H::resolve(scope, specifier, attributes, referrer))
}

fn evaluate<'s, H: ModuleHost>(
    context: v8::Local<'s, v8::Context>,
    module: v8::Local<'s, v8::Module>,
) -> Option<v8::Local<'s, v8::Value>> {
    // SAFETY: as above.
    v8::callback_scope!(unsafe scope, context);
    guard(scope, |scope| {
        H::evaluate(scope, module)?;
        // V8 passes it on as the result of the evaluation, which is a promise for modules of JavaScript.
        let resolver = v8::PromiseResolver::new(scope)?;
        let undefined = v8::undefined(scope).into();
        resolver.resolve(scope, undefined)?;
        Some(resolver.get_promise(scope).into())
    })
}

extern "C" fn import_meta<'s, H: ModuleHost>(
    context: v8::Local<'s, v8::Context>,
    module: v8::Local<'s, v8::Module>,
    meta: v8::Local<'s, v8::Object>,
) {
    // SAFETY: as above.
    v8::callback_scope!(unsafe scope, context);
    guard(scope, |scope| {
        H::import_meta(scope, module, meta);
        Some(())
    });
}

/// A panic must not unwind into V8, which would end the process.
fn guard<'s, 'i, R>(
    scope: &mut v8::PinScope<'s, 'i>,
    call: impl FnOnce(&mut v8::PinScope<'s, 'i>) -> Option<R>,
) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(|| call(scope))) {
        Ok(result) => result,
        Err(_) => {
            tracing::error!("a callback for a module panicked");
            let message = v8::String::new(scope, "internal error")?;
            let error = v8::Exception::error(scope, message);
            scope.throw_exception(error);
            None
        }
    }
}
