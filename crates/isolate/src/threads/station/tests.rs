#![allow(clippy::unwrap_used, reason = "clippy does not know helpers for tests here")]

use std::sync::mpsc::{self, Sender};
use std::task::Context;
use std::thread;

use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Notify;

use super::*;
use crate::isolates::locker_managed_isolate::{IsolateOptions, LockerManagedIsolate};
use crate::threads::IsolateThreads;
use crate::threads::turn_isolate::TurnIsolate;
use crate::turns::task::{Interruption, IsolateTask, Loss, TaskControl, TurnBudget};
use crate::turns::turn::Turn;

const PATIENCE: Duration = Duration::from_secs(60);

/// A runtime whose thread takes short turns.
struct Tasks {
    runtime: Mutex<Runtime>,
    over: Arc<Notify>,
}

impl Station for Tasks {
    fn work(&self, turns: &WantedTurns) -> ControlFlow<()> {
        self.runtime.lock().block_on(async {
            tokio::select! {
                biased;
                () = self.over.notified() => ControlFlow::Break(()),
                () = turns.wanted() => ControlFlow::Continue(()),
            }
        })
    }
}

struct TestStation {
    handle: Handle,
    over: Arc<Notify>,
    threads: IsolateThreads,
}

impl TestStation {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (handle, over) = (runtime.handle().clone(), Arc::new(Notify::new()));
        man(
            "station",
            Duration::from_millis(2),
            Tasks { runtime: Mutex::new(runtime), over: Arc::clone(&over) },
        );
        Self { handle, over, threads: IsolateThreads::new(2) }
    }

    fn isolate(&self) -> Arc<TurnIsolate> {
        let isolate = platform::initialize().run(|| LockerManagedIsolate::new(&IsolateOptions::default()));
        TurnIsolate::new(isolate.unwrap(), &self.threads)
    }

    /// Calls `f` in a turn that a task of the station asks for, and waits for what it returns.
    fn turn<R: Send + 'static>(
        &self,
        isolate: &Arc<TurnIsolate>,
        f: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, Loss> {
        self.begin_turn(isolate, f).recv_timeout(PATIENCE).expect("the turn ends")
    }

    fn begin_turn<R: Send + 'static>(
        &self,
        isolate: &Arc<TurnIsolate>,
        f: impl FnOnce() -> R + Send + 'static,
    ) -> mpsc::Receiver<Result<R, Loss>> {
        let (sender, result) = mpsc::channel();
        let isolate = Arc::clone(isolate);
        self.handle.spawn(async move {
            let result = isolate.with_lock_async(|_| async { f() }).await;
            let _nobody_waits = sender.send(result);
        });
        result
    }

    /// An isolate whose turns the station's threads take.
    fn brief_isolate(&self) -> Arc<TurnIsolate> {
        let isolate = self.isolate();
        let start = Instant::now();
        while self.turn(&isolate, is_at_station) != Ok(true) {
            assert!(start.elapsed() < PATIENCE, "never taken at the station: {:?}", isolate.conduct());
        }
        isolate
    }

    /// The work goes on.
    fn works(&self) {
        let (sender, done) = mpsc::channel();
        self.handle.spawn(async move { sender.send(thread::current().name().map(str::to_owned)) });
        assert_eq!(done.recv_timeout(PATIENCE).expect("work").as_deref(), Some("station"));
    }
}

impl Drop for TestStation {
    fn drop(&mut self) {
        self.over.notify_one();
    }
}

fn is_at_station() -> bool {
    thread::current().name() == Some("station")
}

#[test]
fn an_isolate_with_short_turns_has_them_at_the_station() {
    let station = TestStation::new();
    let isolate = station.isolate();
    assert_eq!(station.turn(&isolate, is_at_station), Ok(false), "a new isolate");
    assert_eq!(station.threads.stats().at_stations, 0);
    let isolate = station.brief_isolate();
    assert!(station.threads.stats().at_stations > 0);
    // Not if somebody else asks for the turn.
    let runtime = Builder::new_current_thread().build().unwrap();
    let elsewhere = runtime.block_on(isolate.with_lock_async(|_| async { is_at_station() }));
    assert_eq!(elsewhere, Ok(false));
}

