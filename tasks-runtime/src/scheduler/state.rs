//! What changes of a schedule, as it is kept: in 24 bytes, for there may be a
//! million of them, and most are looked at rarely.
//!
//! Moments of the wall clock are counted from a base, so that 64 bits reach
//! 292 years to either side of it, exact to the nanosecond. Whatever does not
//! fit (an instant in the year 9999, a wait of months) is kept beside, as it is.

use std::{collections::HashMap, time::Duration};

use tasks_core::policy::Priority;

use super::{
    Era,
    entry::Next,
    grid::{Grid, Nanos, Slot, distance},
};
use crate::{
    clock::{Mono, Now},
    plan::{PlannedSchedule, Rule, TaskIndex},
};

/// What changes of one schedule, unfolded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moving {
    /// The next instant, and when it is to be served.
    pub(super) next: Option<(Slot, Nanos)>,
    /// The latest instant that was served, if it follows the wall clock.
    pub(super) last: Option<Nanos>,
    /// By how much the monotonic clock is behind the wall clock, if it follows
    /// the former.
    pub(super) anchor: Option<Nanos>,
    /// Runs of a fixed delay that have not ended.
    pub(super) outstanding: u32,
    /// Nothing of a fixed delay was planned yet.
    pub(super) fresh: bool,
}

/// The same, folded.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    /// The next instant, on the clock of the schedule.
    due: i64,
    /// What was served last, where the clocks stand, or how many runs go on: no
    /// schedule has two of them.
    more: i64,
    wait: Wait,
    /// What is true of it, in two bits how urgent its task is, and in the upper
    /// 21 which schedule of its task it is.
    flags: u32,
}

impl State {
    pub(super) fn is(&self, flag: Flag) -> bool {
        self.flags & flag as u32 != 0
    }

    pub(super) fn set(&mut self, flag: Flag, is: bool) {
        self.flags = if is { self.flags | flag as u32 } else { self.flags & !(flag as u32) };
    }

    /// Who comes first of those that are due at one instant: the least.
    pub(super) fn urgency(&self) -> u8 {
        (self.flags >> URGENCY & 3) as u8
    }

    pub(super) fn set_urgency(&mut self, priority: Priority) {
        self.flags = self.flags & !(3 << URGENCY) | (priority as u32) << URGENCY;
    }

    /// Which schedule of its task it is. The number begins anew after two
    /// million of them: no run lives so long.
    pub(super) fn era(&self) -> Era {
        Era(self.flags >> ERA)
    }

    /// It is another one from now on.
    pub(super) fn next_era(&mut self) {
        self.flags = self.flags.wrapping_add(1 << ERA);
    }

    /// Sets what folding says, and leaves the rest.
    fn set_folded(&mut self, flags: u32) {
        self.flags = flags | self.flags & !FOLDED;
    }
}

/// What is true of a schedule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flag {
    /// It was said which schedule the task has, or that it has none.
    Given = 32,
    /// There is a schedule, and it has begun.
    Open = 64,
    /// What is due is skipped, and never made up for.
    Paused = 128,
    /// It will be due again.
    Alive = 256,
}

const NEXT: u32 = 1;
const MERGED: u32 = 2;
const MORE: u32 = 4;
const FRESH: u32 = 8;
const BESIDE: u32 = 16;
const FOLDED: u32 = 31;

/// Where the urgency begins, and the number of the schedule.
const URGENCY: u32 = 9;
const ERA: u32 = 11;

/// How long an instant waits for spread and jitter: 30 bits of a unit that the
/// other two tell, of which 0 is a nanosecond and each further one a thousand
/// times longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Wait(u32);

impl Wait {
    const BITS: u32 = 30;

    fn unit(wait: u64) -> Option<(u32, u64)> {
        let units = (0..4).map(|power| (power, 1000_u64.pow(power)));
        units.into_iter().find(|(_, unit)| wait / unit < 1 << Self::BITS)
    }

    /// Folds a wait, if it is a whole number of its unit.
    fn of(wait: Nanos) -> Option<Self> {
        let wait = u64::try_from(wait).ok()?;
        let (power, unit) = Self::unit(wait)?;
        wait.is_multiple_of(unit).then(|| Self(power << Self::BITS | (wait / unit) as u32))
    }

    fn nanos(self) -> Nanos {
        let unit = 1000_u64.pow(self.0 >> Self::BITS);
        Nanos::from(unit * u64::from(self.0 & ((1 << Self::BITS) - 1)))
    }
}

/// Cuts a random wait that comes after `offset` to what is kept of it: to a
/// microsecond if it is longer than a second, to a millisecond if it is longer
/// than 17 minutes.
pub(super) fn coarse(offset: Duration, drawn: Duration) -> Duration {
    let nanos = |length| u64::try_from(distance(length)).unwrap_or(u64::MAX);
    let (offset, drawn) = (nanos(offset), nanos(drawn));
    let unit = Wait::unit(offset.saturating_add(drawn)).map_or(1, |(_, unit)| unit.min(1_000_000));
    Duration::from_nanos(drawn / unit * unit)
}

/// Folds and unfolds.
#[derive(Debug, Default)]
pub(super) struct Folding {
    /// Moments of the wall clock are counted from it. It is set once.
    base: Option<Nanos>,
    beside: HashMap<TaskIndex, Box<Moving>>,
}

