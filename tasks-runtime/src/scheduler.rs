//! When: which tasks are due now, and when to look again.
//!
//! The scheduler has no timer and no clock: it is told the time and answers
//! with what is due. A schedule never dies in here: whatever happens to a
//! firing, the entry's next instant is strictly in the future and on its grid.

mod due;
mod entry;
mod grid;

#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    time::Duration,
};

use jiff::Timestamp;

pub(crate) use self::due::{Due, Missing};
use self::entry::{Entry, Next};
use crate::{
    clock::{Mono, Now, wall_since},
    plan::{PlannedSchedule, TaskIndex},
};

/// A wall-clock schedule is looked at again after this, however far away it
/// is: the clock may be set, or the machine suspended, meanwhile.
pub(crate) const WALL_CHECK: Duration = Duration::from_secs(60);

/// Every schedule of a program.
#[derive(Debug)]
pub(crate) struct Scheduler {
    rng: fastrand::Rng,
    entries: Vec<Entry>,
    by_task: HashMap<TaskIndex, u32>,
    mono: BinaryHeap<Reverse<(Mono, u32, u32)>>,
    wall: BinaryHeap<Reverse<(Timestamp, u32, u32)>>,
    /// The last reading of both clocks, to notice when the wall clock is set.
    seen: Option<Now>,
    /// Under virtual time the wall clock cannot be set, so nothing is looked at twice.
    virtual_time: bool,
    closed: bool,
}

impl Scheduler {
    /// `rng` draws the jitter.
    pub(crate) fn new(virtual_time: bool, rng: fastrand::Rng) -> Self {
        Self {
            rng,
            entries: Vec::new(),
            by_task: HashMap::new(),
            mono: BinaryHeap::new(),
            wall: BinaryHeap::new(),
            seen: None,
            virtual_time,
            closed: false,
        }
    }

    /// Begins the grid of a task's schedule at this instant. While it is
    /// `paused`, what is due is skipped.
    pub(crate) fn open(
        &mut self,
        task: TaskIndex,
        schedule: &PlannedSchedule,
        paused: bool,
        now: Now,
        out: &mut Due,
    ) {
        let index = self.entries.len() as u32;
        let mut entry = Entry::new(task, schedule);
        entry.paused = paused;
        entry.open(now, &mut self.rng, out);
        self.entries.push(entry);
        self.by_task.insert(task, index);
        self.plan(index);
    }

    /// Takes what is due.
    pub(crate) fn due(&mut self, now: Now, out: &mut Due) {
        if self.closed {
            return;
        }
        self.notice_step(now, out);
        self.seen = Some(now);
        while let Some(Reverse((at, index, generation))) = self.mono.peek().copied() {
            if at > now.mono {
                break;
            }
            self.mono.pop();
            self.fire(index, generation, now, out);
        }
        while let Some(Reverse((at, index, generation))) = self.wall.peek().copied() {
            if at > now.wall {
                break;
            }
            self.wall.pop();
            self.fire(index, generation, now, out);
        }
    }

    fn fire(&mut self, index: u32, generation: u32, now: Now, out: &mut Due) {
        let entry = &mut self.entries[index as usize];
        if entry.generation == generation {
            entry.fire(now, &mut self.rng, out);
            self.plan(index);
        }
    }

    /// Takes what is due of one task alone, so that what is decided about it
    /// now holds for later instants only.
    pub(crate) fn due_of(&mut self, task: TaskIndex, now: Now, out: &mut Due) {
        if !self.closed
            && let Some(&index) = self.by_task.get(&task)
            && self.entries[index as usize].is_due(now)
        {
            self.entries[index as usize].fire(now, &mut self.rng, out);
            self.plan(index);
        }
    }

    /// Says whether the instants of a task from now on are to be skipped.
    pub(crate) fn set_paused(&mut self, task: TaskIndex, paused: bool) {
        if let Some(&index) = self.by_task.get(&task) {
            self.entries[index as usize].paused = paused;
        }
    }

    /// Tells that a run which a schedule wanted is over, or became no run.
    pub(crate) fn served(&mut self, task: TaskIndex, now: Now) {
        if self.closed {
            return;
        }
        if let Some(&index) = self.by_task.get(&task)
            && self.entries[index as usize].served(now, &mut self.rng)
        {
            self.plan(index);
        }
    }

    /// Queues the next instant of an entry under a new generation; what was
    /// queued for it before no longer counts.
    fn plan(&mut self, index: u32) {
        let entry = &mut self.entries[index as usize];
        entry.generation = entry.generation.wrapping_add(1);
        match entry.next() {
            Next::Mono(at) => self.mono.push(Reverse((at, index, entry.generation))),
            Next::Wall(at) => self.wall.push(Reverse((at, index, entry.generation))),
            Next::None => {}
        }
    }

    /// Plans afresh what a large step back of the wall clock would silence.
    fn notice_step(&mut self, now: Now, out: &mut Due) {
        let Some(seen) = self.seen else { return };
        let expected = crate::clock::later(seen.wall, now.mono.since(seen.mono));
        let back = wall_since(expected, now.wall);
        if back < Duration::from_secs(1) {
            return;
        }
        for index in 0..self.entries.len() {
            if self.entries[index].stepped_back(back, now, &mut self.rng, out) {
                self.plan(index as u32);
            }
        }
    }

    /// The moment at which to call [`due`](Self::due) again at the latest.
    pub(crate) fn next_wake(&self, now: Now) -> Mono {
        if self.closed {
            return Mono::NEVER;
        }
        let mono = self.mono.peek().map_or(Mono::NEVER, |Reverse((at, ..))| *at);
        let wall = self.wall.peek().map_or(Mono::NEVER, |Reverse((at, ..))| {
            let wait = wall_since(*at, now.wall);
            now.mono.plus(if self.virtual_time { wait } else { wait.min(WALL_CHECK) })
        });
        mono.min(wall)
    }

    /// Returns whether any schedule will ever be due again.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.closed || self.entries.iter().all(Entry::is_exhausted)
    }

    /// The next instant of a task's schedule, as far as it is known.
    pub(crate) fn next_of(&self, task: TaskIndex, now: Now) -> Option<Timestamp> {
        if self.closed {
            return None;
        }
        self.entries[*self.by_task.get(&task)? as usize].next_due(now)
    }

    /// Ends every schedule.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.mono.clear();
        self.wall.clear();
    }
}
