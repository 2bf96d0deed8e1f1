//! Named cases of the fairness rule; the random histories cover their combinations.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use pool_core::Priority::{High, Low, Normal};
use pool_core::{AcquireError, KeyLimits, Pool, RetireReason, ScalePolicy};

use crate::driver::{Call, TestLease, config, created, pool};

#[test]
fn a_cold_key_never_waits_behind_a_hot_keys_queue() {
    let (pool, _) = pool(config().with_max_size(2));
    let hot = created(&pool, 1, 0);
    let queue: Vec<_> = (1..50).map(|n| Call::pending(&pool, 1, n)).collect();
    drop(created(&pool, 2, 50));
    // No room any more, but something idle: evicted at once.
    drop(created(&pool, 3, 51));
    assert!(pool.contains(&1) && !pool.contains(&2));
    drop((queue, hot));
}

#[test]
fn with_one_slot_the_tickets_decide() {
    let (pool, log) = pool(config().with_max_size(1));
    let mut lease = created(&pool, 1, 0);
    let mut older: Vec<_> = (1..4).map(|n| Call::pending(&pool, 1, n)).collect();
    let mut cold = Call::pending(&pool, 2, 4);
    let mut younger = Call::pending(&pool, 1, 5);
    for call in &mut older {
        drop(lease);
        lease = call.lease();
        assert_eq!(*lease, 0, "served by the resource that is there, not by a new one");
    }
    assert!(!cold.woken());
    drop(lease);
    assert_eq!(*log.lock().unwrap(), [(1, 0, RetireReason::Evicted)]);
    assert!(cold.woken() && !younger.woken() && cold.poll().is_pending());
    cold.finish(true);
    drop(cold.lease());
    assert!(younger.poll().is_pending() && younger.is_creating());
}

#[test]
fn a_shared_resource_that_never_becomes_idle_still_makes_room() {
    let (pool, log) = pool(config().with_max_size(1).with_max_leases_per_resource(2));
    let mut lease = created(&pool, 1, 0);
    let mut cold = Call::pending(&pool, 2, 1);
    // The hot key overlaps its leases for ever; from now on its calls do not get the old resource.
    let mut hot = Call::pending(&pool, 1, 2);
    assert!(pool.try_acquire(&1).is_none() && !cold.woken());
    drop(lease);
    assert_eq!(*log.lock().unwrap(), [(1, 0, RetireReason::Evicted)]);
    assert!(cold.poll().is_pending());
    cold.finish(true);
    lease = cold.lease();
    // And the other way round.
    assert!(!hot.woken());
    drop(lease);
    assert!(hot.woken() && hot.poll().is_pending() && hot.is_creating());
    pool.validate();
}

#[test]
fn a_key_that_shares_makes_room_only_for_what_no_ending_lease_will() {
    let (pool, log) = pool(config().with_max_size(2));
    let shared = KeyLimits::default().with_max_leases_per_resource(NonZeroUsize::new(2));
    let mut first = Call::with_limits(&pool, 1, shared, 0);
    assert!(first.poll().is_pending());
    first.finish(true);
    let leases = (first.lease(), pool.try_acquire(&1).unwrap());
    assert!(pool.try_acquire(&1).is_none());
    let alone = created(&pool, 2, 1);
    assert!(pool.try_acquire(&2).is_none());
    let cold = Call::pending(&pool, 3, 2);
    assert!(pool.contains(&1) && pool.contains(&2), "the lease of 2 ends, and its resource is idle then");
    let colder = Call::pending(&pool, 4, 3);
    assert!(!pool.contains(&1) && pool.contains(&2));
    pool.validate();
    drop(alone);
    assert!(cold.woken() && !colder.woken());
    drop(leases);
    assert!(colder.woken());
    let gone: Vec<_> = log.lock().unwrap().iter().map(|(key, ..)| *key).collect();
    assert_eq!(gone, [2, 1]);
}

#[test]
fn a_key_may_have_more_resources_than_others() {
    let scale = ScalePolicy { depth: 1, ..config().scale };
    let (pool, _) = pool(config().with_scale(scale));
    let replicas = KeyLimits::default().with_max_resources(NonZeroUsize::new(2));
    let started = |key, limits, number| {
        let mut call = Call::with_limits(&pool, key, limits, number);
        assert!(call.poll().is_pending());
        call
    };
    let finish = |mut call: Call| {
        call.finish(true);
        call.lease()
    };
    let leases: Vec<_> = [1, 2].map(|n| finish(started(1, replicas, n))).into();
    assert!(!started(1, replicas, 3).is_creating(), "two, and no more");
    // While the pool knows the key, its limits stay; then it begins anew.
    let other = created(&pool, 2, 4);
    assert!(!started(2, replicas, 5).is_creating());
    pool.retire_key(&2, RetireReason::Replaced);
    let again = [6, 7].map(|n| finish(started(2, replicas, n)));
    drop((other, again, leases));
    pool.validate();
}

