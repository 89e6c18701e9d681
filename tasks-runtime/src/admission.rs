//! Whether: a run that is wanted starts now, waits, or is refused.
//!
//! What overlap means, what a pool is full of and who comes first are decided
//! here and nowhere else. Every start passes, whatever its trigger.

mod gate;
mod pool;

#[cfg(test)]
mod tests;

use tasks_core::{RunId, policy::Overlap};

use self::{gate::Gate, pool::Pool};
use crate::{
    clock::Mono,
    plan::{Plan, Planned, PoolIndex, TaskIndex},
    table::Table,
};

/// Runs of one task that may wait at one time.
pub(crate) const MAX_WAITING: u32 = 10_000;

/// Threads of one task that may be stuck at one time.
pub(crate) const MAX_STUCK: u32 = 16;

/// Why a run that was wanted does not come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The program is shutting down.
    Shutdown,
    /// The task is switched off.
    Disabled,
    /// It still runs, or waits to run.
    Overlap,
    /// Too many of its runs wait, or too many of its threads are stuck.
    Capacity,
}

impl Refusal {
    /// Says it to whoever asked for a run of this task.
    pub(crate) fn explain(self, task: &str) -> String {
        match self {
            Self::Shutdown => format!("task `{task}` was not started: the program is shutting down"),
            Self::Disabled => format!("task `{task}` is disabled"),
            Self::Overlap => format!("task `{task}` still runs, and its `overlap` lets no further run in"),
            Self::Capacity => format!("task `{task}` has too many waiting runs or stuck threads"),
        }
    }
}

/// What becomes of a run that is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It holds its places and starts.
    Start,
    /// It waits, for its own task or for a place in its pool.
    Wait,
    /// It waits until every other run of its task, which is to be asked to
    /// stop, is gone.
    Replace,
}

/// What a run that may not start yet waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wait {
    /// An earlier run of its task, by `overlap`.
    Overlap,
    /// The end of the runs that it replaces, by `overlap = "replace"`.
    Replace,
    /// As many runs of its task as `max_running` allows are under way.
    MaxRunning,
    /// A place in its pool.
    Pool,
}

#[derive(Debug, Default)]
struct Occupancy {
    /// Runs that are under way, those between two attempts included.
    running: u32,
    /// Runs that wait for a place in the pool before their first attempt.
    pooled: u32,
    /// Runs that wait for an earlier run of the same task.
    gate: Gate,
    /// Runs that ask for admission later.
    delayed: u32,
    stuck: u32,
}

/// What nobody has entered.
static EMPTY: Occupancy = Occupancy { running: 0, pooled: 0, gate: Gate(None), delayed: 0, stuck: 0 };

impl Occupancy {
    /// Runs that got past the gate. One that waits for its pool counts: else a
    /// full pool would collect what `skip` is there to drop.
    fn inside(&self) -> u32 {
        self.running + self.pooled
    }

    fn waiting(&self) -> u32 {
        self.pooled + self.gate.len() as u32
    }

    fn is_full(&self) -> bool {
        self.waiting() + self.delayed >= MAX_WAITING
    }
}

/// How many runs of a task may be past the gate at one time.
fn width(task: &Planned) -> u32 {
    let by_overlap = match task.overlap {
        Overlap::Skip | Overlap::Queue(_) | Overlap::Replace => 1,
        Overlap::AllowUpTo(most) => most,
        Overlap::Allow => u32::MAX,
    };
    by_overlap.min(task.max_running.unwrap_or(u32::MAX))
}

/// Whether runs of a task follow one another, never side by side.
pub(crate) fn is_single(task: &Planned) -> bool {
    width(task) == 1
}

/// What a run of a task waits for before it has even come to its pool.
fn wait_at_gate(task: &Planned) -> Wait {
    match task.overlap {
        Overlap::Replace => Wait::Replace,
        Overlap::Skip | Overlap::Queue(_) => Wait::Overlap,
        Overlap::AllowUpTo(_) | Overlap::Allow => Wait::MaxRunning,
    }
}

/// Who runs and who waits.
#[derive(Debug)]
pub(crate) struct Admission {
    tasks: Table<Occupancy>,
    pools: Vec<Pool>,
    closed: bool,
}

