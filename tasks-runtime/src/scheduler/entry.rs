//! One schedule: its next instant, and what becomes of the ones that are due.

use std::{collections::VecDeque, time::Duration};

use fastrand::Rng;
use jiff::Timestamp;
use tasks_core::policy::Misfire;

use super::{
    due::{Due, Missed, Missing},
    grid::{Grid, Nanos, Slot, distance, length, stamp},
    state::{Moving, coarse},
};
use crate::{
    clock::{Mono, Now, later},
    event::SkipReason,
    plan::{PlannedSchedule, Rule, TaskIndex, Walk},
    spread::Spread,
};

/// When an entry is to be served next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Mono(Mono),
    Wall(Timestamp),
    /// None: the schedule is over, or waits for a run to end.
    None,
}

/// A schedule with what changes of it, for as long as it is looked at.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    task: TaskIndex,
    misfire: Misfire,
    on_start: bool,
    /// What is due is skipped, and never made up for.
    paused: bool,
    waits: Waits,
    kind: Kind<'a>,
    /// By how much the monotonic clock is behind the wall clock.
    anchor: Option<Nanos>,
}

#[derive(Debug)]
enum Kind<'a> {
    Grid {
        rule: &'a Rule,
        walk: &'a Walk,
        grid: Option<Grid<'a>>,
        /// The next instant, and when it is to be served.
        next: Option<(Slot, Nanos)>,
        /// The latest instant that was served.
        last: Option<Nanos>,
    },
    Delay {
        delay: Duration,
        first: Duration,
        /// The next instant, and when it is to be served.
        next: Option<(Mono, Mono)>,
        /// Runs that have not ended.
        outstanding: u32,
        /// Nothing was planned yet: a spread moves the first instant, and what follows with it.
        fresh: bool,
    },
}

/// How far the wall clock may wander from the monotonic one before the grid's
/// instants are shown anew: more than any slewing does between two looks.
const DRIFT: Duration = Duration::from_millis(50);

/// Instants of one schedule that can be made up for at one time.
const MOST_MADE_UP: u32 = 10_000;

/// A smaller step back of the wall clock than this never plans afresh.
const SMALL_STEP: Duration = Duration::from_secs(600);

impl<'a> Entry<'a> {
    /// One that is about to begin.
    pub(super) fn new(task: TaskIndex, schedule: &'a PlannedSchedule, paused: bool) -> Self {
        let mut entry = Self::unfolded(task, schedule, paused, Moving { fresh: true, ..Moving::default() });
        if let Kind::Grid { grid, .. } = &mut entry.kind {
            *grid = None;
        }
        entry
    }

    /// One that goes on from where it was.
    pub(super) fn unfolded(
        task: TaskIndex,
        schedule: &'a PlannedSchedule,
        paused: bool,
        moving: Moving,
    ) -> Self {
        let Moving { next, last, anchor, outstanding, fresh } = moving;
        let kind = match &schedule.rule {
            Rule::Delay { delay, first } => Kind::Delay {
                delay: *delay,
                first: *first,
                next: next.map(|(slot, serve)| (mono(slot.at), mono(serve))),
                outstanding,
                fresh,
            },
            rule => {
                let grid = Grid::of(schedule, next.map_or(0, |(slot, _)| slot.at));
                Kind::Grid { rule, walk: &schedule.walk, grid: Some(grid), next, last }
            }
        };
        Self {
            task,
            misfire: schedule.misfire,
            on_start: schedule.on_start,
            paused,
            waits: Waits { spread: schedule.spread, jitter: schedule.jitter },
            kind,
            anchor,
        }
    }

    /// What is to be kept of it.
    pub(super) fn moving(&self) -> Moving {
        let none = Moving { anchor: self.anchor, ..Moving::default() };
        match &self.kind {
            Kind::Delay { next, outstanding, fresh, .. } => {
                let next = next.map(|(due, serve)| (Slot { at: due.0.into(), merged: 0 }, serve.0.into()));
                Moving { next, outstanding: *outstanding, fresh: *fresh, ..none }
            }
            Kind::Grid { next, last, .. } => Moving { next: *next, last: *last, ..none },
        }
    }

