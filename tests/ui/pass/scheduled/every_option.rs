use std::time::Duration;

use tasks_runtime::{
    policy::{Misfire, Overlap, Schedule},
    registration, scheduled,
};

#[scheduled(every = "5m", initial_delay = "0s", on_start = true, misfire = "skip", overlap = "allow")]
async fn every() {}

#[scheduled(every = "15m", align = true, jitter = "10s", spread = "1m", misfire = "all(5)", overlap = "queue")]
async fn aligned() {}

#[scheduled(every = "1h", align = false, jitter = "off", spread = "off", overlap = "allow", max_running = 2)]
async fn not_aligned() {}

#[scheduled(delay = "250ms", initial_delay = "1h")]
async fn delay() {}

#[scheduled(cron = "30 2 * * MON-FRI", timezone = "europe/madrid", misfire = "once")]
async fn cron() {}

#[scheduled(cron = "@hourly", timezone = "europe/madrid")]
async fn lower_case_zone() {}

#[scheduled(cron = "@hourly", timezone = "Local")]
async fn machine_s_zone() {}

#[scheduled(at = "2001-01-31T09:00:00+01:00", on_start = false)]
fn past() {}

fn main() {
    let registration = registration!(every);
    let set = registration.task().definition().options;
    assert_eq!(set.schedule, Some(Schedule::Every(Duration::from_secs(300))));
    assert_eq!(set.initial_delay, Some(Duration::ZERO));
    assert_eq!(set.on_start, Some(true));
    assert_eq!(set.misfire, Some(Misfire::Skip));
    assert_eq!(set.overlap, Some(Overlap::Allow));

    let registration = registration!(machine_s_zone);
    assert_eq!(registration.task().definition().options.timezone, Some("local"));

    let registration = registration!(aligned);
    let set = registration.task().definition().options;
    assert_eq!(set.align, Some(true));
    assert_eq!(set.jitter, Some(Duration::from_secs(10)));
    assert_eq!(set.spread, Some(Duration::from_secs(60)));
    assert_eq!(set.misfire, Some(Misfire::All(5)));
    assert_eq!(set.overlap, Some(Overlap::Queue(1)));

    let registration = registration!(not_aligned);
    let set = registration.task().definition().options;
    assert_eq!(set.align, Some(false));
    assert_eq!(set.jitter, Some(Duration::ZERO));
    assert_eq!(set.spread, Some(Duration::ZERO));
    assert_eq!(set.max_running, Some(2));

    let registration = registration!(delay);
    let set = registration.task().definition().options;
    assert_eq!(set.schedule, Some(Schedule::Delay(Duration::from_millis(250))));
    assert_eq!(set.initial_delay, Some(Duration::from_secs(3600)));

    let registration = registration!(cron);
    let set = registration.task().definition().options;
    assert_eq!(set.schedule, Some(Schedule::Cron("30 2 * * MON-FRI")));
    assert_eq!(set.timezone, Some("Europe/Madrid"));
    assert_eq!(set.misfire, Some(Misfire::Once));

    let registration = registration!(lower_case_zone);
    assert_eq!(registration.task().definition().options.timezone, Some("Europe/Madrid"));

    let registration = registration!(past);
    let definition = registration.task().definition();
    assert_eq!(definition.options.schedule, Some(Schedule::At("2001-01-31T09:00:00+01:00")));
    assert_eq!(definition.options.on_start, Some(false));
    assert!(definition.scheduled);
}
