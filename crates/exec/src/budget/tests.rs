//! Budgets against a naive model, and the two levels together.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use proptest::prelude::*;

use super::quota::{Take, Taken};
use super::*;

const LIMIT: usize = 10;
const MAX_WAITING: usize = 4;

#[derive(Clone, Debug)]
enum Step {
    Try(usize),
    Take(usize),
    /// Leaves the reserve.
    TakeModestly(usize),
    /// Polls the future with this number, counted from the oldest, if there is one.
    Poll(usize),
    /// Drops it.
    Leave(usize),
    /// Drops the permit with this number.
    GiveBack(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (1..=LIMIT + 1).prop_map(Step::Try),
        2 => (1..=LIMIT + 1).prop_map(Step::Take),
        2 => (1..=LIMIT + 1).prop_map(Step::TakeModestly),
        2 => (0..8_usize).prop_map(Step::Poll),
        1 => (0..8_usize).prop_map(Step::Leave),
        4 => (0..8_usize).prop_map(Step::GiveBack),
    ]
}

/// Whoever waits has a number. The model serves the front of the queues whenever something changes: first of those who leave
/// nothing, then of those who leave something.
#[derive(Default)]
struct Model {
    used: usize,
    queues: [VecDeque<(usize, usize)>; 2],
    served: Vec<usize>,
}

impl Model {
    fn serve(&mut self) {
        for beside in 0..2 {
            while let Some((number, amount)) = self.queues[beside].front().copied() {
                if self.used + amount + beside > LIMIT {
                    return;
                }
                self.queues[beside].pop_front();
                self.used += amount;
                self.served.push(number);
            }
        }
    }

    /// Whether somebody who leaves so much is served at once.
    fn has_room(&self, amount: usize, beside: usize) -> bool {
        self.queues[..=beside].iter().all(VecDeque::is_empty) && self.used + amount + beside <= LIMIT
    }
}

#[derive(Default)]
struct Flag(AtomicUsize);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Flag {
    fn woken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

struct Waiting<'a> {
    number: usize,
    amount: usize,
    future: Pin<Box<Take<'a>>>,
    flag: Arc<Flag>,
}

impl<'a> Waiting<'a> {
    fn poll(&mut self) -> std::task::Poll<Result<Taken<'a>, Refused>> {
        let waker = Waker::from(Arc::clone(&self.flag));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

proptest! {
    #[test]
    fn a_quota_does_what_a_naive_one_does(steps in prop::collection::vec(step(), 1..60)) {
        let quota = Quota::new(LIMIT, MAX_WAITING);
        let mut model = Model::default();
        let mut held: Vec<(usize, Taken<'_>)> = Vec::new();
        let mut waiting: Vec<Waiting<'_>> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Try(amount) => {
                    let taken = quota.try_take(amount);
                    prop_assert_eq!(taken.is_ok(), model.used + amount <= LIMIT);
                    if let Ok(taken) = taken {
                        model.used += amount;
                        held.push((amount, taken));
                    }
                }
                Step::Take(amount) | Step::TakeModestly(amount) => {
                    // An eighth of the limit, unless that leaves too little.
                    let is_modest = matches!(step, Step::TakeModestly(_));
                    let beside = usize::from(is_modest && amount < LIMIT);
                    let take = if is_modest { quota.take_modestly(amount) } else { quota.take(amount) };
                    let future = Box::pin(take);
                    let mut one = Waiting { number, amount, future, flag: Arc::default() };
                    match one.poll() {
                        std::task::Poll::Ready(Ok(taken)) => {
                            prop_assert!(model.has_room(amount, beside));
                            model.used += amount;
                            held.push((amount, taken));
                        }
                        std::task::Poll::Ready(Err(Refused)) => {
                            let waiting = model.queues.iter().map(VecDeque::len).sum::<usize>();
                            prop_assert!(amount > LIMIT || waiting == MAX_WAITING);
                        }
                        std::task::Poll::Pending => {
                            prop_assert!(!model.has_room(amount, beside));
                            model.queues[beside].push_back((number, amount));
                            waiting.push(one);
                        }
                    }
                }
                Step::Poll(which) if which < waiting.len() => {
                    let served = model.served.contains(&waiting[which].number);
                    match waiting[which].poll() {
                        std::task::Poll::Ready(Ok(taken)) => {
                            prop_assert!(served);
                            let one = waiting.remove(which);
                            held.push((one.amount, taken));
                        }
                        std::task::Poll::Ready(Err(Refused)) => prop_assert!(false, "refused while it waited"),
                        std::task::Poll::Pending => prop_assert!(!served),
                    }
                }
                Step::Leave(which) if which < waiting.len() => {
                    let one = waiting.remove(which);
                    if model.served.contains(&one.number) {
                        model.used -= one.amount;
                    }
                    model.queues.iter_mut().for_each(|queue| queue.retain(|(number, _)| *number != one.number));
                    drop(one);
                    model.serve();
                }
                Step::GiveBack(which) if which < held.len() => {
                    let (amount, taken) = held.swap_remove(which);
                    drop(taken);
                    model.used -= amount;
                    model.serve();
                }
                Step::Poll(_) | Step::Leave(_) | Step::GiveBack(_) => {}
            }
            prop_assert_eq!(quota.used(), model.used);
            for one in &waiting {
                prop_assert_eq!(one.flag.woken() > 0, model.served.contains(&one.number), "{}", one.number);
            }
        }
        drop((held, waiting));
        prop_assert_eq!(quota.used(), 0);
    }
}

