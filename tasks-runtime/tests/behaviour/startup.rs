//! What keeps a program from starting.

use std::time::Duration;

use tasks_runtime::{Context, State, registration, scheduled, task};

use crate::support::{Notes, program};

#[derive(Clone, Debug)]
struct Db;

#[derive(Clone, Debug)]
struct Smtp;

#[task]
async fn one(_db: State<Db>, State(notes): State<Notes>) {
    notes.note("started");
}

#[scheduled(every = "1s", pool = "mail", after = "one")]
async fn two(_db: State<Db>, _smtp: State<Smtp>) {}

#[task(name = "One")]
async fn also_one() {}

#[tokio::test(start_paused = true)]
async fn every_problem_is_reported_at_once_and_nothing_starts() {
    let notes = Notes::new();
    let error = program(&notes, [registration!(one), registration!(two), registration!(also_one)])
        .pool("mial", 2)
        .start()
        .await
        .unwrap_err();
    assert!(error.is_configuration());
    assert_eq!(error.exit_code(), 78);
    let text = error.to_string();
    for part in ["mail", "mial", "Db", "Smtp", "One", "startup.rs:"] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    assert_eq!(notes.words(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn state_that_set_up_left_out_is_a_second_report() {
    let notes = Notes::new();
    let error =
        program(&notes, [registration!(one)]).setup(async |tasks| Ok(tasks)).start().await.unwrap_err();
    assert!(error.is_configuration());
    assert!(error.to_string().contains("Db"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_second_state_of_one_type_is_an_error() {
    let notes = Notes::new();
    let error = program(&notes, [registration!(one)])
        .state(Db)
        .setup(async |tasks| Ok(tasks.state(Db)))
        .start()
        .await;
    assert!(error.unwrap_err().is_configuration());
}

#[tokio::test(start_paused = true)]
async fn set_up_gives_state_and_its_failure_or_panic_starts_nothing() {
    let notes = Notes::new();
    program(&notes, [registration!(one)]).setup(async |tasks| Ok(tasks.state(Db))).start().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(notes.words(), ["started"]);

    let error = program(&notes, [registration!(one)])
        .setup(async |_| Err(std::io::Error::other("no route"))?)
        .start()
        .await
        .unwrap_err();
    assert!(error.is_setup() && error.exit_code() == 1);
    assert_eq!(error.to_string(), "set-up failed: no route");

    let error = program(&notes, [registration!(one)])
        .quiet_panics()
        .setup(async |_| panic!("no wonder"))
        .start()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no wonder"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn no_task_at_all_is_an_error_that_explains_the_linker() {
    let notes = Notes::new();
    let error = program(&notes, []).start().await.unwrap_err();
    assert!(error.to_string().contains("as _;"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_budget_under_two_seconds_is_an_error() {
    let notes = Notes::new();
    let error = program(&notes, [registration!(one)])
        .state(Db)
        .shutdown_budget(std::time::Duration::from_millis(1999))
        .start()
        .await
        .unwrap_err();
    assert!(error.is_configuration(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn teardown_is_called_when_set_up_succeeded_although_state_is_missing() {
    let notes = Notes::new();
    let torn_down = notes.clone();
    let error = program(&notes, [registration!(one)])
        .setup(async |tasks| Ok(tasks.state(Smtp)))
        .teardown(async move |report| {
            assert!(report.state::<Smtp>().is_some());
            torn_down.note(format!("torn down with {}", report.exit_code()));
        })
        .run_until_signal()
        .await
        .unwrap_err();
    assert!(error.is_configuration());
    assert_eq!(notes.words(), ["torn down with 78"]);
}

#[tokio::test(start_paused = true)]
async fn an_application_s_own_configuration_sets_options_before_anything_starts() {
    let notes = Notes::new();
    let handle = program(&notes, [registration!(one), registration!(two)])
        .state(Db)
        .state(Smtp)
        .pool("mail", 1)
        .configure(|tasks| {
            tasks.task("two").enabled(false, "SMTP_HOST is not set");
            tasks.task("one").timeout("1m").set("retry.max", 2);
            Ok(())
        })
        .start()
        .await
        .unwrap();
    let tasks = handle.tasks();
    let two = tasks.iter().find(|task| &*task.name == "two").unwrap();
    assert_eq!(two.disabled.as_deref(), Some("SMTP_HOST is not set"));
    assert!(notes.words().iter().all(|word| word == "started"));
    assert_eq!(handle.shutdown(None).await.exit_code(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_application_s_own_configuration_that_fails_is_a_problem_like_the_others() {
    let notes = Notes::new();
    let error = program(&notes, [registration!(one)])
        .configure(|tasks| {
            tasks.task("on").timeout("1m");
            Err("the vault is locked".into())
        })
        .configure(|_| panic!("and the key is lost"))
        .quiet_panics()
        .start()
        .await
        .unwrap_err();
    assert_eq!(error.exit_code(), 78);
    let text = error.to_string();
    for part in
        ["`configure` failed: the vault is locked", "`configure` panicked: and the key is lost", "`on`", "Db"]
    {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    let own = error.problems().iter().filter(|problem| problem.place.contains("behaviour/startup.rs:"));
    assert_eq!(own.count(), 4, "{text}");
}

const NIGHTLY: &str = "0 3 * * *";
const NOWHERE: &str = "Europe/Madird";
const UNEVEN: Duration = Duration::from_secs(7);
const LONG: Duration = Duration::from_secs(3600);
const TWO: usize = 2;

#[scheduled(cron = NIGHTLY, timezone = NOWHERE)]
#[scheduled(every = UNEVEN, align = true, name = "uneven")]
#[scheduled(every = "1s", name = "twice", max_running = TWO)]
#[scheduled(every = "1s", name = "stopped", timeout = "1m", stop_after = LONG)]
#[scheduled(every = "1s", name = "retried", retry(max = 1, delay = LONG, max_delay = "1s"))]
async fn named(_: Context) {}

#[tokio::test(start_paused = true)]
async fn what_constants_say_is_checked_before_anything_starts() {
    let notes = Notes::new();
    let error = program(&notes, [registration!(named)]).start().await.unwrap_err();
    assert!(error.is_configuration());
    let said = error.to_string();
    for problem in [
        "unknown time zone `Europe/Madird`: did you mean `Europe/Madrid`?",
        "task `uneven`: `align` puts the grid of `every` on the wall clock, and 7s does not divide 24h",
        "task `twice`: `max_running` is 2 and never reached",
        "task `stopped`: `stop_after` is 1h and never reached",
        "task `retried`: `retry.delay` is 1h, longer than `retry.max_delay`, 1s",
    ] {
        assert!(said.contains(problem), "{problem}: {said}");
    }
}
