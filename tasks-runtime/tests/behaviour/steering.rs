//! Steering schedules while the program runs.

use std::{future::Future as _, time::Duration};

use tasks_runtime::{
    Outcome, PauseUntil, Schedule, SkipReason, State, policy::Misfire, registration, scheduled, task,
};

use crate::support::{Notes, pass, program, start};

#[scheduled(every = "1s")]
async fn tick(State(notes): State<Notes>) {
    notes.note("tick");
}

#[scheduled(delay = "1s")]
async fn slow(State(notes): State<Notes>) {
    notes.note("slow");
    tokio::time::sleep(Duration::from_millis(500)).await;
}

fn paused_skips(handle: &tasks_runtime::Handle, task: &str) -> u64 {
    let tasks = handle.tasks();
    tasks.iter().find(|info| &*info.name == task).unwrap().counts.skips(SkipReason::Paused)
}

#[tokio::test(start_paused = true)]
async fn a_pause_skips_what_is_due_and_the_grid_does_not_move() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(tick)]).await;
    pass(2_300).await;
    handle.pause("tick", "moving house", None).unwrap();
    pass(5_000).await;
    assert_eq!(paused_skips(&handle, "tick"), 5);
    assert!(handle.resume("tick").unwrap());
    assert!(!handle.resume("tick").unwrap(), "it was not paused any more");
    pass(2_000).await;
    assert_eq!(notes.millis_of("tick"), [1000, 2000, 8000, 9000]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_by_itself_after_a_while_or_at_an_instant() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(tick)]).await;
    pass(500).await;
    handle.pause("tick", "", Duration::from_millis(2_500)).unwrap();
    pass(4_000).await;
    // 3000 is the end of the pause, and belongs to it no more.
    assert_eq!(notes.millis_of("tick"), [3000, 4000]);
    handle.pause("tick", "", "2026-01-01T00:00:07.5Z".parse::<jiff::Timestamp>().unwrap()).unwrap();
    pass(4_000).await;
    assert_eq!(notes.millis_of("tick"), [3000, 4000, 8000]);
    assert_eq!(paused_skips(&handle, "tick"), 5);
}

/// Lets time pass in which nobody has a turn, as if a body held the thread.
async fn stall(length: Duration) {
    let mut advance = std::pin::pin!(tokio::time::advance(length));
    std::future::poll_fn(|cx| {
        assert!(advance.as_mut().poll(cx).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_ended_in_a_stall_is_over_for_whoever_comes_next() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(tick)]).await;
    pass(500).await;
    handle.pause("tick", "", Duration::from_secs(1)).unwrap();
    stall(Duration::from_millis(1_200)).await;
    assert!(!handle.resume("tick").unwrap(), "it had ended by itself");
    handle.pause("tick", "", Duration::from_secs(1)).unwrap();
    stall(Duration::from_millis(1_200)).await;
    // It is 2.9 s.
    handle.reschedule("tick", Schedule::every(Duration::from_secs(2))).unwrap();
    pass(5_000).await;
    assert_eq!(notes.millis_of("tick"), [4900, 6900]);
    assert_eq!(paused_skips(&handle, "tick"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_paused_task_runs_when_somebody_asks_and_living_runs_go_on() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(slow)]).await;
    pass(100).await;
    handle.pause("slow", "", None).unwrap();
    pass(900).await;
    assert_eq!(handle.results().len(), 1, "the run that lived went on");
    handle.trigger("slow").unwrap();
    pass(1_000).await;
    assert_eq!(notes.millis_of("slow"), [0, 1000]);
    drop(handle.spawn(slow, ()).unwrap());
    pass(100).await;
    assert_eq!(notes.count("slow"), 3);
}

#[tokio::test(start_paused = true)]
async fn a_fixed_delay_counts_a_paused_firing_as_a_run_that_ended_at_once() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(slow)]).await;
    pass(600).await;
    handle.pause("slow", "", None).unwrap();
    // Due at 1500, and one second after each that was skipped: 2500, 3500.
    pass(3_000).await;
    assert_eq!(paused_skips(&handle, "slow"), 3);
    handle.resume("slow").unwrap();
    pass(1_000).await;
    assert_eq!(notes.millis_of("slow"), [0, 4500]);
}

#[scheduled(every = "10s", on_start = true, after = "opens")]
async fn waits(State(notes): State<Notes>) {
    notes.note("waits");
}

#[task]
async fn opens() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_task_can_be_paused_before_its_schedule_begins() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(waits), registration!(opens)]).await;
    handle.pause("waits", "", Duration::from_secs(5)).unwrap();
    pass(2_000).await;
    assert_eq!(paused_skips(&handle, "waits"), 1, "the firing at its start");
    pass(10_000).await;
    assert_eq!(notes.millis_of("waits"), [11_000]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_can_be_seen_and_replaced() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(tick)]).await;
    pass(500).await;
    handle.pause("TICK", "first", Duration::from_secs(60)).unwrap();
    pass(2_000).await;
    let info = handle.tasks()[0].clone();
    let pause = info.paused.unwrap();
    assert_eq!((&*pause.note, pause.since.to_string()), ("first", "2026-01-01T00:00:00.5Z".to_owned()));
    assert_eq!(pause.until.unwrap().to_string(), "2026-01-01T00:01:00.5Z");
    assert_eq!(info.next.unwrap().to_string(), "2026-01-01T00:00:03Z", "the grid goes on");
    handle.pause("tick", "x".repeat(5000), PauseUntil::Resumed).unwrap();
    let pause = handle.tasks()[0].paused.clone().unwrap();
    assert_eq!((pause.note.len(), pause.until), (4096, None));
    assert_eq!(pause.since.to_string(), "2026-01-01T00:00:00.5Z", "it has been paused since then");
    pass(100_000).await;
    assert_eq!(notes.count("tick"), 0);
}

