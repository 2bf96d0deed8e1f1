//! Two futures in one task, of which one is hardly ever woken.
//!
//! A task that is woken polls all that is in it. The timers and signals of a connection would be asked at each of its
//! reads and writes whether they are ready, and some of them share a lock with those of all other connections. So the future
//! that is rarely ready gets a waker of its own, and is polled only when that was called.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Which one was ready first.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Either<A, B> {
    Left(A),
    Right(B),
}

/// The waker of the future that is polled only when it was called.
struct Bell {
    has_rung: AtomicBool,
    task: Waker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        // Before the task is woken, which looks at it.
        self.has_rung.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

/// Polls both until one is ready; `often` comes first if both are.
pub(super) async fn beside<A: Future, B: Future>(often: A, seldom: B) -> Either<A::Output, B::Output> {
    let (mut often, mut seldom) = (pin!(often), pin!(seldom));
    let mut bell: Option<(Arc<Bell>, Waker)> = None;
    poll_fn(|cx| {
        if let Poll::Ready(output) = often.as_mut().poll(cx) {
            return Poll::Ready(Either::Left(output));
        }
        let (bell, waker) = match &mut bell {
            Some(bell) if bell.0.task.will_wake(cx.waker()) => bell,
            other => {
                let bell = Arc::new(Bell { has_rung: AtomicBool::new(true), task: cx.waker().clone() });
                other.insert((Arc::clone(&bell), bell.into()))
            }
        };
        if !bell.has_rung.swap(false, Ordering::AcqRel) {
            return Poll::Pending;
        }
        seldom.as_mut().poll(&mut Context::from_waker(waker)).map(Either::Right)
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn the_first_to_be_ready_is_what_is_returned() {
        assert_eq!(beside(async { 1 }, async { 2 }).await, Either::Left(1));
        let late = async || tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(beside(std::future::pending::<()>(), late()).await, Either::Right(()));
        assert_eq!(beside(late(), std::future::pending::<()>()).await, Either::Left(()));
    }

    #[tokio::test]
    async fn the_one_is_not_polled_when_the_other_is_woken() {
        let mut polls = 0;
        let (done, mut wanted) = oneshot::channel::<()>();
        let seldom = poll_fn(|cx| {
            polls += 1;
            std::pin::Pin::new(&mut wanted).poll(cx)
        });
        let often = async {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            done.send(()).unwrap();
            std::future::pending::<()>().await;
        };
        assert_eq!(beside(often, seldom).await, Either::Right(Ok(())));
        assert_eq!(polls, 2);
    }
}
