//! When: which tasks are due now, and when to look again.
//!
//! The scheduler has no timer and no clock: it is told the time and answers
//! with what is due. A schedule never dies in here: whatever happens to a
//! firing, the entry's next instant is strictly in the future and on its grid.

mod due;
mod entry;
mod grid;
mod queue;
mod state;

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tasks_core::policy::Priority;

pub(crate) use self::due::{Due, Missing};
use self::{
    entry::{Entry, Next},
    grid::Nanos,
    queue::{Moment, Queue},
    state::{Clock, Flag, Folding, State},
};
use crate::{
    clock::{Mono, Now, wall_since},
    plan::{PlannedSchedule, Rule, TaskIndex},
    table::Table,
};

/// A wall-clock schedule is looked at again after this, however far away it
/// is: the clock may be set, or the machine suspended, meanwhile.
pub(crate) const WALL_CHECK: Duration = Duration::from_secs(60);

/// Schedules that began since the last look, before the next is made for them.
const MOST_FRESH: usize = 1024;

/// At one look at most so many moments of each clock are gone through. What is due
/// beyond that is so at the next, and runs can begin and end in between.
const MOST_DUE: usize = 1024;

/// So many at the first looks of a series, where nobody comes first for anything but
/// its instant: of some hundred that are due the first begin while the others are let in.
const FEW_DUE: usize = 32;

/// Once so many were gone through the looks are long: it is a herd, for which each
/// look more is work more.
const HERD: usize = 4 * FEW_DUE;

/// Every schedule of a program.
#[derive(Debug)]
pub(crate) struct Scheduler {
    rng: fastrand::Rng,
    /// By task; those without a schedule have an empty one.
    places: Table<Place>,
    mono: Queue,
    /// In nanoseconds since the base of [`Folding`].
    wall: Queue,
    folding: Folding,
    /// The latest instant of the wall clock that an earlier schedule of a task
    /// served, if it served any.
    served: HashMap<TaskIndex, Nanos>,
    /// Schedules that there are, and those of them that will be due again.
    open: usize,
    alive: usize,
    /// The last reading of both clocks, to notice when the wall clock is set.
    seen: Option<Now>,
    /// A series: the looks at which more was due than was served, the earliest first,
    /// while anything is left of the first of them.
    looks: VecDeque<Now>,
    /// How many moments the series has gone through.
    gone_through: usize,
    /// A task that was given a schedule was more or less urgent than usual.
    has_priorities: bool,
    /// Schedules that began since the last reading, with the clocks as they were.
    fresh: Vec<(TaskIndex, Now)>,
    /// Under virtual time the wall clock cannot be set, so nothing is looked at twice.
    virtual_time: bool,
    closed: bool,
}

/// The schedule of one task: what every firing of it touches, in 32 bytes.
/// What changes with it outlives it, so that nothing that is still about for an
/// old schedule is taken for the new one.
#[derive(Debug, Default)]
struct Place {
    /// The one that it was given last; nothing if that was none.
    schedule: Option<Arc<PlannedSchedule>>,
    state: State,
}

impl Place {
    /// Its schedule and what changes of it, if it has begun.
    fn opened(&mut self) -> Option<(&mut State, &PlannedSchedule)> {
        let schedule = self.schedule.as_deref().filter(|_| self.state.is(Flag::Open))?;
        Some((&mut self.state, schedule))
    }

    fn entry<'a>(&'a self, task: TaskIndex, folding: &Folding) -> Option<Entry<'a>> {
        let schedule = self.schedule.as_deref().filter(|_| self.state.is(Flag::Open))?;
        let moving = folding.unfold(task, schedule, &self.state);
        Some(Entry::unfolded(task, schedule, self.state.is(Flag::Paused), moving))
    }

    fn is_delay(&self) -> bool {
        matches!(self.schedule.as_deref(), Some(PlannedSchedule { rule: Rule::Delay { .. }, .. }))
    }

    fn is_on_the_wall(&self) -> bool {
        let rule = self.schedule.as_deref().map(|schedule| &schedule.rule);
        matches!(rule, Some(Rule::Aligned { .. } | Rule::Cron(_)))
    }
}