#[task(start = "manual")]
async fn manual() {}

#[scheduled(every = "1s", enabled = false)]
async fn off() {}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_paused_says_why() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(tick), registration!(manual), registration!(off)]).await;
    let error = handle.pause("tck", "", None).unwrap_err();
    assert!(error.is_unknown());
    assert_eq!(error.to_string(), "no task is called `tck`: did you mean `tick`?");
    assert!(handle.resume("tck").unwrap_err().is_unknown());
    let error = handle.pause("manual", "", None).unwrap_err();
    assert!(error.is_not_scheduled());
    assert_eq!(
        error.to_string(),
        "task `manual` is started by no schedule that could be steered: it was declared without one"
    );
    assert!(handle.pause("off", "", None).unwrap_err().is_disabled());
    assert!(handle.pause("tick", "", Duration::ZERO).unwrap_err().is_past());
    drop(handle.shutdown(None));
    assert!(handle.pause("tick", "", None).unwrap_err().is_shutdown());
}

#[scheduled(at = "2026-01-01T00:00:05Z")]
async fn once() {}

#[tokio::test(start_paused = true)]
async fn a_paused_schedule_is_not_over() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(once)]).exit_when_idle().start().await.unwrap();
    handle.pause("once", "", None).unwrap();
    pass(4_000).await;
    assert!(handle.resume("once").unwrap(), "the program still lives");
    handle.pause("once", "", None).unwrap();
    // Its one instant is skipped; then nothing is left.
    handle.stopped().await;
    assert_eq!(paused_skips(&handle, "once"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_schedule_begins_now_and_the_old_one_is_gone() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(tick)]).await;
    pass(2_300).await;
    handle.reschedule("tick", Schedule::every(Duration::from_secs(2))).unwrap();
    pass(4_500).await;
    assert_eq!(notes.millis_of("tick"), [1000, 2000, 4300, 6300]);
    handle.reschedule("tick", Schedule::cron("*/10 * * * * *").on_start()).unwrap();
    pass(15_000).await;
    assert_eq!(notes.millis_of("tick")[4..], [6800, 10_000, 20_000]);
    handle.reschedule("tick", Schedule::off()).unwrap();
    pass(60_000).await;
    assert_eq!(notes.count("tick"), 7);
    let info = handle.tasks()[0].clone();
    assert_eq!((info.schedule, info.next), (None, None));
    assert!(handle.trigger("tick").is_ok(), "it is still there");
    handle.reschedule("tick", Schedule::at("2026-01-01T00:02:00Z".parse().unwrap())).unwrap();
    assert_eq!(handle.tasks()[0].schedule.as_deref(), Some("once at 2026-01-01T00:02:00Z"));
    pass(60_000).await;
    assert_eq!(notes.millis_of("tick").last(), Some(&120_000));
}

#[tokio::test(start_paused = true)]
async fn a_living_run_goes_on_when_its_schedule_changes() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(slow)]).await;
    pass(100).await;
    handle.reschedule("slow", Schedule::every(Duration::from_secs(10))).unwrap();
    pass(1_000).await;
    assert_eq!(handle.results().len(), 1);
    assert_eq!(handle.results()[0].outcome, Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_waits_for_others_begins_with_its_new_schedule() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(waits), registration!(opens)]).await;
    handle.reschedule("waits", Schedule::every(Duration::from_secs(3))).unwrap();
    pass(8_000).await;
    assert_eq!(notes.millis_of("waits"), [4000, 7000]);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_schedule_changes_nothing_and_says_all_that_is_wrong() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(tick), registration!(manual), registration!(off)]).await;
    let wrong = Schedule::cron("61 * * * *").timezone("Europe/Madird").initial_delay(Duration::ZERO);
    let error = handle.reschedule("tick", wrong).unwrap_err();
    let line = line!() - 1;
    assert!(error.is_schedule());
    let text = error.to_string();
    assert!(text.starts_with("3 problems found, no schedule was changed"), "{text}");
    assert!(
        text.contains(&format!("steering.rs:{line}: task `tick`: cron `61 * * * *` cannot be used")),
        "{text}"
    );
    assert!(text.contains("did you mean `Europe/Madrid`?"), "{text}");
    assert!(text.contains("the option `initial_delay` belongs to `every` and `delay` only"), "{text}");
    assert_eq!(error.problems().len(), 3);
    let zero = handle.reschedule("tick", Schedule::every(Duration::ZERO)).unwrap_err();
    assert!(zero.to_string().contains("`every` is 0s: it must be greater than zero"), "{zero}");
    let all = Schedule::delay(Duration::from_secs(1)).misfire(Misfire::Skip);
    assert!(handle.reschedule("tick", all).unwrap_err().is_schedule());
    assert!(handle.reschedule("manual", Schedule::off()).unwrap_err().is_not_scheduled());
    assert!(handle.reschedule("off", Schedule::off()).unwrap_err().is_disabled());
    assert!(handle.reschedule("nosuch", Schedule::off()).unwrap_err().is_unknown());
    pass(1_500).await;
    assert_eq!(notes.millis_of("tick"), [1000]);
}

#[tokio::test(start_paused = true)]
async fn a_program_whose_last_schedule_is_taken_away_is_idle() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(tick)]).exit_when_idle().start().await.unwrap();
    pass(1_500).await;
    handle.reschedule("tick", Schedule::off()).unwrap();
    handle.stopped().await;
    assert_eq!(notes.count("tick"), 1);
}
