//! The start of V8 and its threads.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use isolate::platform::{Region, RegionError};
use isolate::{EnteredIsolate, IsolateAccess, IsolateThreads, platform};

use crate::process::child;
use crate::support::{block_on, eval, isolate, on_v8_thread, raw, turn_isolate, wait_for};

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
fn scripts_do_not_see_the_time_zone_and_the_locale_of_the_host() {
    const ABROAD: &str = "ISOLATE_TEST_ABROAD";
    if std::env::var_os(ABROAD).is_none() {
        let mut abroad = child("platform::scripts_do_not_see_the_time_zone_and_the_locale_of_the_host");
        let abroad = abroad.env(ABROAD, "1").env("TZ", "Asia/Tokyo").env("LC_ALL", "de_DE.UTF-8");
        let output = abroad.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let seen = "const { timeZone, locale } = new Intl.DateTimeFormat().resolvedOptions(); \
                [timeZone, locale, new Date(0).getHours(), new Date(0).getTimezoneOffset(), \
                 (1234.5).toLocaleString()].join('|')";
    assert_eq!(evaluate(seen).unwrap(), "UTC|en-US|0|0|1,234.5");
}

#[test]
fn a_process_has_one_region() {
    const ELSEWHERE: &str = "ISOLATE_TEST_ELSEWHERE";
    let berlin = Region::default().with_time_zone("Europe/Berlin").with_locale("de-DE");
    if std::env::var_os(ELSEWHERE).is_none() {
        let mut elsewhere = child("platform::a_process_has_one_region");
        let output = elsewhere.env(ELSEWHERE, "1").env("TZ", "Asia/Tokyo").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }
    let mars = berlin.clone().with_time_zone("Mars/Olympus");
    assert_eq!(platform::initialize_in(&mars).err(), Some(RegionError::TimeZone("Mars/Olympus".into())));
    for locale in ["", "de_DE", "'", "english!", "x"] {
        let error = platform::initialize_in(&berlin.clone().with_locale(locale)).err();
        assert_eq!(error, Some(RegionError::Locale(locale.into())));
    }
    // What was refused has settled nothing.
    platform::initialize_in(&berlin).unwrap();
    platform::initialize_in(&berlin).unwrap();
    let other = platform::initialize_in(&Region::default()).err();
    assert_eq!(other, Some(RegionError::Started(berlin)));
    let seen = "const { timeZone, locale } = new Intl.DateTimeFormat().resolvedOptions(); \
                [timeZone, locale, new Date(0).getHours(), new Date(0).getTimezoneOffset(), \
                 (1234.5).toLocaleString(), new Date(2024, 6, 1).getTimezoneOffset()].join('|')";
    assert_eq!(evaluate(seen).unwrap(), "Europe/Berlin|de-DE|1|-60|1.234,5|-120");
    assert_eq!(["de-DE", "zxx-ZZ"].map(|tag| isolate::has_locale(tag).unwrap()), [true, false]);
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

/// A module of Wasm without anything in it.
const COMPILES: &str =
    "globalThis.compiled = ''; WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))
    .then(() => { compiled = 'compiled' }); 'begun'";

/// The end of the compilation that began in `context`, once the future that waits for it is polled again.
async fn compiled(access: IsolateAccess, context: v8::Global<v8::Context>) -> String {
    poll_fn(|_| {
        // Nothing but V8's own event brings another poll.
        let compiled = access.enter(|isolate| {
            raw(isolate).perform_microtask_checkpoint();
            v8::scope_with_context!(let scope, raw(isolate), &context);
            let source = v8::String::new(scope, "compiled").unwrap();
            v8::Script::compile(scope, source, None).unwrap().run(scope).unwrap().to_rust_string_lossy(scope)
        });
        if compiled.is_empty() { Poll::Pending } else { Poll::Ready(compiled) }
    })
    .await
}

fn begin_to_compile(isolate: &mut EnteredIsolate) -> v8::Global<v8::Context> {
    v8::scope!(let scope, raw(isolate));
    let context = v8::Context::new(scope, v8::ContextOptions::default());
    let scope = &mut v8::ContextScope::new(scope, context);
    let source = v8::String::new(scope, COMPILES).unwrap();
    v8::Script::compile(scope, source, None).unwrap().run(scope).unwrap();
    v8::Global::new(scope, context)
}

#[test]
fn lesson_52_tasks_of_v8_bring_another_turn() {
    let threads = IsolateThreads::new(2);
    let isolate = turn_isolate(&threads, 64);
    let futures: Vec<_> = (0..10)
        .map(|_| {
            isolate.with_lock_async(|access| async move {
                let context = access.enter(begin_to_compile);
                compiled(access, context).await
            })
        })
        .collect();
    for future in futures {
        assert_eq!(block_on(future), Ok("compiled".into()));
    }
}

#[test]
fn tasks_of_v8_for_an_idle_isolate_wait_for_its_next_turn() {
    let threads = IsolateThreads::new(2);
    let isolate = turn_isolate(&threads, 64);
    let begun = isolate.with_lock_async(|access| async move { access.enter(begin_to_compile) });
    let context = block_on(begun).unwrap();
    // A turn is counted when it ends, which is after its result is there.
    wait_for("the turn has ended", || isolate.turns() == 1);
    let compiling = || {
        let isolate = Arc::clone(&isolate);
        on_v8_thread(move || {
            block_on(isolate.with_lock(|isolate| raw(isolate).has_pending_background_tasks()))
        })
    };
    // V8 counts a compilation until its task has run.
    assert_eq!(compiling(), Ok(true));
    thread::sleep(std::time::Duration::from_millis(100));
    assert_eq!(compiling(), Ok(true));
    assert_eq!(isolate.turns(), 1, "nobody wakes an idle isolate");
    let later = isolate.with_lock_async(|access| compiled(access, context));
    assert_eq!(block_on(later), Ok("compiled".into()));
}

#[test]
fn tasks_of_v8_do_not_outlive_their_isolate() {
    // Compilations whose isolate is given up or disposed before they end; addresses of isolates are used again.
    let threads = IsolateThreads::new(2);
    for round in 0..30 {
        let isolate = turn_isolate(&threads, 16);
        let begun = isolate.with_lock_async(|access| async move { access.enter(begin_to_compile) });
        let context = block_on(begun).unwrap();
        if round % 2 == 0 {
            isolate.condemn(isolate::Loss::Condemned);
        }
        drop(isolate);
        drop(context);
    }
    wait_for("the isolates are disposed", || isolate::pending_disposals() == 0);
    let isolate = turn_isolate(&threads, 64);
    let sum = isolate.with_lock_async(|access| async move { access.enter(|isolate| eval(isolate, "1 + 1")) });
    assert_eq!(block_on(sum), Ok(Ok("2".into())));
}
