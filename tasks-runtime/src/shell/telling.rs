//! Telling the engine what is new, and carrying out what it asks for.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, MutexGuard, PoisonError, TryLockError, atomic::Ordering},
};

use tasks_core::__private::RunCell;

use super::{Phase, Shared};
use crate::{
    clock::{Mono, Now},
    engine::{Action, Core},
    inbox::Message,
    panic::catch,
    plan::TaskIndex,
    pullers::{self, Batch},
    room::is_worth_keeping,
    run::AttemptEnd,
    threads,
};

thread_local! {
    /// An empty buffer for actions, to be used again.
    static SPARE: Cell<Vec<Action>> = const { Cell::new(Vec::new()) };
}

/// Whoever keeps the time tries so often to take the lock before it sleeps until
/// it is free, and pauses so long in between: together some 15 µs on a server.
const TRIES: u32 = 32;
const PAUSES: u32 = 16;

impl Shared {
    /// Tells the engine something, and carries out what follows from it.
    pub(crate) fn with<R>(&self, tell: impl FnOnce(&mut Core, Now) -> R) -> R {
        self.with_locked(self.lock(), false, tell)
    }

    /// The same, for whoever keeps the time. It comes by again and again
    /// when very much is due, and whoever has the lock then tells a few ends: to
    /// be put to sleep and woken takes the thread many times as long as that.
    pub(super) fn with_soon<R>(&self, tell: impl FnOnce(&mut Core, Now) -> R) -> R {
        let soon = (0..TRIES).find_map(|_| {
            let core = self.try_lock();
            if core.is_none() {
                (0..PAUSES).for_each(|_| std::hint::spin_loop());
            }
            core
        });
        self.with_locked(soon.unwrap_or_else(|| self.lock()), false, tell)
    }

    /// The same, for whoever asks for a run of a task, if `find` finds it. Where
    /// the end of another run makes no difference to it, those of short runs wait
    /// for whoever ended them: else each would be fetched from that thread alone.
    pub(crate) fn with_run<R, E>(
        &self,
        find: impl FnOnce(&Core) -> Result<TaskIndex, E>,
        tell: impl FnOnce(&mut Core, TaskIndex, Now) -> Result<R, E>,
    ) -> Result<R, E> {
        let core = self.lock();
        let found = find(&core);
        let minds_no_end = found.as_ref().is_ok_and(|task| core.minds_no_end(*task));
        self.with_locked(core, minds_no_end, |core, now| found.and_then(|task| tell(core, task, now)))
    }

