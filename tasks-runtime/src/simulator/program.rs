//! Random programs: tasks with every option that decides when and whether they run.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use tasks_core::policy::{
    Jitter, Limit, MaxRetries, Misfire, OnShutdown, Overlap, Pool, Priority, RestartOptions, RestartPolicy,
    RetryOptions, Schedule, Start,
};

use crate::plan::{
    Plan, PlannedSchedule,
    testing::{Sample, inputs},
};

/// How large and how long a program is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) tasks: usize,
    /// How long it lives, on the monotonic clock.
    pub(super) horizon: Duration,
    /// The shortest period; bodies take about as long.
    pub(super) scale: Duration,
    /// Stalls, suspends and a wall clock that is set.
    pub(super) disturbed: bool,
    /// It lives until its horizon: nothing is essential.
    pub(super) whole: bool,
}

impl Size {
    pub(super) fn small(rng: &mut Rng) -> Self {
        let horizon = Duration::from_secs([120, 900, 7200, 43_200, 172_800][rng.usize(..5)]);
        Self {
            tasks: rng.usize(1..=8),
            horizon,
            scale: horizon / 150,
            disturbed: rng.u8(..4) > 0,
            whole: false,
        }
    }
}

pub(super) struct Program {
    pub(super) plan: Arc<Plan>,
    pub(super) start: Timestamp,
}

