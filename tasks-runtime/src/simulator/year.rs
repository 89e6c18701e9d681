//! A thousand schedules through the engine alone: no model, no chance but
//! jitter and the length of a run, and a count of every slot at the end.
//!
//! `DAYS=n` says how long; `cargo xtask simulate-year` plays a year in release.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::Arc,
    time::{Duration, Instant},
};

use fastrand::Rng;
use jiff::Timestamp;
use tasks_core::{
    __private::RunCell,
    Outcome, RunId,
    policy::{Misfire, Overlap, Schedule},
};

use super::from_environment;
use crate::{
    clock::{Mono, Now, later},
    engine::{Action, Core, Mode, no_host::no_host},
    event::SkipReason,
    plan::{
        Plan, Planned, Rule,
        testing::{Sample, plan},
    },
    run::{AttemptEnd, Command},
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How many of the thousand have which period; all together, with the
/// expressions, run about once an hour each.
const EVERY: [(usize, u64); 11] = [
    (1, MINUTE),
    (2, 2 * MINUTE),
    (10, 5 * MINUTE),
    (15, 10 * MINUTE),
    (30, 15 * MINUTE),
    (60, 30 * MINUTE),
    (130, HOUR),
    (60, 2 * HOUR),
    (60, 6 * HOUR),
    (50, 12 * HOUR),
    (82, DAY),
];

/// How many have which expression, in turn in each zone.
const CRON: [(usize, &str); 11] = [
    (1, "* * * * *"),
    (5, "*/5 * * * *"),
    (15, "*/15 * * * *"),
    (80, "30 * * * *"),
    (50, "0 */6 * * *"),
    (150, "30 2 * * *"),
    (80, "0 9 * * 1-5"),
    (40, "15,45 2 * * 7"),
    (30, "0 0 L * *"),
    (39, "0 12 1,15 * *"),
    (10, "@yearly"),
];

const ZONES: [&str; 6] =
    ["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Tokyo"];

/// Every third has jitter, every fourth `every` stands on the wall clock.
fn thousand() -> Plan {
    let every = EVERY.iter().flat_map(|(count, seconds)| {
        std::iter::repeat_n(Schedule::Every(Duration::from_secs(*seconds)), *count)
    });
    let cron = CRON.iter().flat_map(|(count, text)| std::iter::repeat_n(Schedule::Cron(text), *count));
    let samples = every.chain(cron).enumerate().map(|(number, schedule)| {
        let name: &'static str = format!("t{number:04}").leak();
        Sample::scheduled(name).with(|options| {
            match schedule {
                Schedule::Every(_) => options.align = Some(number % 4 == 0),
                _ => options.timezone = Some(ZONES[number % ZONES.len()]),
            }
            options.schedule = Some(schedule);
            options.overlap = Some([Overlap::Skip, Overlap::Queue(1), Overlap::Allow][number % 3]);
            options.misfire = Some([Misfire::Once, Misfire::Skip, Misfire::All(3)][number % 3]);
            options.jitter = (number % 3 == 0).then(|| Duration::from_secs(number as u64 % 40));
        })
    });
    plan(samples).into_result().unwrap()
}

/// Slots of a task from the start to the end, by arithmetic on its grid.
fn slots(task: &Planned, start: Timestamp, end: Timestamp) -> u64 {
    let seconds = |period: Duration| i64::try_from(period.as_secs()).unwrap();
    match &task.schedule_at_start.as_ref().unwrap().rule {
        Rule::Every { period, .. } => (end.as_second() - start.as_second()) as u64 / period.as_secs(),
        Rule::Aligned { period } => {
            let passed = |at: Timestamp| at.as_second().div_euclid(seconds(*period));
            (passed(end) - passed(start)) as u64
        }
        Rule::Cron(wall) => wall.upcoming(start).take_while(|due| due.at <= end).count() as u64,
        rule => panic!("no {rule:?} among the thousand"),
    }
}

struct Program {
    core: Core,
    rng: Rng,
    now: Now,
    /// When the living runs end.
    ends: BinaryHeap<Reverse<(Mono, RunId)>>,
    actions: Vec<Action>,
    steps: u64,
}

impl Program {
    fn play(&mut self, end: Mono) {
        self.core.begin(self.now, Vec::new());
        self.carry_out();
        loop {
            let wake = self.core.next_wake(self.now);
            let over = self.ends.peek().map(|Reverse((at, _))| *at).filter(|at| *at < wake);
            let at = over.unwrap_or(wake);
            if at > end {
                return;
            }
            self.steps += 1;
            self.now = Now { mono: at, wall: later(self.now.wall, at.since(self.now.mono)) };
            match over.and_then(|_| self.ends.pop()) {
                Some(Reverse((_, run))) => {
                    self.core.ended(run, AttemptEnd::new(Outcome::Succeeded), 1, self.now);
                }
                None => {
                    self.core.tick(self.now);
                }
            }
            self.carry_out();
        }
    }

    fn carry_out(&mut self) {
        let mut actions = self.core.take_actions(std::mem::take(&mut self.actions));
        for action in actions.drain(..) {
            if let Action::Start(wanted) = action {
                assert!(Command::begin(&wanted.cell));
                wanted.cell.set_started(self.now.mono.0, self.now.wall);
                let takes = Duration::from_micros(self.rng.u64(..2_000_000));
                self.ends.push(Reverse((self.now.mono.plus(takes), wanted.cell.id())));
            }
        }
        self.actions = actions;
    }
}

#[test]
fn every_slot_of_a_thousand_schedules_has_its_fate() {
    let days = from_environment("DAYS").unwrap_or(1);
    let plan = Arc::new(thousand());
    assert_eq!(plan.tasks.len(), 1000);
    // A day has a change of the clocks in it; a year has them all.
    let start: Timestamp = "2026-03-28T12:34:56Z".parse().unwrap();
    let length = Duration::from_secs(days * DAY);
    let make = |facts| Arc::new(RunCell::new(facts));
    let mode = Mode { virtual_time: true, ..Mode::default() };
    let core =
        Core::new(Arc::clone(&plan), mode, no_host(), Box::new(make), Box::new(|_| None), Rng::with_seed(1));
    let now = Now { mono: Mono(1_000_000_000), wall: start };
    let (ends, actions) = (BinaryHeap::new(), Vec::new());
    let mut program = Program { core, rng: Rng::with_seed(2), now, ends, actions, steps: 0 };
    let before = Instant::now();
    program.play(now.mono.plus(length));
    let took = before.elapsed();
    let (mut runs, mut skips) = (0, 0);
    let end = later(start, length);
    for (task, info) in plan.tasks.iter().zip(program.core.task_infos(program.now)) {
        let counts = &info.counts;
        let skipped: u64 = SkipReason::ALL
            .into_iter()
            .filter(|reason| *reason != SkipReason::DstGap)
            .map(|reason| counts.skips(reason))
            .sum();
        let fates = counts.runs(Outcome::Succeeded) + skipped + u64::from(info.running + info.waiting);
        let slots = slots(task, start, end);
        // Jitter may still hold the last one back.
        let held = u64::from(!task.schedule_at_start.as_ref().unwrap().jitter.is_zero());
        assert!((slots.saturating_sub(held)..=slots).contains(&fates), "{fates} of {slots}: {task:?}");
        (runs, skips) = (runs + counts.runs(Outcome::Succeeded), skips + skipped);
    }
    println!(
        "1000 schedules, {days} days: {} steps, {runs} runs, {skips} skips in {took:.2?}, {:.0} ns a run",
        program.steps,
        took.as_nanos() as f64 / runs as f64,
    );
}
