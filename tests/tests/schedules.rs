//! Schedules by the clock of the real world.
#![cfg(target_os = "linux")]

use std::{env, thread, time::Duration};

use tests::{
    End, Event, Launch, SLACK,
    Signal::{SIGCONT, SIGSTOP, SIGTERM},
    fixture,
};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Runs these tasks for so long after `ready`, and stops.
fn run_for(tasks: &str, time: Duration) -> End {
    let mut program = fixture!("many").tasks(tasks).workers(8).start();
    program.still_runs_for(time);
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0)
}

/// When a run was due, as time since 1970.
fn due(mark: &Event) -> Duration {
    Duration::from_nanos(mark.number("due"))
}

/// How much later than due it ran. Not earlier, give or take the two clocks.
fn lateness(mark: &Event) -> Duration {
    assert!(mark.time() + ms(1) >= due(mark), "early: {}", mark.json);
    mark.time().saturating_sub(due(mark))
}

/// Every run is due on the grid of the first one, later than the one before,
/// and runs when it is due.
#[track_caller]
fn on_grid(runs: &[Event], period: Duration) {
    for two in runs.windows(2) {
        let step = due(&two[1]).checked_sub(due(&two[0])).unwrap_or_default();
        assert!(
            step >= period && step.as_nanos().is_multiple_of(period.as_nanos()),
            "{step:?} to {}",
            two[1].json
        );
    }
    let mut late: Vec<_> = runs.iter().map(lateness).collect();
    late.sort_unstable();
    let (median, latest) = (late.get(late.len() / 2), late.last());
    assert!(median <= Some(&ms(20)) && latest <= Some(&(ms(20) + SLACK)), "{median:?}, {latest:?}");
}

/// How many instants lie between the first and the last of these runs, both included.
fn instants(runs: &[Event], period: Duration) -> u128 {
    let span = runs.last().map(due).unwrap_or_default() - runs.first().map(due).unwrap_or_default();
    span.as_nanos() / period.as_nanos() + 1
}

#[test]
fn a_fixed_rate_stays_on_its_grid() {
    let end = run_for("grid", ms(5100));
    let runs = end.marks("grid");
    assert!((24..=26).contains(&runs.len()), "{} runs", runs.len());
    on_grid(&runs, ms(200));
    assert_eq!(instants(&runs, ms(200)), runs.len() as u128, "none was left out");
    assert_eq!(end.outcomes("grid").len(), runs.len());
}

#[test]
fn the_first_firing_comes_after_one_period_or_the_initial_delay_or_at_the_start() {
    let mut program = fixture!("many").tasks("at_once,after_one_period,on_start").start();
    let ready = program.wait_for("ready", |_| true).at;
    let after = |mark| program.wait_for_mark(mark).at - ready;
    assert!(after("at_once") < SLACK);
    assert!(after("on_start") < SLACK);
    let first = after("after_one_period");
    assert!(first >= ms(950) && first < ms(1000) + SLACK, "{first:?}");
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0);
}

#[test]
fn a_fixed_delay_counts_from_the_end_of_the_run() {
    let end = run_for("with_delay", ms(3000));
    let (starts, ends) = (end.marks("with_delay"), end.marks("with_delay ends"));
    assert!((7..=11).contains(&starts.len()), "{} runs", starts.len());
    for (start, end) in starts.iter().skip(1).zip(&ends) {
        let gap = start.time() - end.time();
        assert!(gap >= ms(199) && gap < ms(220) + SLACK, "{gap:?}");
    }
}

#[test]
fn a_cron_with_seconds_runs_at_each_second_of_the_wall_clock() {
    let runs = run_for("each_second", ms(4300)).marks("each_second");
    assert!((4..=5).contains(&runs.len()), "{} runs", runs.len());
    assert!(runs.iter().all(|run| due(run).subsec_nanos() == 0));
    on_grid(&runs, ms(1000));
}

#[test]
fn an_instant_that_is_over_is_told_and_runs_nothing() {
    let end = run_for("long_ago,hourly", ms(200));
    assert_eq!(end.events("run_started").len(), 0);
    assert!(
        end.only("firing_skipped", "long_ago").text("reason") == "misfire"
            || end.events("past_schedule").len() == 1
    );
}

#[test]
fn a_run_longer_than_its_period_is_never_two_at_once_and_each_skip_is_counted() {
    let end = run_for("long_and_skips,counts", ms(4000));
    let runs = end.marks("long_and_skips");
    assert!(runs.iter().all(|run| run.number("running") == 1));
    // Each run of 450 ms takes three periods.
    assert!((5..=8).contains(&runs.len()), "{} runs", runs.len());
    let counts = end.marks("counts");
    let counts = counts.iter().find(|mark| mark.is_of("long_and_skips")).expect("it ran");
    let accounted = runs.len() as u64 + counts.number("overlap") + counts.number("misfire");
    assert!((18..=21).contains(&accounted), "{accounted} of about 20 instants: {}", counts.json);
    let logged: u64 = end.events("firing_skipped").iter().map(|event| event.number("count")).sum();
    assert!(logged >= counts.number("overlap"), "the counts in the log add up: {logged}");
}

#[test]
fn a_run_longer_than_its_period_runs_beside_itself_where_that_is_allowed() {
    let end = run_for("long_and_allows,counts", ms(3000));
    let runs = end.marks("long_and_allows");
    assert!((13..=16).contains(&runs.len()), "{} runs", runs.len());
    let most = runs.iter().map(|run| run.number("running")).max();
    assert!((Some(2)..=Some(4)).contains(&most), "{most:?}");
    assert!(end.events("firing_skipped").is_empty());
}

