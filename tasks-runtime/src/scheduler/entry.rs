//! One schedule: its next instant, and what becomes of the ones that are due.

use std::{num::NonZeroU64, time::Duration};

use jiff::Timestamp;
use tasks_core::{policy::Misfire, zone::DstNote};
use tasks_schedule::FixedRate;

use super::due::{Due, Missed};
use crate::{
    clock::{Mono, Now, later, nanos, wall_since},
    event::SkipReason,
    plan::{PlannedSchedule, Rule, TaskIndex},
};

/// The next instant of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Mono(Mono),
    Wall(Timestamp),
    /// None: the schedule is over, or waits for a run to end.
    None,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) task: TaskIndex,
    pub(crate) next: Next,
    /// Which of the queued instants counts.
    pub(crate) generation: u32,
    rule: Rule,
    misfire: Misfire,
    on_start: bool,
    grid: Option<FixedRate>,
    /// Where the monotonic grid stands on the wall clock.
    anchor: Option<Now>,
    /// The latest wall-clock instant that was served.
    last: Option<Timestamp>,
    /// Local times beside the first that a gap of daylight saving time put
    /// onto the next instant.
    in_gap: u64,
    /// Runs of a fixed delay that have not ended.
    outstanding: u32,
}

/// How far the wall clock may wander from the monotonic one before the grid's
/// instants are shown anew: more than any slewing does between two looks.
const DRIFT: Duration = Duration::from_millis(50);

/// Missed instants that are looked at one by one for gaps: a look at the clock is
/// bounded, however long the machine slept.
const MOST_WALKED: usize = 10_000;

impl Entry {
    pub(crate) fn new(task: TaskIndex, schedule: &PlannedSchedule) -> Self {
        Self {
            task,
            next: Next::None,
            generation: 0,
            rule: schedule.rule.clone(),
            misfire: schedule.misfire,
            on_start: schedule.on_start,
            grid: None,
            anchor: None,
            last: None,
            in_gap: 0,
            outstanding: 0,
        }
    }

    pub(crate) fn open(&mut self, now: Now, out: &mut Due) {
        self.anchor = Some(now);
        if self.on_start {
            out.firings.push((self.task, now.wall));
            self.outstanding += u32::from(matches!(self.rule, Rule::Delay { .. }));
        }
        match &self.rule {
            Rule::Every { period, first } => {
                let period = NonZeroU64::new(nanos(*period)).unwrap_or(NonZeroU64::MIN);
                self.grid = Some(FixedRate::new(now.mono.plus(*first).0, period));
                self.next = Next::Mono(now.mono.plus(*first));
            }
            Rule::Delay { first, .. } => {
                // With a firing at start the first delay is measured from its end.
                if !self.on_start {
                    self.next = Next::Mono(now.mono.plus(*first));
                }
            }
            Rule::Cron(_) => self.plan_wall(now.wall, out),
            Rule::At(at) => {
                let at = *at;
                if at < now.wall {
                    out.past.push(self.task);
                    out.missed.push(self.missed(1, at, at));
                } else {
                    self.next = Next::Wall(at);
                }
            }
        }
    }

    fn plan_wall(&mut self, after: Timestamp, out: &mut Due) {
        let Rule::Cron(wall) = &self.rule else { return };
        let due = wall.next_after(after);
        self.set_wall(due, out);
    }

    fn set_wall(&mut self, due: Option<tasks_core::zone::Due>, out: &mut Due) {
        self.in_gap = due.as_ref().map_or(0, in_gap);
        self.next = match due {
            Some(due) => Next::Wall(due.at),
            None => {
                out.past.push(self.task);
                Next::None
            }
        };
    }

    fn missed(&self, count: u64, first: Timestamp, last: Timestamp) -> Missed {
        Missed { task: self.task, reason: SkipReason::Misfire, count, first, last }
    }

    fn note_gap(&self, count: u64, at: Timestamp, out: &mut Due) {
        if count > 0 {
            out.missed.push(Missed { reason: SkipReason::DstGap, ..self.missed(count, at, at) });
        }
    }

    /// Serves what is due and moves on to the first instant after now.
    pub(crate) fn fire(&mut self, now: Now, out: &mut Due) {
        match self.rule.clone() {
            Rule::Every { period, .. } => self.fire_every(period, now, out),
            Rule::Delay { .. } => {
                self.next = Next::None;
                self.outstanding += 1;
                out.firings.push((self.task, now.wall));
            }
            Rule::Cron(_) => self.fire_cron(now, out),
            Rule::At(at) => {
                self.next = Next::None;
                self.last = Some(at);
                self.decide(1, at, at, wall_since(now.wall, at), Duration::from_secs(60), out);
            }
        }
    }

    fn fire_every(&mut self, period: Duration, now: Now, out: &mut Due) {
        let (Some(grid), Next::Mono(first)) = (self.grid, self.next) else { return };
        let Some(latest) = grid.latest_at_or_before(now.mono.0).map(Mono) else { return };
        self.next = grid.next_after(now.mono.0).map_or(Next::None, |at| Next::Mono(Mono(at)));
        let count = 1 + grid.count_between(first.0, latest.0);
        let (first, last) = (self.shown(first, now), self.shown(latest, now));
        self.decide(count, first, last, now.mono.since(latest), tolerance(period), out);
    }

