//! Text that isolates share: V8 reads it where it is.

use std::ffi::c_char;
use std::ptr;
use std::sync::Arc;

use crate::memory::meter::outside_v8;

/// What is shorter takes little of a heap.
const MIN_SHARED: usize = 4 << 10;

/// The text as a string. ASCII of 4 KiB and more is no part of the heap: the string holds a count of the text. Other text is copied,
/// and so costs each isolate its length, or twice that. `None` with an exception pending if it is longer than V8 allows.
pub fn shared_text<'s>(
    scope: &v8::PinScope<'s, '_, ()>,
    text: &Arc<str>,
) -> Option<v8::Local<'s, v8::String>> {
    let shareable = MIN_SHARED..=v8::String::MAX_LENGTH;
    if !shareable.contains(&text.len()) || !text.is_ascii() {
        return v8::String::new(scope, text);
    }
    let bytes: Arc<[u8]> = Arc::clone(text).into();
    let length = bytes.len();
    let start = Arc::into_raw(bytes).cast::<c_char>().cast_mut();
    // SAFETY: The bytes are ASCII, nobody writes to them, and they stay where they are until `release` is called, which gives back the
    // count that `into_raw` has taken.
    unsafe { v8::String::new_external_onebyte_raw(scope, start, length, release) }
}

/// Called by V8 when it collects the string, or disposes of its isolate.
unsafe extern "C" fn release(start: *mut c_char, length: usize) {
    // SAFETY: These are the address and the length of what `shared_text` made of an `Arc`, once for each string.
    let bytes = unsafe { Arc::from_raw(ptr::slice_from_raw_parts(start.cast::<u8>().cast_const(), length)) };
    // V8 has not allocated it, so that freeing it is nothing that the isolate has given back.
    let _outside = outside_v8();
    drop(bytes);
}

#[cfg(test)]
mod tests;
