//! Making a context with the Web APIs.

use std::sync::Arc;

use crate::bootstrap;
use crate::exception::{self, Known};
use crate::isolate_state::blank_realm::{BlankRealm, EntryPoints};
use crate::isolate_state::code_generation;

/// Makes one, on an isolate that is entered.
///
/// # Errors
/// What went wrong, for the log; also if JavaScript was interrupted meanwhile.
pub(crate) fn create(isolate: &mut v8::Isolate, from_snapshot: bool) -> Result<BlankRealm, String> {
    v8::scope!(let scope, isolate);
    let context = v8::Context::new(scope, v8::ContextOptions::default());
    code_generation::ask(&context);
    let scope = &mut v8::ContextScope::new(scope, context);
    let object = bootstrap::entry_points(scope, from_snapshot)?;
    v8::tc_scope!(let scope, scope);
    let entry_points = EntryPoints::find(scope, object).filter(|_| hide_shared_memory(scope).is_some());
    match (entry_points, scope.exception()) {
        (Some(entry_points), _) => Ok(BlankRealm {
            context: v8::Global::new(scope, context),
            entry_points,
            resources: Arc::default(),
        }),
        (None, Some(exception)) => Err(exception::describe(scope, exception, Known::default())
            .map_or_else(|| "an exception".into(), |described| described.message)),
        (None, None) => Err("interrupted".into()),
    }
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
