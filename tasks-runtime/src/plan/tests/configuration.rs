//! Layers upon annotations: which value wins, what is dropped, and what is said of a wrong one.

use std::time::Duration;

use tasks_core::{
    BodyKind,
    policy::{Limit, MaxRetries, Overlap, Pool, RestartOptions, RestartPolicy, RetryOptions, Schedule},
};

use tasks_options::OPTIONS;

use crate::{
    config::{
        Layer,
        testing::{code, file, set_task, variables},
    },
    plan::{
        Checked, Plan, Planned, Rule,
        testing::{Sample, inputs},
    },
};

const MINUTE: Duration = Duration::from_secs(60);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// `prune` is due each minute and has a timeout of 30 s, `nightly` follows the clock in Madrid,
/// `send` is a task with a retry, `plain` writes nothing.
fn samples() -> Vec<Sample> {
    let mut retry = RetryOptions::NONE;
    retry.max = Some(MaxRetries::Limited(3));
    retry.delay = Some(seconds(2));
    vec![
        Sample::scheduled("prune").at("src/jobs.rs", 10).with(|options| {
            options.schedule = Some(Schedule::Every(MINUTE));
            options.timeout = Some(Limit::After(seconds(30)));
            options.initial_delay = Some(seconds(1));
        }),
        Sample::scheduled("nightly").at("src/jobs.rs", 20).with(|options| {
            options.schedule = Some(Schedule::Cron("30 2 * * *"));
            options.timezone = Some("Europe/Madrid");
        }),
        Sample::task("send-mail").at("src/jobs.rs", 30).with(|options| options.retry = Some(retry)),
        Sample::task("plain").at("src/jobs.rs", 40),
    ]
}

fn planned(layers: impl IntoIterator<Item = Layer>) -> Checked {
    planned_of(samples(), layers)
}

fn planned_of(samples: Vec<Sample>, layers: impl IntoIterator<Item = Layer>) -> Checked {
    let mut inputs = inputs(samples);
    inputs.layers = layers.into_iter().collect();
    Plan::build(inputs)
}

fn problems(layers: impl IntoIterator<Item = Layer>) -> Vec<String> {
    planned(layers).problems.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn sound(layers: impl IntoIterator<Item = Layer>) -> Checked {
    let checked = planned(layers);
    assert_eq!((checked.problems.as_slice(), checked.usage.as_slice()), (&[][..], &[][..]));
    checked
}

fn task<'a>(checked: &'a Checked, name: &str) -> &'a Planned {
    checked.plan.tasks.iter().find(|task| &*task.name == name).expect("the task is there")
}

#[test]
fn each_layer_stands_above_the_one_before() {
    let layers = || {
        vec![
            code(|tasks| {
                tasks.task("prune").timeout(seconds(2));
            }),
            file("[task.prune]\ntimeout = \"3s\""),
            variables(&[("TASKS__PRUNE__TIMEOUT", "4s")]),
            set_task("prune", "timeout", "5s"),
        ]
    };
    for count in 0..=4 {
        let checked = sound(layers().into_iter().take(count));
        let expected = [30, 2, 3, 4, 5][count];
        assert_eq!(task(&checked, "prune").timeout, Some(seconds(expected)), "{count} layers");
    }
}

#[test]
fn every_value_that_is_set_knows_its_place() {
    let checked = sound([
        file("[default]\ngrace = \"9s\"\n[task.prune]\nevery = \"2m\"\npriority = \"low\""),
        variables(&[("TASKS__PRUNE__RETRY", "5")]),
    ]);
    let prune = task(&checked, "prune");
    let places: Vec<_> = checked
        .plan
        .in_force(prune)
        .into_iter()
        .filter_map(|in_force| {
            let origin = in_force.origin?;
            Some(format!("{} = {} {} {}", in_force.key, in_force.value, origin.layer.as_str(), origin))
        })
        .collect();
    assert_eq!(
        places,
        [
            "every = \"2m\" file tasks.toml:4:1",
            "initial_delay = \"1s\" annotation src/jobs.rs:10",
            "timeout = \"30s\" annotation src/jobs.rs:10",
            "grace = \"9s\" file tasks.toml:2:1",
            "retry.max = 5 environment TASKS__PRUNE__RETRY",
            "priority = \"low\" file tasks.toml:5:1",
        ]
    );
}