#[test]
fn displaced_callers_do_not_displace_the_next_key_in_turn() {
    let (pool, _) = pool(config().with_max_size(3).with_max_leases_per_resource(2));
    let leases: Vec<_> = (1..=3).map(|key| created(&pool, key, usize::from(key))).collect();
    let shared: Vec<_> = (1..=3).map(|key| pool.try_acquire(&key).unwrap()).collect();
    let cold = Call::pending(&pool, 9, 10);
    let displaced = Call::pending(&pool, 1, 11);
    assert_eq!(pool.stats().cached, 2, "one resource retires for one slot waiter");
    pool.validate();
    drop((leases, shared, cold, displaced));
}

#[test]
fn a_deep_queue_grows_the_key_and_replicas_go_first() {
    let scale = ScalePolicy { depth: 2, ..config().scale };
    let (pool, log) = pool(config().with_max_size(3).with_max_resources_per_key(2).with_scale(scale));
    let lease = created(&pool, 1, 0);
    let mut first = Call::pending(&pool, 1, 1);
    assert!(!first.is_creating(), "one caller is not a deep queue");
    let mut second = Call::pending(&pool, 1, 2);
    assert!(second.is_creating(), "the youngest creates: the older one is nearer to the lease");
    second.finish(true);
    let replica = second.lease();
    drop(lease);
    drop(first.lease());
    drop(replica);
    drop(created(&pool, 2, 3));
    assert_eq!(pool.stats().idle, 3);
    // The replica was used later than the others but one; it goes all the same.
    drop(created(&pool, 3, 4));
    assert_eq!(*log.lock().unwrap(), [(1, 2, RetireReason::Evicted)]);
    assert!(pool.contains(&1));
}

#[test]
fn growth_takes_no_room_that_a_cold_key_waits_for() {
    let scale = ScalePolicy { depth: 1, ..config().scale };
    let (pool, _) = pool(config().with_max_size(2).with_max_resources_per_key(2).with_scale(scale));
    let (hot, other) = (created(&pool, 1, 0), created(&pool, 2, 1));
    let grower = Call::pending(&pool, 1, 2);
    let mut cold = Call::pending(&pool, 3, 3);
    drop(other);
    assert!(cold.woken() && !grower.woken(), "though the grower's ticket is older");
    assert!(cold.poll().is_pending() && cold.is_creating());
    drop((hot, grower));
}

#[test]
fn a_replica_left_alone_is_a_replica_no_more() {
    let scale = ScalePolicy { depth: 1, ..config().scale };
    let (pool, log) = pool(config().with_max_size(3).with_max_resources_per_key(2).with_scale(scale));
    let first = created(&pool, 1, 0);
    drop(created(&pool, 2, 1));
    drop(created(&pool, 1, 2));
    drop(pool.try_acquire(&2));
    first.discard(RetireReason::Condemned);
    let idle: Vec<_> = pool.idle_keys().iter().map(|key| **key).collect();
    assert_eq!(idle, [2, 1], "the only resource of key 1, and counted as used just now");
    drop((created(&pool, 3, 3), created(&pool, 4, 4)));
    assert_eq!(*log.lock().unwrap(), [(1, 0, RetireReason::Condemned), (2, 1, RetireReason::Evicted)]);
    assert!(pool.contains(&1));
}

/// While the reaper runs, its slot is promised to the oldest slot waiter and to nobody else.
#[test]
fn a_slot_in_the_hands_of_the_reaper_is_promised() {
    type Hook = Box<dyn FnOnce() + Send>;
    let hook = Arc::new(Mutex::new(None::<Hook>));
    let during_reap = Arc::clone(&hook);
    let config = config().with_max_size(2).with_max_waiters(2);
    let pool = Pool::new(config, move |_| {
        let hook = during_reap.lock().unwrap().take();
        hook.into_iter().for_each(|hook| hook());
    })
    .unwrap();
    let (one, two) = (created(&pool, 1, 0), created(&pool, 2, 1));
    let mut cold = Call::pending(&pool, 3, 2);
    let mut warm = Call::pending(&pool, 2, 3);
    let inside = pool.clone();
    *hook.lock().unwrap() = Some(Box::new(move || {
        let std::task::Poll::Ready(Err(error)) = Call::new(&inside, 4, 4).poll() else {
            panic!("not refused")
        };
        assert!(matches!(error, AcquireError::QueueFull { .. }), "the slot is not the newcomer's");
        drop(two);
        assert!(inside.contains(&2), "the older slot waiter has its slot: no need to evict for it again");
    }));
    drop(one);
    assert_eq!(pool.stats().reaper_panics, 0);
    assert!(warm.lease().was_hit());
    assert!(cold.poll().is_pending() && cold.is_creating());
    pool.validate();
}

