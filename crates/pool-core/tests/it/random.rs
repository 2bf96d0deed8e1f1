//! Random histories against the naive model: who is served in what order, what is evicted in what order, all counts.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::task::Poll;
use std::time::Duration;

use pool_core::{AcquireError, KeyLimits, RetireReason, ScalePolicy};
use proptest::prelude::*;

use crate::driver::{self, Call, Log, TestLease, TestPool};
use crate::model::{Answer, Grant, Limits, Model};

#[derive(Debug, Clone)]
enum Op {
    Acquire(u8),
    TryAcquire(u8),
    /// Polls every call that was woken.
    Run,
    FinishCreate {
        pick: usize,
        succeed: bool,
    },
    Release(usize),
    Condemn(usize),
    Cancel(usize),
    RetireKey(u8),
    Resize(usize),
    EvictIdle,
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    let key = 0..5_u8;
    prop_oneof![
        10 => key.clone().prop_map(Op::Acquire),
        1 => key.clone().prop_map(Op::TryAcquire),
        8 => Just(Op::Run),
        6 => (any::<usize>(), prop::bool::weighted(0.8)).prop_map(|(pick, succeed)| Op::FinishCreate { pick, succeed }),
        6 => any::<usize>().prop_map(Op::Release),
        1 => any::<usize>().prop_map(Op::Condemn),
        2 => any::<usize>().prop_map(Op::Cancel),
        1 => key.prop_map(Op::RetireKey),
        1 => (1..5_usize).prop_map(Op::Resize),
        1 => Just(Op::EvictIdle),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    let own = prop::collection::btree_map(0..5_u8, (1..4_usize, 1..4_usize), 0..4);
    (1..5_usize, 1..3_usize, 1..4_usize, 1..4_usize, 0..12_usize, 0..8_usize, own).prop_map(
        |(max_size, per_key, per_resource, depth, max_waiters, max_waiters_per_key, own)| Limits {
            max_size,
            per_key,
            per_resource,
            depth,
            max_waiters,
            max_waiters_per_key,
            own,
        },
    )
}

struct World {
    pool: TestPool,
    log: Log,
    model: Model,
    calls: BTreeMap<usize, Call>,
    leases: Vec<TestLease>,
    next: usize,
}

impl World {
    fn new(limits: Limits) -> Self {
        let config = driver::config()
            .with_max_size(limits.max_size)
            .with_max_resources_per_key(limits.per_key)
            .with_max_leases_per_resource(limits.per_resource)
            .with_max_waiters(limits.max_waiters)
            .with_max_waiters_per_key(limits.max_waiters_per_key)
            .with_scale(ScalePolicy { depth: limits.depth, age: Duration::MAX });
        let (pool, log) = driver::pool(config);
        Self { pool, log, model: Model::new(limits), calls: BTreeMap::new(), leases: vec![], next: 0 }
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Acquire(key) => self.acquire(key),
            Op::TryAcquire(key) => {
                let lease = self.pool.try_acquire(&key);
                assert_eq!(lease.as_deref().copied(), self.model.try_acquire(key));
                self.leases.extend(lease);
            }
            Op::Run => self.run(),
            Op::FinishCreate { pick, succeed } => {
                let creating: Vec<_> =
                    self.calls.values().filter(|call| call.is_creating() && !call.has_result()).collect();
                if !creating.is_empty() {
                    creating[pick % creating.len()].finish(succeed);
                }
            }
            Op::Release(pick) => {
                if !self.leases.is_empty() {
                    let lease = self.leases.swap_remove(pick % self.leases.len());
                    self.model.release(*lease);
                    drop(lease);
                }
            }
            Op::Condemn(pick) => {
                if !self.leases.is_empty() {
                    let lease = &self.leases[pick % self.leases.len()];
                    self.model.condemn(**lease, RetireReason::Condemned);
                    lease.mark_condemned(RetireReason::Condemned);
                }
            }
            Op::Cancel(pick) => {
                let numbers: Vec<_> = self.calls.keys().copied().collect();
                if !numbers.is_empty() {
                    let number = numbers[pick % numbers.len()];
                    let call = self.calls.remove(&number);
                    if call.is_some_and(|call| call.is_creating()) {
                        self.model.create_failed(number);
                    } else {
                        self.model.cancel(number);
                    }
                }
            }
            Op::RetireKey(key) => {
                self.pool.retire_key(&key, RetireReason::Replaced);
                self.model.retire_key(key, RetireReason::Replaced);
            }
            Op::Resize(max_size) => {
                self.pool.resize(max_size).unwrap();
                self.model.resize(max_size);
            }
            Op::EvictIdle => {
                self.pool.evict_idle_older_than(Duration::ZERO);
                self.model.evict_all_idle();
            }
            Op::Close => {
                self.pool.close();
                self.model.close();
            }
        }
        self.compare();
    }

