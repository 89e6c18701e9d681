//! The thread on which the engine is told what the guard decided.

use std::{
    fmt, io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use super::countdown::Action;
use crate::threads;

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
    told: Arc<Told>,
}

/// What the thread was told. Its lock is never held for longer than it takes
/// to put something in or out, so the guard thread may take it.
///
/// No channel of the standard library: that is one of three kinds at run time,
/// and all three are compiled for whatever goes through it.
#[derive(Default)]
struct Told {
    line: Mutex<Line>,
    news: Condvar,
    /// Calls that were handed over and have not returned.
    pending: AtomicUsize,
}

#[derive(Default)]
struct Line {
    actions: Vec<Action>,
    /// Nobody is left who could tell it more.
    is_closed: bool,
}

impl Told {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for what was told since the last time. Empty when nothing more can come.
    fn next(&self) -> Vec<Action> {
        let mut line = self.line();
        while line.actions.is_empty() && !line.is_closed {
            line = self.news.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::take(&mut line.actions)
    }
}

impl CloserThread {
    pub(super) fn start(closer: Arc<dyn Closer>) -> io::Result<Self> {
        let told = Arc::new(Told::default());
        let weak = Arc::downgrade(&closer);
        let listen = {
            let told = Arc::clone(&told);
            move || loop {
                let actions = told.next();
                if actions.is_empty() {
                    return;
                }
                for action in actions {
                    call(&*closer, action);
                    told.pending.fetch_sub(1, Ordering::AcqRel);
                }
            }
        };
        threads::start("tasks-closer", Box::new(listen))?;
        Ok(Self { closer: weak, told })
    }

    /// Makes the call on a thread that is not inside an earlier one.
    pub(super) fn tell(&self, action: Action) {
        if self.told.pending.load(Ordering::Acquire) > 0 {
            let closer = Weak::clone(&self.closer);
            let late = move || {
                if let Some(closer) = closer.upgrade() {
                    call(&*closer, action);
                }
            };
            if threads::start("tasks-closer", Box::new(late)).is_ok() {
                return;
            }
        }
        self.told.pending.fetch_add(1, Ordering::AcqRel);
        self.told.line().actions.push(action);
        self.told.news.notify_one();
    }
}

impl Drop for CloserThread {
    fn drop(&mut self) {
        self.told.line().is_closed = true;
        self.told.news.notify_one();
    }
}

impl fmt::Debug for CloserThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloserThread").field("pending", &self.told.pending).finish_non_exhaustive()
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
    use std::{
        sync::{
            Mutex,
            mpsc::{Sender, channel},
        },
        thread,
        time::Duration,
    };

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