impl Admission {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            tasks: Table::default(),
            pools: plan.pools.iter().map(|pool| Pool::new(pool.size)).collect(),
            closed: false,
        }
    }

    fn seen(&self, index: TaskIndex) -> &Occupancy {
        self.tasks.get(index).unwrap_or(&EMPTY)
    }

    /// Decides about a new run. `forced` lets a disabled task run, for `--run-task`.
    pub(crate) fn want(
        &mut self,
        index: TaskIndex,
        task: &Planned,
        run: RunId,
        now: Mono,
        forced: bool,
    ) -> Result<Verdict, Refusal> {
        if self.closed {
            return Err(Refusal::Shutdown);
        }
        if !task.is_enabled() && !forced {
            return Err(Refusal::Disabled);
        }
        let seen = self.tasks.at(index);
        let others = seen.inside() + seen.gate.len() as u32;
        let refused = match task.overlap {
            Overlap::Skip => others > 0,
            Overlap::Queue(most) => others > 0 && seen.gate.len() as u32 >= most,
            Overlap::AllowUpTo(most) => others >= most,
            Overlap::Replace | Overlap::Allow => false,
        };
        if refused {
            return Err(Refusal::Overlap);
        }
        if seen.stuck >= MAX_STUCK || seen.is_full() {
            return Err(Refusal::Capacity);
        }
        if others > 0 && (seen.inside() >= width(task) || !seen.gate.is_empty()) {
            seen.gate.push_back(run);
            let replaces = task.overlap == Overlap::Replace;
            return Ok(if replaces { Verdict::Replace } else { Verdict::Wait });
        }
        Ok(self.pass(index, task, run, now))
    }

    /// Decides whether a run may ask for admission later. What `overlap` says
    /// is decided then.
    pub(crate) fn delay(&mut self, index: TaskIndex, task: &Planned) -> Result<(), Refusal> {
        let seen = self.tasks.at(index);
        if self.closed {
            Err(Refusal::Shutdown)
        } else if !task.is_enabled() {
            Err(Refusal::Disabled)
        } else if seen.is_full() {
            Err(Refusal::Capacity)
        } else {
            seen.delayed += 1;
            Ok(())
        }
    }

    /// A delayed run is over, or is no longer delayed.
    pub(crate) fn delay_is_over(&mut self, index: TaskIndex) {
        let seen = self.tasks.at(index);
        seen.delayed = seen.delayed.saturating_sub(1);
    }

    /// Decides about a delayed run whose moment has come. One that is refused
    /// still counts as delayed, until it is over.
    pub(crate) fn want_after_delay(
        &mut self,
        index: TaskIndex,
        task: &Planned,
        run: RunId,
        now: Mono,
    ) -> Result<Verdict, Refusal> {
        // It does not stand in its own way.
        self.delay_is_over(index);
        self.want(index, task, run, now, false).inspect_err(|_| self.tasks.at(index).delayed += 1)
    }

    /// How many runs of a task ask for admission later.
    pub(crate) fn delayed(&self, index: TaskIndex) -> u32 {
        self.seen(index).delayed
    }

    /// Lets a run past the gate.
    fn pass(&mut self, index: TaskIndex, task: &Planned, run: RunId, now: Mono) -> Verdict {
        let seen = self.tasks.at(index);
        match task.pool {
            Some(pool) if !self.pools[pool.0 as usize].take(1) => {
                seen.pooled += 1;
                self.pools[pool.0 as usize].wait(run, task.priority, now);
                Verdict::Wait
            }
            _ => {
                seen.running += 1;
                Verdict::Start
            }
        }
    }

    /// Returns whether the end of another run makes no room for a run of this task.
    pub(crate) fn minds_no_end(&self, index: TaskIndex, task: &Planned) -> bool {
        width(task) == u32::MAX && task.pool.is_none() && self.seen(index).stuck == 0
    }

    /// Returns whether a run of this task would replace another now.
    pub(crate) fn would_replace(&self, index: TaskIndex, task: &Planned) -> bool {
        let seen = self.seen(index);
        task.overlap == Overlap::Replace && seen.inside() + seen.gate.len() as u32 > 0
    }

    /// Lets the next run of a task past the gate, if there is room. Returns
    /// it with what becomes of it.
    pub(crate) fn next_at_gate(
        &mut self,
        index: TaskIndex,
        task: &Planned,
        now: Mono,
    ) -> Option<(RunId, Verdict)> {
        let seen = self.tasks.at(index);
        if self.closed || seen.inside() >= width(task) {
            return None;
        }
        let run = seen.gate.pop_front()?;
        Some((run, self.pass(index, task, run, now)))
    }

    /// A run that waited for its first start is given its place.
    pub(crate) fn started(&mut self, index: TaskIndex) {
        let seen = self.tasks.at(index);
        seen.pooled = seen.pooled.saturating_sub(1);
        seen.running += 1;
    }

    /// A run that waited for its first start will never have one.
    pub(crate) fn gave_up(&mut self, index: TaskIndex, task: &Planned, run: RunId) {
        let seen = self.tasks.at(index);
        match seen.gate.position(run) {
            Some(place) => {
                seen.gate.remove(place);
            }
            None => {
                seen.pooled = seen.pooled.saturating_sub(1);
                self.forget(task, run);
            }
        }
    }

    /// A task has left, with all of its runs.
    pub(crate) fn forget_task(&mut self, index: TaskIndex) {
        if let Some(seen) = self.tasks.get_mut(index) {
            *seen = Occupancy::default();
        }
    }

    /// A run is over. The place in its pool is given back separately.
    pub(crate) fn ended(&mut self, index: TaskIndex) {
        let seen = self.tasks.at(index);
        seen.running = seen.running.saturating_sub(1);
    }

    /// Gives a place in a pool back. Returns the run that gets it.
    pub(crate) fn release(
        &mut self,
        pool: PoolIndex,
        now: Mono,
        name_of: impl Fn(RunId) -> std::sync::Arc<str>,
    ) -> Option<RunId> {
        self.pools[pool.0 as usize].release(now, name_of)
    }

    /// Asks for a place between two attempts. Returns whether it is had at once.
    pub(crate) fn reacquire(&mut self, pool: PoolIndex, task: &Planned, run: RunId, now: Mono) -> bool {
        let pool = &mut self.pools[pool.0 as usize];
        pool.take(1) || {
            pool.wait(run, task.priority, now);
            false
        }
    }

    /// Takes a run out of the queue of its pool.
    pub(crate) fn forget(&mut self, task: &Planned, run: RunId) {
        if let Some(pool) = task.pool {
            self.pools[pool.0 as usize].forget(run);
        }
    }

    /// A thread of the task is past its limit and grace.
    pub(crate) fn stuck(&mut self, index: TaskIndex) {
        self.tasks.at(index).stuck += 1;
    }

    /// A stuck thread of the task came back.
    pub(crate) fn unstuck(&mut self, index: TaskIndex) {
        let seen = self.tasks.at(index);
        seen.stuck = seen.stuck.saturating_sub(1);
    }

    /// What a run that was just told to wait waits for, and how many runs
    /// waited for the same already.
    pub(crate) fn newest_wait(&self, index: TaskIndex, task: &Planned, run: RunId) -> (Wait, u32) {
        let gate = &self.seen(index).gate;
        match task.pool {
            Some(pool) if gate.back() != Some(&run) => {
                (Wait::Pool, self.pools[pool.0 as usize].waiting().saturating_sub(1))
            }
            _ => (wait_at_gate(task), gate.len().saturating_sub(1) as u32),
        }
    }

    /// What a run waits for, and how many come before it as things are now.
    pub(crate) fn wait_of(
        &self,
        index: TaskIndex,
        task: &Planned,
        run: RunId,
        now: Mono,
    ) -> Option<(Wait, u32)> {
        let gate = &self.seen(index).gate;
        if let Some(place) = gate.position(run) {
            return Some((wait_at_gate(task), place as u32));
        }
        let ahead = self.pools[task.pool?.0 as usize].ahead(run, now)?;
        Some((Wait::Pool, ahead))
    }

    /// How many places of a pool are taken, and how many runs wait for one.
    pub(crate) fn pool(&self, pool: PoolIndex) -> (u32, u32) {
        let pool = &self.pools[pool.0 as usize];
        (pool.used(), pool.waiting())
    }

    /// How many runs of a task run and wait.
    pub(crate) fn counts(&self, index: TaskIndex) -> (u32, u32) {
        let seen = self.seen(index);
        (seen.running, seen.waiting())
    }

    /// Admits nothing any more, and gives no freed place to those who wait.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.pools.iter_mut().for_each(Pool::close);
    }
}
