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
mod tests;
