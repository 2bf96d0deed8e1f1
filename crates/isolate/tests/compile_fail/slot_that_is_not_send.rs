//! Safe code can put nothing on an isolate that must stay on its thread.

use std::rc::Rc;

use isolate::{EnteredIsolate, IsolateAccess, IsolateLock, IsolateOptions, Preparation, Turn};

fn in_a_future(access: &IsolateAccess) {
    access.enter(|isolate| isolate.set_slot(Rc::new(1)));
}

fn under_the_lock(lock: &mut IsolateLock<'_>) {
    lock.set_slot(Rc::new(1));
}

fn in_a_turn(turn: &mut Turn<'_>) {
    turn.set_slot(Rc::new(1));
}

fn through_a_scope(isolate: &mut EnteredIsolate) {
    v8::scope!(let scope, isolate.raw());
    scope.set_slot(Rc::new(1));
}

fn when_it_is_made() -> IsolateOptions {
    let prepare = Preparation::new(|isolate| _ = isolate.set_slot(Rc::new(1)));
    IsolateOptions::default().with_prepare(Some(prepare))
}

fn main() {}