#[test]
fn names_are_equal_in_every_layer_as_they_are_everywhere() {
    let checked = sound([
        code(|tasks| {
            tasks.task("Send_Mail").retry(1);
        }),
        file("[task.SEND-mail]\nretry.delay = \"3s\""),
        variables(&[("TASKS__SEND_MAIL__RETRY__FACTOR", "1.5")]),
    ]);
    let retry = task(&checked, "send-mail").retry;
    let backoff = retry.backoff;
    assert_eq!((retry.max, backoff.delay, backoff.factor), (MaxRetries::Limited(1), seconds(3), 1.5));
}

#[test]
fn a_number_of_retries_leaves_the_other_parts_alone() {
    let checked = sound([file("[task.send-mail]\nretry = 7")]);
    let retry = task(&checked, "send-mail").retry;
    assert_eq!((retry.max, retry.backoff.delay), (MaxRetries::Limited(7), seconds(2)));
    let checked = sound([file("[task.send-mail]\nretry = { factor = 3, panics = true }")]);
    let retry = task(&checked, "send-mail").retry;
    assert_eq!((retry.max, retry.backoff.factor, retry.panics), (MaxRetries::Limited(3), 3.0, true));
}

#[test]
fn what_is_switched_off_forgets_how_it_was_done() {
    let service = || {
        let mut restart = RestartOptions::NONE;
        (restart.policy, restart.max) = (Some(RestartPolicy::Always), Some(3));
        vec![Sample::task("serve").at("src/jobs.rs", 1).with(|options| options.restart = Some(restart))]
    };
    for layers in [
        vec![file("[task.serve]\nrestart = \"off\"")],
        vec![file("[task.serve]\nrestart.within = \"1m\""), variables(&[("TASKS__SERVE__RESTART", "never")])],
    ] {
        let checked = planned_of(service(), layers);
        assert_eq!(checked.problems, []);
        assert!(!task(&checked, "serve").is_service());
    }
    // A stronger layer finds everything as it was.
    let layers =
        [file("[task.serve]\nrestart = \"never\""), variables(&[("TASKS__SERVE__RESTART", "on-failure")])];
    let checked = planned_of(service(), layers);
    assert_eq!((checked.problems.len(), task(&checked, "serve").restart.max), (0, 3));
    let layers = [file("[task.serve]\nrestart = { policy = \"never\", max = 4 }")];
    let checked = planned_of(service(), layers);
    assert_eq!(checked.problems.len(), 1, "{:?}", checked.problems);
}

#[test]
fn a_default_replaces_only_what_is_built_in() {
    let layers = [
        file(
            "[default]\ntimeout = \"1m\"\njitter = \"3s\"\nretry.factor = 4\ntimezone = \"Asia/Tokyo\"\n\
             stop_after = \"10s\"\nmisfire = \"skip\"\nstart = \"manual\"",
        ),
        variables(&[("TASKS_DEFAULT__TIMEOUT", "2m"), ("TASKS__PLAIN__TIMEOUT", "3m")]),
    ];
    let checked = sound(layers);
    let (prune, nightly) = (task(&checked, "prune"), task(&checked, "nightly"));
    assert_eq!(prune.timeout, Some(seconds(30)), "the annotation is stronger than any default");
    assert_eq!(nightly.timeout, Some(seconds(120)), "the built-in 5m is a default like the others");
    assert!(!nightly.timeout_is_implicit);
    assert_eq!(task(&checked, "plain").timeout, Some(seconds(180)), "so is a task's own variable");
    assert_eq!(task(&checked, "send-mail").timeout, Some(seconds(120)));
    assert_eq!(prune.schedule_at_start.as_ref().map(|schedule| schedule.jitter), Some(seconds(3)));
    let Some(Rule::Cron(schedule)) = nightly.schedule_at_start.as_ref().map(|schedule| &schedule.rule) else {
        panic!("no cron")
    };
    assert_eq!(schedule.zone().name(), "Europe/Madrid");
    // What a task has no use for is not forced upon it: nobody listens here.
    assert!(checked.plan.tasks.iter().all(|task| task.stop_after.is_none()));
    assert_eq!(task(&checked, "send-mail").retry.backoff.factor, 4.0);
    assert_eq!(task(&checked, "plain").settings.find("retry.factor").map(|set| set.key()), None);
}

