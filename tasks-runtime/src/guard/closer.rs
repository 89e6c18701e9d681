//! The thread on which the engine is told what the guard decided.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Sender, channel},
    },
    thread,
    time::Instant,
};

use super::countdown::Action;

/// What the guard tells the engine.
///
/// Each method is called at most once in a shutdown, in this order, on a
/// thread of its own: it may block and may be left behind. A method is called
/// at its time even if an earlier one has not returned, so two may run at once.
pub(crate) trait Closer: Send + Sync + 'static {
    /// The first signal arrived, and nothing else had begun a shutdown.
    fn stop(&self, signal: i32, t0: Instant);
    /// Budget − 1 s: drop every future that is left.
    fn drain_over(&self);
    /// Budget − 500 ms: name what has not come back, and flush.
    fn abandon(&self);
}

/// A thread that waits from the start, so that telling the engine of the first
/// signal does not depend on the system granting a thread at that moment.
pub(super) struct CloserThread {
    /// Weak, because the guard thread must never be the one that drops the engine.
    closer: Weak<dyn Closer>,
    sender: Sender<Action>,
    /// Calls that were handed over and have not returned.
    pending: Arc<AtomicUsize>,
}

impl CloserThread {
    pub(super) fn start(closer: Arc<dyn Closer>) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let pending = Arc::new(AtomicUsize::new(0));
        let weak = Arc::downgrade(&closer);
        let thread = thread::Builder::new().name("tasks-closer".to_owned());
        thread.spawn({
            let pending = Arc::clone(&pending);
            move || {
                while let Ok(action) = receiver.recv() {
                    call(&*closer, action);
                    pending.fetch_sub(1, Ordering::AcqRel);
                }
            }
        })?;
        Ok(Self { closer: weak, sender, pending })
    }

    /// Makes the call on a thread that is not inside an earlier one.
    pub(super) fn tell(&self, action: Action) {
        if self.pending.load(Ordering::Acquire) > 0 {
            let closer = Weak::clone(&self.closer);
            let thread = thread::Builder::new().name("tasks-closer".to_owned());
            let late = move || {
                if let Some(closer) = closer.upgrade() {
                    call(&*closer, action);
                }
            };
            if thread.spawn(late).is_ok() {
                return;
            }
        }
        self.pending.fetch_add(1, Ordering::AcqRel);
        // The thread ends only when the sender does.
        let _ = self.sender.send(action);
    }
}

impl fmt::Debug for CloserThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloserThread").field("pending", &self.pending).finish_non_exhaustive()
    }
}

/// A panic in one call must not cost the later ones.
fn call(closer: &dyn Closer, action: Action) {
    let _ = catch_unwind(AssertUnwindSafe(|| match action {
        Action::Stop { signal, t0 } => closer.stop(signal, t0),
        Action::DrainOver => closer.drain_over(),
        Action::Abandon => closer.abandon(),
        Action::Exit(_) => {}
    }));
}

#[cfg(test)]
mod tests {
    use std::{sync::Mutex, time::Duration};

    use super::*;

    struct Slow(Mutex<Sender<&'static str>>);

    impl Slow {
        fn say(&self, what: &'static str) {
            self.0.lock().unwrap().send(what).unwrap();
        }
    }

    impl Closer for Slow {
        fn stop(&self, _: i32, _: Instant) {
            self.say("stop");
            thread::sleep(Duration::from_secs(600));
        }

        fn drain_over(&self) {
            self.say("drain_over");
            panic!("this is part of the test");
        }

        fn abandon(&self) {
            self.say("abandon");
        }
    }

    #[test]
    fn a_step_is_told_although_an_earlier_one_blocks_or_panics() {
        let (sender, receiver) = channel();
        let closer = CloserThread::start(Arc::new(Slow(Mutex::new(sender)))).unwrap();
        let next = || receiver.recv_timeout(Duration::from_secs(10));
        closer.tell(Action::Stop { signal: 15, t0: Instant::now() });
        assert_eq!(next(), Ok("stop"));
        closer.tell(Action::DrainOver);
        assert_eq!(next(), Ok("drain_over"));
        closer.tell(Action::Abandon);
        assert_eq!(next(), Ok("abandon"));
    }
}
