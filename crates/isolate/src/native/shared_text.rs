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
mod tests {
    use super::*;
    use crate::isolates::locker_managed_isolate::{IsolateOptions, LockerManagedIsolate};
    use crate::platform;

    /// How often `text` is counted while a string of it lives, and when it has been collected.
    fn counts(isolate: &mut v8::Isolate, text: &Arc<str>) -> (usize, usize) {
        let during = {
            v8::scope!(let scope, isolate);
            let context = v8::Context::new(scope, v8::ContextOptions::default());
            let scope = &mut v8::ContextScope::new(scope, context);
            let string = shared_text(scope, text).expect("it is not too long");
            assert_eq!(string.to_rust_string_lossy(scope), **text);
            Arc::strong_count(text)
        };
        isolate.low_memory_notification();
        (during, Arc::strong_count(text))
    }

    #[test]
    fn long_ascii_is_shared_until_it_is_collected() {
        let done = platform::initialize().run(|| {
            let isolate = LockerManagedIsolate::new(&IsolateOptions::default());
            let mut lock = isolate.lock();
            for (text, expected) in [
                ("a".repeat(MIN_SHARED), (2, 1)),
                ("a".repeat(1 << 20), (2, 1)),
                ("a".repeat(MIN_SHARED - 1), (1, 1)),
                ("é".repeat(MIN_SHARED), (1, 1)),
                ("€".repeat(MIN_SHARED), (1, 1)),
                (String::new(), (1, 1)),
            ] {
                let text: Arc<str> = text.into();
                assert_eq!(counts(lock.inner(), &text), expected, "{} bytes", text.len());
            }
        });
        done.expect("no assertion has failed");
    }

    #[test]
    fn an_isolate_that_ends_gives_its_texts_back() {
        let text: Arc<str> = "a".repeat(1 << 20).into();
        let other = Arc::clone(&text);
        let done = platform::initialize().run(move || {
            let isolate = LockerManagedIsolate::new(&IsolateOptions::default());
            {
                let mut lock = isolate.lock();
                v8::scope!(let scope, lock.inner());
                let context = v8::Context::new(scope, v8::ContextOptions::default());
                let scope = &mut v8::ContextScope::new(scope, context);
                let string = shared_text(scope, &other).expect("it is not too long");
                let name = v8::String::new(scope, "kept").expect("it is short");
                context.global(scope).set(scope, name.into(), string.into()).expect("it can be set");
            }
            // This thread's, the test's and the string's.
            assert_eq!(Arc::strong_count(&other), 3);
        });
        done.expect("no assertion has failed");
        // Who disposes of an isolate may be another thread.
        for _ in 0..6000 {
            if Arc::strong_count(&text) == 1 {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the text is counted {} times", Arc::strong_count(&text));
    }
}