    fn limits_of(&self, key: u8) -> KeyLimits {
        let own = self.model.limits.own.get(&key);
        KeyLimits::default()
            .with_max_resources(own.and_then(|own| NonZeroUsize::new(own.0)))
            .with_max_leases_per_resource(own.and_then(|own| NonZeroUsize::new(own.1)))
    }

    fn acquire(&mut self, key: u8) {
        let number = self.next;
        self.next += 1;
        let mut call = Call::with_limits(&self.pool, key, self.limits_of(key), number);
        let answer = self.model.acquire(number, key);
        match (answer, call.poll()) {
            (Answer::Hit { of }, Poll::Ready(Ok(lease))) => {
                assert_eq!((*lease, lease.was_hit()), (of, true));
                self.leases.push(lease);
            }
            (Answer::Wait, Poll::Pending) => {
                // Room at once: the first poll has started the creation.
                if call.is_creating() {
                    assert_eq!(self.model.collect(number), Some(Grant::Create));
                }
                self.calls.insert(number, call);
            }
            (Answer::QueueFull, Poll::Ready(Err(AcquireError::QueueFull { .. })))
            | (Answer::Closed, Poll::Ready(Err(AcquireError::Closed))) => {}
            (answer, real) => panic!("call {number}: {answer:?} in the model, {real:?} in the pool"),
        }
    }

    fn run(&mut self) {
        let woken: Vec<_> =
            self.calls.iter().filter(|(_, call)| call.woken()).map(|(number, _)| *number).collect();
        for number in woken {
            let Some(mut call) = self.calls.remove(&number) else { continue };
            let was_creating = call.is_creating();
            let ends = was_creating && call.has_result();
            match (call.poll(), self.model.collect(number)) {
                (Poll::Ready(Ok(lease)), Some(Grant::Lease { of })) => {
                    assert_eq!((*lease, lease.was_hit()), (of, true));
                    self.leases.push(lease);
                }
                (Poll::Ready(Ok(lease)), None) if ends => {
                    assert!(self.model.created(number));
                    assert_eq!((*lease, lease.was_hit()), (number, false));
                    self.leases.push(lease);
                }
                (Poll::Ready(Err(AcquireError::Create(_))), None) if ends => self.model.create_failed(number),
                (Poll::Ready(Err(AcquireError::Closed)), None) if ends => {
                    assert!(!self.model.created(number))
                }
                (Poll::Ready(Err(AcquireError::Closed)), Some(Grant::Closed)) => {}
                (Poll::Pending, Some(Grant::Create)) => {
                    assert!(!was_creating && call.is_creating());
                    self.calls.insert(number, call);
                }
                (Poll::Pending, None) => {
                    assert!(!ends);
                    self.calls.insert(number, call);
                }
                (real, model) => panic!("call {number}: {model:?} in the model, {real:?} in the pool"),
            }
            self.compare();
        }
    }

    fn compare(&self) {
        self.pool.validate();
        assert_eq!(*self.log.lock().unwrap(), self.model.retired);
        let stats = self.pool.stats();
        assert_eq!([stats.live, stats.idle, stats.leased, stats.waiting], self.model.gauges());
        let counts = self.model.counts;
        assert_eq!(
            [stats.hits, stats.misses, stats.created, stats.creation_failures, stats.queue_full],
            [counts.hits, counts.misses, counts.created, counts.failures, counts.queue_full]
        );
        assert_eq!(stats.capacity, stats.total.saturating_sub(stats.cached));
        assert_eq!(stats.retired.total(), self.model.retired.len() as u64);
        let idle: Vec<_> = self.pool.idle_keys().iter().map(|key| **key).collect();
        assert_eq!(idle, self.model.idle_keys());
        for (number, grant) in &self.model.granted {
            assert!(self.calls[number].woken(), "call {number} was given {grant:?} and not woken");
        }
    }

    /// Lets every call end: nobody starves, nothing is left over.
    fn finish(mut self) {
        for _ in 0..10 * self.next + 10 {
            self.step(&Op::Run);
            self.step(&Op::FinishCreate { pick: 0, succeed: true });
            self.step(&Op::Release(0));
        }
        assert!(self.calls.is_empty(), "starving: {:?}", self.calls.keys());
        assert!(self.leases.is_empty());
        self.step(&Op::Close);
        assert!(self.model.is_over() && self.pool.is_drained());
    }
}

/// `PROPTEST_CASES` asks for more than these.
const CASES: u32 = 400;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES.max(if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { 0 }),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_pool_does_what_the_model_does(limits in limits(), ops in prop::collection::vec(op(), 1..120)) {
        let mut world = World::new(limits);
        for op in &ops {
            world.step(op);
        }
        world.finish();
    }

    #[test]
    fn so_it_does_when_closed_in_between(
        limits in limits(),
        before in prop::collection::vec(op(), 1..60),
        after in prop::collection::vec(op(), 1..40),
    ) {
        let mut world = World::new(limits);
        for op in before.iter().chain([&Op::Close]).chain(&after) {
            world.step(op);
        }
        world.finish();
    }
}