    /// Begins at this instant.
    pub(crate) fn open(&mut self, now: Now, rng: &mut Rng, out: &mut Due) {
        if let Kind::Grid { rule: Rule::At(at), .. } = self.kind
            && *at < now.wall
        {
            out.missed.push(self.missed(1, *at, *at));
        }
        self.begin(None, now, rng, out);
    }

    /// Begins at this instant in a program that runs. What was `served` last,
    /// which may lie ahead if the clock was set back a little, is not served
    /// again; one instant that has just passed is not late yet.
    pub(super) fn open_after(&mut self, served: Option<Nanos>, now: Now, rng: &mut Rng, out: &mut Due) {
        let clock = now.wall.as_nanosecond();
        let served = served.filter(|served| length(served - clock) <= SMALL_STEP);
        if let Kind::Grid { rule: Rule::At(at), .. } = self.kind {
            let (at, earliest) = (at.as_nanosecond(), clock - distance(tolerance(None)));
            let is_late = at < earliest;
            if is_late {
                out.missed.push(self.missed(1, stamp(at), stamp(at)));
            }
            let is_over = is_late || served == Some(at);
            return self.begin(Some(if is_over { at } else { at - 1 }), now, rng, out);
        }
        self.begin(served.filter(|served| *served > clock), now, rng, out);
    }

    /// Begins at this instant, on the wall clock after `after`.
    fn begin(&mut self, after: Option<Nanos>, now: Now, rng: &mut Rng, out: &mut Due) {
        self.anchor = Some(now.wall.as_nanosecond() - Nanos::from(now.mono.0));
        match (self.on_start, self.paused) {
            (true, true) => out.missed.push(self.skipped_as_paused(1, now.wall, now.wall)),
            (true, false) => out.firings.push((self.task, now.wall)),
            (false, _) => {}
        }
        let (waits, on_start, paused) = (self.waits, self.on_start, self.paused);
        match &mut self.kind {
            Kind::Delay { delay, first, next, outstanding, fresh } => {
                // With a firing at start the first delay is measured from its end.
                if on_start && !paused {
                    *outstanding += 1;
                } else {
                    let wait = if on_start { *delay } else { *first };
                    let due = now.mono.plus(wait);
                    *next = Some((due, due.plus(waits.of_delay(fresh, *delay, wait, rng))));
                }
            }
            Kind::Grid { rule, walk, grid, last, .. } => {
                let clock = now.wall.as_nanosecond();
                let (begun, from) = match rule {
                    Rule::Every { period, first } => {
                        let first = now.mono.plus(*first);
                        (Grid::mono(first, *period), Nanos::from(first.0) - 1)
                    }
                    Rule::Aligned { period } => (Grid::aligned(*period), after.unwrap_or(clock)),
                    Rule::Cron(wall) => (Grid::cron(wall, walk), after.unwrap_or(clock)),
                    Rule::At(at) => (Grid::Once(at.as_nanosecond()), after.unwrap_or(clock - 1)),
                    Rule::Delay { .. } => unreachable!("a fixed delay has no grid"),
                };
                if matches!(rule, Rule::Aligned { .. } | Rule::Cron(_)) {
                    *last = after;
                }
                *grid = Some(begun);
                self.plan_after(from, rng, out);
            }
        }
    }

    /// Plans the first instant after this one.
    fn plan_after(&mut self, after: Nanos, rng: &mut Rng, out: &mut Due) {
        let waits = self.waits;
        let Kind::Grid { grid: Some(grid), next, last, .. } = &mut self.kind else { return };
        *next = grid.after(after).map(|slot| (slot, waits.serve_at(grid, slot, rng)));
        // One instant that was served is over, not past.
        if next.is_none() && !(matches!(grid, Grid::Once(_)) && last.is_some()) {
            out.past.push(self.task);
        }
    }

    fn missed(&self, count: u64, first: Timestamp, last: Timestamp) -> Missed {
        Missed { task: self.task, reason: SkipReason::Misfire, count, first, last }
    }