#[test]
fn a_turn_that_takes_long_does_not_keep_the_work_from_going_on() {
    let station = TestStation::new();
    let isolate = station.brief_isolate();
    for _ in 0..3 {
        let (begun, has_begun) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let turn = station.begin_turn(&isolate, move || {
            begun.send(is_at_station()).unwrap();
            released.recv_timeout(PATIENCE).is_err()
        });
        assert!(has_begun.recv_timeout(PATIENCE).unwrap(), "waiting costs no CPU time, so it stays brief");
        station.works();
        // Another isolate has its turns meanwhile.
        assert!(station.turn(&station.isolate(), || ()).is_ok());
        drop(release);
        assert_eq!(turn.recv_timeout(PATIENCE).unwrap(), Ok(true));
        station.works();
    }
}

#[test]
fn an_isolate_that_has_more_to_do_than_a_slice_goes_to_the_isolate_threads() {
    let station = TestStation::new();
    let isolate = station.brief_isolate();
    let (begun, has_begun) = mpsc::channel();
    let (release, released) = mpsc::channel();
    let first = station.begin_turn(&isolate, move || {
        begun.send(is_at_station()).unwrap();
        released.recv_timeout(PATIENCE).unwrap();
        // The slice is used up.
        thread::sleep(Duration::from_millis(1));
    });
    assert!(has_begun.recv_timeout(PATIENCE).unwrap());
    let (second, (sender, result)) = (Arc::clone(&isolate), mpsc::channel());
    station.handle.spawn(async move {
        let mut turn = std::pin::pin!(second.with_lock_async(|_| async { is_at_station() }));
        let first_poll = poll_fn(|cx| Poll::Ready(turn.as_mut().poll(cx))).await;
        assert!(first_poll.is_pending(), "it waits behind the first");
        release.send(()).unwrap();
        sender.send(turn.await).unwrap();
    });
    assert_eq!(first.recv_timeout(PATIENCE).unwrap(), Ok(()));
    assert_eq!(result.recv_timeout(PATIENCE).expect("a turn"), Ok(false));
}

/// A task whose turn never comes back: V8 fails in it.
struct Fails(Sender<bool>);

impl IsolateTask for Fails {
    fn poll_turn(&mut self, _: &mut Turn<'_>, _: &mut Context<'_>) -> Poll<()> {
        self.0.send(is_at_station()).unwrap();
        native::park("on purpose")
    }
}

struct Control(Sender<Loss>);

impl TaskControl for Control {
    fn budget(&self) -> TurnBudget {
        TurnBudget { cpu: PATIENCE, deadline: None }
    }

    fn charge(&self, _: Duration) {}

    fn lost(&self, loss: Loss) {
        self.0.send(loss).unwrap();
    }
}

#[test]
fn a_thread_that_never_comes_back_is_replaced_and_the_work_goes_on() {
    let station = TestStation::new();
    let isolate = station.brief_isolate();
    let other = station.brief_isolate();
    let ((begun, has_begun), (lost, is_lost)) = (mpsc::channel(), mpsc::channel());
    station.handle.spawn({
        let isolate = Arc::clone(&isolate);
        async move { isolate.spawn(Box::new(Fails(begun)), Arc::new(Control(lost))) }
    });
    assert!(has_begun.recv_timeout(PATIENCE).unwrap(), "it is the station's thread");
    assert_eq!(is_lost.recv_timeout(PATIENCE).unwrap(), Loss::Stuck(Interruption::Memory));
    station.works();
    assert_eq!(station.threads.stats().replaced, 1);
    // What is lost with a thread is not risked again soon.
    assert_eq!(station.turn(&other, is_at_station), Ok(false));
    station.works();
}

#[test]
fn what_waits_at_the_desk_is_not_lost_when_the_work_is_over() {
    let station = TestStation::new();
    let isolate = station.brief_isolate();
    let (sender, result) = mpsc::channel();
    let over = Arc::clone(&station.over);
    station.handle.spawn(async move {
        isolate.spawn(Box::new(Answers(sender)), Arc::new(Control(mpsc::channel().0)));
        // Both are seen by the same poll, and the end is looked at first.
        over.notify_one();
    });
    assert!(result.recv_timeout(PATIENCE).is_ok());
}

struct Answers(Sender<()>);

impl IsolateTask for Answers {
    fn poll_turn(&mut self, _: &mut Turn<'_>, _: &mut Context<'_>) -> Poll<()> {
        self.0.send(()).unwrap();
        Poll::Ready(())
    }
}
