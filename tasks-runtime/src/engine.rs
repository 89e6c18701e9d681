//! The state of a running program, owned in one place.
//!
//! [`Core`] composes scheduler, admission, order and results. It performs no
//! effect: every method is told the time and leaves [`Action`]s behind, which
//! the shell carries out after the lock is released. So nothing of the user's
//! ever runs under it.

mod added;
mod alarms;
pub(crate) mod decisions;
mod delayed;
mod firing;
mod follow;
mod living;
mod made_up;
mod names;
#[cfg(any(test, feature = "__bench"))]
pub(crate) mod no_host;
mod pause;
mod places;
mod reschedule;
mod retrying;
mod runs;
pub(crate) mod services;
mod shutdown;
pub(crate) mod snapshot;
mod sorted;
mod stuck;
mod timers;
mod why;

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tasks_core::{
    __private::{Given, Host, Owner, RunCell, RunFacts},
    Outcome, RunId, Trigger,
};

use self::{
    added::Added,
    alarms::Alarms,
    decisions::{DecisionKind, Decisions},
    made_up::Line,
    pause::Pauses,
    runs::Runs,
    services::Services,
    sorted::Sorted,
    timers::Timers,
};
pub(crate) use self::{
    added::MakeTask,
    living::{Living, State},
    shutdown::{AFTER_ABANDON, Ending},
    sorted::Part,
};
use crate::{
    admission::{Admission, Refusal, Verdict},
    clock::{Mono, Now},
    event::EventKind,
    order::Order,
    plan::{Plan, Planned, TaskIndex},
    result::{Awaited, RunResult},
    results::Results,
    run::{AttemptEnd, Command, Sequel, Wanted},
    scheduler::{Due, Scheduler},
    sort,
    table::Table,
};

/// What the shell is to do.
#[derive(Debug)]
pub(crate) enum Action {
    /// Spawn a run.
    Start(Wanted),
    /// Tell a run something.
    Tell(Arc<RunCell>, Command),
    /// Tell very many runs something, in this order.
    TellAll(Vec<(Arc<RunCell>, Command)>),
    /// Look at a run again.
    Wake(Arc<RunCell>),
    /// Let go of a run that is over: what it holds is the user's.
    Discard(Arc<RunCell>),
    /// Let go of a task that has left: what it holds is the user's.
    LetGo(Arc<Planned>),
    /// Tell the observers.
    Emit(EventKind),
    /// Give a result to whoever waits for it.
    Deliver(Arc<RunCell>, RunResult),
    /// A shutdown began that no signal began: the guard has to know.
    ShutdownBegan,
    /// Nothing is left to wait for.
    Ended,
}

impl Action {
    /// Whether the application hears of it, or something of its own is dropped.
    pub(crate) fn is_told(&self) -> bool {
        match self {
            Self::Start(_) => false,
            // Of a run that has begun all that is the application's is gone,
            // but for an input that was kept for another attempt, or a value.
            Self::Discard(cell) => cell.started_mono().is_none() || cell.may_have_parts(),
            _ => true,
        }
    }
}

/// Makes the shared part of a new run.
pub(crate) type MakeCell = Box<dyn Fn(RunFacts) -> Arc<RunCell> + Send>;

/// How long a run has been inside one poll, if it is in one.
pub(crate) type InPoll = Box<dyn Fn(RunId) -> Option<Duration> + Send>;

/// How the program is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mode {
    /// Only what is asked for runs: no boot, no schedule, no order, and no
    /// task is essential.
    pub(crate) only_asked: bool,
    /// The program ends when nothing is left to do.
    pub(crate) exit_when_idle: bool,
    pub(crate) virtual_time: bool,
}

/// What a new run is to be.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wish {
    pub(crate) scheduled_at: Option<Timestamp>,
    /// A disabled task runs all the same.
    pub(crate) forced: bool,
}

/// What the engine does by itself at some moment. Each says on its own whether
/// it still means anything when its moment has come.
#[derive(Clone, Copy, Debug)]
enum Timer {
    /// The restart of this number of a service is due.
    Restart(TaskIndex, u64),
    /// A service may have lived long enough to be stable.
    Stable(TaskIndex),
    /// A run that was asked for earlier asks for admission.
    Delayed(RunId),
}