    fn skipped_as_paused(&self, count: u64, first: Timestamp, last: Timestamp) -> Missed {
        Missed { reason: SkipReason::Paused, ..self.missed(count, first, last) }
    }

    /// Returns whether it is to be served by now.
    pub(crate) fn is_due(&self, now: Now) -> bool {
        match self.next() {
            Next::Mono(at) => at <= now.mono,
            Next::Wall(at) => at <= now.wall,
            Next::None => false,
        }
    }

    /// Returns whether its next instant is there and only jitter delays it.
    pub(crate) fn is_delayed(&self, now: Now) -> bool {
        match &self.kind {
            Kind::Delay { next, .. } => next.is_some_and(|(due, _)| due <= now.mono),
            Kind::Grid { grid: Some(grid), next: Some((slot, _)), .. } => slot.at <= grid.read(now),
            Kind::Grid { .. } => false,
        }
    }

    /// The latest instant of the wall clock that it served, if it follows that.
    pub(super) fn served_on_the_wall(&self) -> Option<Nanos> {
        match &self.kind {
            Kind::Grid { grid: Some(grid), last, .. } if !grid.is_mono() => *last,
            _ => None,
        }
    }

    /// When it is to be served next.
    pub(crate) fn next(&self) -> Next {
        match &self.kind {
            Kind::Delay { next: Some((_, serve)), .. } => Next::Mono(*serve),
            Kind::Grid { grid: Some(grid), next: Some((_, serve)), .. } if grid.is_mono() => {
                Next::Mono(mono(*serve))
            }
            Kind::Grid { next: Some((_, serve)), .. } => Next::Wall(stamp(*serve)),
            Kind::Delay { next: None, .. } | Kind::Grid { next: None, .. } => Next::None,
        }
    }

    /// The next due instant, jitter and spread left out.
    pub(crate) fn next_due(&self, now: Now) -> Option<Timestamp> {
        match &self.kind {
            Kind::Delay { next, .. } => next.map(|(due, _)| later(now.wall, due.since(now.mono))),
            Kind::Grid { grid: Some(grid), next: Some((slot, _)), .. } if grid.is_mono() => {
                Some(later(now.wall, mono(slot.at).since(now.mono)))
            }
            Kind::Grid { next, .. } => next.map(|(slot, _)| stamp(slot.at)),
        }
    }

    /// Serves what is due and moves on to the first instant after it. `at_once`
    /// leaves nothing that is there to its jitter. Whether it is late is seen
    /// as of `looked`, when whoever had its turn before it was looked for.
    pub(crate) fn fire(&mut self, now: Now, looked: Now, at_once: bool, rng: &mut Rng, out: &mut Due) {
        match &mut self.kind {
            Kind::Delay { next, outstanding, .. } => {
                if let Some((due, _)) = next.take() {
                    *outstanding += 1;
                    let at = now.wall.checked_sub(now.mono.since(due)).unwrap_or(now.wall);
                    if self.paused {
                        out.missed.push(self.skipped_as_paused(1, at, at));
                        // A firing that became no run ended when it was skipped.
                        self.served(now, rng);
                    } else {
                        out.firings.push((self.task, at));
                    }
                }
            }
            Kind::Grid { .. } => self.fire_grid(now, looked, at_once, rng, out),
        }
    }

    fn fire_grid(&mut self, now: Now, looked: Now, at_once: bool, rng: &mut Rng, out: &mut Due) {
        let Kind::Grid { grid: Some(grid), .. } = self.kind else { return };
        self.fire_on(&grid, now, looked, at_once, rng, out);
    }

