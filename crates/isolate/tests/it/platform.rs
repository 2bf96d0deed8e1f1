//! The start of V8 and its threads.

use std::thread;

use isolate::{IsolateThreads, platform};

use crate::support::{block_on, eval, isolate, on_v8_thread, turn_isolate};

fn evaluate(source: &'static str) -> Result<String, String> {
    let isolate = isolate(64);
    on_v8_thread(move || isolate.with_lock(|isolate| eval(isolate, source)))
}

#[test]
fn the_version_is_the_one_everything_was_tried_with() {
    platform::initialize();
    assert!(platform::v8_version().starts_with("15.2."), "{}", platform::v8_version());
}

#[test]
fn many_threads_may_initialize_at_once() {
    let platforms: Vec<_> =
        (0..16).map(|_| thread::spawn(|| std::ptr::from_ref(platform::initialize()).addr())).collect();
    let mut addresses: Vec<_> = platforms.into_iter().map(|thread| thread.join().unwrap()).collect();
    addresses.dedup();
    assert_eq!(addresses.len(), 1);
}

#[test]
fn the_full_icu_data_is_there() {
    let dates = "['de-DE', 'ja-JP', 'ar-EG'].map(locale => new Intl.DateTimeFormat(locale, \
                 {dateStyle: 'long', timeZone: 'UTC'}).format(new Date(0))).join('|')";
    assert_eq!(evaluate(dates).unwrap(), "1. Januar 1970|1970年1月1日|١ يناير ١٩٧٠");
    let numbers = "['en-US', 'de-DE', 'hi-IN'].map(locale => new Intl.NumberFormat(locale)\
                   .format(1234567.5)).join('|')";
    assert_eq!(evaluate(numbers).unwrap(), "1,234,567.5|1.234.567,5|12,34,567.5");
}

#[test]
fn lesson_05_javascript_runs_only_on_threads_created_after_v8() {
    let threads = IsolateThreads::new(1);
    // This thread existed before V8 as far as it knows; what runs its JavaScript is a child of the factory.
    let isolate = turn_isolate(&threads, 64);
    let name = block_on(isolate.with_lock_async(|access| async move {
        let value = access.enter(|isolate| eval(isolate, "6 * 7"));
        (value, thread::current().name().map(String::from))
    }));
    assert_eq!(name, Ok((Ok("42".into()), Some("isolate".into()))));
}

#[test]
fn a_panic_on_a_thread_for_v8_is_an_error_for_the_one_who_waits() {
    let failed = platform::initialize().run(|| panic!("on purpose"));
    let failed: Result<(), _> = failed;
    assert!(failed.is_err());
    assert_eq!(on_v8_thread(|| 1), 1);
}

#[test]
fn a_thread_name_with_nul_does_not_end_the_factory() {
    let (sender, receiver) = std::sync::mpsc::channel();
    platform::initialize().spawn("a\0b", move || {
        sender.send(thread::current().name().map(String::from)).unwrap();
    });
    assert_eq!(receiver.recv_timeout(crate::support::PATIENCE).unwrap().as_deref(), Some("ab"));
}
