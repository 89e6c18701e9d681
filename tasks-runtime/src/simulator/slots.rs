//! The due slots of one schedule, found anew: a count on a grid, a walk from one
//! instant of a cron expression to the next, an end and a delay.

use std::time::Duration;

use jiff::Timestamp;
use tasks_core::{policy::Misfire, zone::DstNote};

use crate::{
    clock::{Mono, Now, later, wall_since},
    plan::{PlannedSchedule, Rule},
};

/// What one look at the clock must find.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// The instant that wants a run.
    pub(super) fires: Option<Slot>,
    pub(super) misfired: u64,
    pub(super) in_gap: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    Exactly(Timestamp),
    /// A place on a monotonic grid, by the name it has now.
    About(Timestamp),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Next {
    Mono(Mono),
    Wall(Timestamp),
    None,
}

#[derive(Debug)]
pub(super) struct Slots {
    schedule: PlannedSchedule,
    pub(super) next: Next,
    /// Local times that a gap added to the next instant.
    in_gap: u64,
    last: Option<Timestamp>,
    outstanding: u32,
    opened: Option<Now>,
}

const TEN_MINUTES: Duration = Duration::from_secs(600);

impl Slots {
    pub(super) fn new(schedule: &PlannedSchedule) -> Self {
        Self {
            schedule: schedule.clone(),
            next: Next::None,
            in_gap: 0,
            last: None,
            outstanding: 0,
            opened: None,
        }
    }

    pub(super) fn is_delay(&self) -> bool {
        matches!(self.schedule.rule, Rule::Delay { .. })
    }

    pub(super) fn open(&mut self, now: Now) -> Expected {
        self.opened = Some(now);
        let mut expected = Expected::default();
        let on_start = self.schedule.on_start;
        if on_start {
            expected.fires = Some(Slot::Exactly(now.wall));
            self.outstanding += u32::from(self.is_delay());
        }
        match self.schedule.rule.clone() {
            Rule::Every { first, .. } => self.next = Next::Mono(now.mono.plus(first)),
            Rule::Delay { .. } if on_start => {}
            Rule::Delay { first, .. } => self.next = Next::Mono(now.mono.plus(first)),
            Rule::Cron(_) => self.walk_from(now.wall),
            Rule::Aligned { .. } => unreachable!("the simulator plays no aligned schedule yet"),
            Rule::At(at) if at < now.wall => expected.misfired = 1,
            Rule::At(at) => self.next = Next::Wall(at),
        }
        expected
    }

    fn walk_from(&mut self, after: Timestamp) {
        let Rule::Cron(wall) = &self.schedule.rule else { return };
        let due = wall.next_after(after);
        self.in_gap = match due.and_then(|due| due.dst) {
            Some(DstNote::Gap { count, .. }) => count - 1,
            _ => 0,
        };
        self.next = due.map_or(Next::None, |due| Next::Wall(due.at));
    }

    /// The end of a scheduled run, or a firing that became none.
    pub(super) fn served(&mut self, now: Now) {
        if let Rule::Delay { delay, .. } = self.schedule.rule {
            assert!(self.outstanding > 0, "I12: more ends than firings of a fixed delay");
            self.outstanding -= 1;
            if self.outstanding == 0 {
                self.next = Next::Mono(now.mono.plus(delay));
            }
        }
    }

    /// The code planned afresh, after the wall clock went back by `back` since
    /// the last look.
    pub(super) fn stepped(&mut self, back: Duration, now: Now) {
        let ahead = match (self.last, self.next) {
            (Some(last), Next::Wall(next)) => wall_since(last.max(next), now.wall),
            (None, Next::Wall(next)) => wall_since(next, now.wall),
            _ => panic!("I1: planned afresh without a wall-clock instant"),
        };
        assert!(
            back.max(ahead) > TEN_MINUTES,
            "I1: planned afresh after a step of {back:?}, {ahead:?} ahead"
        );
        self.last = None;
        self.walk_from(now.wall);
    }