    fn fire_on(
        &mut self,
        grid: &Grid<'_>,
        now: Now,
        looked: Now,
        at_once: bool,
        rng: &mut Rng,
        out: &mut Due,
    ) {
        let waits = self.waits;
        let Kind::Grid { next: Some((first, serve)), last: served, .. } = &mut self.kind else { return };
        let (first, mut served_at, clock) = (*first, *serve, grid.read(now));
        let (mut last, mut count) = (first.at, 1);
        let mut next = grid.after(last);
        let mut drawn = None;
        if next.is_some_and(|next| next.at <= clock)
            && let Some(latest) = grid.latest(clock)
        {
            // Jitter and spread are cut to the period, so whatever lies before the latest
            // instant is over; the latest itself may still have to wait.
            let serve = waits.serve_at(grid, Slot { at: latest, merged: 0 }, rng);
            if at_once || serve <= clock {
                (last, served_at) = (latest, serve);
            } else {
                drawn = Some(serve);
                if let Some(before) = grid.latest(latest - 1).filter(|before| *before > last) {
                    (last, served_at) = (before, waits.serve_at(grid, Slot { at: before, merged: 0 }, rng));
                }
            }
            count += grid.count(first.at, last);
            next = grid.after(last);
        }
        let following = next.map(|slot| (slot, drawn.unwrap_or_else(|| waits.serve_at(grid, slot, rng))));
        *served = Some(last);
        if let Kind::Grid { next, .. } = &mut self.kind {
            *next = following;
        }
        if following.is_none() && !matches!(grid, Grid::Once(_)) {
            out.past.push(self.task);
        }
        for slot in std::iter::once(first).chain(grid.merged_between(first.at, last)) {
            if slot.merged > 0 {
                let at = self.shown(grid, slot.at, now);
                out.missed.push(Missed { reason: SkipReason::DstGap, ..self.missed(slot.merged, at, at) });
            }
        }
        let late = length(grid.read(looked) - served_at);
        let on_time = late <= tolerance(next.map(|next| length(next.at - last)));
        self.decide(grid, Passed { first: first.at, last, count, on_time }, now, out);
    }

    /// Applies `misfire` to the instants that one look found passed.
    fn decide(&mut self, grid: &Grid<'_>, passed: Passed, now: Now, out: &mut Due) {
        if self.paused {
            let (first, last) = (self.shown(grid, passed.first, now), self.shown(grid, passed.last, now));
            out.missed.push(self.skipped_as_paused(passed.count, first, last));
            return;
        }
        let all = match self.misfire {
            Misfire::All(most) if passed.count > 1 || !passed.on_time => Some(most.min(MOST_MADE_UP)),
            _ => None,
        };
        let runs = match (all, self.misfire) {
            (Some(most), _) => u64::from(most).min(passed.count),
            (None, Misfire::Skip) => u64::from(passed.on_time),
            (None, Misfire::Once | Misfire::All(_)) => 1,
        };
        let before = |at: Nanos| grid.latest(at - 1).filter(|earlier| *earlier >= passed.first);
        let skipped = passed.count - runs;
        let mut at = Some(passed.last);
        let mut making_up = VecDeque::new();
        match all {
            Some(most) => {
                while let Some(due) = at.filter(|_| (making_up.len() as u64) < runs) {
                    making_up.push_front(self.shown(grid, due, now));
                    at = before(due);
                }
                out.missing.push(Missing { task: self.task, at: making_up, most: most as usize });
            }
            None if runs > 0 => {
                out.firings.push((self.task, self.shown(grid, passed.last, now)));
                at = if skipped > 0 { before(passed.last) } else { None };
            }
            None => {}
        }
        if skipped > 0
            && let Some(last) = at
        {
            let (first, last) = (self.shown(grid, passed.first, now), self.shown(grid, last, now));
            out.missed.push(self.missed(skipped, first, last));
        }
    }

    /// The wall-clock name of an instant.
    fn shown(&mut self, grid: &Grid<'_>, at: Nanos, now: Now) -> Timestamp {
        if !grid.is_mono() {
            return stamp(at);
        }
        let stands = now.wall.as_nanosecond() - Nanos::from(now.mono.0);
        let anchor = self.anchor.get_or_insert(stands);
        if (stands - *anchor).abs() > distance(DRIFT) {
            // The wall clock was set: instants on the grid now have new names.
            *anchor = stands;
        }
        stamp(at + *anchor)
    }

