//! When schedules fire.

use std::time::Duration;

use tasks_runtime::{Context, Outcome, SkipReason, State, registration, scheduled, testing::Kit};

use crate::support::{Notes, pass, results_of, start};

#[scheduled(every = "200ms")]
async fn tick(State(notes): State<Notes>) {
    notes.note("tick");
}

#[tokio::test(start_paused = true)]
async fn a_fixed_rate_fires_first_after_one_period_and_stays_on_its_grid() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(tick)]).await;
    pass(5_050).await;
    let expected: Vec<u64> = (1..=25).map(|n| n * 200).collect();
    assert_eq!(notes.millis_of("tick"), expected);
    let due: Vec<_> = results_of(&handle, "tick").iter().map(|result| result.scheduled_at.unwrap()).collect();
    assert!(due.windows(2).all(|pair| pair[1].duration_since(pair[0]).as_millis() == 200), "{due:?}");
}

#[scheduled(every = "1s", initial_delay = "0s")]
async fn at_once(State(notes): State<Notes>) {
    notes.note("at_once");
}

#[scheduled(every = "1s", initial_delay = "300ms", on_start = true)]
async fn twice(State(notes): State<Notes>) {
    notes.note("twice");
}

#[tokio::test(start_paused = true)]
async fn initial_delay_and_on_start_place_the_first_firings() {
    let notes = Notes::new();
    start(&notes, [registration!(at_once), registration!(twice)]).await;
    pass(2_500).await;
    assert_eq!(notes.millis_of("at_once"), [0, 1000, 2000]);
    assert_eq!(notes.millis_of("twice"), [0, 300, 1300, 2300]);
}

#[scheduled(delay = "1s")]
async fn slow(State(notes): State<Notes>) {
    notes.note("slow");
    tokio::time::sleep(Duration::from_millis(500)).await;
}

#[tokio::test(start_paused = true)]
async fn a_fixed_delay_is_measured_from_the_end_of_the_run() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(slow)]).await;
    pass(700).await;
    // A run with another trigger does not move it.
    handle.trigger("slow").unwrap();
    pass(4_000).await;
    assert_eq!(notes.millis_of("slow"), [0, 700, 1500, 3000, 4500]);
}

#[scheduled(delay = "1s", retry(max = 1, delay = "2s", jitter = "off"))]
async fn fails_once_each(cx: Context, State(notes): State<Notes>) -> Result<(), &'static str> {
    notes.note("attempt");
    if cx.attempt() == 1 { Err("the first attempt fails") } else { Ok(()) }
}

#[tokio::test(start_paused = true)]
async fn a_fixed_delay_counts_from_the_end_of_the_retries() {
    let notes = Notes::new();
    start(&notes, [registration!(fails_once_each)]).await;
    pass(6_100).await;
    assert_eq!(notes.millis_of("attempt"), [0, 2000, 3000, 5000, 6000]);
}

#[scheduled(cron = "30 2 * * *", timezone = "Europe/Madrid")]
async fn nightly() {}

#[tokio::test]
async fn a_fixed_local_time_fires_once_a_day_in_a_year_with_both_changes() {
    let kit = Kit::tasks([registration!(nightly)]).at("2026-01-01T00:00[Europe/Madrid]").start().await;
    let seen = kit.during(async |kit| kit.advance_to("2027-01-01T00:00").await).await;
    let fired = seen.due("nightly");
    assert_eq!(fired.len(), 365);
    // 02:30 does not exist on 29 March: the first instant after the gap.
    assert!(fired.contains(&"2026-03-29T03:00:00+02:00".to_owned()), "{fired:?}");
    // 02:30 occurs twice on 25 October: the first time.
    assert!(fired.contains(&"2026-10-25T02:30:00+02:00".to_owned()));
    assert!(!fired.contains(&"2026-10-25T02:30:00+01:00".to_owned()));
    seen.assert_clean();
    kit.finish().await;
}

#[scheduled(at = "2026-01-01T00:00:10Z")]
async fn once(State(notes): State<Notes>) {
    notes.note("once");
}

#[scheduled(at = "2025-12-31T23:59:59Z")]
async fn over(State(notes): State<Notes>) {
    notes.note("over");
}

