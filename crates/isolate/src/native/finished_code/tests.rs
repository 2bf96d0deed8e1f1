use super::*;
use crate::isolates::locker_managed_isolate::{IsolateOptions, LockerManagedIsolate};
use crate::platform;

/// Where a stack guard has the interrupts that were asked for, in words.
const FLAGS: usize = 7;

fn flags(code: FinishedCode) -> usize {
    // SAFETY: a stack guard has 8 words, and its isolate is locked by this thread.
    unsafe { read(code.stack_guard + FLAGS * WORD) & 0xffff_ffff }
}

#[test]
fn what_was_asked_for_is_served_by_the_next_function_and_nothing_else_is_lost() {
    let done = platform::initialize().run(|| {
        let isolate = LockerManagedIsolate::new(&IsolateOptions::default());
        let mut lock = isolate.lock();
        // SAFETY: the isolate is locked by this thread.
        let code = unsafe { FinishedCode::find(super::super::isolate::pointer(lock.inner_ref())) };
        let code = code.expect("it is found");
        let call = "(function f(n) { return n === 0 ? 'done' : f(n - 1) })(3)";
        for _ in 0..2 {
            assert_eq!(flags(code), 0);
            isolate.shared().ask_for_finished_code();
            assert_eq!(flags(code), INSTALL as usize);
            assert_eq!(lock.evaluate(call).as_deref(), Ok("done"));
            assert_eq!(flags(code), 0, "it was served");
        }
        isolate.shared().ask_for_finished_code();
        isolate.terminate_execution();
        assert!(lock.evaluate(call).is_err(), "it was terminated");
        lock.inner().cancel_terminate_execution();
        assert_eq!(flags(code), INSTALL as usize, "it waits for the next");
        drop(lock);
        let mut lock = isolate.lock();
        assert_eq!(flags(code), 0, "who locks begins without interrupts");
        assert_eq!(lock.evaluate(call).as_deref(), Ok("done"));
    });
    done.expect("no assertion has failed");
}