/// Unique in the process, whatever number of programs it runs: the stamps of
/// who is inside a poll are shared by all.
fn new_run_id() -> RunId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    RunId::new(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The state of a running program.
pub(crate) struct Core {
    pub(crate) plan: Arc<Plan>,
    mode: Mode,
    make_cell: MakeCell,
    /// The runtime's side of every run.
    host: Weak<dyn Host>,
    /// What the runs of a task have in common, of tasks that had one.
    owners: Table<Option<Arc<Owner>>>,
    in_poll: InPoll,
    scheduler: Scheduler,
    admission: Admission,
    order: Order,
    runs: Runs,
    alarms: Alarms,
    results: Results,
    ending: Option<Ending>,
    began: bool,
    idle_was_told: bool,
    /// Missed instants that are made up for, each after the end of the one before.
    made_up: HashMap<TaskIndex, Line>,
    pauses: Pauses,
    decisions: Decisions,
    added: Added,
    /// By name, once somebody read a page of them.
    sorted: Option<Sorted>,
    timers: Timers<Timer>,
    services: Services,
    rng: fastrand::Rng,
    /// Somebody hears of events. Else those of which there is one for each run
    /// or firing are not put together.
    is_observed: bool,
    actions: Vec<Action>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("runs", &self.runs.len())
            .field("ending", &self.ending)
            .finish_non_exhaustive()
    }
}

impl Core {
    pub(crate) fn new(
        plan: Arc<Plan>,
        mode: Mode,
        host: Weak<dyn Host>,
        make_cell: MakeCell,
        in_poll: InPoll,
        mut rng: fastrand::Rng,
    ) -> Self {
        Self {
            scheduler: Scheduler::new(mode.virtual_time, rng.fork()),
            admission: Admission::new(&plan),
            order: Order::new(&plan),
            runs: Runs::default(),
            alarms: Alarms::default(),
            results: Results::new(),
            ending: None,
            began: false,
            idle_was_told: false,
            made_up: HashMap::new(),
            pauses: Pauses::default(),
            decisions: Decisions::new(),
            added: Added::new(plan.tasks.len()),
            sorted: None,
            timers: Timers::new(),
            services: Services::default(),
            rng,
            is_observed: true,
            actions: Vec::new(),
            plan,
            mode,
            host,
            make_cell,
            owners: Table::default(),
            in_poll,
        }
    }

    /// Takes what is to be done, and leaves an empty buffer behind for what
    /// will be: so none is allocated for each run.
    pub(crate) fn take_actions(&mut self, empty: Vec<Action>) -> Vec<Action> {
        std::mem::replace(&mut self.actions, empty)
    }

    /// The same, behind those that were taken earlier.
    pub(crate) fn take_actions_behind(&mut self, mut earlier: Vec<Action>) -> Vec<Action> {
        if earlier.is_empty() {
            return self.take_actions(earlier);
        }
        earlier.append(&mut self.actions);
        earlier
    }

    /// Says whether anybody hears of events.
    pub(crate) fn set_observed(&mut self, is_observed: bool) {
        self.is_observed = is_observed;
    }

    fn emit(&mut self, event: EventKind) {
        self.actions.push(Action::Emit(event));
    }

    fn task(&self, index: TaskIndex) -> Arc<Planned> {
        Arc::clone(&self.plan.tasks[index.0 as usize])
    }

    pub(crate) fn name_of(&self, index: TaskIndex) -> Arc<str> {
        Arc::clone(&self.plan.tasks[index.0 as usize].name)
    }

    fn indices(&self) -> impl Iterator<Item = TaskIndex> + use<> {
        (0..self.plan.tasks.len() as u32).map(TaskIndex)
    }

    /// Everything is checked and set up: grids begin, boot tasks start.
    pub(crate) fn begin(&mut self, now: Now, notes: Vec<String>) {
        self.began = true;
        if self.ending.is_some() {
            return;
        }
        if !self.mode.only_asked {
            self.emit(EventKind::Ready { crates: self.plan.crates(), notes });
            let tasks = (0..).map(TaskIndex).zip(&self.plan.tasks);
            let enabled = tasks.filter(|(_, task)| task.is_enabled());
            let mut first: Vec<_> = enabled.map(|(index, task)| (task.priority, index)).collect();
            // Nearly every task has the same priority.
            if !first.is_sorted() {
                sort::all(&mut first);
            }
            for (_, index) in first {
                if self.order.open(index) {
                    self.start_up(index, Trigger::Boot, now);
                }
            }
        }
        self.look_for_idle(now);
    }