#[test]
fn a_schedule_replaces_the_one_below_and_drops_what_does_not_go_with_it() {
    let checked = sound([
        file("[task.prune]\ndelay = \"2m\"\n[task.nightly]\nmisfire = \"skip\""),
        variables(&[("TASKS__NIGHTLY__DELAY", "1h"), ("TASKS__PRUNE__CRON", "@daily")]),
    ]);
    let rule = |name| &task(&checked, name).schedule_at_start.as_ref().expect("a schedule").rule;
    assert!(matches!(rule("prune"), Rule::Cron(_)));
    assert!(matches!(rule("nightly"), Rule::Delay { delay, .. } if *delay == seconds(3600)));
    assert_eq!(
        checked.plan.warnings,
        [
            "`timezone` of `nightly`, set at src/jobs.rs:20, is dropped: it does not go with `delay`, set at \
             TASKS__NIGHTLY__DELAY",
            "`misfire` of `nightly`, set at tasks.toml:4:1, is dropped: it does not go with `delay`, set at \
             TASKS__NIGHTLY__DELAY",
            "`initial_delay` of `prune`, set at src/jobs.rs:10, is dropped: it does not go with `cron`, set at \
             TASKS__PRUNE__CRON",
        ]
    );
    // A schedule of the same kind keeps everything.
    let checked = sound([file("[task.nightly]\ncron = \"@hourly\"")]);
    assert_eq!(checked.plan.warnings, [""; 0]);
}