const ZONES: [&str; 6] =
    ["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "Africa/Cairo"];
/// Hours before or around changes of the clocks in those zones.
const STARTS: [&str; 6] = [
    "2026-03-28T20:00:00Z",
    "2026-03-08T05:30:00Z",
    "2026-10-24T22:00:00Z",
    "2026-10-03T13:00:00Z",
    "2026-04-23T20:00:00Z",
    "2026-12-31T23:00:00Z",
];
const OFTEN: [&str; 4] = ["*/10 * * * * *", "30 * * * * *", "* * * * *", "*/5 * * * *"];
const SELDOM: [&str; 6] =
    ["*/15 * * * *", "0 * * * *", "30 2 * * *", "15,45 2 * * *", "0,20,40 1,2,3 * * *", "0 9 * * 1-5"];
const RARELY: [&str; 4] = ["30 2 * * *", "0 9 * * 1-5", "15,45 2 * * 7", "0 0 L * *"];

/// Whole seconds that divide a day.
const DIVISORS: [u64; 14] = [1, 2, 5, 10, 15, 30, 60, 300, 600, 900, 3600, 7200, 21_600, 43_200];

impl Program {
    pub(super) fn random(rng: &mut Rng, size: Size) -> Self {
        let start: Timestamp = STARTS[rng.usize(..STARTS.len())].parse().unwrap();
        let start = start + SignedDuration::from_millis(rng.i64(0..7_200_000));
        let pools = [("one", rng.u32(1..=2)), ("two", rng.u32(2..=4) + size.tasks as u32 / 8)];
        let mut waited_for: Vec<&'static str> = Vec::new();
        let mut samples = Vec::new();
        for number in 0..size.tasks {
            let name: &'static str = format!("t{number:03}").leak();
            let scheduled = rng.u8(..3) > 0;
            let mut sample = if scheduled { Sample::scheduled(name) } else { Sample::task(name) };
            let listens = rng.bool();
            if listens {
                sample.needs = |needs| needs.listens();
            }
            let after: Vec<&'static str> =
                waited_for.iter().copied().filter(|_| rng.u8(..4) == 0).take(3).collect();
            sample = sample.with(|options| {
                if !after.is_empty() {
                    options.after = Some(after.leak());
                }
                if scheduled {
                    schedule(options, rng, size, start);
                } else if rng.u8(..4) == 0 {
                    options.start = Some(Start::Manual);
                    options.after = None;
                }
                policies(options, rng, size, listens);
                if !scheduled && rng.bool() {
                    restarts(options, rng, size);
                }
            });
            // What waits for a disabled task is refused; so nothing waits for one.
            if rng.u8(..12) == 0 {
                sample = sample.with(|options| options.enabled = Some(false));
            } else if !scheduled && sample.definition.options.start.is_none() {
                waited_for.push(name);
            }
            samples.push(sample);
        }
        let mut inputs = inputs(samples);
        inputs.pools = pools.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
        inputs.budget = Duration::from_millis([2000, 5000, 30_000][rng.usize(..3)]);
        let plan = Plan::build(inputs).into_result().unwrap();
        Self { plan: Arc::new(plan), start }
    }
}

type Options = tasks_core::policy::Options<'static>;

fn times(scale: Duration, factor: f64) -> Duration {
    Duration::from_millis(((scale.as_secs_f64() * factor * 1000.0) as u64).max(1))
}

fn schedule(options: &mut Options, rng: &mut Rng, size: Size, start: Timestamp) {
    let length = times(size.scale, 1.0 + 9.0 * rng.f64());
    let interval = match rng.u8(..5) {
        0 | 1 => Schedule::Every(length),
        2 => Schedule::Delay(length),
        3 => {
            let list: &[&str] = match size.scale.as_secs() {
                ..60 => &OFTEN,
                60..20_000 => &SELDOM,
                _ => &RARELY,
            };
            options.timezone = Some(ZONES[rng.usize(..ZONES.len())]);
            Schedule::Cron(list[rng.usize(..list.len())])
        }
        _ => {
            let offset = size.horizon.as_secs_f64() * (rng.f64() - 0.1);
            // Never the very instant of the start, which `on_start` has.
            let at = start + SignedDuration::from_millis(2 * (offset * 500.0) as i64 + 1);
            Schedule::At(at.to_string().leak())
        }
    };
    options.schedule = Some(interval);
    match interval {
        Schedule::Every(_) if rng.u8(..3) == 0 => {
            let seconds = DIVISORS.iter().copied().find(|seconds| Duration::from_secs(*seconds) >= length);
            options.schedule = Some(Schedule::Every(Duration::from_secs(seconds.unwrap_or(86_400))));
            options.align = Some(true);
        }
        Schedule::Every(_) | Schedule::Delay(_) if rng.bool() => {
            options.initial_delay = Some(times(size.scale, rng.f64()));
        }
        _ => {}
    }
    if !matches!(interval, Schedule::Delay(_)) && rng.bool() {
        let all = Misfire::All([1, 2, 3, 7][rng.usize(..4)]);
        options.misfire = Some([Misfire::Skip, Misfire::Once, all][rng.usize(..3)]);
    }
    if rng.u8(..3) == 0 {
        options.jitter = Some(times(size.scale, [0.05, 1.0, 20.0][rng.usize(..3)] * rng.f64()));
    }
    options.on_start = Some(rng.u8(..4) == 0);
}

/// Another schedule for a task that has one.
pub(super) fn another_schedule(rng: &mut Rng, size: Size, now: Timestamp) -> PlannedSchedule {
    let sample = Sample::scheduled("t").with(|options| schedule(options, rng, size, now));
    let plan = Plan::build(inputs([sample])).into_result().unwrap();
    PlannedSchedule::clone(plan.tasks[0].schedule_at_start.as_ref().unwrap())
}

fn restarts(options: &mut Options, rng: &mut Rng, size: Size) {
    let mut restart = RestartOptions::NONE;
    // One that ends by its time box would end for good.
    let always = options.stop_after.is_some() || rng.bool();
    restart.policy = Some(if always { RestartPolicy::Always } else { RestartPolicy::OnFailure });
    let delay = [Duration::ZERO, times(size.scale, rng.f64() / 2.0)][rng.usize(..2)];
    restart.delay = Some(delay);
    restart.factor = Some([1.0, 1.5, 2.0][rng.usize(..3)]);
    restart.max_delay = Some(delay.max(times(size.scale, 0.2 + 2.0 * rng.f64())));
    restart.jitter = Some(if rng.bool() { Jitter::Full } else { Jitter::Off });
    restart.max = Some(rng.u32(1..=4));
    restart.within = Some(times(size.scale, 0.2 + 4.0 * rng.f64()));
    options.restart = Some(restart);
}

fn policies(options: &mut Options, rng: &mut Rng, size: Size, listens: bool) {
    options.overlap = match rng.u8(..8) {
        0 => None,
        1 | 2 => Some(Overlap::Skip),
        3 => Some(Overlap::Queue(rng.u32(1..=3))),
        4 => Some(Overlap::Replace),
        5 => Some(Overlap::AllowUpTo(rng.u32(1..=3))),
        _ => Some(Overlap::Allow),
    };
    options.max_running = match options.overlap {
        Some(Overlap::Allow) if rng.u8(..3) == 0 => Some(rng.u32(1..=3)),
        Some(Overlap::AllowUpTo(most)) if rng.u8(..4) == 0 => Some(rng.u32(1..=most)),
        _ => None,
    };
    options.priority = Some(Priority::ALL[rng.usize(..4)]);
    options.pool = [None, Some(Pool::Named("one")), Some(Pool::Named("two"))][rng.usize(..3)];
    options.essential = Some(rng.u8(..40) == 0 && !size.whole);
    options.on_shutdown =
        [None, Some(OnShutdown::Cancel), Some(OnShutdown::Finish), Some(OnShutdown::Drop)][rng.usize(..4)];
    if rng.u8(..3) == 0 {
        options.stop_within = Some(Duration::from_millis(rng.u64(1..6000)));
    }
    if rng.bool() {
        options.timeout = Some(Limit::After(times(size.scale, 0.5 + 2.0 * rng.f64())));
    }
    if rng.u8(..4) == 0 {
        options.deadline = Some(Limit::After(times(size.scale, 1.0 + 4.0 * rng.f64())));
    }
    // A time box has to be reached before any limit, those by default included.
    let limits = [options.timeout, options.deadline];
    let lengths = limits.into_iter().flatten().filter_map(Limit::duration);
    if listens && rng.u8(..4) == 0 {
        let most = lengths.chain([Duration::from_secs(300)]).min().unwrap_or_default();
        options.stop_after = Some(Limit::After(times(most, 0.1 + 0.8 * rng.f64()).min(size.scale * 2)));
    }
    if rng.bool() {
        options.grace = Some(times(size.scale, rng.f64() / 2.0));
    }
    if rng.u8(..3) > 0 {
        let mut retry = RetryOptions::NONE;
        retry.max =
            Some(if rng.u8(..8) == 0 { MaxRetries::Unlimited } else { MaxRetries::Limited(rng.u32(0..5)) });
        retry.delay = Some(times(size.scale, rng.f64() / 2.0));
        retry.factor = Some([1.0, 1.5, 2.0][rng.usize(..3)]);
        retry.max_delay = Some(times(size.scale, 0.5 + rng.f64()));
        retry.jitter = Some(if rng.bool() { Jitter::Full } else { Jitter::Off });
        retry.panics = Some(rng.bool());
        options.retry = Some(retry);
    }
}
