//! Bytes in and out of `ArrayBuffer`s, each of them written once: V8 clears the memory of a new buffer, and a vector has to
//! be cleared before safe code can write to it.

use std::ptr;

use super::allocator;

/// A new `ArrayBuffer` with a copy of `chunks`, in their order.
///
/// V8 ends the process if the isolate's budget for buffers has no room for it.
pub fn array_buffer_of<'s>(
    scope: &v8::PinScope<'s, '_, ()>,
    chunks: &[&[u8]],
) -> v8::Local<'s, v8::ArrayBuffer> {
    let length = chunks.iter().map(|chunk| chunk.len()).sum();
    let buffer = allocator::uncleared(|| v8::ArrayBuffer::new(scope, length));
    if let Some(data) = buffer.data() {
        let mut to = data.cast::<u8>().as_ptr();
        for chunk in chunks {
            // SAFETY: a buffer that is new is this function's alone, and has as many bytes as all chunks. All of
            // them are written before anybody reads one.
            unsafe {
                ptr::copy_nonoverlapping(chunk.as_ptr(), to, chunk.len());
                to = to.add(chunk.len());
            }
        }
    }
    buffer
}

/// Appends a copy of the bytes of a typed array or `DataView`.
pub fn append_bytes_of(view: v8::Local<'_, v8::ArrayBufferView>, to: &mut Vec<u8>) {
    to.reserve(view.byte_length());
    let copied = view.copy_contents_uninit(to.spare_capacity_mut());
    // SAFETY: V8 has written so many behind those that were there.
    unsafe { to.set_len(to.len() + copied) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isolates::locker_managed_isolate::{IsolateOptions, LockerManagedIsolate};
    use crate::platform;

    #[test]
    fn a_buffer_has_all_chunks_and_the_next_one_is_cleared() {
        let done = platform::initialize().run(|| {
            let isolate = LockerManagedIsolate::new(&IsolateOptions::default());
            let mut lock = isolate.lock();
            v8::scope!(let scope, lock.inner());
            let context = v8::Context::new(scope, v8::ContextOptions::default());
            let scope = &mut v8::ContextScope::new(scope, context);
            for length in [0, 1, 100, 70_000] {
                // What is allocated next may be where this was.
                drop(vec![7_u8; length]);
                let chunk = vec![5; length / 2];
                let made = array_buffer_of(scope, &[&chunk, &[], &[6; 3], &chunk]);
                let contents = |buffer: v8::Local<'_, v8::ArrayBuffer>| {
                    let view = v8::Uint8Array::new(scope, buffer, 0, buffer.byte_length());
                    let mut bytes = Vec::new();
                    append_bytes_of(view.expect("it is as long").into(), &mut bytes);
                    bytes
                };
                assert_eq!(contents(made), [&chunk[..], &[6; 3], &chunk[..]].concat());
                drop(vec![7_u8; length]);
                let next = contents(v8::ArrayBuffer::new(scope, length));
                assert_eq!(next, vec![0; length]);
            }
        });
        done.expect("no assertion has failed");
    }
}
