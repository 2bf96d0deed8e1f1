//! The bound on the source text that scripts give to `eval` and `Function`. The memory that the parser needs beside the
//! heap and what it makes in it is up to 400 times the text, all of it in one call that cannot be interrupted.

use crate::isolate_state::IsolateState;

/// Has V8 ask about each source text that contexts made with [`ask`] generate code from.
pub(crate) fn watch(isolate: &mut v8::Isolate) {
    isolate.set_modify_code_generation_from_strings_callback(decide);
}

/// Has V8 ask in `context`, instead of allowing everything.
pub(crate) fn ask(context: &v8::Context) {
    context.set_allow_generation_from_strings(false);
}

fn decide<'s, 'i>(
    scope: &mut v8::PinScope<'s, 'i>,
    source: v8::Local<'s, v8::Value>,
    _is_code_like: bool,
) -> v8::ModifyCodeGenerationFromStringsResult<'s> {
    let longest = IsolateState::of(scope).longest_source;
    // What is no text is not compiled: `eval` returns it.
    let codegen_allowed =
        v8::Local::<v8::String>::try_from(source).map_or(true, |text| text.length() <= longest);
    v8::ModifyCodeGenerationFromStringsResult { codegen_allowed, modified_source: None }
}