    /// Nothing keeps a task from starting any more.
    fn start_up(&mut self, index: TaskIndex, trigger: Trigger, now: Now) {
        if let Some(schedule) = self.schedule_of(index).cloned() {
            let mut due = Due::default();
            self.scheduler.set_priority(index, self.plan.tasks[index.0 as usize].priority);
            self.scheduler.open(index, schedule, self.pauses.contains(index), now, &mut due);
            self.serve(due, now);
        } else if self.plan.tasks[index.0 as usize].is_boot() {
            // Only shutdown can refuse a first run, and it has nothing to explain.
            let _ = self.want(index, trigger, Wish::default(), now);
        }
    }

    /// Looks at the clock. Returns when to look again at the latest.
    pub(crate) fn tick(&mut self, now: Now) -> Mono {
        self.ring(now);
        if self.ending.is_some() {
            return self.tick_ending(now);
        }
        self.end_pauses(now);
        let mut due = Due::default();
        let timers: Vec<_> = std::iter::from_fn(|| self.timers.take_due(now.mono)).collect();
        self.scheduler.due(now, !timers.is_empty(), &mut due);
        self.serve_with(due, timers, now);
        // What follows from one of them may be due at once.
        while let Some(timer) = self.timers.take_due(now.mono) {
            self.moment_came(timer, now);
        }
        self.look_for_idle(now);
        self.next_wake(now)
    }

    fn moment_came(&mut self, timer: Timer, now: Now) {
        match timer {
            Timer::Restart(index, number) => self.restart_is_due(index, number, now),
            Timer::Stable(index) => self.look_at_stability(index, now),
            Timer::Delayed(run) => self.delay_is_over(run, now),
        }
    }

    /// The task that a timer is about, if there is one.
    fn task_of(&self, timer: &Timer) -> Option<TaskIndex> {
        match timer {
            Timer::Restart(index, _) | Timer::Stable(index) => Some(*index),
            Timer::Delayed(run) => self.runs.get(run).map(|living| living.task),
        }
    }

    /// When to look at the clock again at the latest.
    pub(crate) fn next_wake(&self, now: Now) -> Mono {
        match &self.ending {
            Some(ending) => ending.next_wake().min(self.alarms.next()),
            None => self
                .scheduler
                .next_wake(now)
                .min(self.timers.next_wake())
                .min(self.alarms.next())
                .min(self.pauses.next_wake(now, self.mode.virtual_time)),
        }
    }

    /// Returns whether a run of a task may be asked for before runs that have
    /// succeeded are accounted for, because it makes no difference to this one.
    pub(crate) fn minds_no_end(&self, index: TaskIndex) -> bool {
        let task = &self.plan.tasks[index.0 as usize];
        // Which run of a service is kept alive depends on those that have ended,
        // and so does whether the program is idle.
        let is_for_itself = !task.is_service() && !self.mode.exit_when_idle;
        is_for_itself && self.admission.minds_no_end(index, task)
    }

    /// Asks for a run of a task.
    pub(crate) fn want(
        &mut self,
        index: TaskIndex,
        trigger: Trigger,
        wish: Wish,
        now: Now,
    ) -> Result<RunId, Refusal> {
        let task = self.task(index);
        let id = new_run_id();
        let verdict = self.admission.want(index, &task, id, now.mono, wish.forced);
        let verdict = verdict.inspect_err(|refusal| self.note_refusal(index, trigger, *refusal, now))?;
        let cell = self.cell_of(id, index, trigger, &wish);
        let mut living = Living::new(index, cell, State::Waiting, now.mono);
        living.era = self.scheduler.era(index);
        self.runs.insert(living);
        self.admitted(index, task, id, verdict, now);
        Ok(id)
    }

    fn cell_of(&mut self, id: RunId, index: TaskIndex, trigger: Trigger, wish: &Wish) -> Arc<RunCell> {
        let (task, host) = (&self.plan.tasks[index.0 as usize], &self.host);
        let make = || Arc::new(Owner::new(Arc::clone(&task.name), Weak::clone(host)));
        let owner = Arc::clone(self.owners.at(index).get_or_insert_with(make));
        (self.make_cell)(RunFacts { id, owner, trigger, scheduled_at: wish.scheduled_at })
    }

