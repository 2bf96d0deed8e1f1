//! The stock of isolates.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use isolate::{IsolateOptions, Spares};

use crate::support::wait_for;

/// A waker that orders another isolate, on the thread that calls it.
struct OrdersAnother {
    spares: Arc<Spares>,
    came_back: AtomicBool,
}

impl Wake for OrdersAnother {
    fn wake(self: Arc<Self>) {
        drop(pin!(self.spares.take()).poll(&mut Context::from_waker(Waker::noop())));
        self.came_back.store(true, Ordering::Relaxed);
    }
}

#[test]
fn who_is_served_may_order_another_at_once() {
    // Whether a thread makes the isolate to order or for stock is a matter of time.
    for _ in 0..20 {
        let spares = Arc::new(Spares::new(IsolateOptions::default(), 2));
        let waker =
            Arc::new(OrdersAnother { spares: Arc::clone(&spares), came_back: AtomicBool::new(false) });
        let mut order = pin!(spares.take());
        let from_the_waker = Waker::from(Arc::clone(&waker));
        let has_to_wait = order.as_mut().poll(&mut Context::from_waker(&from_the_waker)).is_pending();
        if has_to_wait {
            wait_for("the waker", || waker.came_back.load(Ordering::Relaxed));
            assert!(order.poll(&mut Context::from_waker(Waker::noop())).is_ready());
        }
    }
}
