//! A handle lives no longer than the scope inside of `enter`.

use isolate::IsolateAccess;

fn escape(access: &IsolateAccess) {
    let _string = access.enter(|isolate| {
        v8::scope!(let scope, isolate);
        v8::String::new(scope, "escaped").unwrap()
    });
}

fn isolate_escapes(access: &IsolateAccess) {
    let _isolate: &mut v8::Isolate = access.enter(|isolate| isolate);
}

fn main() {}