    /// The wall-clock instant of a place on the monotonic grid.
    fn shown(&mut self, at: Mono, now: Now) -> Timestamp {
        let anchor = *self.anchor.get_or_insert(now);
        let expected = later(anchor.wall, now.mono.since(anchor.mono));
        let off = wall_since(expected, now.wall).max(wall_since(now.wall, expected));
        if off > DRIFT {
            // The wall clock was set: instants on the grid now have new names.
            let behind = now.mono.since(at);
            let wall = now.wall.checked_sub(behind).unwrap_or(now.wall);
            self.anchor = Some(Now { mono: at, wall });
            return wall;
        }
        match at >= anchor.mono {
            true => later(anchor.wall, at.since(anchor.mono)),
            false => anchor.wall.checked_sub(anchor.mono.since(at)).unwrap_or(anchor.wall),
        }
    }

    fn fire_cron(&mut self, now: Now, out: &mut Due) {
        let (Rule::Cron(wall), Next::Wall(first)) = (self.rule.clone(), self.next) else { return };
        let last = wall.latest_at_or_before(now.wall).map_or(first, |due| due.at.max(first));
        let count = 1 + wall.count_between(first, last);
        let following = wall.next_after(last);
        let period = following.map_or(Duration::from_secs(60), |due| wall_since(due.at, last));
        self.note_gap(self.in_gap, first, out);
        if count > 1 && wall.cron().is_fixed_time() {
            let passed = wall.upcoming(first).take_while(|due| due.at <= last);
            for due in passed.take(MOST_WALKED) {
                self.note_gap(in_gap(&due), due.at, out);
            }
        }
        self.last = Some(last);
        self.set_wall(following, out);
        self.decide(count, first, last, wall_since(now.wall, last), tolerance(period), out);
    }

    /// Applies `misfire` to instants that came due in one look, the last of
    /// which is `late`.
    fn decide(
        &mut self,
        count: u64,
        first: Timestamp,
        last: Timestamp,
        late: Duration,
        tolerance: Duration,
        out: &mut Due,
    ) {
        let latest_runs = late <= tolerance || self.misfire == Misfire::Once;
        let skipped = if latest_runs { count - 1 } else { count };
        if skipped > 0 {
            let last_skipped = if latest_runs { self.before(first, last) } else { last };
            out.missed.push(self.missed(skipped, first, last_skipped));
        }
        if latest_runs {
            out.firings.push((self.task, last));
        }
    }

    /// The instant before `last`, for the report of what was skipped.
    fn before(&self, first: Timestamp, last: Timestamp) -> Timestamp {
        match &self.rule {
            Rule::Every { period, .. } => last.checked_sub(*period).unwrap_or(first).max(first),
            Rule::Cron(wall) => {
                let earlier = last.checked_sub(Duration::from_nanos(1)).unwrap_or(last);
                wall.latest_at_or_before(earlier).map_or(first, |due| due.at.max(first))
            }
            Rule::Delay { .. } | Rule::At(_) => first,
        }
    }

    /// Returns whether the end of a scheduled run made a next instant.
    pub(crate) fn served(&mut self, now: Now) -> bool {
        let Rule::Delay { delay, .. } = self.rule else { return false };
        self.outstanding = self.outstanding.saturating_sub(1);
        if self.outstanding > 0 {
            return false;
        }
        self.next = Next::Mono(now.mono.plus(delay));
        true
    }

    /// Plans afresh if the wall clock went back by more than one period and
    /// ten minutes. A smaller step changes nothing: the next instant lies after
    /// the last one that was served, so none is served twice.
    pub(crate) fn stepped_back(&mut self, back: Duration, now: Now, out: &mut Due) -> bool {
        let Rule::Cron(wall) = &self.rule else { return false };
        let period = match (self.last, self.next) {
            (Some(last), Next::Wall(next)) => wall_since(next, last),
            (None, Next::Wall(next)) => {
                wall.next_after(next).map_or(Duration::ZERO, |due| wall_since(due.at, next))
            }
            (_, Next::Mono(_) | Next::None) => Duration::ZERO,
        };
        // Many small steps back add up to one large one.
        let last = self.last.map_or(Duration::ZERO, |last| wall_since(last, now.wall));
        let next = match self.next {
            Next::Wall(next) => wall_since(next, now.wall).saturating_sub(period),
            Next::Mono(_) | Next::None => Duration::ZERO,
        };
        let ahead = last.max(next);
        if back.max(ahead) <= period.max(Duration::from_secs(600)) {
            return false;
        }
        self.last = None;
        self.next = Next::None;
        self.plan_wall(now.wall, out);
        out.stepped.push((self.task, back.max(ahead)));
        true
    }

    pub(crate) fn is_exhausted(&self) -> bool {
        self.next == Next::None && self.outstanding == 0
    }
}

/// Local times beside the first that a gap put onto this instant.
fn in_gap(due: &tasks_core::zone::Due) -> u64 {
    match due.dst {
        Some(DstNote::Gap { count, .. }) => count - 1,
        _ => 0,
    }
}

/// How late a firing may be before it counts as misfired: a tenth of the
/// period, at least 10 ms and at most 60 s.
fn tolerance(period: Duration) -> Duration {
    (period / 10).clamp(Duration::from_millis(10), Duration::from_secs(60))
}