fn recount(alive: &mut usize, state: &mut State, is: bool) {
    let was = state.is(Flag::Alive);
    state.set(Flag::Alive, is);
    *alive = *alive + usize::from(is) - usize::from(was);
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
            places: Table::default(),
            mono: Queue::default(),
            wall: Queue::default(),
            folding: Folding::default(),
            served: HashMap::new(),
            open: 0,
            alive: 0,
            seen: None,
            looks: VecDeque::new(),
            gone_through: 0,
            has_priorities: false,
            fresh: Vec::new(),
            virtual_time,
            closed: false,
        }
    }

    /// A schedule that has begun, unfolded.
    fn entry(&self, task: TaskIndex) -> Option<Entry<'_>> {
        self.places.get(task)?.entry(task, &self.folding)
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
        self.served.remove(&task);
        self.begin(task, Some(schedule), paused, now, |entry, rng| entry.open(now, rng, out));
        self.began(task, now, out);
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
        // Schedules that follow another clock may lie between it and the new one.
        let earlier = self.served.get(&task).copied();
        let served = self.entry(task).and_then(|old| old.served_on_the_wall()).or(earlier);
        if let Some(served) = served {
            self.served.insert(task, served);
        }
        self.begin(task, schedule, paused, now, |entry, rng| entry.open_after(served, now, rng, out));
        self.began(task, now, out);
    }

    /// Gives a task a schedule, or none, and lets it begin.
    fn begin(
        &mut self,
        task: TaskIndex,
        schedule: Option<Arc<PlannedSchedule>>,
        paused: bool,
        now: Now,
        open: impl FnOnce(&mut Entry<'_>, &mut fastrand::Rng),
    ) {
        self.folding.count_from(now);
        let place = self.places.at(task);
        let was = place.state.is(Flag::Open);
        place.state.next_era();
        place.schedule = schedule;
        place.state.set(Flag::Given, true);
        place.state.set(Flag::Paused, paused);
        recount(&mut self.alive, &mut place.state, false);
        self.folding.forget(task, &mut place.state);
        if let Some(schedule) = &place.schedule {
            let mut entry = Entry::new(task, schedule, paused);
            open(&mut entry, &mut self.rng);
            place.state.set(Flag::Open, true);
            self.folding.fold(task, schedule, entry.moving(), &mut place.state);
        }
        self.open = self.open + usize::from(place.state.is(Flag::Open)) - usize::from(was);
        self.plan(task);
    }

    fn began(&mut self, task: TaskIndex, now: Now, out: &mut Due) {
        // Only what follows the wall clock can be silenced, and it is looked at
        // within a minute. Before the first look there is nothing that hides a step.
        let is_wall = self.entry(task).is_some_and(|entry| matches!(entry.next(), Next::Wall(_)));
        if is_wall && self.seen.is_some() && !self.virtual_time {
            self.fresh.push((task, now));
            if self.fresh.len() >= MOST_FRESH {
                self.notice_step(now, out);
                self.seen = Some(now);
            }
        }
    }

    /// Ends the schedule of a task.
    pub(crate) fn forget(&mut self, task: TaskIndex) {
        self.served.remove(&task);
        let Some(place) = self.places.get_mut(task) else { return };
        place.schedule = None;
        if place.state.is(Flag::Open) {
            self.open -= 1;
            place.state.next_era();
            recount(&mut self.alive, &mut place.state, false);
            self.folding.forget(task, &mut place.state);
            self.plan(task);
        }
    }

    /// Says which schedule a task has, without beginning it.
    pub(crate) fn give(&mut self, task: TaskIndex, schedule: Option<Arc<PlannedSchedule>>) {
        let place = self.places.at(task);
        place.schedule = schedule;
        place.state.set(Flag::Given, true);
    }

    /// The schedule that a task was given, if it was given any, or none.
    pub(crate) fn given(&self, task: TaskIndex) -> Option<Option<&Arc<PlannedSchedule>>> {
        let place = self.places.get(task)?;
        place.state.is(Flag::Given).then_some(place.schedule.as_ref())
    }

    /// Returns whether the schedule of a task will be due again.
    pub(crate) fn is_alive(&self, task: TaskIndex) -> bool {
        self.places.get(task).is_some_and(|place| place.state.is(Flag::Alive))
    }

    /// Which schedule of a task is in force.
    pub(crate) fn era(&self, task: TaskIndex) -> Era {
        self.places.get(task).map(|place| place.state.era()).unwrap_or_default()
    }

    /// Says how urgent a task is, before it is given a schedule.
    pub(crate) fn set_priority(&mut self, task: TaskIndex, priority: Priority) {
        self.has_priorities |= priority != Priority::Normal;
        self.places.at(task).state.set_urgency(priority);
    }

    /// Takes what is due, the earliest first. Of much that is due it takes a part,
    /// and the rest is due still. The part is a large one if something else wants to
    /// be served `together` with it, by priority.
    pub(crate) fn due(&mut self, now: Now, together: bool, out: &mut Due) {
        if self.closed {
            return;
        }
        self.notice_step(now, out);
        self.seen = Some(now);
        self.leave_looks(now);
        let is_long = together || self.has_priorities || self.gone_through >= HERD;
        let most = if is_long { MOST_DUE } else { FEW_DUE };
        let is_part = [Clock::Mono, Clock::Wall].map(|clock| self.due_on(clock, now, most, out));
        if is_part.contains(&true) {
            self.looks.push_back(now);
        } else {
            self.looks.clear();
        }
    }

    /// Lets go of the looks of which nothing is left, and of all if the wall clock was
    /// set back since: nobody can say then.
    fn leave_looks(&mut self, now: Now) {
        if self.looks.back().is_some_and(|look| look.wall > now.wall) {
            self.looks.clear();
        }
        while self.looks.front().is_some_and(|look| !self.is_left_of(*look)) {
            self.looks.pop_front();
        }
        if self.looks.is_empty() {
            self.gone_through = 0;
        }
    }

    /// Whether anything that was due at that look was not served yet.
    fn is_left_of(&self, look: Now) -> bool {
        let is_due = |queue: &Queue, clock| {
            queue.first().is_some_and(|first| first.at <= self.folding.reached(clock, look))
        };
        is_due(&self.mono, Clock::Mono) || is_due(&self.wall, Clock::Wall)
    }

    /// Returns whether there may be more that is due.
    fn due_on(&mut self, clock: Clock, now: Now, most: usize, out: &mut Due) -> bool {
        let until = self.folding.reached(clock, now);
        let queue = match clock {
            Clock::Mono => &mut self.mono,
            Clock::Wall => &mut self.wall,
        };
        for _ in 0..most {
            let Some(moment) = queue.first() else { return false };
            // What is out of reach is never due.
            if moment.at > until || moment.at == i64::MAX {
                return false;
            }
            self.gone_through += 1;
            let task = TaskIndex(moment.index);
            let Some((place, schedule)) = self.places.get_mut(task).and_then(Place::opened) else {
                queue.take();
                continue;
            };
            let moving = self.folding.unfold(task, schedule, place);
            let mut entry = Entry::unfolded(task, schedule, place.is(Flag::Paused), moving);
            if self.folding.moment(entry.next()) != Some((clock, moment.at)) {
                queue.take();
                continue;
            }
            // What was due at an earlier look is not late because it is one of many.
            let mut looks = self.looks.iter();
            let found = looks.find(|look| moment.at <= self.folding.reached(clock, **look));
            entry.fire(now, *found.unwrap_or(&now), false, &mut self.rng, out);
            self.folding.fold(task, schedule, entry.moving(), place);
            recount(&mut self.alive, place, !entry.is_exhausted());
            // One schedule stays on one clock.
            match self.folding.moment(entry.next()) {
                Some((_, at)) => queue.put_off(at),
                None => queue.take(),
            }
        }
        true
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
        let is_due = |entry: &Entry<'_>| entry.is_due(now) || at_once && entry.is_delayed(now);
        if !self.closed && self.entry(task).is_some_and(|entry| is_due(&entry)) {
            self.change(task, |entry, rng| entry.fire(now, now, at_once, rng, out));
            self.plan(task);
        }
    }

    /// Says whether the instants of a task from now on are to be skipped.
    pub(crate) fn set_paused(&mut self, task: TaskIndex, paused: bool) {
        if let Some(place) = self.places.get_mut(task) {
            place.state.set(Flag::Paused, paused);
        }
    }

    /// Tells that a run which a schedule wanted is over, or became no run.
    pub(crate) fn served(&mut self, task: TaskIndex, era: Era, now: Now) {
        if self.closed || self.era(task) != era {
            return;
        }
        // Only a fixed delay goes by the ends of its runs.
        if self.places.get(task).is_some_and(Place::is_delay)
            && self.change(task, |entry, rng| entry.served(now, rng)) == Some(true)
        {
            self.plan(task);
        }
    }

    /// Unfolds a schedule, changes it and folds it again.
    fn change<R>(
        &mut self,
        task: TaskIndex,
        change: impl FnOnce(&mut Entry<'_>, &mut fastrand::Rng) -> R,
    ) -> Option<R> {
        let (state, schedule) = self.places.get_mut(task)?.opened()?;
        let moving = self.folding.unfold(task, schedule, state);
        let mut entry = Entry::unfolded(task, schedule, state.is(Flag::Paused), moving);
        let result = change(&mut entry, &mut self.rng);
        self.folding.fold(task, schedule, entry.moving(), state);
        recount(&mut self.alive, state, !entry.is_exhausted());
        Some(result)
    }

    /// Queues the next instant of an entry; what was queued for it before no
    /// longer counts.
    fn plan(&mut self, task: TaskIndex) {
        let place = self.places.at(task);
        let entry = place.entry(task, &self.folding);
        let is_alive = entry.as_ref().is_some_and(|entry| !entry.is_exhausted());
        let next = entry.and_then(|entry| self.folding.moment(entry.next()));
        recount(&mut self.alive, &mut place.state, is_alive);
        let urgency = place.state.urgency();
        match next {
            Some((Clock::Mono, at)) => self.mono.push(Moment { at, urgency, index: task.0 }),
            Some((Clock::Wall, at)) => self.wall.push(Moment { at, urgency, index: task.0 }),
            None => {}
        }
        self.tidy();
    }

    /// Takes out what no longer counts once it is more than what does:
    /// schedules that come and go leave nothing behind.
    fn tidy(&mut self) {
        const FEW: usize = 64;
        let (places, folding, most) = (&self.places, &self.folding, 2 * self.open + FEW);
        let counts_on = |clock, Moment { at, index, .. }| {
            let task = TaskIndex(index);
            let entry = places.get(task).and_then(|place| place.entry(task, folding));
            entry.is_some_and(|entry| folding.moment(entry.next()) == Some((clock, at)))
        };
        self.mono.tidy(most, |moment| counts_on(Clock::Mono, moment));
        self.wall.tidy(most, |moment| counts_on(Clock::Wall, moment));
    }

    /// Plans afresh what a large step back of the wall clock would silence. It
    /// walks through all schedules, if the clock was set back by a second or more.
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
            for task in self.places.places() {
                self.step_back(task, back, now, out);
            }
        }
    }

    fn step_back(&mut self, task: TaskIndex, back: Duration, now: Now, out: &mut Due) {
        let stepped = self.places.get(task).is_some_and(Place::is_on_the_wall)
            && self.change(task, |entry, rng| entry.stepped_back(back, now, rng, out)) == Some(true);
        if stepped {
            self.served.remove(&task);
            self.plan(task);
        }
    }

    /// The moment at which to call [`due`](Self::due) again at the latest.
    pub(crate) fn next_wake(&self, now: Now) -> Mono {
        if self.closed {
            return Mono::NEVER;
        }
        let mono = self.mono.first().map_or(Mono::NEVER, |first| match first.at {
            i64::MAX => Mono::NEVER,
            at => Mono(at.unsigned_abs()),
        });
        let clock = self.folding.queued(now.wall.as_nanosecond());
        let wall = self.wall.first().map_or(Mono::NEVER, |first| {
            let wait =
                Duration::from_nanos(u64::try_from(first.at.saturating_sub(clock)).unwrap_or_default());
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
        self.entry(task)?.next_due(now)
    }

    #[cfg(test)]
    pub(crate) fn beside(&self) -> usize {
        self.folding.beside()
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
