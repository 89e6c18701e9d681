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

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc, time::Duration};

use jiff::Timestamp;

pub(crate) use self::due::{Due, Missing};
use self::{
    entry::{Entry, Next},
    grid::Nanos,
};
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
    /// By task; those without a schedule have an empty one.
    places: Vec<Place>,
    mono: BinaryHeap<Reverse<(Mono, u32, u32)>>,
    wall: BinaryHeap<Reverse<(Timestamp, u32, u32)>>,
    /// Schedules that there are, and those of them that will be due again.
    open: usize,
    alive: usize,
    /// The last reading of both clocks, to notice when the wall clock is set.
    seen: Option<Now>,
    /// Schedules that began since then, with the clocks as they were.
    fresh: Vec<(TaskIndex, Now)>,
    /// Under virtual time the wall clock cannot be set, so nothing is looked at twice.
    virtual_time: bool,
    closed: bool,
}

/// The schedule of one task. What changes with it outlives it, so that
/// nothing that is still about for an old schedule is taken for the new one.
#[derive(Debug, Default)]
struct Place {
    /// Which of the queued moments counts.
    generation: u32,
    era: Era,
    is_alive: bool,
    is_given: bool,
    schedule: Option<Arc<PlannedSchedule>>,
    /// The latest instant of the wall clock that an earlier schedule served.
    served: Option<Nanos>,
    entry: Option<Box<Entry>>,
}

/// Which schedule of a task a run belongs to: the one that it had before it
/// was given another is over, whatever its runs still do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Era(u32);

impl Scheduler {
    /// `rng` draws the jitter.
    pub(crate) fn new(virtual_time: bool, rng: fastrand::Rng) -> Self {
        Self {
            rng,
            places: Vec::new(),
            mono: BinaryHeap::new(),
            wall: BinaryHeap::new(),
            open: 0,
            alive: 0,
            seen: None,
            fresh: Vec::new(),
            virtual_time,
            closed: false,
        }
    }

    fn place(&mut self, task: TaskIndex) -> &mut Place {
        let at = task.0 as usize;
        if at >= self.places.len() {
            self.places.resize_with(at + 1, Place::default);
        }
        &mut self.places[at]
    }

    fn entry(&mut self, task: TaskIndex) -> Option<&mut Entry> {
        self.places.get_mut(task.0 as usize)?.entry.as_deref_mut()
    }

    /// Begins the grid of a task's schedule at this instant. While it is
    /// `paused`, what is due is skipped.
    pub(crate) fn open(
        &mut self,
        task: TaskIndex,
        schedule: Arc<PlannedSchedule>,
        paused: bool,
        now: Now,
        out: &mut Due,
    ) {
        let mut entry = Entry::new(task, &schedule);
        entry.paused = paused;
        entry.open(now, &mut self.rng, out);
        self.place(task).served = None;
        self.give(task, Some(schedule));
        self.put(task, Some(entry));
        self.began(task, now);
    }

    /// Puts another schedule in the place of a task's, or none. Its grid
    /// begins at this instant; what the old one served is not served again.
    pub(crate) fn reopen(
        &mut self,
        task: TaskIndex,
        schedule: Option<Arc<PlannedSchedule>>,
        paused: bool,
        now: Now,
        out: &mut Due,
    ) {
        if self.closed {
            return;
        }
        let place = self.place(task);
        // Schedules that follow another clock may lie between it and the new one.
        let served = place.entry.as_ref().and_then(|old| old.served_on_the_wall()).or(place.served);
        place.served = served;
        let entry = schedule.as_deref().map(|schedule| {
            let mut entry = Entry::new(task, schedule);
            entry.paused = paused;
            entry.open_after(served, now, &mut self.rng, out);
            entry
        });
        self.give(task, schedule);
        self.put(task, entry);
        self.began(task, now);
    }

    fn began(&mut self, task: TaskIndex, now: Now) {
        // Only what follows the wall clock can be silenced, and it is looked at
        // within a minute. Before the first look there is nothing that hides a step.
        let is_wall = self.entry(task).is_some_and(|entry| matches!(entry.next(), Next::Wall(_)));
        if is_wall && self.seen.is_some() && !self.virtual_time {
            self.fresh.push((task, now));
        }
    }

    fn put(&mut self, task: TaskIndex, entry: Option<Entry>) {
        let (is, place) = (entry.is_some(), self.place(task));
        let was = place.entry.is_some();
        place.entry = entry.map(Box::new);
        place.era.0 = place.era.0.wrapping_add(1);
        self.open = self.open + usize::from(is) - usize::from(was);
        self.plan(task);
    }

    /// Ends the schedule of a task.
    pub(crate) fn forget(&mut self, task: TaskIndex) {
        let Some(place) = self.places.get_mut(task.0 as usize) else { return };
        place.schedule = None;
        if place.entry.is_some() {
            self.put(task, None);
        }
    }

    /// Says which schedule a task has, without beginning it.
    pub(crate) fn give(&mut self, task: TaskIndex, schedule: Option<Arc<PlannedSchedule>>) {
        let place = self.place(task);
        (place.is_given, place.schedule) = (true, schedule);
    }

    /// The schedule that a task was given, if it was given any, or none.
    pub(crate) fn given(&self, task: TaskIndex) -> Option<Option<&Arc<PlannedSchedule>>> {
        let place = self.places.get(task.0 as usize)?;
        place.is_given.then_some(place.schedule.as_ref())
    }