/// Runs a task every 200 ms and stops the process for 3 s meanwhile. Returns
/// the runs, and when it went on as time since 1970.
fn stopped_for_3s(task: &str) -> (Vec<Event>, Duration, End) {
    let mut program = fixture!("many").tasks(task).start();
    program.wait_for_many(3, |event| event.json["mark"] == task);
    program.signal(SIGSTOP);
    thread::sleep(ms(3000));
    let before = program.marks(task).len();
    let continued = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    program.signal(SIGCONT);
    program.wait_for_many(before + 6, |event| event.json["mark"] == task);
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(0);
    (end.marks(task), continued, end)
}

/// All instants between the first and the last run are accounted for, in few lines.
#[track_caller]
fn nothing_is_lost(runs: &[Event], end: &End) {
    let skipped = end.events("firing_skipped");
    assert!(skipped.iter().all(|event| event.text("reason") == "misfire"));
    let misfired: u64 = skipped.iter().map(|event| event.number("count")).sum();
    assert_eq!(instants(runs, ms(200)), runs.len() as u128 + u128::from(misfired));
    assert!(misfired >= 13 && skipped.len() <= 3, "{misfired} in {} lines", skipped.len());
}

#[test]
fn after_a_pause_there_is_one_run_for_the_latest_instant_and_then_the_grid() {
    let (runs, continued, end) = stopped_for_3s("grid_once");
    nothing_is_lost(&runs, &end);
    let (before, after): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.time() < continued);
    let first = &after[0];
    assert!(due(first) <= continued && due(first) > continued - ms(200), "{}", first.json);
    assert!(first.time() - continued < SLACK);
    on_grid(&after[1..], ms(200));
    assert_eq!(due(&after[1]), due(first) + ms(200));
    on_grid(&[before, after[1..].to_vec()].concat(), ms(200));
}

#[test]
fn after_a_pause_there_is_no_run_for_what_was_missed_where_none_is_wanted() {
    let (runs, continued, end) = stopped_for_3s("grid_skip");
    nothing_is_lost(&runs, &end);
    on_grid(&runs, ms(200));
    let after: Vec<_> = runs.iter().filter(|run| run.time() >= continued).collect();
    // Less than a tenth of the period late is no misfire.
    assert!(due(after[0]) + ms(50) >= continued, "{}", after[0].json);
}

/// For a minute where there is time for it: 20 s show the same, because each
/// fault that was ever found in such schedules shows within a few firings.
#[test]
fn a_schedule_goes_on_whatever_its_task_does() {
    let seconds = if env::var_os("TASKS_LONG_TESTS").is_some() { 60 } else { 15 };
    let tasks = ["fails", "panics", "overruns", "blocks", "is_late", "retries", "panics_on_a_thread"];
    let names: Vec<_> = tasks.iter().map(|task| format!("real_{task}")).collect();
    let end = run_for(&names.join(","), ms(seconds * 1000 + 500));
    let expected = ["failed", "panicked", "timed_out", "succeeded", "timed_out", "failed", "panicked"];
    for (name, expected) in names.iter().zip(expected) {
        let outcomes = end.outcomes(name);
        assert!(outcomes.iter().all(|outcome| outcome == expected), "{name}: {outcomes:?}");
        assert!(outcomes.len() as u64 >= seconds - 1, "{name}: {} runs", outcomes.len());
        if name == "real_panics_on_a_thread" {
            continue;
        }
        let runs: Vec<_> = end.marks(name).into_iter().filter(|run| run.number("attempt") == 1).collect();
        on_grid(&runs, ms(1000));
        assert_eq!(instants(&runs, ms(1000)), runs.len() as u128, "{name} left an instant out");
        assert!((seconds..=seconds + 1).contains(&(runs.len() as u64)), "{name}: {} runs", runs.len());
    }
    let late = end.events("run_ended");
    assert!(late.iter().filter(|end| end.is_of("real_is_late")).all(|end| end.json["late"] == true));
}

/// The zone in which a task is listed.
fn zone_of(task: &str, program: Launch) -> String {
    let json = program.arg("--list-tasks=json").run().with_code(0).lines().lines().concat();
    let list: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    let tasks = list["tasks"].as_array().expect("tasks").iter();
    let task = tasks.clone().find(|listed| listed["name"] == task).expect("the task is listed");
    task["schedule"]["timezone"].as_str().expect("it has a zone").to_owned()
}

#[test]
fn the_machine_s_zone_is_what_tz_says() {
    for (tz, zone) in [
        ("America/New_York", "America/New_York"),
        (":/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "CET-1CEST,M3.5.0,M10.5.0/3"),
    ] {
        let program = fixture!("many").mode("machine's zone").env("TZ", tz);
        assert_eq!(zone_of("each_second", program), zone);
    }
    let program = fixture!("many").mode("machine's zone").env("TZ", "America/New_York").tasks("each_second");
    let mut program = program.start();
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(0);
}

#[test]
fn a_broken_tz_is_78_where_it_matters_and_nothing_elsewhere() {
    for tz in ["nonsense", "", "/no/such/file"] {
        let program = fixture!("many").mode("machine's zone").env("TZ", tz).tasks("each_second");
        let end = program.run().with_code(78).saying("the machine's time zone cannot be made out: `TZ` ");
        assert!(end.events("ready").is_empty() && end.events("run_started").is_empty(), "{tz}");
        assert_eq!(zone_of("each_second", fixture!("many").env("TZ", tz)), "UTC");
    }
}
