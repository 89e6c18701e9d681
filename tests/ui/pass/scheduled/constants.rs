//! Values that are named or computed instead of written.
#![deny(warnings, missing_docs, unused_results, unused_qualifications)]
#![forbid(unsafe_code, dead_code)]

use std::time::Duration;

use tasks_runtime::{
    policy::{Limit, MaxRetries, Pool, Schedule},
    registration, scheduled, task,
};

const POLL_INTERVAL: Duration = Duration::from_secs(5);
static GRACE: Duration = Duration::from_secs(7);

mod config {
    pub(crate) const NIGHTLY: &str = "30 2 * * *";
    pub(crate) const ZONE: &str = "europe/madrid";
    pub(crate) const ONCE: &str = "2030-01-31T09:00:00Z";
    pub(crate) const POOL: &str = "mail";
    pub(crate) const LIMIT: &str = "1h 30m";
    pub(crate) const OFF: &str = "off";
    pub(crate) const RETRIES: usize = 4;
    pub(crate) const WORKERS: u8 = 3;
    pub(crate) const FACTOR: f64 = 1.5;
    pub(crate) const DEBUG: bool = cfg!(debug_assertions);

    pub(crate) struct Limits {
        pub(crate) most: u32,
        pub(crate) wait: Duration,
    }

    use std::time::Duration;

    pub(crate) const LIMITS: Limits = Limits { most: 2, wait: Duration::from_millis(250) };

    pub(crate) const fn doubled(length: Duration) -> Duration {
        Duration::new(length.as_secs() * 2, 0)
    }
}

#[scheduled(
    every = POLL_INTERVAL,
    initial_delay = Duration::ZERO,
    jitter = config::OFF,
    spread = config::doubled(POLL_INTERVAL),
    grace = GRACE,
    timeout = config::LIMIT,
    deadline = config::OFF,
    retry = config::RETRIES,
    max_running = if config::DEBUG == true { 1 } else { 1 },
    on_start = !config::DEBUG,
    align = false,
    enabled = config::DEBUG,
)]
async fn every() {}

#[scheduled(cron = config::NIGHTLY, timezone = config::ZONE, pool = config::POOL)]
#[scheduled(delay = POLL_INTERVAL, name = "again", retry(
    max = config::LIMITS.most,
    delay = config::LIMITS.wait,
    factor = config::FACTOR,
    max_delay = "1m",
    panics = config::DEBUG,
))]
async fn several() -> Result<(), String> {
    Ok(())
}

#[scheduled(at = config::ONCE)]
async fn at() {}

#[task(
    max_running = config::WORKERS as u32 + 1,
    overlap = "allow",
    essential = config::DEBUG,
    retry(max = "unlimited", factor = 3 - 1),
    timeout = concat!("30", "s"),
    grace = "2500ms".trim_ascii(),
)]
async fn task_too() -> Result<(), String> {
    Ok(())
}

macro_rules! made {
    ($name:ident, $every:expr, $limit:path) => {
        #[scheduled(every = $every, timeout = $limit)]
        async fn $name() {}
    };
}

made!(made, Duration::from_secs(60), config::LIMIT);

fn inside() -> tasks_runtime::Registration {
    const EVERY: &str = "3s";

    #[scheduled(every = EVERY)]
    async fn inner() {}

    registration!(inner)
}

fn main() {
    let task = registration!(every);
    let set = task.task().definition().options;
    assert_eq!(set.schedule, Some(Schedule::Every(Duration::from_secs(5))));
    assert_eq!((set.initial_delay, set.jitter), (Some(Duration::ZERO), Some(Duration::ZERO)));
    assert_eq!((set.spread, set.grace), (Some(Duration::from_secs(10)), Some(Duration::from_secs(7))));
    assert_eq!(set.timeout, Some(Limit::After(Duration::from_secs(5400))));
    assert_eq!(set.deadline, Some(Limit::Off));
    let retry = set.retry.unwrap();
    assert_eq!((retry.max, retry.delay), (Some(MaxRetries::Limited(4)), None));
    assert_eq!((set.max_running, set.on_start), (Some(1), Some(!cfg!(debug_assertions))));
    assert_eq!(set.enabled, Some(cfg!(debug_assertions)));

    let task = registration!(several);
    let set = task.task().definition().options;
    assert_eq!(set.schedule, Some(Schedule::Cron("30 2 * * *")));
    assert_eq!((set.timezone, set.pool), (Some("europe/madrid"), Some(Pool::Named("mail"))));
    let set = task.task().__others()[0].facts.options;
    assert_eq!(set.schedule, Some(Schedule::Delay(Duration::from_secs(5))));
    let retry = set.retry.unwrap();
    assert_eq!(retry.max, Some(MaxRetries::Limited(2)));
    assert_eq!((retry.delay, retry.factor), (Some(Duration::from_millis(250)), Some(1.5)));
    assert_eq!((retry.max_delay, retry.panics), (Some(Duration::from_secs(60)), Some(cfg!(debug_assertions))));

    let task = registration!(at);
    assert_eq!(task.task().definition().options.schedule, Some(Schedule::At("2030-01-31T09:00:00Z")));

    let task = registration!(task_too);
    let set = task.task().definition().options;
    assert_eq!((set.max_running, set.essential), (Some(4), Some(cfg!(debug_assertions))));
    let retry = set.retry.unwrap();
    assert_eq!((retry.max, retry.factor), (Some(MaxRetries::Unlimited), Some(2.0)));
    assert_eq!(set.timeout, Some(Limit::After(Duration::from_secs(30))));

    let task = registration!(made);
    let set = task.task().definition().options;
    assert_eq!(set.schedule, Some(Schedule::Every(Duration::from_secs(60))));
    let task = inside();
    assert_eq!(task.task().definition().options.schedule, Some(Schedule::Every(Duration::from_secs(3))));
}
