//! Several schedules on one function.

use tasks_runtime::{Context, Handle, State, Trigger, registration, scheduled};

use crate::support::{Notes, pass, results_of, start};

/// Says which of its tasks it runs as.
#[scheduled(every = "10s")]
#[scheduled(every = "3s", name = "often", max_running = 1)]
#[scheduled(delay = "1h", name = "slowly", enabled = false)]
async fn sweep(cx: Context, State(notes): State<Notes>) -> Result<String, std::io::Error> {
    notes.note(cx.task());
    Ok(cx.task().to_owned())
}

#[tokio::test(start_paused = true)]
async fn each_schedule_of_a_function_is_a_task_of_its_own() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(sweep)]).await;
    pass(10_500).await;
    assert_eq!(notes.millis_of("often"), [3_000, 6_000, 9_000]);
    assert_eq!(notes.millis_of("sweep"), [10_000]);
    assert_eq!(notes.count("slowly"), 0);
    let tasks: Vec<String> = handle.tasks().iter().map(|task| task.name.to_string()).collect();
    assert_eq!(tasks, ["often", "slowly", "sweep"]);
    assert_eq!(results_of(&handle, "often").len(), 3);
    assert_eq!(results_of(&handle, "sweep").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_function_stands_for_the_task_of_its_own_name() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(sweep)]).await;
    assert_eq!(handle.spawn(sweep, ()).unwrap().await.unwrap(), "sweep");
    assert_eq!(results_of(&handle, "sweep")[0].trigger, Trigger::Spawn);
    handle.trigger("often").unwrap();
    pass(10).await;
    assert_eq!(notes.words(), ["sweep", "often"]);
}

#[scheduled(every = "1h", name = "hourly")]
#[scheduled(cron = "@daily", name = "daily")]
async fn report() {}

#[tokio::test(start_paused = true)]
async fn a_function_of_which_no_task_bears_its_name_is_refused_with_all_of_them() {
    let notes = Notes::new();
    let handle: Handle = start(&notes, [registration!(report)]).await;
    let error = handle.spawn(report, ()).unwrap_err();
    assert!(error.is_ambiguous() && !error.is_unknown(), "{error}");
    let said = error.to_string();
    assert!(said.contains("report` is 2 tasks, `daily`, `hourly`: start one by its name"), "{said}");
    handle.trigger("daily").unwrap();
}

#[scheduled(every = "1h", retry(max = 1, delay = "1s", jitter = "off", on = never))]
#[scheduled(every = "2h", name = "persistent", retry(max = 2, delay = "1s", jitter = "off", on = always))]
async fn falter() -> Result<(), String> {
    Err("not today".to_owned())
}

fn never(_: &String) -> bool {
    false
}

fn always(_: &String) -> bool {
    true
}

#[tokio::test(start_paused = true)]
async fn each_task_of_a_function_has_its_own_predicate() {
    let notes = Notes::new();
    let handle = start(&notes, [registration!(falter)]).await;
    pass(2 * 3_600_000 + 10_000).await;
    let attempts =
        |task: &str| results_of(&handle, task).iter().map(|result| result.attempts).collect::<Vec<_>>();
    assert_eq!(attempts("falter"), [1, 1]);
    assert_eq!(attempts("persistent"), [3]);
}
