//! Stacks of code that was made of other code.

use crate::isolate_state::modules::ModuleMap;

/// `writtenFrames(frames)`: the frames of a stack with places in what was written; `undefined` if they stay as they are.
pub(super) fn written_frames<'s>(
    scope: &mut v8::PinScope<'s, '_>,
    (frames,): (v8::Local<'s, v8::String>,),
    mut result: v8::ReturnValue<'_>,
) {
    let Some(map) = ModuleMap::current(scope) else { return };
    let Some(maps) = map.script().source_maps() else { return };
    let frames = frames.to_rust_string_lossy(scope);
    if let Some(written) = maps.frames(map.script(), &frames)
        && let Some(written) = v8::String::new(scope, &written)
    {
        result.set(written.into());
    }
}