    /// A run was let in: it starts, or waits for what is still missing.
    fn admitted(&mut self, index: TaskIndex, task: Arc<Planned>, run: RunId, verdict: Verdict, now: Now) {
        let Some(living) = self.runs.get_mut(&run) else { return };
        let (cell, trigger) = (Arc::clone(&living.cell), living.cell.trigger());
        living.state = match verdict {
            Verdict::Start => State::Running,
            Verdict::Wait | Verdict::Replace => State::Waiting,
        };
        self.supervise(index, &task, run, trigger, verdict, now);
        match verdict {
            Verdict::Start => self.note_start(run, false, now),
            Verdict::Wait | Verdict::Replace => self.note_wait(run, now),
        }
        match verdict {
            Verdict::Start => self.actions.push(Action::Start(Wanted { cell, task })),
            Verdict::Wait => {}
            Verdict::Replace => self.replace(index, run, now),
        }
    }

    /// Waits for the end of a run that was just admitted.
    pub(crate) fn await_run(&self, run: RunId) -> Awaited {
        let living = self.runs.get(&run);
        Awaited::new(Arc::clone(&living.expect("invariant: it was just admitted").cell))
    }

    /// Gives a run that was just admitted its input.
    pub(crate) fn give_input(&mut self, run: RunId, input: Given) {
        if let Some(living) = self.runs.get(&run) {
            living.cell.set_input(input);
        }
    }

    /// A run is over. One that was accounted for already is not counted again.
    pub(crate) fn ended(&mut self, run: RunId, mut end: AttemptEnd, attempts: u32, now: Now) {
        let Some(living) = self.runs.remove(&run) else { return };
        let index = living.task;
        if living.stuck {
            self.admission.unstuck(index);
        }
        self.alarm_is_off(living.alarm);
        let task = self.task(index);
        match &living.state {
            State::Running => {
                self.admission.ended(index);
                self.release_place(index, now);
            }
            State::Waiting => self.admission.gave_up(index, &task, run),
            State::Delayed => self.admission.delay_is_over(index),
            State::Retrying { .. } => {
                self.admission.ended(index);
                self.admission.forget(&task, run);
            }
        }
        if matches!(living.state, State::Waiting | State::Delayed) {
            self.note(index, DecisionKind::Withdrawn { run, outcome: end.outcome }, now);
        }
        self.open_gate(index, now);
        let trigger = living.cell.trigger();
        if trigger == Trigger::Schedule && !living.served {
            self.scheduler.served(index, living.era, now);
        }
        let backtrace = end.backtrace.take();
        let sequel = self.sequel(index, &task, run, &end, living.lives_since(), now);
        let result = living.result(end, attempts, sequel == Some(Sequel::Early), now);
        self.note_cut(&living, &result, now);
        let outcome = result.outcome;
        if living.cell.is_awaited() {
            self.actions.push(Action::Deliver(Arc::clone(&living.cell), result.clone()));
        }
        // What is in it is the user's, and must not be dropped under the lock.
        self.actions.push(Action::Discard(living.cell));
        if self.is_observed {
            self.emit(EventKind::RunEnded { result: result.clone(), backtrace });
        }
        self.results.record(index, result);
        if trigger == Trigger::Schedule && self.ending.is_none() {
            self.make_up(index, run, now);
        }
        self.follow(index, &task, trigger, outcome, sequel, now);
        self.retire(index);
    }

    /// Asks a run to end. Returns false if it is over already.
    pub(crate) fn cancel(&mut self, run: RunId, now: Now) -> bool {
        let Some(living) = self.runs.get(&run) else { return false };
        match &living.state {
            State::Running => {
                // Set under the lock, so that an attempt that fails now sees it.
                living.cell.add_command(Command::Cancel as u8);
                self.actions.push(Action::Tell(Arc::clone(&living.cell), Command::Cancel));
            }
            State::Waiting => self.ended(run, AttemptEnd::new(Outcome::Cancelled), 0, now),
            State::Delayed => {
                self.ended(run, AttemptEnd::new(Outcome::Cancelled), 0, now);
                self.timer_is_moot();
            }
            State::Retrying { .. } => {
                let (error, attempt) = living.last();
                self.account_for(run, AttemptEnd::new(Outcome::Cancelled).with_error(error), attempt, now);
            }
        }
        true
    }

    /// Ends a run whose Tokio task sleeps between attempts and would only
    /// learn of it.
    fn account_for(&mut self, run: RunId, end: AttemptEnd, attempts: u32, now: Now) {
        if let Some(living) = self.runs.get(&run) {
            self.actions.push(Action::Tell(Arc::clone(&living.cell), Command::Gone));
        }
        self.ended(run, end, attempts, now);
    }
}