/// Ends `lease`, and those that follow, and says in which order the calls had them.
fn order(mut lease: TestLease, mut calls: Vec<(&'static str, Call)>) -> Vec<&'static str> {
    let mut order = vec![];
    while !calls.is_empty() {
        drop(lease);
        let next = calls.iter().position(|(_, call)| call.woken()).expect("somebody is next");
        let (name, mut call) = calls.remove(next);
        assert!(calls.iter().all(|(_, call)| !call.woken()), "one at a time");
        lease = match call.poll() {
            Poll::Ready(lease) => lease.unwrap(),
            Poll::Pending => {
                call.finish(true);
                call.lease()
            }
        };
        order.push(name);
    }
    order
}

#[test]
fn callers_of_a_key_are_served_by_priority_and_then_by_age() {
    let (pool, _) = pool(config());
    let lease = created(&pool, 1, 0);
    let calls = [("l1", Low), ("n1", Normal), ("h1", High), ("n2", Normal), ("h2", High), ("l2", Low)]
        .map(|(name, priority)| (name, Call::waiting(&pool, 1, priority, 0)));
    assert_eq!(order(lease, calls.into()), ["h1", "h2", "n1", "n2", "l1", "l2"]);
}

#[test]
fn every_eighth_place_goes_to_the_oldest_caller() {
    let (pool, _) = pool(config());
    let lease = created(&pool, 1, 0);
    let low = ["l1", "l2"].map(|name| (name, Call::waiting(&pool, 1, Low, 0)));
    let high = (0..20).map(|_| ("h", Call::waiting(&pool, 1, High, 0)));
    let order = order(lease, low.into_iter().chain(high).collect());
    let at = |name| order.iter().position(|other| *other == name);
    assert_eq!((at("l1"), at("l2")), (Some(7), Some(15)));
}

#[test]
fn a_priority_is_worth_nothing_against_another_key() {
    let (pool, log) = pool(config().with_max_size(1));
    let lease = created(&pool, 1, 0);
    let calls = vec![
        ("1 low", Call::waiting(&pool, 1, Low, 1)),
        ("2", Call::waiting(&pool, 2, Normal, 2)),
        ("1 high", Call::waiting(&pool, 1, High, 3)),
    ];
    // The place is the one that came first, and is key 1's; the other place of key 1 is the last.
    assert_eq!(order(lease, calls), ["1 high", "2", "1 low"]);
    assert_eq!(log.lock().unwrap().len(), 2);
}

#[test]
fn whoever_gives_up_gives_up_its_own_place() {
    let run = |gives_up: &'static str| {
        let (pool, _) = pool(config().with_max_size(1));
        let lease = created(&pool, 1, 0);
        let mut calls = vec![
            ("low", Call::waiting(&pool, 1, Low, 1)),
            ("other", Call::waiting(&pool, 2, Normal, 2)),
            ("high", Call::waiting(&pool, 1, High, 3)),
        ];
        calls.retain(|(name, _)| *name != gives_up);
        order(lease, calls)
    };
    assert_eq!(run("low"), ["other", "high"]);
    assert_eq!(run("high"), ["low", "other"]);
}

#[test]
fn a_further_resource_is_made_by_the_caller_that_is_the_furthest_from_a_lease() {
    let scale = ScalePolicy { depth: 2, ..config().scale };
    let (pool, _) = pool(config().with_max_resources_per_key(2).with_scale(scale));
    let lease = created(&pool, 1, 0);
    let mut low = Call::waiting(&pool, 1, Low, 1);
    let mut high = Call::waiting(&pool, 1, High, 2);
    assert!(low.poll().is_pending() && low.is_creating() && !high.woken());
    drop(lease);
    drop(high.lease());
    low.finish(true);
    drop(low.lease());
    pool.validate();
}