    /// Returns whether the end of a scheduled run made a next instant.
    pub(crate) fn served(&mut self, now: Now, rng: &mut Rng) -> bool {
        let waits = self.waits;
        let Kind::Delay { delay, next, outstanding, fresh, .. } = &mut self.kind else { return false };
        *outstanding = outstanding.saturating_sub(1);
        if *outstanding > 0 {
            return false;
        }
        let due = now.mono.plus(*delay);
        *next = Some((due, due.plus(waits.of_delay(fresh, *delay, *delay, rng))));
        true
    }

    /// Plans afresh if the wall clock went back by more than one period and
    /// ten minutes. A smaller step changes nothing: the next instant lies after
    /// the last one that was served, so none is served twice.
    pub(crate) fn stepped_back(&mut self, back: Duration, now: Now, rng: &mut Rng, out: &mut Due) -> bool {
        let Kind::Grid { rule: Rule::Cron(_) | Rule::Aligned { .. }, grid: Some(grid), next, last, .. } =
            &mut self.kind
        else {
            return false;
        };
        let clock = grid.read(now);
        let next_at = next.map(|(slot, _)| slot.at);
        let period = match (*last, next_at) {
            (Some(last), Some(next)) => length(next - last),
            (None, Some(next)) => grid.period_at(next).unwrap_or_default(),
            (_, None) => Duration::ZERO,
        };
        // Many small steps back add up to one large one.
        let ahead_of_last = last.map_or(Duration::ZERO, |last| length(last - clock));
        let ahead_of_next =
            next_at.map_or(Duration::ZERO, |next| length(next - clock).saturating_sub(period));
        let back = back.max(ahead_of_last).max(ahead_of_next);
        if back <= period.max(SMALL_STEP) {
            return false;
        }
        (*last, *next) = (None, None);
        self.plan_after(clock, rng, out);
        out.stepped.push((self.task, back));
        true
    }

    pub(crate) fn is_exhausted(&self) -> bool {
        match &self.kind {
            Kind::Delay { next, outstanding, .. } => next.is_none() && *outstanding == 0,
            Kind::Grid { next, .. } => next.is_none(),
        }
    }
}

/// The instants that one look found passed.
#[derive(Clone, Copy)]
struct Passed {
    first: Nanos,
    last: Nanos,
    count: u64,
    /// The last of them is no later than the tolerance.
    on_time: bool,
}

fn mono(at: Nanos) -> Mono {
    Mono(u64::try_from(at.max(0)).unwrap_or(u64::MAX))
}

/// What lies between an instant and its start: a fixed offset and a random one.
#[derive(Clone, Copy, Debug)]
struct Waits {
    spread: Spread,
    jitter: Duration,
}

impl Waits {
    /// When an instant is to be served: moved by the spread, then by a fresh jitter.
    fn serve_at(self, grid: &Grid<'_>, slot: Slot, rng: &mut Rng) -> Nanos {
        if self.jitter.is_zero() && self.spread.is_zero() {
            return slot.at;
        }
        let period = grid.period_at(slot.at);
        let offset = self.spread.offset(period);
        let room = period.map_or(self.jitter, |period| period - offset);
        let drawn = self.drawn(room, rng);
        slot.at + distance(offset + coarse(offset, drawn))
    }

    /// The wait after an instant of a fixed delay, which is `wait` away. The
    /// rate stays what it is: a spread moves the first instant only.
    fn of_delay(self, fresh: &mut bool, delay: Duration, wait: Duration, rng: &mut Rng) -> Duration {
        let first = std::mem::replace(fresh, false);
        let offset = if first { self.spread.offset(Some(delay)) } else { Duration::ZERO };
        let drawn = self.drawn(wait.saturating_sub(offset), rng);
        offset + coarse(offset, drawn)
    }

    /// A random wait, uniform in [0, jitter], cut to the room that is left.
    fn drawn(self, room: Duration, rng: &mut Rng) -> Duration {
        self.jitter.min(room).mul_f64(rng.f64())
    }
}

/// How late a firing may be before it counts as misfired: a tenth of the
/// period, at least 10 ms and at most 60 s; 60 s for a single instant.
fn tolerance(period: Option<Duration>) -> Duration {
    const MOST: Duration = Duration::from_secs(60);
    period.map_or(MOST, |period| (period / 10).clamp(Duration::from_millis(10), MOST))
}