#[tokio::test(start_paused = true)]
async fn an_instant_fires_once_and_a_past_one_is_skipped_as_misfire() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(once), registration!(over)]).await;
    pass(60_000).await;
    assert_eq!(notes.millis_of("once"), [10_000]);
    assert_eq!(notes.count("over"), 0);
    let over = handle.tasks().into_iter().find(|task| &*task.name == "over").unwrap();
    assert_eq!(over.counts.skips(SkipReason::Misfire), 1);
}

#[scheduled(every = "1h")]
async fn always_fails() -> Result<(), &'static str> {
    Err("as always")
}

#[scheduled(every = "1h")]
async fn always_panics() {
    panic!("as always");
}

#[scheduled(every = "1h", timeout = "10m")]
async fn always_overruns() {
    tokio::time::sleep(Duration::from_secs(3 * 3600)).await;
}

#[tokio::test]
async fn a_task_that_fails_panics_or_overruns_every_time_goes_on_for_a_year() {
    let builder = tasks_runtime::builder()
        .quiet_panics()
        .without_discovery()
        .register(registration!(always_fails))
        .register(registration!(always_panics))
        .register(registration!(always_overruns));
    let kit = Kit::of(builder).start().await;
    kit.advance(Duration::from_secs(365 * 86_400 + 1800)).await;
    let handle = kit.handle();
    for (name, outcome) in [
        ("always_fails", Outcome::Failed),
        ("always_panics", Outcome::Panicked),
        ("always_overruns", Outcome::TimedOut),
    ] {
        let info = handle.tasks().into_iter().find(|task| &*task.name == name).unwrap();
        assert_eq!(info.counts.runs(outcome), 365 * 24, "{name}");
        assert_eq!(info.counts.total(), 365 * 24, "{name}");
    }
    kit.finish().await;
}

#[scheduled(every = "15m", align = true)]
async fn on_the_quarter() {}

#[tokio::test]
async fn an_aligned_schedule_fires_on_the_wall_clock() {
    let kit = Kit::tasks([registration!(on_the_quarter)]).at("2026-01-01T00:00:01Z").start().await;
    let seen = kit.during(async |kit| kit.advance_to("2026-01-01T00:30Z").await).await;
    assert_eq!(seen.started("on_the_quarter"), ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"]);
    kit.finish().await;
}

#[scheduled(every = "1m", jitter = "10s")]
async fn jittered(cx: Context, State(notes): State<Notes>) {
    notes.note(cx.scheduled_at().unwrap().to_string());
}

#[tokio::test(start_paused = true)]
async fn jitter_delays_the_start_and_not_the_due_instant() {
    let notes = Notes::new();
    start(&notes, [registration!(jittered)]).await;
    pass(600_500 + 10_000).await;
    let due: Vec<String> = (1..=10).map(|minute| format!("2026-01-01T00:{minute:02}:00Z")).collect();
    assert_eq!(notes.words(), due);
    let waits: Vec<u64> =
        due.iter().zip(1..).map(|(word, minute)| notes.millis_of(word)[0] - minute * 60_000).collect();
    assert!(waits.iter().all(|wait| *wait <= 10_001), "{waits:?}");
    assert!(waits.windows(2).any(|pair| pair[0] != pair[1]), "fresh for each firing: {waits:?}");
}

#[scheduled(every = "1m", spread = "30s")]
#[scheduled(every = "1m", spread = "30s", name = "elsewhere")]
#[scheduled(every = "1m", spread = "off", name = "unmoved")]
async fn spread(cx: Context, State(notes): State<Notes>) {
    assert!(cx.scheduled_at().unwrap().as_second() % 60 == 0);
    notes.note(cx.task());
}

#[tokio::test(start_paused = true)]
async fn a_spread_moves_the_starts_of_each_task_by_an_offset_of_its_own() {
    let notes = Notes::new();
    start(&notes, [registration!(spread)]).await;
    pass(600_500 + 30_000).await;
    let waits = |task| {
        let millis = notes.millis_of(task);
        assert_eq!(millis.len(), 10, "{task}: {millis:?}");
        let waits: Vec<u64> = (1..).zip(&millis).map(|(minute, at)| at - minute * 60_000).collect();
        assert!(waits.iter().all(|wait| *wait == waits[0] && *wait < 30_000), "{task}: {waits:?}");
        waits[0]
    };
    assert_eq!(waits("unmoved"), 0);
    // Of a machine called `virtual`: the same wherever the test runs.
    assert_eq!((waits("spread"), waits("elsewhere")), (1_902, 10_217));
}
