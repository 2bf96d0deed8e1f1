//! Isolates made ahead of need.
//!
//! Creating an isolate takes about a millisecond even from a snapshot. Background threads keep some ready, so that
//! who needs one gets it in microseconds. When none is ready, one is made to order; orders come before stock. There
//! are as many of these threads as cores: more would not make isolates faster, only all of them later.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::isolates::disposal;
use crate::isolates::locker_managed_isolate::{IsolateOptions, LockerManagedIsolate};
use crate::limits::{IsolateLimits, RuntimeLimits};
use crate::platform;

/// A stock of isolates, all made with the same options.
///
/// The spares count in the memory of the process. Dropping the stock disposes them.
pub struct Spares {
    workshop: Arc<Workshop>,
}

struct Workshop {
    options: IsolateOptions,
    target: usize,
    inner: Mutex<Inner>,
    /// There may be something to make.
    wanted: Condvar,
    used: AtomicU64,
    made_to_order: AtomicU64,
}

#[derive(Default)]
struct Inner {
    ready: Vec<LockerManagedIsolate>,
    /// Being made for the stock.
    in_the_making: usize,
    orders: VecDeque<Order>,
    /// Orders for isolates with limits of their own, which no stock has.
    special_orders: VecDeque<(Order, IsolateLimits)>,
    closed: bool,
}

type Order = oneshot::Sender<LockerManagedIsolate>;

/// What a thread of the workshop is to make next.
enum Job {
    Order(Order),
    Special(Order, IsolateLimits),
    Stock,
}

/// Counters of a stock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SpareStats {
    /// Isolates ready now.
    pub ready: usize,
    /// How many are kept ready.
    pub target: usize,
    /// How many were taken from the stock.
    pub used: u64,
    /// How many had to be made while their taker waited.
    pub made_to_order: u64,
}

/// The stock was dropped while an isolate was being made, or the thread that made it panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no isolate could be created")]
pub struct CreationFailed;

impl Spares {
    /// A stock that keeps `target` isolates ready; with 0 every isolate is made to order.
    pub fn new(options: IsolateOptions, target: usize) -> Self {
        let workshop = Arc::new(Workshop {
            options,
            target,
            inner: Mutex::default(),
            wanted: Condvar::new(),
            used: AtomicU64::new(0),
            made_to_order: AtomicU64::new(0),
        });
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let workshop = Arc::clone(&workshop);
            platform::initialize().spawn("v8-spares", move || workshop.work());
        }
        Self { workshop }
    }

    /// Takes an isolate from the stock, or waits while one is made.
    ///
    /// # Errors
    /// [`CreationFailed`].
    pub async fn take(&self) -> Result<LockerManagedIsolate, CreationFailed> {
        let workshop = &self.workshop;
        let ordered = {
            let mut inner = workshop.inner.lock();
            match inner.ready.pop() {
                Some(isolate) => Ok(isolate),
                None => {
                    let (order, ordered) = oneshot::channel();
                    inner.orders.push_back(order);
                    Err(ordered)
                }
            }
        };
        workshop.wanted.notify_one();
        match ordered {
            Ok(isolate) => {
                workshop.used.fetch_add(1, Ordering::Relaxed);
                Ok(isolate)
            }
            Err(ordered) => workshop.delivery(ordered).await,
        }
    }

    /// Waits while an isolate with other limits is made; in everything else it is like the others.
    ///
    /// # Errors
    /// [`CreationFailed`].
    pub async fn make(&self, limits: IsolateLimits) -> Result<LockerManagedIsolate, CreationFailed> {
        let (order, ordered) = oneshot::channel();
        self.workshop.inner.lock().special_orders.push_back((order, limits));
        self.workshop.wanted.notify_one();
        self.workshop.delivery(ordered).await
    }

    /// The counters.
    pub fn stats(&self) -> SpareStats {
        let workshop = &self.workshop;
        SpareStats {
            ready: workshop.inner.lock().ready.len(),
            target: workshop.target,
            used: workshop.used.load(Ordering::Relaxed),
            made_to_order: workshop.made_to_order.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        let dropped = {
            let mut inner = self.workshop.inner.lock();
            inner.closed = true;
            let Inner { ready, orders, special_orders, .. } = &mut *inner;
            (std::mem::take(ready), std::mem::take(orders), std::mem::take(special_orders))
        };
        self.workshop.wanted.notify_all();
        drop(dropped);
    }
}

impl Workshop {
    async fn delivery(
        &self,
        ordered: oneshot::Receiver<LockerManagedIsolate>,
    ) -> Result<LockerManagedIsolate, CreationFailed> {
        self.made_to_order.fetch_add(1, Ordering::Relaxed);
        ordered.await.map_err(|_| CreationFailed)
    }

    fn work(&self) {
        while let Some(job) = self.next_job() {
            disposal::relieve();
            let isolate = match &job {
                Job::Special(_, isolate) => {
                    let limits = RuntimeLimits { isolate: *isolate, ..self.options.limits };
                    LockerManagedIsolate::new(&IsolateOptions { limits, ..self.options.clone() })
                }
                Job::Order(_) | Job::Stock => LockerManagedIsolate::new(&self.options),
            };
            match job {
                // If nobody waits for it any more, nobody else can use it.
                Job::Special(order, _) => drop(order.send(isolate)),
                // If nobody waits for it any more, it comes back and goes into the stock.
                Job::Order(order) => {
                    if let Err(isolate) = order.send(isolate) {
                        self.put(isolate, false);
                    }
                }
                Job::Stock => self.put(isolate, true),
            }
        }
    }

    /// Waits for something to make; `None` when the stock is gone.
    fn next_job(&self) -> Option<Job> {
        let mut inner = self.inner.lock();
        loop {
            if inner.closed {
                return None;
            }
            while let Some((order, limits)) = inner.special_orders.pop_front() {
                if !order.is_closed() {
                    return Some(Job::Special(order, limits));
                }
            }
            while let Some(order) = inner.orders.pop_front() {
                if !order.is_closed() {
                    return Some(Job::Order(order));
                }
            }
            if inner.ready.len() + inner.in_the_making < self.target {
                inner.in_the_making += 1;
                return Some(Job::Stock);
            }
            self.wanted.wait(&mut inner);
        }
    }

    /// Gives an isolate to the oldest order that came meanwhile, or puts it into the stock.
    fn put(&self, mut isolate: LockerManagedIsolate, was_for_stock: bool) {
        let mut made = usize::from(was_for_stock);
        loop {
            let order = {
                let mut inner = self.inner.lock();
                inner.in_the_making -= std::mem::take(&mut made);
                match inner.orders.pop_front() {
                    Some(order) => order,
                    None if !inner.closed && inner.ready.len() < self.target => {
                        return inner.ready.push(isolate);
                    }
                    None => return,
                }
            };
            // Without the lock: whoever is woken may come back for another one before this returns.
            match order.send(isolate) {
                Ok(()) => return,
                Err(unwanted) => isolate = unwanted,
            }
        }
    }
}

impl fmt::Debug for Spares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spares").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
