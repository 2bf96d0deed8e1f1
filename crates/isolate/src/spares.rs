//! Isolates made ahead of need.
//!
//! Creating an isolate takes about a millisecond even from a snapshot. A background thread keeps some ready, so
//! that who needs one gets it in microseconds. When none is ready, each caller gets one made on a thread of its
//! own: nobody waits for an isolate that is made for another.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::locker_managed_isolate::{IsolateOptions, LockerManagedIsolate};
use crate::platform;

/// A stock of isolates, all made with the same options.
///
/// The spares count in the memory of the process. Dropping the stock disposes them.
pub struct Spares {
    stock: Arc<Stock>,
}

struct Stock {
    options: IsolateOptions,
    target: usize,
    inner: Mutex<Inner>,
    taken: Condvar,
    from_stock: AtomicU64,
    made_to_order: AtomicU64,
}

#[derive(Default)]
struct Inner {
    ready: Vec<LockerManagedIsolate>,
    closed: bool,
}

/// Counters of a stock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpareStats {
    /// Isolates ready now.
    pub ready: usize,
    /// How many are kept ready.
    pub target: usize,
    /// How many were taken from the stock.
    pub from_stock: u64,
    /// How many had to be made while their taker waited.
    pub made_to_order: u64,
}

/// The thread that was to make an isolate did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no isolate could be created")]
pub struct CreationFailed;

impl Spares {
    /// A stock that keeps `target` isolates ready; with 0 every isolate is made to order.
    pub fn new(options: IsolateOptions, target: usize) -> Self {
        let stock = Arc::new(Stock {
            options,
            target,
            inner: Mutex::default(),
            taken: Condvar::new(),
            from_stock: AtomicU64::new(0),
            made_to_order: AtomicU64::new(0),
        });
        if target > 0 {
            let stock = Arc::clone(&stock);
            platform::initialize().spawn("v8-spares", move || stock.keep_full());
        }
        Self { stock }
    }

    /// Takes an isolate from the stock, or waits while one is made.
    ///
    /// # Errors
    /// [`CreationFailed`] if no thread can be created, or V8 has no memory for another isolate and its thread
    /// panicked.
    pub async fn take(&self) -> Result<LockerManagedIsolate, CreationFailed> {
        let stock = &self.stock;
        if let Some(isolate) = stock.take_ready() {
            stock.from_stock.fetch_add(1, Ordering::Relaxed);
            return Ok(isolate);
        }
        stock.made_to_order.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        let options = stock.options.clone();
        platform::initialize().spawn("v8-create", move || {
            // If nobody waits any more, the isolate is disposed.
            let _ = sender.send(LockerManagedIsolate::new(&options));
        });
        receiver.await.map_err(|_| CreationFailed)
    }

    /// The counters.
    pub fn stats(&self) -> SpareStats {
        SpareStats {
            ready: self.stock.inner.lock().ready.len(),
            target: self.stock.target,
            from_stock: self.stock.from_stock.load(Ordering::Relaxed),
            made_to_order: self.stock.made_to_order.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        let ready = {
            let mut inner = self.stock.inner.lock();
            inner.closed = true;
            std::mem::take(&mut inner.ready)
        };
        self.stock.taken.notify_all();
        drop(ready);
    }
}

impl Stock {
    fn take_ready(&self) -> Option<LockerManagedIsolate> {
        let isolate = self.inner.lock().ready.pop();
        if isolate.is_some() {
            self.taken.notify_one();
        }
        isolate
    }

    fn keep_full(&self) {
        loop {
            {
                let mut inner = self.inner.lock();
                while !inner.closed && inner.ready.len() >= self.target {
                    self.taken.wait(&mut inner);
                }
                if inner.closed {
                    return;
                }
            }
            let isolate = LockerManagedIsolate::new(&self.options);
            let mut inner = self.inner.lock();
            if inner.closed {
                return;
            }
            inner.ready.push(isolate);
        }
    }
}

impl fmt::Debug for Spares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spares").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