    pub(super) fn look(&mut self, now: Now) -> Expected {
        let mut expected = Expected::default();
        match (self.schedule.rule.clone(), self.next) {
            (Rule::Every { period, .. }, Next::Mono(first)) if first <= now.mono => {
                let (mut latest, mut count) = (first, 0);
                while self.next_mono() <= now.mono {
                    latest = self.next_mono();
                    count += 1;
                    self.next = Next::Mono(latest.plus(period));
                }
                let late = now.mono.since(latest);
                let shown = now.wall.checked_sub(late).unwrap_or(now.wall);
                self.decide(count, late, period, Slot::About(shown), &mut expected);
            }
            (Rule::Delay { .. }, Next::Mono(at)) if at <= now.mono => {
                self.next = Next::None;
                self.outstanding += 1;
                let shown = now.wall.checked_sub(now.mono.since(at)).unwrap_or(now.wall);
                expected.fires = Some(Slot::Exactly(shown));
            }
            (Rule::Cron(_), Next::Wall(at)) => {
                let mut count = 0;
                let mut latest = at;
                while let Next::Wall(at) = self.next
                    && at <= now.wall
                {
                    expected.in_gap += self.in_gap;
                    (latest, count) = (at, count + 1);
                    self.walk_from(at);
                }
                if count > 0 {
                    self.last = Some(latest);
                    let period = match self.next {
                        Next::Wall(next) => wall_since(next, latest),
                        Next::Mono(_) | Next::None => Duration::from_secs(60),
                    };
                    self.decide(
                        count,
                        wall_since(now.wall, latest),
                        period,
                        Slot::Exactly(latest),
                        &mut expected,
                    );
                }
                self.is_not_silent(now);
            }
            (Rule::At(at), Next::Wall(_)) if at <= now.wall => {
                self.next = Next::None;
                self.decide(1, wall_since(now.wall, at), TEN_MINUTES, Slot::Exactly(at), &mut expected);
            }
            _ => {}
        }
        expected
    }

    fn next_mono(&self) -> Mono {
        match self.next {
            Next::Mono(at) => at,
            Next::Wall(_) | Next::None => Mono::NEVER,
        }
    }

    fn decide(&self, count: u64, late: Duration, period: Duration, slot: Slot, expected: &mut Expected) {
        let tolerance = (period / 10).max(Duration::from_millis(10)).min(Duration::from_secs(60));
        let runs = late <= tolerance || self.schedule.misfire == Misfire::Once;
        expected.misfired = count - u64::from(runs);
        expected.fires = runs.then_some(slot);
    }

    /// A wall clock that was set back never silences a schedule for much longer
    /// than a period and ten minutes.
    fn is_not_silent(&self, now: Now) {
        let (Rule::Cron(wall), Next::Wall(next)) = (&self.schedule.rule, self.next) else { return };
        let period = match self.last {
            Some(last) => wall_since(next, last),
            None => wall.next_after(next).map_or(Duration::ZERO, |due| wall_since(due.at, next)),
        };
        let bound = period + period.max(TEN_MINUTES) + Duration::from_secs(5);
        let natural = wall.next_after(now.wall).map_or(next, |due| due.at);
        assert!(
            next == natural || wall_since(next, now.wall) <= bound,
            "I1: silent until {next}, at {} with a period of {period:?}",
            now.wall
        );
    }

    /// When the engine has to look at the latest.
    pub(super) fn latest_wake(&self, now: Now, virtual_time: bool) -> Mono {
        match self.next {
            Next::Mono(at) => at,
            Next::Wall(at) => {
                let wait = wall_since(at, now.wall);
                now.mono.plus(if virtual_time { wait } else { wait.min(Duration::from_secs(60)) })
            }
            Next::None => Mono::NEVER,
        }
    }

    /// The name of a slot is right.
    pub(super) fn check_name(&self, slot: Slot, seen: Timestamp, was_set: bool, now: Now) {
        match slot {
            Slot::Exactly(at) => assert_eq!(seen, at, "I2: a firing for another instant"),
            Slot::About(at) => {
                let off = wall_since(at, seen).max(wall_since(seen, at));
                assert!(off <= Duration::from_millis(51), "I2: the slot {at} is called {seen}");
                if let (false, Some(opened), Rule::Every { period, first }) =
                    (was_set, self.opened, &self.schedule.rule)
                {
                    let since = wall_since(seen, later(opened.wall, *first)).as_nanos();
                    assert_eq!(since % period.as_nanos(), 0, "I2: {seen} is not on the grid");
                }
            }
        }
        assert!(was_set || seen <= now.wall, "I3: a start before its slot");
    }
}
