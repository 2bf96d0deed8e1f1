//! A handle lives no longer than the scope inside of `enter`.

use isolate::{EnteredIsolate, IsolateAccess};

fn escape(access: &IsolateAccess) {
    let _string = access.enter(|isolate| {
        v8::scope!(let scope, unsafe { isolate.raw() });
        v8::String::new(scope, "escaped").unwrap()
    });
}

fn isolate_escapes(access: &IsolateAccess) {
    let _isolate: &mut EnteredIsolate = access.enter(|isolate| isolate);
}

fn raw_isolate_escapes(access: &IsolateAccess) {
    let _isolate: &mut v8::Isolate = access.enter(|isolate| unsafe { isolate.raw() });
}

fn main() {}
