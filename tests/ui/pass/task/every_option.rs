use std::time::Duration;

use tasks_runtime::{
    policy::{Jitter, Limit, MaxRetries, OnShutdown, Overlap, Pool, Priority, RestartPolicy, Start},
    registration, task,
};

#[task(
    name = "send-mail",
    tags = ["mail", "out"],
    timeout = "1m 30s",
    stop_after = "1m",
    deadline = "10m",
    grace = "0s",
    retry(max = 5, delay = "0s", factor = 1.5, max_delay = "1m", jitter = "off", panics = true, on = transient),
    priority = "high",
    pool = "mail",
    max_running = 3,
    overlap = "allow(5)",
    essential = true,
    after = ["migrate", "warm_up"],
    on_shutdown = "finish",
    stop_within = "1s",
    start = "manual",
    enabled = false,
)]
async fn send() -> Result<(), String> {
    Ok(())
}

fn transient(error: &String) -> bool {
    error.is_empty()
}

#[task(tags = "mail", timeout = "off", stop_after = "off", deadline = "off", retry = "off", pool = "off", after = "migrate")]
async fn switched_off() {}

#[task(restart(policy = "on-failure", delay = "0s", factor = 1.5, max_delay = "1m", jitter = "off", max = 3, within = "2m"))]
async fn service() {}

#[task(restart = "always")]
async fn for_ever_again() {}

#[task(restart = "off")]
async fn once() {}

#[task(restart = "never")]
async fn once_as_well() {}

#[task(overlap = "skip")]
async fn skipped() {}

#[task(overlap = "queue(2)")]
async fn queued() {}

#[task(overlap = "replace")]
async fn replaced() {}

#[task(retry = "unlimited", tags = [], crate = ::tasks_runtime)]
async fn for_ever() {}

fn main() {
    let definition = registration!(send).task().definition().name.to_owned();
    assert_eq!(definition, "send-mail");
    let send = registration!(send);
    let options = send.task().definition().options;
    assert_eq!(options.tags, Some(&["mail", "out"][..]));
    assert_eq!(options.timeout, Some(Limit::After(Duration::from_secs(90))));
    assert_eq!(options.stop_after, Some(Limit::After(Duration::from_secs(60))));
    assert_eq!(options.deadline, Some(Limit::After(Duration::from_secs(600))));
    assert_eq!(options.grace, Some(Duration::ZERO));
    let retry = options.retry.unwrap();
    assert_eq!(retry.max, Some(MaxRetries::Limited(5)));
    assert_eq!(retry.delay, Some(Duration::ZERO));
    assert_eq!(retry.factor, Some(1.5));
    assert_eq!(retry.max_delay, Some(Duration::from_secs(60)));
    assert_eq!(retry.jitter, Some(Jitter::Off));
    assert_eq!(retry.panics, Some(true));
    assert_eq!(options.priority, Some(Priority::High));
    assert_eq!(options.pool, Some(Pool::Named("mail")));
    assert_eq!(options.max_running, Some(3));
    assert_eq!(options.overlap, Some(Overlap::AllowUpTo(5)));
    assert_eq!(options.essential, Some(true));
    assert_eq!(options.after, Some(&["migrate", "warm_up"][..]));
    assert_eq!(options.on_shutdown, Some(OnShutdown::Finish));
    assert_eq!(options.stop_within, Some(Duration::from_secs(1)));
    assert_eq!(options.start, Some(Start::Manual));
    assert_eq!(options.enabled, Some(false));

    let switched_off = registration!(switched_off);
    let options = switched_off.task().definition().options;
    assert_eq!(options.tags, Some(&["mail"][..]));
    assert_eq!(options.timeout, Some(Limit::Off));
    assert_eq!(options.stop_after, Some(Limit::Off));
    assert_eq!(options.deadline, Some(Limit::Off));
    assert_eq!(options.retry.unwrap().max, Some(MaxRetries::Limited(0)));
    assert_eq!(options.restart, None);
    assert_eq!(options.pool, Some(Pool::Off));
    assert_eq!(options.after, Some(&["migrate"][..]));

    let service = registration!(service).task().definition().options.restart.unwrap();
    assert_eq!(service.policy, Some(RestartPolicy::OnFailure));
    assert_eq!(service.delay, Some(Duration::ZERO));
    assert_eq!(service.factor, Some(1.5));
    assert_eq!(service.max_delay, Some(Duration::from_secs(60)));
    assert_eq!(service.jitter, Some(Jitter::Off));
    assert_eq!((service.max, service.within), (Some(3), Some(Duration::from_secs(120))));
    let policy = |task: tasks_runtime::Registration| task.task().definition().options.restart.unwrap().policy;
    assert_eq!(policy(registration!(for_ever_again)), Some(RestartPolicy::Always));
    assert_eq!(policy(registration!(once)), Some(RestartPolicy::Never));
    assert_eq!(policy(registration!(once_as_well)), Some(RestartPolicy::Never));

    assert_eq!(registration!(skipped).task().definition().options.overlap, Some(Overlap::Skip));
    assert_eq!(registration!(queued).task().definition().options.overlap, Some(Overlap::Queue(2)));
    assert_eq!(registration!(replaced).task().definition().options.overlap, Some(Overlap::Replace));

    let for_ever = registration!(for_ever);
    assert_eq!(for_ever.task().definition().options.retry.unwrap().max, Some(MaxRetries::Unlimited));
}