fn limits(bytes: usize) -> TenantLimits {
    TenantLimits { bytes, operations: 2, ..TenantLimits::default() }
}

/// One worker that has 10 bytes, another that has 100, and 50 for both.
fn pair() -> (ProcessBudget, TenantBudget, TenantBudget) {
    let process = ProcessBudget::new(ProcessLimits { bytes: 50, ..ProcessLimits::default() });
    let [small, large] = [10, 100].map(|bytes| TenantBudget::new(limits(bytes), &process));
    (process, small, large)
}

#[test]
fn a_permit_takes_from_both_or_from_neither() {
    let (process, small, large) = pair();
    let error = small.try_bytes(11).unwrap_err();
    assert_eq!(error.to_string(), "the worker's budget of bytes is used up");
    let error = large.try_bytes(51).unwrap_err();
    assert_eq!(error.to_string(), "the server's budget of bytes is used up");
    assert_eq!((process.usage().bytes, small.usage().bytes, large.usage().bytes), (0, 0, 0));
    let held = (small.try_bytes(10).unwrap(), large.try_bytes(40).unwrap());
    assert_eq!((process.usage().bytes, small.usage().bytes, large.usage().bytes), (50, 10, 40));
    assert_eq!(large.try_bytes(1).unwrap_err().scope, Scope::Process);
    assert_eq!(small.try_bytes(1).unwrap_err().scope, Scope::Tenant);
    drop(held);
    assert_eq!((process.usage().bytes, process.usage().refused), (0, 4));
}

#[test]
fn one_worker_that_has_all_it_may_leaves_the_other_alone() {
    let (_process, small, large) = pair();
    let _all = (small.try_bytes(10).unwrap(), small.try_operation().unwrap(), small.try_operation().unwrap());
    assert!(small.try_bytes(1).is_err() && small.try_operation().is_err());
    assert!(large.try_bytes(40).is_ok() && large.try_operation().is_ok());
}

#[test]
fn bytes_grow_and_shrink_where_they_are() {
    let (process, small, _) = pair();
    let mut bytes = small.try_bytes(4).unwrap();
    bytes.grow(&small, 6).unwrap();
    assert!(bytes.grow(&small, 1).is_err());
    assert_eq!((bytes.bytes(), process.usage().bytes), (10, 10));
    bytes.shrink_to(3);
    assert_eq!((bytes.bytes(), process.usage().bytes, small.usage().bytes), (3, 3, 3));
    drop(bytes);
    assert_eq!((process.usage().bytes, small.usage().bytes), (0, 0));
    let mut none = small.try_bytes(0).unwrap();
    none.grow(&small, 5).unwrap();
    assert_eq!(process.usage().bytes, 5);
}