    /// Returns whether the schedule of a task will be due again.
    pub(crate) fn is_alive(&self, task: TaskIndex) -> bool {
        self.places.get(task.0 as usize).is_some_and(|place| place.is_alive)
    }

    /// Which schedule of a task is in force.
    pub(crate) fn era(&self, task: TaskIndex) -> Era {
        self.places.get(task.0 as usize).map(|place| place.era).unwrap_or_default()
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
        let place = &mut self.places[index as usize];
        if place.generation == generation
            && let Some(entry) = &mut place.entry
        {
            entry.fire(now, false, &mut self.rng, out);
            self.plan(TaskIndex(index));
        }
    }

    /// Takes what is due of one task alone, so that what is decided about it
    /// now holds for later instants only.
    pub(crate) fn due_of(&mut self, task: TaskIndex, now: Now, out: &mut Due) {
        self.fire_if(task, now, false, out);
    }

    /// The same, with what would still wait for its jitter.
    pub(crate) fn due_of_at_once(&mut self, task: TaskIndex, now: Now, out: &mut Due) {
        self.fire_if(task, now, true, out);
    }

    fn fire_if(&mut self, task: TaskIndex, now: Now, at_once: bool, out: &mut Due) {
        let closed = self.closed;
        let is_due = |entry: &&mut Entry| entry.is_due(now) || at_once && entry.is_delayed(now);
        let Some(place) = self.places.get_mut(task.0 as usize) else { return };
        if let Some(entry) = place.entry.as_deref_mut().filter(|entry| !closed && is_due(entry)) {
            entry.fire(now, at_once, &mut self.rng, out);
            self.plan(task);
        }
    }

    /// Says whether the instants of a task from now on are to be skipped.
    pub(crate) fn set_paused(&mut self, task: TaskIndex, paused: bool) {
        if let Some(entry) = self.entry(task) {
            entry.paused = paused;
        }
    }

    /// Tells that a run which a schedule wanted is over, or became no run.
    pub(crate) fn served(&mut self, task: TaskIndex, era: Era, now: Now) {
        if self.closed || self.era(task) != era {
            return;
        }
        let Some(place) = self.places.get_mut(task.0 as usize) else { return };
        let Some(entry) = &mut place.entry else { return };
        match entry.served(now, &mut self.rng) {
            true => self.plan(task),
            false => self.recount(task),
        }
    }

    /// Queues the next instant of an entry under a new generation; what was
    /// queued for it before no longer counts.
    fn plan(&mut self, task: TaskIndex) {
        let place = &mut self.places[task.0 as usize];
        place.generation = place.generation.wrapping_add(1);
        let generation = place.generation;
        match place.entry.as_ref().map_or(Next::None, |entry| entry.next()) {
            Next::Mono(at) => self.mono.push(Reverse((at, task.0, generation))),
            Next::Wall(at) => self.wall.push(Reverse((at, task.0, generation))),
            Next::None => {}
        }
        self.recount(task);
        self.sweep();
    }

    fn recount(&mut self, task: TaskIndex) {
        let place = &mut self.places[task.0 as usize];
        let is = place.entry.as_ref().is_some_and(|entry| !entry.is_exhausted());
        let was = std::mem::replace(&mut place.is_alive, is);
        self.alive = self.alive + usize::from(is) - usize::from(was);
    }

    /// Takes out what no longer counts once it is more than what does:
    /// schedules that come and go leave nothing behind.
    fn sweep(&mut self) {
        const FEW: usize = 64;
        if self.mono.len() + self.wall.len() <= 2 * self.open + FEW {
            return;
        }
        let places = &self.places;
        let counts = |index: u32, generation| {
            let place = &places[index as usize];
            place.entry.is_some() && place.generation == generation
        };
        self.mono.retain(|Reverse((_, index, generation))| counts(*index, *generation));
        self.wall.retain(|Reverse((_, index, generation))| counts(*index, *generation));
    }

    /// Plans afresh what a large step back of the wall clock would silence.
    fn notice_step(&mut self, now: Now, out: &mut Due) {
        let since = |then: Now| {
            let expected = crate::clock::later(then.wall, now.mono.since(then.mono));
            Some(wall_since(expected, now.wall)).filter(|back| *back >= Duration::from_secs(1))
        };
        // A clock that went forth and back between two looks shows in neither.
        for (task, then) in std::mem::take(&mut self.fresh) {
            if let Some(back) = since(then) {
                self.step_back(task, back, now, out);
            }
        }
        if let Some(back) = self.seen.and_then(since) {
            for index in 0..self.places.len() {
                self.step_back(TaskIndex(index as u32), back, now, out);
            }
        }
    }

    fn step_back(&mut self, task: TaskIndex, back: Duration, now: Now, out: &mut Due) {
        let place = &mut self.places[task.0 as usize];
        let Some(entry) = &mut place.entry else { return };
        if entry.stepped_back(back, now, &mut self.rng, out) {
            place.served = None;
            self.plan(task);
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
        self.closed || self.alive == 0
    }

    /// The next instant of a task's schedule, as far as it is known.
    pub(crate) fn next_of(&self, task: TaskIndex, now: Now) -> Option<Timestamp> {
        if self.closed {
            return None;
        }
        self.places.get(task.0 as usize)?.entry.as_ref()?.next_due(now)
    }

    #[cfg(test)]
    pub(crate) fn queued(&self) -> usize {
        self.mono.len() + self.wall.len()
    }

    /// Ends every schedule.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.mono.clear();
        self.wall.clear();
    }
}
