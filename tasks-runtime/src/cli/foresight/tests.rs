//! Answers about tasks written by hand, as they are read.

use std::{
    io,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tasks_core::{
    Needs, States,
    policy::{Limit, MaxRetries, Overlap, Pool, RetryOptions, Schedule, Start},
};

use super::{Foresight, Given, Screen, foresee};
use crate::plan::{
    Plan, PlanInputs,
    testing::{Sample, inputs},
};

/// A Friday, two days before clocks go forward in Europe.
const NOW: &str = "2026-03-27T12:00:00Z";

const HOUR: Duration = Duration::from_secs(3600);

fn answer_with(inputs: PlanInputs, asked: Foresight, given: Given<'_>) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let now: Timestamp = NOW.parse().expect("an instant");
    let code = foresee(Plan::build(inputs), asked, given, now, Screen::default(), &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (code, text(out), text(err))
}

fn answer(samples: Vec<Sample>, asked: Foresight) -> String {
    let states = States::new();
    let given = Given { states: &states, has_set_up: false };
    let mut inputs = inputs(samples);
    inputs.pools.push(("mail".to_owned(), 1));
    let (code, out, err) = answer_with(inputs, asked, given);
    assert_eq!((code, err.as_str()), (0, ""));
    out
}

/// One part of a forecast.
fn part(samples: Vec<Sample>, length: Duration, title: &str) -> Vec<String> {
    let answer = answer(samples, Foresight::Forecast(length));
    let lines = answer.lines().skip_while(|line| !line.starts_with(title)).skip(1);
    lines.take_while(|line| !line.is_empty()).map(|line| line.trim().to_owned()).collect()
}

const HERDS: &str = "Most due";
const LIMITS: &str = "Limits";
const POOLS: &str = "Pools";
const CLOCKS: &str = "Changes";

fn scheduled(name: &'static str, schedule: Schedule<'static>) -> Sample {
    Sample::scheduled(name).with(|options| options.schedule = Some(schedule))
}

fn every(name: &'static str, seconds: u64) -> Sample {
    scheduled(name, Schedule::Every(Duration::from_secs(seconds)))
}

fn cron(name: &'static str, text: &'static str, zone: Option<&'static str>) -> Sample {
    scheduled(name, Schedule::Cron(text)).with(|options| options.timezone = zone)
}

fn in_mail(sample: Sample, minutes: u64) -> Sample {
    sample.with(|options| {
        options.pool = Some(Pool::Named("mail"));
        options.timeout = Some(Limit::After(Duration::from_secs(60 * minutes)));
    })
}

/// One of each kind, as `docs/foresight.md` shows them.
fn samples() -> Vec<Sample> {
    vec![
        in_mail(cron("send_digests", "0 * * * *", None), 90),
        in_mail(cron("send_invoices", "0 6-20 * * *", None), 50),
        cron("nightly_report", "30 2 * * *", Some("Europe/Madrid"))
            .with(|options| options.jitter = Some(Duration::from_secs(60))),
        cron("audit", "0 9 * * MON", None),
        every("prune_sessions", 300).with(|options| options.after = Some(&["migrate"])),
        scheduled("poll_queue", Schedule::Delay(Duration::from_secs(30))),
        every("rotate_logs", 6 * 3600).with(|options| {
            options.align = Some(true);
            options.on_start = Some(true);
        }),
        scheduled("launch", Schedule::At("2026-04-01T10:00:00+02:00")),
        scheduled("first_launch", Schedule::At("2025-04-01T10:00:00+02:00")),
        Sample::task("migrate"),
        Sample::task("on_demand").with(|options| options.start = Some(Start::Manual)),
        every("off", 60).with(|options| options.enabled = Some(false)),
    ]
}

#[test]
fn the_answers_are_those_of_the_documentation() {
    const DOCUMENT: &str = include_str!("../../../../docs/foresight.md");
    for asked in [Foresight::NextRuns(3), Foresight::Check, Foresight::Forecast(24 * HOUR)] {
        let answer = answer(samples(), asked);
        assert!(
            DOCUMENT.contains(&format!("\n{answer}```")),
            "{asked:?}, which docs/foresight.md does not show:\n{answer}"
        );
    }
}

/// What `--next-runs` says of one task, without its name.
fn next(sample: Sample, most: usize) -> Vec<String> {
    let answer = answer(vec![sample], Foresight::NextRuns(most));
    let cells = |line: &str| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
    answer.lines().skip(1).map(cells).collect()
}

#[test]
fn instants_are_shown_with_zone_and_offset_as_many_as_are_asked_for() {
    let lines = next(cron("a", "0 9 * * *", None), 2);
    assert_eq!(lines, ["2026-03-28 09:00 +00:00 UTC 21h", "2026-03-29 09:00 +00:00 UTC 1d 21h"]);
    assert_eq!(next(cron("a", "* * * * *", Some("Asia/Kolkata")), 1_000).len(), 1_000);
    let fold = next(cron("a", "30 2 25 10 *", Some("Europe/Madrid")), 1);
    let words = "clocks go back: the local time comes twice, this is the only run";
    assert_eq!(fold, [format!("2026-10-25 02:30 +02:00 Europe/Madrid 211d 12h {words}")]);
    let gap = next(cron("a", "15,45 2 29 3 *", Some("Europe/Madrid")), 1);
    assert!(gap[0].ends_with("does not exist: clocks go forward (2 local times in one)"), "{gap:?}");
}

#[test]
fn jitter_and_spread_are_shown_beside_the_due_instant() {
    let sample = || cron("a", "0 9 * * *", None).with(|options| options.spread = Some(HOUR));
    let states = States::new();
    let given = Given { states: &states, has_set_up: false };
    let note = |sample| {
        let mut inputs = inputs([sample]);
        inputs.defaults.host = Some("web-1".to_owned());
        let (code, out, _) = answer_with(inputs, Foresight::NextRuns(1), given);
        assert_eq!(code, 0);
        out.lines().nth(1).and_then(|row| row.split_once("21h  ")).map(|(_, note)| note.trim().to_owned())
    };
    let spread = note(sample()).expect("a note");
    assert!(spread.starts_with("here ") && spread.ends_with(" later"), "{spread}");
    let both = note(sample().with(|options| options.jitter = Some(HOUR))).expect("a note");
    assert_eq!(both, spread.replace(" later", " and up to 1h later"));
    assert_eq!(
        note(cron("a", "0 9 * * *", None).with(|options| options.jitter = Some(HOUR))).as_deref(),
        Some("up to 1h later")
    );
}

#[test]
fn a_program_without_anything_due_says_so() {
    let manual = Sample::task("a").with(|options| options.start = Some(Start::Manual));
    assert_eq!(answer(vec![manual], Foresight::NextRuns(5)), "no task is due by itself\n");
}

#[derive(Clone)]
struct Db;

fn needs_db(name: &'static str) -> Sample {
    let mut sample = Sample::task(name);
    sample.needs = Needs::state::<Db>;
    sample
}

#[test]
fn state_is_a_problem_without_set_up_and_unchecked_with_one() {
    let states = States::new();
    let samples = || inputs([needs_db("a"), needs_db("b")]);
    let given = |has_set_up| Given { states: &states, has_set_up };
    let (code, out, err) = answer_with(samples(), Foresight::Check, given(false));
    assert_eq!((code, out.as_str()), (78, ""));
    assert!(err.contains("Db>` is not there; it is needed by `a`"), "{err}");
    let (code, out, err) = answer_with(samples(), Foresight::Check, given(true));
    assert_eq!((code, err.as_str()), (0, ""));
    let unchecked = format!(
        "not checked: `State<{}>`, which set-up may give; it is needed by `a`, `b`",
        std::any::type_name::<Db>()
    );
    assert_eq!(out.lines().collect::<Vec<_>>(), ["no problem was found in 2 tasks", &unchecked]);
    let mut twice = States::new();
    twice.insert(Db);
    twice.insert(Db);
    let (code, _, err) = answer_with(samples(), Foresight::Check, Given { states: &twice, has_set_up: true });
    assert!(code == 78 && err.contains("there are two states of the type"), "{err}");
}

#[test]
fn all_problems_come_at_once_and_the_rest_is_answered() {
    let wrong = || inputs([cron("a", "61 * * * *", None), cron("b", "0 0 30 2 *", None), every("c", 60)]);
    let states = States::new();
    let given = Given { states: &states, has_set_up: false };
    for asked in [Foresight::Check, Foresight::NextRuns(1), Foresight::Forecast(HOUR)] {
        let (code, out, err) = answer_with(wrong(), asked, given);
        assert!(code == 78 && err.contains("`a`") && err.contains("`b`"), "{asked:?}: {err}");
        assert_eq!(out.contains("c "), asked != Foresight::Check, "{out}");
    }
    let mut unknown = inputs([every("send_mail", 60)]);
    unknown.selection.skip.push(crate::plan::Choice::Name("send_mial".to_owned()));
    let (code, out, err) = answer_with(unknown, Foresight::Check, given);
    assert!(code == 2 && out.is_empty() && err.contains("send_mail"), "{err}");
}

#[test]
fn runs_are_counted_without_being_walked_through() {
    let answer = answer(
        vec![every("ticks", 1), cron("nightly", "30 2 * * *", Some("Europe/Madrid"))],
        Foresight::Forecast(3650 * 24 * HOUR),
    );
    let runs = |name| {
        answer.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_whitespace().nth(1))
    };
    assert_eq!((runs("ticks"), runs("nightly")), (Some("315360000"), Some("3650")));
    assert!(answer.contains("looked for up to 2026-03-30 09:2"), "{answer}");
}

#[test]
fn a_thousand_schedules_over_a_year_are_foretold_in_bounded_time() {
    let names: Vec<&'static str> = (0..1_000).map(|n| &*format!("task_{n}").leak()).collect();
    let samples: Vec<Sample> = names
        .iter()
        .zip(0_u64..)
        .map(|(name, n)| match n % 3 {
            0 => every(name, 60 + n),
            1 => cron(name, &*format!("{} */2 * * *", n % 60).leak(), Some("Europe/Madrid")),
            _ => cron(name, &*format!("{} 2 * * MON-FRI", n % 60).leak(), Some("America/New_York")),
        })
        .collect();
    let began = Instant::now();
    let answer = answer(samples, Foresight::Forecast(365 * 24 * HOUR));
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert!(answer.contains("980 more tasks"), "{answer}");
}

#[test]
fn tasks_that_are_due_on_the_same_second_are_named_the_largest_group_first() {
    let samples = vec![
        cron("a", "0 0 * * *", None),
        cron("b", "0 */6 * * *", None),
        every("c", 3600).with(|options| options.align = Some(true)),
        cron("spread", "0 0 * * *", None).with(|options| options.jitter = Some(HOUR)),
    ];
    let expected = [
        "3 tasks, 2 times, first at 2026-03-28 00:00 +00:00 UTC: `a`, `b`, `c`",
        "2 tasks, 6 times, first at 2026-03-27 18:00 +00:00 UTC: `b`, `c`",
        "tasks with jitter or spread are left out: 1",
    ];
    assert_eq!(part(samples, 48 * HOUR, HERDS), expected);
    assert_eq!(part(vec![cron("a", "0 0 * * *", None)], 48 * HOUR, HERDS), ["none"]);
}

#[test]
fn limits_that_are_longer_than_the_time_to_the_next_run_are_told_with_what_follows() {
    let limited = |name, timeout: Limit| every(name, 60).with(|options| options.timeout = Some(timeout));
    let after = |seconds| Limit::After(Duration::from_secs(seconds));
    let samples = vec![
        limited("a_fits", after(59)),
        limited("b_skips", after(60)),
        limited("c_queues", after(90)).with(|options| options.overlap = Some(Overlap::Queue(3))),
        limited("d_retries", after(20)).with(|options| {
            let mut retry = RetryOptions::NONE;
            retry.max = Some(MaxRetries::Limited(2));
            options.retry = Some(retry);
        }),
        limited("e_endless", Limit::Off),
        limited("f_deadline", Limit::Off).with(|options| options.deadline = Some(after(30))),
        every("g_default", 60),
        limited("h_jitter", after(1)).with(|options| options.jitter = Some(HOUR)),
        scheduled("i_delay", Schedule::Delay(Duration::from_secs(1))),
    ];
    let expected = [
        "`b_skips`: a run may take 1m, and the next is due 1m later: the next ones are skipped until it ends",
        "`c_queues`: a run may take 1m 30s, and the next is due 1m later: the next ones wait, and are skipped when the queue is full",
        "`d_retries`: with its retries a run may take 1m 3s, and the next is due 1m later: the next ones are skipped until it ends",
        "`e_endless`: nothing limits a run, and the next is due 1m later: the next ones are skipped until it ends",
        "`g_default`: a run may take 5m, the default, and the next is due 1m later: the next ones are skipped until it ends",
        "`h_jitter`: its jitter of 1h is cut to 1m, the time to the next run",
    ];
    assert_eq!(part(samples, HOUR, LIMITS), expected);
}

#[test]
fn pools_are_told_what_they_can_bear_and_what_they_cannot() {
    let pool = |minutes| part(vec![in_mail(cron("a", "0 * * * *", None), minutes)], 24 * HOUR, POOLS);
    assert_eq!(
        pool(90),
        [
            "`mail`, 1 place: 24 runs are due; it keeps up while they hold a place for 1h on average, and cannot if each takes its whole limit: that needs 1.5 places"
        ]
    );
    assert_eq!(
        pool(15),
        [
            "`mail`, 1 place: 24 runs are due; it keeps up while they hold a place for 1h on average; if each takes its whole limit, 0.2 are in use"
        ]
    );
    let unlimited =
        in_mail(cron("a", "0 * * * *", None), 1).with(|options| options.timeout = Some(Limit::Off));
    assert!(
        part(vec![unlimited], HOUR, POOLS)[0].ends_with("(1 task has no limit, and counted as nothing here)")
    );
    assert_eq!(part(vec![every("a", 60)], HOUR, POOLS), ["`mail`, 1 place: no run is due by itself"]);
}

#[test]
fn changes_of_the_clocks_are_told_where_somebody_would_notice_them() {
    let changes = |text, zone| part(vec![cron("a", text, Some(zone))], HOUR, CLOCKS);
    assert_eq!(
        changes("15,45 2 * * *", "America/New_York"),
        [
            "`a`: clocks skip its local time: it runs at 2027-03-14 03:00 -04:00 America/New_York; 2 local times become one run"
        ]
    );
    assert_eq!(
        changes("*/15 2 * * *", "Europe/Madrid"),
        [
            "`a`: 4 runs fewer on 2026-03-29: clocks skip their local times",
            "`a`: 4 runs more on 2026-10-25: clocks show their local times twice",
            "`a`: 4 runs fewer on 2027-03-28: clocks skip their local times",
        ]
    );
    // It follows elapsed time, and is due at noon: nobody notices.
    assert_eq!(changes("*/15 * * * *", "Europe/Madrid"), ["none"]);
    assert_eq!(changes("0 12 * * *", "Europe/Madrid"), ["none"]);
    assert_eq!(changes("30 2 * * *", "Asia/Kolkata"), ["none"]);
}

#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_not() {
    struct Broken(io::ErrorKind);
    impl io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let states = States::new();
    let given = Given { states: &states, has_set_up: false };
    for asked in [Foresight::Check, Foresight::NextRuns(1), Foresight::Forecast(HOUR)] {
        for (kind, code) in [(io::ErrorKind::StorageFull, 1), (io::ErrorKind::BrokenPipe, 0)] {
            let checked = Plan::build(inputs([every("a", 60)]));
            let now = NOW.parse().expect("an instant");
            let end =
                foresee(checked, asked, given, now, Screen::default(), &mut Broken(kind), &mut Vec::new());
            assert_eq!(end, code, "{asked:?} {kind:?}");
        }
    }
}

#[test]
fn colours_are_for_the_headings_of_a_terminal() {
    let states = States::new();
    let given = Given { states: &states, has_set_up: false };
    let screen = Screen { width: Some(80), colour: true };
    let mut out = Vec::new();
    let checked = Plan::build(inputs([every("a", 60)]));
    let now = NOW.parse().expect("an instant");
    foresee(checked, Foresight::NextRuns(1), given, now, screen, &mut out, &mut Vec::new());
    assert!(String::from_utf8(out).expect("UTF-8").starts_with("\u{1b}[2mTASK"));
    assert!(!answer(samples(), Foresight::Forecast(HOUR)).contains('\u{1b}'));
}
