//! One slot for each thread, written by its thread and read by the watcher.

use std::{
    cell::OnceCell,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering, fence},
    },
};

use tasks_core::RunId;

use super::watch;

/// A poll that was under way when somebody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InPoll {
    /// The slot of the thread; it is not used again when the thread ends.
    pub(crate) slot: u64,
    /// Which poll of that thread; never used twice.
    pub(crate) seq: u64,
    /// The run that is polled: the innermost one, if polls are nested.
    pub(crate) run: RunId,
}

/// Calls `poll` with the thread marked as being inside a poll of `run`.
///
/// It nests, also under a panic: the outer poll, if there is one, is back
/// afterwards with the number it had.
pub(crate) fn during<T>(run: RunId, poll: impl FnOnce() -> T) -> T {
    let mut poll = Some(poll);
    let stamped = LOCAL.try_with(|local| {
        let _leave = local.get_or_init(Local::register).enter(run);
        poll.take().map(|poll| poll())
    });
    match (stamped, poll) {
        (Ok(Some(result)), _) => result,
        // The thread is ending and its slot is gone: it is polled unseen.
        (_, Some(poll)) => poll(),
        (_, None) => unreachable!("a poll that was made has a result"),
    }
}

/// Returns every poll that is under way, in no particular order.
pub(crate) fn snapshot() -> Vec<InPoll> {
    slots().iter().filter_map(|slot| slot.read()).collect()
}

static SLOTS: Mutex<Slots> = Mutex::new(Slots { all: Vec::new(), next_id: 0 });

struct Slots {
    all: Vec<Arc<Slot>>,
    next_id: u64,
}

impl Slots {
    fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.all.iter().map(|slot| &**slot)
    }
}

fn slots() -> MutexGuard<'static, Slots> {
    SLOTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Only the slot's own thread writes, and a poll that is not nested costs it
/// three plain stores.
///
/// `run` belongs to `seq`: it changes only while `seq` is zero, and no number
/// is used twice. The exception is an outer poll, whose number comes back after
/// an inner one; `nestings` changes with both, so that a reader who missed all
/// of an inner poll notices.
#[derive(Debug, Default)]
struct Slot {
    id: u64,
    /// Zero outside a poll.
    seq: AtomicU64,
    run: AtomicU64,
    nestings: AtomicU64,
}

impl Slot {
    /// `seq` has to be zero.
    #[inline]
    fn begin(&self, seq: u64, run: u64) {
        // Whoever reads the new run also reads that the old number is over.
        fence(Ordering::Release);
        self.run.store(run, Ordering::Relaxed);
        self.seq.store(seq, Ordering::Release);
    }

    #[inline]
    fn end(&self) {
        self.seq.store(0, Ordering::Relaxed);
    }

    #[cold]
    fn nest(&self) {
        let nestings = self.nestings.load(Ordering::Relaxed);
        self.nestings.store(nestings.wrapping_add(1), Ordering::Release);
    }

    fn read(&self) -> Option<InPoll> {
        loop {
            let nestings = self.nestings.load(Ordering::Acquire);
            let seq = self.seq.load(Ordering::Acquire);
            let run = self.run.load(Ordering::Relaxed);
            fence(Ordering::Acquire);
            let is_same = self.seq.load(Ordering::Acquire) == seq;
            if is_same && self.nestings.load(Ordering::Relaxed) == nestings {
                return (seq != 0).then(|| InPoll { slot: self.id, seq, run: RunId::new(run) });
            }
            std::hint::spin_loop();
        }
    }
}

/// A thread's own end of its slot. Dropped with the thread, and the slot with it.
struct Local {
    slot: Arc<Slot>,
    last_seq: std::cell::Cell<u64>,
}

thread_local! {
    static LOCAL: OnceCell<Local> = const { OnceCell::new() };
}