#[tokio::test]
async fn whoever_waits_for_the_process_gives_back_what_he_has_of_the_worker() {
    let (process, small, large) = pair();
    let held = large.try_bytes(45).unwrap();
    let flag = Arc::new(Flag::default());
    let waker = Waker::from(Arc::clone(&flag));
    let mut waiting = Box::pin(small.bytes(10));
    assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!((small.usage().bytes, process.usage().bytes), (10, 45));
    drop(waiting);
    assert_eq!((small.usage().bytes, process.usage().bytes), (0, 45));
    let mut waiting = Box::pin(small.bytes(10));
    assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(held);
    assert_eq!(flag.woken(), 1);
    let held = waiting.await.unwrap();
    assert_eq!((small.usage().bytes, process.usage().bytes), (10, 10));
    drop(held);
    assert_eq!((small.usage().bytes, process.usage().bytes), (0, 0));
}

#[tokio::test]
async fn what_can_never_be_had_is_refused_at_once() {
    let (_process, small, large) = pair();
    assert_eq!(small.bytes(11).await.unwrap_err().scope, Scope::Tenant);
    assert_eq!(large.bytes(51).await.unwrap_err().scope, Scope::Process);
    assert_eq!(large.usage().bytes, 0);
}

#[test]
fn a_permit_is_given_back_by_a_panic() {
    let (process, small, _) = pair();
    let held = small.try_bytes(10).unwrap();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _held = held;
        panic!("as it should");
    }));
    assert!(panic.is_err());
    assert_eq!((small.usage().bytes, process.usage().bytes), (0, 0));
}

#[test]
fn permits_come_back_from_many_threads() {
    let (process, small, large) = pair();
    let threads: Vec<_> = (0..4_usize)
        .map(|thread| {
            let budget = if thread % 2 == 0 { small.clone() } else { large.clone() };
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    for round in 0..2_000_usize {
                        let amount = (round * 7 + thread) % 10 + 1;
                        let held = budget.bytes(amount).await.unwrap();
                        if round % 3 == 0 {
                            let more = tokio::time::timeout(Duration::ZERO, budget.bytes(9)).await;
                            drop(more);
                        }
                        tokio::task::yield_now().await;
                        drop(held);
                    }
                });
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!((process.usage().bytes, small.usage().bytes, large.usage().bytes), (0, 0, 0));
}

#[test]
fn the_log_says_once_that_it_drops() {
    let log = Some(LogRate { bytes_per_second: 100, burst: 100 });
    let budget = TenantBudget::new(TenantLimits { log, ..Default::default() }, &ProcessBudget::default());
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    assert_eq!(budget.admit_log(90, at(1)), LogAdmission::Admitted);
    assert_eq!(budget.admit_log(20, at(1)), LogAdmission::FirstDropped { before: 0 });
    assert_eq!(budget.admit_log(20, at(1)), LogAdmission::Dropped);
    assert_eq!(budget.admit_log(20, at(2)), LogAdmission::Admitted);
    assert_eq!(budget.admit_log(200, at(9)), LogAdmission::FirstDropped { before: 2 });
    assert_eq!(budget.usage().refused, 3);
}

#[test]
fn a_budget_is_at_rest_when_nothing_is_left_of_its_use() {
    let cpu = Some(CpuRate { per_second: Duration::from_millis(100), burst: Duration::from_millis(100) });
    let process = ProcessBudget::default();
    let budget = TenantBudget::new(TenantLimits { cpu, ..limits(10) }, &process);
    let now = Instant::now();
    assert!(budget.is_at_rest(now));
    let permit = budget.try_bytes(1).unwrap();
    assert!(!budget.is_at_rest(now));
    drop(permit);
    budget.charge_cpu(Duration::from_millis(200));
    assert!(!budget.is_at_rest(now));
    let ready = budget.cpu_ready_at(now).unwrap();
    assert_eq!((budget.cpu_ready_at(ready), budget.is_at_rest(ready)), (None, false));
    assert!(budget.is_at_rest(ready + Duration::from_secs(1)));
    assert!(TenantBudget::unlimited().is_at_rest(now));
}