impl Folding {
    /// Counts from here on, if it did not before.
    pub(super) fn count_from(&mut self, now: Now) {
        self.base.get_or_insert(now.wall.as_nanosecond());
    }

    fn base(&self) -> Nanos {
        self.base.unwrap_or_default()
    }

    /// A next instant as it is queued.
    pub(super) fn moment(&self, next: Next) -> Option<(Clock, i64)> {
        match next {
            Next::Mono(at) => Some((Clock::Mono, queued(at))),
            Next::Wall(at) => Some((Clock::Wall, self.queued(at.as_nanosecond()))),
            Next::None => None,
        }
    }

    /// A moment of the wall clock as it is queued. What is out of reach is
    /// queued as late as can be, or as early.
    pub(super) fn queued(&self, at: Nanos) -> i64 {
        let since = at - self.base();
        i64::try_from(since).unwrap_or(if since > 0 { i64::MAX } else { i64::MIN })
    }

    /// The latest moment of a clock that has come by then, as it is queued.
    pub(super) fn reached(&self, clock: Clock, now: Now) -> i64 {
        match clock {
            Clock::Mono => queued(now.mono),
            Clock::Wall => self.queued(now.wall.as_nanosecond()),
        }
    }

    /// Folds what changed of a task's schedule into its state.
    pub(super) fn fold(
        &mut self,
        task: TaskIndex,
        schedule: &PlannedSchedule,
        moving: Moving,
        state: &mut State,
    ) {
        match self.folded(schedule, moving) {
            Some((due, more, wait, flags)) => {
                if state.flags & BESIDE != 0 {
                    self.beside.remove(&task);
                }
                (state.due, state.more, state.wait) = (due, more, wait);
                state.set_folded(flags);
            }
            None => {
                state.set_folded(BESIDE);
                self.beside.insert(task, Box::new(moving));
            }
        }
    }

    fn folded(&self, schedule: &PlannedSchedule, moving: Moving) -> Option<(i64, i64, Wait, u32)> {
        let base = self.base_of(schedule);
        let mut flags = if moving.fresh { FRESH } else { 0 };
        let (mut due, mut wait) = (0, Wait::default());
        if let Some((slot, serve)) = moving.next {
            due = i64::try_from(slot.at - base).ok()?;
            wait = Wait::of(serve - slot.at)?;
            flags |= NEXT | if slot.merged > 0 { MERGED } else { 0 };
        }
        let more = match schedule.rule {
            Rule::Delay { .. } => Some(i64::from(moving.outstanding)),
            Rule::Every { .. } => fitting(moving.anchor.map(|anchor| anchor - self.base()))?,
            Rule::Aligned { .. } | Rule::Cron(_) | Rule::At(_) => {
                fitting(moving.last.map(|last| last - self.base()))?
            }
        };
        flags |= if more.is_some() { MORE } else { 0 };
        Some((due, more.unwrap_or_default(), wait, flags))
    }

    /// Unfolds what is kept of a task's schedule.
    pub(super) fn unfold(&self, task: TaskIndex, schedule: &PlannedSchedule, state: &State) -> Moving {
        if state.flags & BESIDE != 0 {
            return self.beside.get(&task).map(|moving| **moving).unwrap_or_default();
        }
        let mut moving = Moving { fresh: state.flags & FRESH != 0, ..Moving::default() };
        if state.flags & NEXT != 0 {
            let at = Nanos::from(state.due) + self.base_of(schedule);
            let plain = Slot { at, merged: 0 };
            // Rare enough to be found again.
            let merged = if state.flags & MERGED != 0 { Grid::of(schedule, at).after(at - 1) } else { None };
            moving.next = Some((merged.unwrap_or(plain), at + state.wait.nanos()));
        }
        let more = (state.flags & MORE != 0).then_some(Nanos::from(state.more));
        match schedule.rule {
            Rule::Delay { .. } => moving.outstanding = state.more as u32,
            Rule::Every { .. } => moving.anchor = more.map(|more| more + self.base()),
            Rule::Aligned { .. } | Rule::Cron(_) | Rule::At(_) => {
                moving.last = more.map(|more| more + self.base());
            }
        }
        moving
    }

    /// A schedule is gone, with what was kept beside.
    pub(super) fn forget(&mut self, task: TaskIndex, state: &mut State) {
        if state.flags & BESIDE != 0 {
            self.beside.remove(&task);
        }
        *state = State { flags: state.flags & !FOLDED & !(Flag::Open as u32), ..State::default() };
    }

    fn base_of(&self, schedule: &PlannedSchedule) -> Nanos {
        match schedule.rule {
            Rule::Every { .. } | Rule::Delay { .. } => 0,
            Rule::Aligned { .. } | Rule::Cron(_) | Rule::At(_) => self.base(),
        }
    }

    #[cfg(test)]
    pub(super) fn beside(&self) -> usize {
        self.beside.len()
    }
}

/// One of the two clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    Mono,
    Wall,
}

/// A moment of the monotonic clock as it is queued.
fn queued(at: Mono) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

/// None if it is too far away.
fn fitting(at: Option<Nanos>) -> Option<Option<i64>> {
    at.map(i64::try_from).transpose().ok()
}
