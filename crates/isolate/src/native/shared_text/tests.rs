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