#[test]
fn what_does_not_go_with_the_schedule_of_its_own_layer_is_an_error() {
    let found = problems([file("[task.prune]\ncron = \"@daily\"\nalign = true")]);
    assert_eq!(
        found,
        ["tasks.toml:3:1: task `prune`: the option `align` belongs to `every` only (leave it out)"]
    );
    let found = problems([variables(&[("TASKS__NIGHTLY__ALIGN", "true")])]);
    assert_eq!(
        found,
        ["TASKS__NIGHTLY__ALIGN: task `nightly`: the option `align` belongs to `every` only (leave it out)"]
    );
    let found = problems([file("[task.prune]\ncron = \"@daily\"\nevery = \"1m\"")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("tasks.toml:3:1: task `prune`: `cron` and `every` exclude each other"));
}

#[test]
fn off_and_an_empty_text_switch_a_schedule_off() {
    for layer in [
        code(|tasks| {
            tasks.task("prune").cron("");
        }),
        code(|tasks| {
            tasks.task("prune").every("off");
        }),
        file("[task.prune]\ndelay = \"off\""),
        variables(&[("TASKS__PRUNE__EVERY", "")]),
        set_task("prune", "at", "off"),
    ] {
        let checked = sound([layer]);
        let prune = task(&checked, "prune");
        assert!(prune.schedule_at_start.is_none() && prune.is_enabled() && !prune.is_boot());
        assert_eq!(checked.plan.warnings.len(), 1, "initial_delay is dropped: {:?}", checked.plan.warnings);
        assert!(checked.plan.warnings[0].contains("it needs a schedule, which is off at"));
    }
    // A stronger layer brings it back.
    let checked = sound([file("[task.prune]\nevery = \"off\""), variables(&[("TASKS__PRUNE__EVERY", "9m")])]);
    let rule = task(&checked, "prune").schedule_at_start.as_ref().map(|schedule| &schedule.rule);
    assert!(matches!(rule, Some(Rule::Every { period, .. }) if *period == seconds(540)));
}

#[test]
fn nothing_leaves_an_option_as_it_is() {
    let checked = sound([code(|tasks| {
        let mut task = tasks.task("prune");
        task.timeout(None::<&str>).every(Some("2m")).tags(["a", "b"]);
        task.max_running(1_u32).set("retry.jitter", "off").retry("4").overlap(Overlap::Queue(2));
    })]);
    let prune = task(&checked, "prune");
    assert_eq!(prune.timeout, Some(seconds(30)));
    assert_eq!(prune.tags, ["a", "b"]);
    assert_eq!((prune.retry.max, prune.overlap), (MaxRetries::Limited(4), Overlap::Queue(2)));
}

#[test]
fn a_disabled_task_shows_the_reason() {
    let disabled = |layer| task(&sound([layer]), "prune").disabled.clone();
    let code = code(|tasks| {
        tasks.task("prune").enabled(false, "SMTP_HOST is not set");
    });
    assert_eq!(disabled(code).as_deref(), Some("SMTP_HOST is not set"));
    assert_eq!(
        disabled(file("[task.prune]\nenabled = false")).as_deref(),
        Some("enabled = false, tasks.toml:2:1")
    );
    assert_eq!(
        disabled(variables(&[("TASKS__PRUNE__ENABLED", "false")])).as_deref(),
        Some("enabled = false, TASKS__PRUNE__ENABLED")
    );
}

#[test]
fn lists_of_words_are_replaced_whole_and_checked() {
    let checked =
        sound([variables(&[("TASKS__PRUNE__AFTER", "plain, send_mail"), ("TASKS__PRUNE__TAGS", "x")])]);
    let prune = task(&checked, "prune");
    assert_eq!((prune.after.len(), &*prune.tags), (2, &["x".to_owned()][..]));
    let found = problems([file("[task.prune]\nafter = \"plan\"")]);
    assert_eq!(
        found,
        ["tasks.toml:2:1: task `prune`: `after` names `plan`, which is no task (did you mean `plain`?)"]
    );
}

#[test]
fn pools_and_the_budget_are_sized_by_the_strongest_layer() {
    let with_pool = || vec![Sample::task("a").with(|options| options.pool = Some(Pool::Named("mail")))];
    let mut inputs = inputs(with_pool());
    inputs.pools = vec![("mail".to_owned(), 1)];
    inputs.layers = vec![
        code(|tasks| {
            tasks.pool("mail", 2);
            tasks.shutdown_budget(seconds(20));
        }),
        file("[pools]\nMail = 3\n[shutdown]\nbudget = \"30s\""),
        variables(&[("TASKS_POOLS__MAIL", "4")]),
    ];
    let checked = Plan::build(inputs);
    assert_eq!(checked.problems, []);
    let pool = &checked.plan.pools[0];
    assert_eq!((&*pool.name, pool.size), ("mail", 4));
    assert_eq!(pool.origin.as_ref().map(ToString::to_string).as_deref(), Some("TASKS_POOLS__MAIL"));
    assert_eq!(checked.plan.budget, seconds(30));
    let checked = planned_of(with_pool(), [file("[pools]\nmail = 0\n[shutdown]\nbudget = \"1s\"")]);
    let places: Vec<_> = checked.problems.iter().map(|problem| problem.place.as_str()).collect();
    assert_eq!(places, ["tasks.toml:2:1", "tasks.toml:4:1"], "{:?}", checked.problems);
}

#[test]
fn every_unknown_word_is_reported_with_the_nearest_one() {
    let found = problems([
        code(|tasks| {
            tasks.task("prunes").timeout("1s").grace("1s");
        }),
        file(
            "[task.prune]\ninterval = \"5m\"\ntimout = \"1m\"\nretry.maxx = 3\n[task.plain]\ngrace.more = 1",
        ),
        variables(&[("TASKS__NIGHTLI__EVERY", "5m"), ("TASKS__PRUNE__JITER", "1s")]),
    ]);
    let expected = [
        ("TASKS__NIGHTLI__EVERY: no task is called `NIGHTLI`", "did you mean `TASKS__NIGHTLY__…`?"),
        ("TASKS__PRUNE__JITER: task `prune`: unknown option `jiter`", "did you mean `TASKS__PRUNE__JITTER`?"),
        ("configuration.rs:", "no task is called `prunes` (did you mean `prune`?)"),
        ("tasks.toml:2:1: task `prune`: unknown option `interval`", "did you mean `every`?"),
        ("tasks.toml:3:1: task `prune`: unknown option `timout`", "did you mean `timeout`?"),
        ("tasks.toml:4:7: task `prune`: unknown option `maxx` in `retry(…)`", "did you mean `max`?"),
        ("tasks.toml:6:7: task `plain`: `grace` has no part `more`", "write for example `grace = \"5s\"`"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, (place, hint)) in found.iter().zip(expected) {
        assert!(found.contains(place) && found.contains(hint), "{found}");
    }
}

#[test]
fn what_is_code_and_what_each_task_has_for_itself_cannot_be_set() {
    let found = problems([file(
        "[default]\nevery = \"5m\"\nname = \"x\"\n[task.prune]\ncrate = \"x\"\nretry.on = \"x\"\nstart = \"boot\"\n\
         [task.plain]\nevery = \"1m\"",
    )]);
    let expected = [
        "tasks.toml:2:1: [default]: `every` is a schedule, which each task has for itself",
        "tasks.toml:3:1: [default]: `name` cannot be configured: it is a part of the code",
        "tasks.toml:5:1: task `prune`: `crate` cannot be configured",
        "tasks.toml:6:7: task `prune`: `retry.on` cannot be configured",
        "tasks.toml:7:1: task `prune`: `start` belongs to `#[task]`, and it is declared with `#[scheduled]`",
        "tasks.toml:9:1: task `plain`: `every` goes with a schedule, and it is declared with `#[task]`",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn a_wrong_value_is_shown_with_what_is_allowed_and_an_example() {
    assert_eq!(
        problems([variables(&[("TASKS__PRUNE__EVERY", "abc")])]),
        ["TASKS__PRUNE__EVERY: task `prune`: `every` cannot be `abc`: a number is needed before `abc` \
          (write for example `TASKS__PRUNE__EVERY=5m`)"]
    );
    assert_eq!(
        problems([file("[task.prune]\nessential = \"yes\"")]),
        [
            "tasks.toml:2:1: task `prune`: `essential` cannot be `\"yes\"`: `essential` is `true` or `false` (write \
          for example `essential = true`)"
        ]
    );
    let checked = planned([set_task("prune", "retry", "many"), set_task("prne", "retry", "1")]);
    assert_eq!(checked.usage.len(), 2, "{:?}", checked.usage);
    assert!(checked.usage.iter().any(|usage| usage.contains("did you mean `prune`?")));
    assert!(checked.usage.iter().any(|usage| usage.contains("--set-task prune.retry=3")));
}

#[test]
fn a_contradiction_names_every_layer_that_has_a_part_in_it() {
    let found =
        problems([file("[task.prune]\nmax_running = 3"), variables(&[("TASKS__PRUNE__OVERLAP", "queue")])]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("TASKS__PRUNE__OVERLAP: "), "{found:?}");
    assert!(found[0].contains("`max_running` is set at tasks.toml:2:1"), "{found:?}");
    let found = problems([file("[default]\nretry.max_delay = \"1s\"")]);
    assert_eq!(found.len(), 1, "only one task retries: {found:?}");
    assert!(found[0].starts_with("tasks.toml:2:7: task `send-mail`: `retry.delay` is 2s"), "{found:?}");
}

#[test]
fn one_text_says_a_thing_once_and_code_may_say_it_again() {
    let found = problems([file("[task.send-mail]\nretry = 1\n[task.send_mail]\nretry.max = 2")]);
    assert_eq!(
        found,
        ["tasks.toml:4:7: `retry.max` is set twice, first at tasks.toml:2:1 (leave one of them out)"]
    );
    let found = problems([variables(&[("TASKS__PRUNE__GRACE", "1s"), ("TASKS__prune__GRACE", "2s")])]);
    assert_eq!(found.len(), 1, "{found:?}");
    let checked = sound([code(|tasks| {
        tasks.task("prune").grace("1s");
        tasks.task("prune").grace("2s");
    })]);
    assert_eq!(task(&checked, "prune").grace, seconds(2));
}

#[test]
fn a_default_dependency_does_not_wait_for_itself() {
    let checked = sound([file("[default]\nafter = \"Plain\"")]);
    let waiting: Vec<_> =
        checked.plan.tasks.iter().filter(|task| !task.after.is_empty()).map(|task| &*task.name).collect();
    assert_eq!(waiting, ["nightly", "prune", "send-mail"]);
}

#[test]
fn a_default_dependency_does_not_wait_for_itself_among_equal_tasks() {
    let names = ["alpha", "migrate", "serve"];
    for awaited in names {
        let samples = names.map(Sample::task).to_vec();
        let checked = planned_of(samples, [file(&format!("[default]\nafter = \"{awaited}\""))]);
        assert_eq!(checked.problems, [], "after {awaited}");
        let waiting = checked.plan.tasks.iter().filter(|task| !task.after.is_empty());
        let waiting: Vec<_> = waiting.map(|task| &*task.name).collect();
        let others: Vec<_> = names.into_iter().filter(|name| *name != awaited).collect();
        assert_eq!(waiting, others, "after {awaited}");
    }
}

#[test]
fn a_default_timeout_holds_for_plain_functions_too() {
    let mut blocking = Sample::task("blocking");
    blocking.definition.body = BodyKind::Blocking;
    let checked = planned_of(vec![blocking], [file("[default]\ntimeout = \"1m\"")]);
    assert_eq!(task(&checked, "blocking").timeout, Some(MINUTE));
}

/// Values, right and wrong, of whatever kind.
const SCRAPS: &[&str] = &[
    "",
    "off",
    "true",
    "false",
    "0",
    "3",
    "-1",
    "1.5",
    "1e400",
    "5m",
    "0s",
    "11y",
    "30x",
    "@daily",
    "0 0 30 2 *",
    "queue(2)",
    "all(3)",
    "skip",
    "always",
    "never",
    "Europe/Madrid",
    "local",
    "2030-01-31T09:00:00Z",
    "plain",
    "a,b",
    "a,,b",
    ",",
    "mail",
    "prune, plain",
    "ünï\u{1b}",
    "\"",
    "[",
    "99999999999999999999999999999999999999999",
];

fn scrap(random: &mut fastrand::Rng) -> &'static str {
    SCRAPS[random.usize(0..SCRAPS.len())]
}

#[test]
fn no_soup_of_layers_makes_a_start_panic_and_what_passes_is_printed_and_read_back() {
    let mut random = fastrand::Rng::with_seed(0x636f_6e66);
    let names = ["prune", "NIGHTLY", "send_mail", "plain", "nobody", "", "a__b"];
    let mut passed = 0;
    for round in 0..4_000 {
        let some = |random: &mut fastrand::Rng, list: &[&str]| list[random.usize(0..list.len())].to_owned();
        let mut keys: Vec<&str> = OPTIONS.iter().map(|row| row.key).collect();
        keys.extend(["retry.max", "retry.delay", "restart.policy", "restart.max", "timout", ""]);
        let mut text = String::new();
        for _ in 0..random.usize(0..3) {
            let table = match random.u8(0..4) {
                0 => "default".to_owned(),
                _ => format!("task.{}", some(&mut random, &names)),
            };
            text.push_str(&format!("[{table}]\n"));
            for _ in 0..random.usize(0..3) {
                let value = scrap(&mut random);
                let value = if random.bool() { format!("{value:?}") } else { value.to_owned() };
                text.push_str(&format!("{} = {value}\n", some(&mut random, &keys)));
            }
        }
        let variables: Vec<(String, String)> = (0..random.usize(0..3))
            .map(|_| {
                let key = some(&mut random, &keys).replace('.', "__").to_uppercase();
                let start = match random.u8(0..5) {
                    0 => "TASKS_DEFAULT__".to_owned(),
                    1 => "TASKS_POOLS__".to_owned(),
                    _ => format!("TASKS__{}__", some(&mut random, &names)),
                };
                (format!("{start}{key}"), scrap(&mut random).to_owned())
            })
            .collect();
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let flag = (some(&mut random, &names), some(&mut random, &keys), scrap(&mut random));
        let mut layers = vec![file(&text), crate::config::testing::variables(&variables)];
        if random.bool() {
            layers.push(set_task(&flag.0, &flag.1, flag.2));
        }
        let checked = planned(layers);
        if !checked.problems.is_empty() || !checked.usage.is_empty() {
            continue;
        }
        passed += 1;
        // What is in force is something that somebody could have written.
        let in_force = |checked: &Checked| -> Vec<String> {
            let tasks = checked.plan.tasks.iter();
            let lines = tasks.flat_map(|task| {
                let options = checked.plan.in_force(task).into_iter();
                options.map(|option| format!("[task.{}]\n{} = {}", task.name, option.key, option.value))
            });
            lines.collect()
        };
        let lines: String = checked
            .plan
            .tasks
            .iter()
            .map(|task| {
                let options =
                    checked.plan.in_force(task).into_iter().filter(|option| option.origin.is_some());
                let options: String =
                    options.map(|option| format!("{} = {}\n", option.key, option.value)).collect();
                format!("[task.{}]\n{options}", task.name)
            })
            .collect();
        let again = planned([file(&lines)]);
        assert_eq!(again.problems, [], "round {round}: {text}\n{variables:?}\n{flag:?}\n{lines}");
        assert_eq!(
            in_force(&again),
            in_force(&checked),
            "round {round}: {text}\n{variables:?}\n{flag:?}\n{lines}"
        );
    }
    assert!(passed > 300, "{passed} of the soups were good");
}