    fn with_locked<'a, R>(
        &'a self,
        mut core: MutexGuard<'a, Core>,
        minds_no_end: bool,
        tell: impl FnOnce(&mut Core, Now) -> R,
    ) -> R {
        let now = self.clock.now();
        let has_ended = if minds_no_end && !self.inbox.is_time() {
            core.set_observed(self.observers.is_anybody());
            false
        } else {
            // What is over is over for whoever asks now.
            self.read(&mut core).is_some()
        };
        let result = tell(&mut core, now);
        self.carry_out(core, now, has_ended);
        if pullers::take_has_spawned() {
            // This thread may go on with what the caller does, and a worker keeps
            // to itself what was made ready last: so that is not a run of others.
            self.spawn_boxed(Box::pin(async {}));
        }
        result
    }

    /// Says that a run is over. It never waits for the lock: if somebody has
    /// it, that thread accounts for the run too.
    pub(crate) fn run_ended(&self, cell: &RunCell, end: AttemptEnd, attempts: u32, now: Now) {
        let run = cell.id();
        if let Some(mut core) = self.try_lock() {
            // Those that are over already came first.
            let last = self.read(&mut core);
            core.ended(run, end, attempts, now);
            let now = last.filter(|last| last.mono > now.mono).unwrap_or(now);
            return self.carry_out(core, now, true);
        }
        self.inbox.push(Message::Ended { run, end, attempts, now });
        self.read_inbox();
    }

    /// Says when a run is to be looked at again. As above, it waits for nobody.
    pub(crate) fn set_alarm(&self, cell: &RunCell, at: Mono) {
        let run = cell.id();
        if let Some(core) = self.try_lock() {
            return self.with_locked(core, false, |core, _| core.set_alarm(run, at));
        }
        self.inbox.push(Message::Alarm { run, at });
        self.read_inbox();
    }

    /// Says that one of many runs is over, each of which takes a moment only. It
    /// may wait a little for the next ones, or for whoever comes by: so the
    /// engine does not go from one thread to another for each. Whoever calls
    /// this calls [`read_inbox`](Self::read_inbox) soon.
    pub(crate) fn one_of_many_ended(&self, cell: &RunCell, end: AttemptEnd, attempts: u32, now: Now) {
        if self.inbox.push_end(cell.id(), end, attempts, now) {
            self.read_inbox();
        }
    }

    /// Tells what the inbox holds, unless somebody has the lock: whoever has it
    /// looks once more when it has released it. Returns whether it had the lock
    /// itself.
    pub(crate) fn read_inbox(&self) -> bool {
        self.inbox.ask();
        let Some(mut core) = self.try_lock() else { return false };
        let last = self.read(&mut core);
        self.carry_out(core, last.unwrap_or_else(|| self.clock.now()), last.is_some());
        true
    }

    /// Whether there may be anything in the inbox.
    pub(crate) fn has_mail(&self) -> bool {
        self.inbox.may_be_any()
    }

    /// Whether somebody has asked for it to be read.
    pub(crate) fn has_asked(&self) -> bool {
        self.inbox.is_time()
    }

    fn try_lock(&self) -> Option<MutexGuard<'_, Core>> {
        match self.core.try_lock() {
            Ok(core) => Some(core),
            Err(TryLockError::Poisoned(core)) => Some(core.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Tells what the inbox holds. Returns when the last of the runs in there
    /// ended, if any did. Each has read the clock, so nobody else has to.
    fn read(&self, core: &mut Core) -> Option<Now> {
        core.set_observed(self.observers.is_anybody());
        let mut last: Option<Now> = None;
        self.inbox.read(|message| match message {
            Message::Ended { run, end, attempts, now } => {
                core.ended(run, end, attempts, now);
                last = last.filter(|last| last.mono >= now.mono).or(Some(now));
            }
            Message::Alarm { run, at } => core.set_alarm(run, at),
        });
        last
    }

    /// Releases the engine and does what it asked for. `has_ended` says that it
    /// accounted for runs that may be those of others.
    fn carry_out<'a>(&'a self, mut core: MutexGuard<'a, Core>, mut now: Now, mut has_ended: bool) {
        let (mut actions, mut is_earlier) = (SPARE.try_with(Cell::take).unwrap_or_default(), false);
        let mut is_telling = false;
        loop {
            let wake = core.next_wake(now);
            // Compared and set under the lock, so that the timer task, which
            // sets it there too, cannot miss an earlier moment.
            if wake.0 < self.armed.load(Ordering::Relaxed) {
                self.armed.store(wake.0, Ordering::Relaxed);
                is_earlier = true;
            }
            actions = core.take_actions_behind(actions);
            // Noted before anybody else can find that all is over.
            if !is_telling && actions.iter().any(Action::is_told) {
                is_telling = true;
                self.performing.fetch_add(1, Ordering::AcqRel);
            }
            drop(core);
            // What was told meanwhile waits for nothing that is done below,
            // which may be foreign code. Where somebody has the lock again, it
            // is for that thread to look.
            match self.inbox.is_time_meanwhile().then(|| self.try_lock()).flatten() {
                Some(locked) => core = locked,
                None => break,
            }
            if let Some(last) = self.read(&mut core) {
                (now, has_ended) = (if last.mono > now.mono { last } else { now }, true);
            }
        }
        let (used, mut batch) = (actions.len(), Batch::of(&actions));
        for action in actions.drain(..) {
            if has_ended && matches!(action, Action::Start(_) | Action::Deliver(..)) {
                pullers::note_spawned();
            }
            // A waker is foreign code: its panic must not cost the other actions.
            let _ = catch_unwind(AssertUnwindSafe(|| self.perform(action, &mut batch, now)));
        }
        if let Some(shared) = batch.is_any().then(|| self.this.upgrade()).flatten() {
            let _ = catch_unwind(AssertUnwindSafe(|| batch.start(&shared)));
        }
        if is_telling {
            self.performing.fetch_sub(1, Ordering::AcqRel);
        }
        if is_worth_keeping(actions.capacity(), used) {
            // A thread that is ending has nothing to keep.
            let _ = SPARE.try_with(|spare| spare.set(actions));
        }
        if is_earlier {
            self.timer.notify_one();
        }
    }

    /// `now` is when the engine asked for it.
    fn perform(&self, action: Action, batch: &mut Batch, now: Now) {
        match action {
            Action::Start(wanted) => {
                if let Some(wanted) = batch.put_off(wanted) {
                    pullers::start(self, wanted);
                }
            }
            Action::Tell(cell, command) => command.give(&cell),
            Action::TellAll(runs) => {
                for (cell, command) in runs {
                    // As above: the others must hear of it.
                    let _ = catch_unwind(AssertUnwindSafe(|| command.give(&cell)));
                }
            }
            Action::Wake(cell) => cell.wake(),
            Action::Discard(mut cell) => self.discard(&mut cell),
            Action::LetGo(task) => {
                self.observers.task_left(&task.name);
                // The last of it may be dropped here, and its `Drop` may panic.
                drop(catch(self.earlier_hook, || drop(task)));
            }
            Action::Emit(event) => self.emit(event, now),
            Action::Deliver(cell, result) => cell.tell_end(Some(Box::new(result))),
            Action::ShutdownBegan => {
                self.phase.send_modify(|phase| *phase = (*phase).max(Phase::Stopping));
                self.tell_guard();
            }
            Action::Ended => {
                self.phase.send_replace(Phase::Over);
                let watch = self.watch().take();
                drop(watch);
                if let Some(keeper) = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    keeper.unpark();
                }
                self.timer.notify_one();
            }
        }
    }

    fn tell_guard(&self) {
        if let Some(watch) = &*self.watch() {
            watch.look();
        }
        let Some(guard) = self.guard.get() else {
            self.keep_budget_on_a_thread();
            return;
        };
        let ending =
            self.look(|core| core.ending().map(|ending| (ending.t0, ending.budget, ending.essential_failed)));
        if let Some((t0, budget, essential_failed)) = ending {
            guard.begin(self.clock.instant(t0).into_std(), budget);
            if essential_failed {
                guard.set_exit_code(1);
            }
        }
    }

    /// Looks at the clock at each step of the shutdown from a thread of its
    /// own, where there is no guard to do it: Tokio's timers stand still when
    /// every worker is blocked. The thread ends with the shutdown.
    fn keep_budget_on_a_thread(&self) {
        let Some(shared) = self.this.upgrade().filter(|_| !self.clock.is_virtual()) else { return };
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keeper) = &*keeper {
            // The budget may have been shortened.
            keeper.unpark();
            return;
        }
        let keep = move || {
            while !shared.is_over() {
                let wake = shared.tick();
                std::thread::park_timeout(wake.since(shared.clock.mono()));
            }
            shared.say_last_words_unless_awaited();
        };
        // Without a thread to spare Tokio's timers have to do.
        *keeper = threads::start("tasks-shutdown", Box::new(keep)).ok();
    }

    /// Lets go of the cell of a run that never started. Whoever awaits it may
    /// still have it, but not what belongs to the run.
    fn discard(&self, cell: &mut Arc<RunCell>) {
        if let Some(input) = cell.take_input() {
            // Its `Drop` may panic.
            let _ = catch(self.earlier_hook, || drop(input));
        }
        cell.close();
        self.recycle(cell);
    }
}
