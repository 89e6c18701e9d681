//! What `Handle::why` says, as data and as the text in `docs/why.md`.

use std::time::Duration;

use tasks_runtime::{
    Context, DecisionKind, Handle, LateReason, Outcome, RunWait, SkipReason, State, Trigger, Wait, Why,
    registration, scheduled, task,
};

use crate::support::{Notes, pass, program, start};

/// The text with runs counted from 1: their ids are the process's.
fn text(why: &Why) -> String {
    let mut ids: Vec<u64> = Vec::new();
    let mut pieces = Vec::new();
    let text = why.to_string();
    for (number, piece) in text.split("run ").enumerate() {
        let digits = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
        let id = piece[..digits].parse().ok().filter(|_| number > 0);
        ids.extend(id);
        pieces.push((id, if id.is_some() { &piece[digits..] } else { piece }));
    }
    ids.sort_unstable();
    ids.dedup();
    let counted = |id: u64| ids.binary_search(&id).unwrap() + 1;
    let piece = |(id, rest): &(Option<u64>, &str)| {
        id.map_or_else(|| (*rest).to_owned(), |id| format!("{}{rest}", counted(id)))
    };
    let text = pieces.iter().map(piece).collect::<Vec<_>>().join("run ");
    // The column of the living runs stays where it is.
    let line = |line: &str| match line.strip_prefix("  run ").and_then(|line| line.split_once(' ')) {
        Some((id, rest)) => format!("  {:<9} {}", format!("run {id}"), rest.trim_start()),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Compares a text with the block of this name in the documentation.
fn is_documented(name: &str, why: &Why) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/why.md");
    let documentation = std::fs::read_to_string(path).unwrap();
    let block: Vec<_> = documentation
        .split_once(&format!("<!-- why: {name} -->"))
        .map_or("", |(_, rest)| rest)
        .lines()
        .skip_while(|line| !line.starts_with("```"))
        .skip(1)
        .take_while(|line| !line.starts_with("```"))
        .collect();
    let text = text(why);
    assert_eq!(block.join("\n"), text, "docs/why.md should show for {name}:\n{text}\n");
}

fn kinds(why: &Why) -> Vec<DecisionKind> {
    why.decisions.iter().map(|decision| decision.kind.clone()).collect()
}

#[scheduled(every = "1m", retry = 2)]
async fn prune_sessions(State(notes): State<Notes>) {
    notes.note("run");
    let second = notes.count("run") == 2;
    pass(if second { 200_000 } else { 5_000 }).await;
}

#[tokio::test(start_paused = true)]
async fn a_firing_that_was_skipped_is_shown_with_the_run_that_was_in_its_way() {
    let handle = start(&Notes::new(), [registration!(prune_sessions)]).await;
    pass(280_000).await;
    let why = handle.why("prune_sessions").unwrap();
    is_documented("overlap", &why);
    let run = why.runs[0].run.run;
    for kind in &kinds(&why)[2..] {
        match kind {
            DecisionKind::Skipped { reason: SkipReason::Overlap, count: 1, behind, .. } => {
                assert_eq!(*behind, Some(run));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(why.decisions.len(), 4);
    let (first, at) = (&why.decisions[0], why.task.last_result.unwrap().scheduled_at);
    assert_eq!(Some(first.at), at, "a decision has the instant at which it was made");
}

#[task(pool = "mail", start = "manual", priority = "low")]
async fn send_mail() {
    pass(10_000).await;
}

#[task(pool = "mail", start = "manual", priority = "high")]
async fn send_alarm() {
    pass(10_000).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_its_pool_is_shown_with_how_many_come_before_it() {
    let tasks = [registration!(send_mail), registration!(send_alarm)];
    let handle = program(&Notes::new(), tasks).pool("mail", 1).start().await.unwrap();
    handle.trigger("send_mail").unwrap();
    pass(2_000).await;
    handle.trigger("send_mail").unwrap();
    pass(1_000).await;
    handle.trigger("send_alarm").unwrap();
    pass(500).await;
    let why = handle.why("send_mail").unwrap();
    is_documented("pool", &why);
    assert_eq!(why.runs[0].wait, None);
    // The alarm came later and goes first.
    match why.runs[1].wait {
        Some(RunWait::Admission { wait: Wait::Pool, ahead: 1, .. }) => {}
        ref other => panic!("{other:?}"),
    }
    let pool = why.pool.unwrap();
    assert_eq!((&*pool.name, pool.size, pool.used, pool.waiting), ("mail", 1, 1, 2));
    pass(20_000).await;
    let why = handle.why("send_mail").unwrap();
    is_documented("late", &why);
    let late = kinds(&why).pop();
    match late {
        Some(DecisionKind::Started { late: Some(late), trigger: Trigger::Manual, .. }) => {
            assert_eq!((late.by, late.why), (Duration::from_secs(18), LateReason::Waited));
        }
        other => panic!("{other:?}"),
    }
}

#[scheduled(cron = "0 * * * *", retry(max = 3, delay = "3s", jitter = "off"))]
async fn fetch_rates(cx: Context) -> Result<(), String> {
    pass(1_000).await;
    if cx.attempt() == 1 { Err("connection refused".to_owned()) } else { Ok(()) }
}

#[tokio::test(start_paused = true)]
async fn a_run_between_two_attempts_is_shown_with_the_moment_of_the_next() {
    let handle = start(&Notes::new(), [registration!(fetch_rates)]).await;
    pass(3_600_000 + 2_500).await;
    let why = handle.why("fetch_rates").unwrap();
    is_documented("retry", &why);
    let at = "2026-01-01T01:00:04Z".parse().unwrap();
    match why.runs[0].wait {
        Some(RunWait::Attempt { attempt: 2, at: next, .. }) => assert_eq!(next, at),
        ref other => panic!("{other:?}"),
    }
}

#[task(retry(max = 1, delay = "1s", jitter = "off"))]
async fn migrate() -> Result<(), String> {
    Err("no such table".to_owned())
}

#[task(after = "migrate")]
async fn serve_http() {}

#[tokio::test(start_paused = true)]
async fn a_blocked_task_names_the_dependency() {
    let handle = start(&Notes::new(), [registration!(migrate), registration!(serve_http)]).await;
    let why = handle.why("serve_http").unwrap();
    assert_eq!((&*why.waits_for[0], &why.blocked_by), ("migrate", &None));
    assert!(why.to_string().starts_with("2026-01-01T00:00:00.000Z  serve_http waits for migrate\n"), "{why}");
    pass(60_000).await;
    let why = handle.why("serve_http").unwrap();
    is_documented("blocked", &why);
    assert_eq!(why.blocked_by.as_deref(), Some("migrate"));
}

#[task(name = "migrate")]
async fn migrate_at_second_try(State(notes): State<Notes>) -> Result<(), String> {
    notes.note("try");
    if notes.count("try") == 1 { Err("no such table".to_owned()) } else { Ok(()) }
}

#[tokio::test(start_paused = true)]
async fn a_task_is_no_longer_blocked_when_its_dependency_succeeds_after_all() {
    let handle =
        start(&Notes::new(), [registration!(migrate_at_second_try), registration!(serve_http)]).await;
    pass(1_000).await;
    assert!(handle.why("serve_http").unwrap().blocked_by.is_some());
    handle.trigger("migrate").unwrap();
    pass(1_000).await;
    let why = handle.why("serve_http").unwrap();
    assert_eq!((why.blocked_by.as_deref(), why.waits_for.len()), (None, 0));
    assert!(why.to_string().starts_with("2026-01-01T00:00:02.000Z  serve_http is over\n"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_paused_task_says_until_when_and_what_for() {
    let handle = start(&Notes::new(), [registration!(quick)]).await;
    pass(60_000).await;
    handle.pause("quick", "the warehouse moves", Some(Duration::from_secs(7_200).into())).unwrap();
    pass(90_000).await;
    is_documented("paused", &handle.why("quick").unwrap());
}

#[scheduled(every = "1m")]
async fn quick() {}

#[task(restart(policy = "always", delay = "1s", jitter = "off", max = 2, within = "1m"))]
async fn follow_queue() -> Result<(), String> {
    pass(2_000).await;
    Err("connection reset".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_service_is_shown_with_its_restarts() {
    let handle = start(&Notes::new(), [registration!(follow_queue)]).await;
    pass(15_000).await;
    is_documented("service", &handle.why("follow_queue").unwrap());
}

#[task(start = "manual", enabled = false)]
async fn switched_off() {}

#[task(start = "manual", overlap = "skip")]
async fn on_demand() {
    pass(5_000).await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_nobody_asked_for_says_so() {
    let handle = start(&Notes::new(), [registration!(switched_off), registration!(on_demand)]).await;
    let said = |task: &str| handle.why(task).unwrap().to_string();
    assert_eq!(
        said("on_demand"),
        "2026-01-01T00:00:00.000Z  on_demand runs when somebody asks for it\n  overlap   skip\n\n\
         nothing was decided about it yet"
    );
    assert!(said("switched_off").contains("  switched_off is disabled: "), "{}", said("switched_off"));
    let unknown = handle.why("on_demnd").unwrap_err();
    assert!(unknown.to_string().contains("did you mean `on_demand`"), "{unknown}");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_asked_for_in_vain_is_a_decision_too() {
    let handle = start(&Notes::new(), [registration!(on_demand)]).await;
    let run = handle.trigger("on_demand").unwrap();
    handle.trigger("on_demand").unwrap_err();
    let why = handle.why("on_demand").unwrap();
    match &kinds(&why)[..] {
        [
            DecisionKind::Started { late: None, .. },
            DecisionKind::Refused { trigger: Trigger::Manual, reason: SkipReason::Overlap, behind, .. },
        ] => assert_eq!(*behind, Some(run)),
        other => panic!("{other:?}"),
    }
    assert!(why.to_string().ends_with(&format!("refused a run (manual): overlap, run {run} goes on")));
}

#[task(start = "manual", overlap = "queue")]
async fn queued() {
    pass(60_000).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_waited_and_never_started_is_shown_with_how_it_ended() {
    let handle = start(&Notes::new(), [registration!(queued)]).await;
    handle.trigger("queued").unwrap();
    let second = handle.trigger("queued").unwrap();
    assert!(handle.cancel(second));
    match &kinds(&handle.why("queued").unwrap())[1..] {
        [
            DecisionKind::Waits { wait: Wait::Overlap, others: 0, .. },
            DecisionKind::Withdrawn { run, outcome: Outcome::Cancelled, .. },
        ] => assert_eq!(*run, second),
        other => panic!("{other:?}"),
    }
}

#[scheduled(every = "1h", jitter = "10m")]
async fn jitters() {}

#[tokio::test(start_paused = true)]
async fn a_run_that_its_jitter_delayed_says_so() {
    let handle = start(&Notes::new(), [registration!(jitters)]).await;
    pass(20 * 3_600_000).await;
    let mut reasons = Vec::new();
    for kind in kinds(&handle.why("jitters").unwrap()) {
        let DecisionKind::Started { late, .. } = kind else { panic!("{kind:?}") };
        reasons.extend(late);
    }
    assert!(reasons.len() > 10, "{reasons:?}");
    assert!(reasons.iter().all(|late| late.why == LateReason::Jitter && late.by <= Duration::from_secs(600)));
}

async fn hours(handle: &Handle, hours: u64) -> Why {
    pass(hours * 3_600_000 + 500).await;
    handle.why("quick").unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_last_thirty_two_decisions_of_a_task_are_kept() {
    let handle = start(&Notes::new(), [registration!(quick)]).await;
    let why = hours(&handle, 3).await;
    assert_eq!(why.decisions.len(), 32);
    assert_eq!(why.decisions[31].at, "2026-01-01T03:00:00Z".parse().unwrap());
    assert_eq!(why.decisions[0].at, "2026-01-01T02:29:00Z".parse().unwrap());
}
