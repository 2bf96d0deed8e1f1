//! Random histories against the naive model: who is served in what order, what is evicted in what order, all counts.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::task::Poll;
use std::time::Duration;

use pool_core::{
    AcquireError, AcquireOptions, CacheStats, KeyLimits, PoolConfig, Priority, RetireReason, ScalePolicy,
};
use proptest::prelude::*;

use crate::driver::{self, Call, Log, TestLease, TestPool};
use crate::model::{Answer, Grant, Limits, Model};

#[derive(Debug, Clone)]
enum Op {
    Acquire(u8, Priority),
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

fn priority() -> impl Strategy<Value = Priority> {
    prop_oneof![2 => Just(Priority::Normal), 3 => Just(Priority::High), 1 => Just(Priority::Low)]
}

fn op() -> impl Strategy<Value = Op> {
    let key = 0..5_u8;
    prop_oneof![
        10 => (key.clone(), priority()).prop_map(|(key, priority)| Op::Acquire(key, priority)),
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
            Op::Acquire(key, priority) => self.acquire(key, priority),
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

    fn acquire(&mut self, key: u8, priority: Priority) {
        let number = self.next;
        self.next += 1;
        let options = AcquireOptions::default().with_limits(self.limits_of(key)).with_priority(priority);
        let mut call = Call::with(&self.pool, key, options, number);
        let answer = self.model.acquire(number, key, priority);
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

/// Calls whose creations end at once, and what can be seen of their keys.
struct Keys {
    pool: TestPool,
    log: Log,
    calls: Vec<(u8, Call)>,
    leases: BTreeMap<u8, VecDeque<TestLease>>,
}

impl Keys {
    fn new(config: PoolConfig) -> Self {
        let (pool, log) = driver::pool(config);
        Self { pool, log, calls: vec![], leases: BTreeMap::new() }
    }

    fn acquire(&mut self, key: u8, priority: Priority) {
        // What it creates is not told from the others.
        self.calls
            .push((key, Call::with(&self.pool, key, AcquireOptions::default().with_priority(priority), 0)));
        self.run();
    }

    fn release(&mut self, key: u8) {
        drop(self.leases.get_mut(&key).and_then(VecDeque::pop_front));
        self.run();
    }

    fn run(&mut self) {
        while let Some(at) = self.calls.iter().position(|(_, call)| call.woken()) {
            let (key, call) = &mut self.calls[at];
            match call.poll() {
                Poll::Ready(lease) => {
                    self.leases.entry(*key).or_default().push_back(lease.unwrap());
                    self.calls.remove(at);
                }
                Poll::Pending if call.is_creating() && !call.has_result() => call.finish(true),
                Poll::Pending => {}
            }
        }
        self.pool.validate();
    }

    fn seen(&self) -> (Vec<(u8, usize)>, Vec<u8>, CacheStats) {
        let held = self.leases.iter().map(|(key, leases)| (*key, leases.len())).collect();
        let gone = self.log.lock().unwrap().iter().map(|(key, ..)| *key).collect();
        // How long somebody waited is not the same in two runs.
        let mut stats = self.pool.stats();
        (stats.wait_total, stats.wait_max) = (Duration::ZERO, Duration::ZERO);
        (held, gone, stats)
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

    /// A key whose queue grows long: the rule about the oldest takes effect.
    #[test]
    fn so_it_does_with_long_queues(
        per_resource in 1..3_usize,
        callers in prop::collection::vec((prop_oneof![4 => Just(0_u8), 1 => Just(1)], priority()), 10..22),
        ops in prop::collection::vec(op(), 1..20),
    ) {
        let mut world = World::new(Limits {
            max_size: 1,
            per_key: 1,
            per_resource,
            depth: 1,
            max_waiters: 100,
            max_waiters_per_key: 100,
            own: BTreeMap::new(),
        });
        for (key, priority) in callers {
            world.step(&Op::Acquire(key, priority));
        }
        for op in &ops {
            world.step(op);
        }
        world.finish();
    }

    #[test]
    fn priorities_change_nothing_between_keys(
        max_size in 1..4_usize,
        leases in 1..3_usize,
        steps in prop::collection::vec((0..4_u8, prop::option::of(priority())), 1..150),
    ) {
        let config = driver::config().with_max_size(max_size).with_max_leases_per_resource(leases);
        let (mut with, mut without) = (Keys::new(config.clone()), Keys::new(config));
        for (key, step) in steps {
            match step {
                Some(priority) => {
                    with.acquire(key, priority);
                    without.acquire(key, Priority::Normal);
                }
                None => {
                    with.release(key);
                    without.release(key);
                }
            }
            prop_assert_eq!(with.seen(), without.seen());
        }
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
