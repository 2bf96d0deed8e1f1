//! The post under loom's model checker: two threads, and a timekeeper that finds every leave too long.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p isolate --lib --target-dir target/loom model_tests`

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

use super::*;

#[test]
fn one_thread_is_at_the_post_and_the_work_is_never_left_alone_for_good() {
    const STEPS: usize = 2;
    loom::model(|| {
        let post = Arc::new(Post::new());
        let (working, steps) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let begun = Instant::now();
        let work = {
            let post = Arc::clone(&post);
            move |thread: u64| {
                while post.take() {
                    loop {
                        assert!(!working.swap(true, Ordering::Relaxed), "two are at work");
                        let step = steps.fetch_add(1, Ordering::Relaxed);
                        assert!(working.swap(false, Ordering::Relaxed));
                        if step >= STEPS {
                            return post.close();
                        }
                        let Some(leave) = post.leave(begun, 10 * step as u64 + thread) else { continue };
                        thread::yield_now();
                        if !post.come_back(leave, Duration::ZERO) {
                            break;
                        }
                    }
                }
            }
        };
        let threads = [0, 1].map(|thread| {
            let work = work.clone();
            thread::spawn(move || work(thread))
        });
        post.relieve(begun + PATIENCE);
        for thread in threads {
            thread.join().unwrap();
        }
    });
}
