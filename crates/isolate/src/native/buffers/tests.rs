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
