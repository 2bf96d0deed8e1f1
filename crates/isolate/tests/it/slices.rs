//! Several turns under one lock of V8, and what happens when it is gone.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use isolate::{IsolateTask, IsolateThreads, Loss, TaskControl, Turn, TurnBudget, TurnIsolate};
use parking_lot::Mutex;

use crate::support::{PATIENCE, has_nothing_locked, turn_isolate};

/// A task of one turn.
struct OneTurn<F>(Option<F>);

impl<F: FnOnce(&mut Turn<'_>) + Send + 'static> IsolateTask for OneTurn<F> {
    fn poll_turn(&mut self, turn: &mut Turn<'_>, _: &mut Context<'_>) -> Poll<()> {
        let act = self.0.take().expect("one turn");
        act(turn);
        Poll::Ready(())
    }
}

/// What a task heard after its turn, and whether V8 was unlocked then.
type Heard = (&'static str, Option<Loss>, Result<String, String>);

struct Listening {
    name: &'static str,
    wall: Duration,
    started: Instant,
    heard: Mutex<Sender<Heard>>,
}

impl Listening {
    fn hear(&self, loss: Option<Loss>, value: Result<String, String>) {
        let _test_may_be_over = self.heard.lock().send((self.name, loss, value));
    }
}

impl TaskControl for Listening {
    fn budget(&self) -> TurnBudget {
        TurnBudget { cpu: PATIENCE, deadline: Some(self.started + self.wall) }
    }

    fn charge(&self, _: Duration) {}

    fn finished(&self) {
        self.hear(None, Ok("finished".into()));
    }

    fn lost(&self, loss: Loss) {
        let value = match loss {
            Loss::Memory if has_nothing_locked() => "unlocked",
            _ => "lost",
        };
        self.hear(Some(loss), Ok(value.into()));
    }
}

/// Tasks that are spawned while the first of them has its turn, so that all of them are ready when it ends.
struct Scene {
    isolate: Arc<TurnIsolate>,
    sender: Sender<Heard>,
    heard: Receiver<Heard>,
}

impl Scene {
    fn new(threads: &IsolateThreads) -> Self {
        let (sender, heard) = channel();
        Self { isolate: turn_isolate(threads, 64), sender, heard }
    }

    fn spawn(&self, name: &'static str, wall: Duration, act: impl FnOnce(&mut Turn<'_>) + Send + 'static) {
        let control =
            Listening { name, wall, started: Instant::now(), heard: Mutex::new(self.sender.clone()) };
        self.isolate.spawn(Box::new(OneTurn(Some(act))), Arc::new(control));
    }

    /// Spawns a task whose turn lasts until the sender is used or dropped, and then does `act`.
    fn begin(&self, act: impl FnOnce(&mut Turn<'_>) + Send + 'static) -> Sender<()> {
        let (go_on, wait) = channel();
        let (begun, has_begun) = channel();
        self.spawn("first", PATIENCE, move |turn| {
            begun.send(()).unwrap();
            let _ = wait.recv();
            act(turn);
        });
        has_begun.recv_timeout(PATIENCE).unwrap();
        go_on
    }

    /// What `count` tasks hear, by their names.
    fn hear(&self, count: usize) -> Vec<Heard> {
        let hear = |_| self.heard.recv_timeout(PATIENCE).expect("a task is never told");
        let mut heard: Vec<_> = (0..count).map(hear).collect();
        heard.sort_by_key(|(name, ..)| *name);
        heard
    }

    /// The same, without what came of locking.
    fn losses(&self, count: usize) -> Vec<(&'static str, Option<Loss>)> {
        self.hear(count).into_iter().map(|(name, loss, _)| (name, loss)).collect()
    }
}

#[test]
fn tasks_hear_of_the_memory_limit_of_another_when_v8_is_unlocked() {
    let threads = IsolateThreads::new(1);
    let scene = Scene::new(&threads);
    let isolate = Arc::clone(&scene.isolate);
    let go_on = scene.begin(move |_| {
        isolate.condemn(Loss::Memory);
        isolate.condemn(Loss::Condemned);
    });
    scene.spawn("second", PATIENCE, |_| panic!("no turn after the isolate was given up"));
    scene.spawn("third", PATIENCE, |_| panic!("no turn after the isolate was given up"));
    drop(go_on);
    let lost = |name| (name, Some(Loss::Memory), Ok("unlocked".to_owned()));
    assert_eq!(scene.hear(3), [("first", None, Ok("finished".into())), lost("second"), lost("third")]);
    assert_eq!(scene.isolate.condemned(), Some(Loss::Memory));
}

#[test]
fn tasks_that_ended_are_settled_when_a_later_turn_does_not_come_back() {
    let threads = IsolateThreads::new(1);
    let scene = Scene::new(&threads);
    let (come_back, stuck) = channel::<()>();
    let go_on = scene.begin(|_| ());
    scene.spawn("second", PATIENCE, |_| ());
    scene.spawn("stuck", Duration::from_millis(1), move |_| _ = stuck.recv());
    scene.spawn("behind", PATIENCE, |_| panic!("no turn on an isolate whose thread is lost"));
    drop(go_on);
    let expected = [
        ("behind", Some(Loss::Condemned)),
        ("first", None),
        ("second", None),
        ("stuck", Some(Loss::Stuck(isolate::Interruption::WallClock))),
    ];
    assert_eq!(scene.losses(4), expected, "told while the turn is stuck");
    drop(come_back);
}

#[test]
fn a_task_that_panics_is_told_and_so_are_those_before_and_behind_it() {
    let threads = IsolateThreads::new(1);
    let scene = Scene::new(&threads);
    let go_on = scene.begin(|_| ());
    scene.spawn("panics", PATIENCE, |_| panic!("on purpose"));
    scene.spawn("behind", PATIENCE, |_| panic!("no turn after another panicked"));
    drop(go_on);
    let expected = [("behind", Some(Loss::Condemned)), ("first", None), ("panics", Some(Loss::Panicked))];
    assert_eq!(scene.losses(3), expected);
}