impl Local {
    #[cold]
    fn register() -> Self {
        let mut slots = slots();
        let slot = Arc::new(Slot { id: slots.next_id, ..Slot::default() });
        slots.next_id += 1;
        slots.all.push(Arc::clone(&slot));
        Self { slot, last_seq: std::cell::Cell::new(0) }
    }

    #[inline]
    fn enter(&self, run: RunId) -> Leave<'_> {
        let seq = self.last_seq.get() + 1;
        self.last_seq.set(seq);
        let outer = self.slot.seq.load(Ordering::Relaxed);
        let outer = (outer != 0).then(|| self.interrupt(outer));
        self.slot.begin(seq, run.get());
        watch::entered();
        Leave { slot: &self.slot, outer }
    }

    /// Sets an outer poll aside.
    #[cold]
    fn interrupt(&self, seq: u64) -> (u64, u64) {
        let run = self.slot.run.load(Ordering::Relaxed);
        self.slot.nest();
        self.slot.end();
        (seq, run)
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        slots().all.retain(|slot| !Arc::ptr_eq(slot, &self.slot));
    }
}

struct Leave<'a> {
    slot: &'a Slot,
    outer: Option<(u64, u64)>,
}

impl Drop for Leave<'_> {
    #[inline]
    fn drop(&mut self) {
        self.slot.end();
        if let Some((seq, run)) = self.outer {
            self.slot.nest();
            self.slot.begin(seq, run);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::mpsc::channel,
        thread,
    };

    use super::*;

    fn polls_of(runs: &[u64]) -> Vec<InPoll> {
        let mut polls = snapshot();
        polls.retain(|poll| runs.contains(&poll.run.get()));
        polls
    }

    #[test]
    fn an_outer_poll_is_back_with_its_number_after_an_inner_one() {
        let runs = [1001, 1002];
        during(RunId::new(1001), || {
            let outer = polls_of(&runs);
            assert_eq!(outer.len(), 1);
            during(RunId::new(1002), || {
                let inner = polls_of(&runs);
                assert_eq!(inner.len(), 1);
                assert_eq!((inner[0].slot, inner[0].run), (outer[0].slot, RunId::new(1002)));
                assert_ne!(inner[0].seq, outer[0].seq);
            });
            assert_eq!(polls_of(&runs), outer);
        });
        assert_eq!(polls_of(&runs), []);
    }

    #[test]
    fn a_panic_leaves_the_poll() {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            during(RunId::new(1003), || std::panic::resume_unwind(Box::new(())));
        }));
        assert!(caught.is_err());
        assert_eq!(polls_of(&[1003]), []);
    }

    #[test]
    fn two_polls_of_one_run_have_different_numbers() {
        let poll = || during(RunId::new(1004), || polls_of(&[1004])[0].seq);
        assert_ne!(poll(), poll());
    }

    #[test]
    fn a_slot_is_freed_with_its_thread() {
        let (sender, receiver) = channel();
        let thread = thread::spawn(move || {
            during(RunId::new(1005), || sender.send(polls_of(&[1005])[0].slot)).unwrap();
        });
        let slot = receiver.recv().unwrap();
        thread.join().unwrap();
        assert!(slots().iter().all(|other| other.id != slot));
    }

    #[test]
    fn a_reader_never_sees_a_number_with_another_polls_run() {
        let stop = Arc::new(AtomicU64::new(0));
        // Odd numbers belong to the outer run, even ones to the inner.
        let writer = thread::spawn({
            let stop = Arc::clone(&stop);
            move || {
                while stop.load(Ordering::Relaxed) == 0 {
                    during(RunId::new(2001), || during(RunId::new(2002), || ()));
                }
            }
        });
        for _ in 0..200_000 {
            for poll in polls_of(&[2001, 2002]) {
                assert_eq!(poll.run.get() == 2001, poll.seq % 2 == 1, "{poll:?}");
            }
        }
        stop.store(1, Ordering::Relaxed);
        writer.join().unwrap();
    }
}
