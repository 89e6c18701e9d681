//! Tasks inside applications with a runtime, a log and a parser of their own.
#![cfg(target_os = "linux")]

use std::time::Duration;

use tests::{SLACK, Signal::SIGTERM, fixture};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn inside_a_runtime_of_ones_own_it_ends_as_ever() {
    for mode in ["tokio main", "current thread"] {
        let mut program = fixture!("many").tasks("needs_1s,grid").mode(mode).start();
        program.wait_for_mark("grid");
        program.stop(SIGTERM);
        let end = program.ends_within(ms(5000)).with_code(0).after(ms(1000)..ms(1500) + SLACK);
        assert_eq!(end.marks("needs_1s ends").len(), 1);
        assert_eq!(end.marks("report")[0].number("code"), 0);

        let mut program = fixture!("many").tasks("deaf").mode(mode).start();
        program.wait_for_start_of("deaf");
        program.stop(SIGTERM);
        let end = program.ends_within(ms(5000)).with_code(124).after(ms(4000)..ms(4500) + SLACK);
        assert_eq!(end.marks("report")[0].text("cut"), r#"["deaf"]"#);
    }
}

#[test]
fn a_second_program_beside_the_first_is_a_clear_error() {
    let mut program = fixture!("many").tasks("hourly").mode("twice").start();
    let error = program.wait_for_mark("error");
    assert!(
        error.text("text").contains("already") || error.text("text").contains("another"),
        "{}",
        error.json
    );
    program.still_runs_for(ms(300));
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(0).after(..ms(1000));
    assert_eq!(end.marks("report").len(), 1, "the first one was not disturbed");
}

#[test]
fn a_second_program_after_the_first_works() {
    let program = fixture!("many").tasks("asks_for_shutdown,hourly").mode("one after another");
    let end = program.run().with_code(0).after(..ms(3000));
    assert_eq!(end.marks("report").len(), 2);
    assert_eq!(end.events("ready").len(), 2);
}

#[test]
fn an_application_that_asked_for_the_end_works_on_and_its_next_signal_works() {
    let mut program = fixture!("many").tasks("asks_for_shutdown,hourly").mode("works on").spawn();
    assert_eq!(program.wait_for_mark("report").number("code"), 0);
    // Past the budget of 5 s.
    program.still_runs_for(ms(5500));
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(143).after(..SLACK);
}

#[test]
fn an_application_that_disarmed_the_guard_works_on_and_its_next_signal_works() {
    let mut program = fixture!("many").tasks("hourly").mode("disarms").start();
    program.signal(SIGTERM);
    program.wait_for_mark("works on");
    program.still_runs_for(ms(5500));
    program.stop(SIGTERM);
    program.ends_within(ms(5000)).with_code(143).after(..SLACK);
}

#[test]
fn an_application_that_does_not_end_is_ended_by_the_budget() {
    for mode in ["works on", "never ends"] {
        let mut program = fixture!("many").tasks("hourly").mode(mode).start();
        program.stop(SIGTERM);
        program.wait_for_mark("report");
        program.ends_within(ms(5000)).with_code(124).after(ms(4500)..ms(5000));
    }
}

#[test]
fn programs_without_signals_start_and_end_as_often_as_wanted() {
    let end = fixture!("many").tasks("needs_1s,grid").mode("started").run().with_code(0);
    let rounds: Vec<_> = end.marks("round").iter().map(|mark| mark.number("round")).collect();
    assert_eq!(rounds, [0, 0, 1, 1]);
    assert_eq!(end.outcomes("needs_1s"), ["succeeded"; 4]);
}

#[test]
fn an_applications_own_arguments_reach_it() {
    let program = fixture!("many").mode("tokio main").arg("--port").arg("80");
    let end = program.arg("--list-tasks=names").run().with_code(0).after(..ms(1000));
    assert_eq!(end.marks("port")[0].text("port"), "80");
    assert!(end.says("needs_1s") && end.events("ready").is_empty());
    for (arg, text) in
        [("--next-runs=1", "at ready"), ("--check-tasks", "no problem"), ("--forecast-runs=1h", "in all")]
    {
        let end = fixture!("many").mode("tokio main").arg(arg).run().with_code(0).after(..ms(1000));
        assert!(end.says(text) && end.events("ready").is_empty(), "{arg}");
    }
    let end = fixture!("many").mode("tokio main").tasks("need_1s").run().with_code(2);
    assert!(end.marks("error")[0].text("text").contains("needs_1s"));
    fixture!("many").mode("tokio main").arg("--prt").run().with_code(2).saying("--port");
}

#[test]
fn a_thread_that_never_comes_back_is_named_in_the_report_of_a_runtime_with_others() {
    let mut program = fixture!("many").tasks("stuck_a").workers(2).mode("tokio main").spawn();
    program.wait_for_mark("stuck_a");
    program.stop(SIGTERM);
    let end = program.ends_within(ms(5000)).with_code(124).after(ms(4400)..ms(5000));
    assert_eq!(end.marks("report")[0].text("cut"), r#"["stuck_a"]"#);
}

#[test]
fn a_program_without_signals_abandons_and_names_what_is_stuck_and_ends_nobody() {
    let program = fixture!("many").tasks("stuck_a").workers(2).mode("started with a stuck thread");
    let end = program.run().with_code(7);
    let report = &end.marks("report")[0];
    assert_eq!((report.number("code"), report.text("cut").as_str()), (124, r#"["stuck_a"]"#));
    let took = report.time() - end.marks("shuts down")[0].time();
    assert!(took >= ms(4400) && took < ms(5000), "{took:?}");
    assert_eq!(end.marks("works on").len(), 1);
}
