//! Which run is the service, and what comes after it.

use tasks_core::{
    Needs,
    policy::{Jitter, OnShutdown, Priority, RestartOptions, RestartPolicy, Start},
};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn restart(policy: RestartPolicy) -> RestartOptions {
    let mut restart = RestartOptions::NONE;
    (restart.policy, restart.jitter) = (Some(policy), Some(Jitter::Off));
    restart
}

fn service(policy: RestartPolicy) -> Sample {
    Sample::task("t").with(|options| options.restart = Some(restart(policy)))
}

impl Bench {
    fn trigger(&mut self) -> Result<RunId, Refusal> {
        let now = self.now();
        let run = self.core.want(TASK, Trigger::Manual, Wish::default(), now);
        self.collect();
        run
    }

    /// The one living run, and why it exists.
    fn only(&self) -> (RunId, Trigger) {
        let living = self.core.run_infos(self.now());
        let [run] = &living[..] else { panic!("{living:?}") };
        (run.run, run.trigger)
    }

    fn fail(&mut self) {
        let (run, _) = self.only();
        self.end(run, Outcome::Failed);
    }

    fn info(&self) -> crate::ServiceInfo {
        self.core.task_infos(self.now())[0].service.clone().unwrap()
    }

    fn names(&self) -> Vec<String> {
        let service = |event: &EventKind| match event {
            EventKind::ServiceRestarting { delay, restarts, .. } => {
                Some(format!("restarting {restarts} in {delay:?}"))
            }
            EventKind::ServiceDegraded { restarts, .. } => Some(format!("degraded {restarts}")),
            EventKind::ServiceRecovered { .. } => Some("recovered".to_owned()),
            EventKind::Idle => Some("idle".to_owned()),
            _ => None,
        };
        self.events.iter().filter_map(service).collect()
    }
}

#[test]
fn a_crash_loop_becomes_degraded_goes_on_at_the_longest_wait_and_recovers() {
    let mut bench = Bench::new([service(RestartPolicy::OnFailure)]);
    let mut second = 0.0;
    for wait in [0.1, 0.2, 0.4, 0.8, 1.6, 30.0, 30.0] {
        bench.fail();
        bench.pass_to(second + wait - 0.001);
        assert!(bench.living().is_empty(), "not before {wait} s have passed");
        second += wait;
        bench.pass_to(second);
        assert_eq!(bench.only().1, Trigger::Restart);
    }
    assert_eq!((bench.info().restarts, bench.info().degraded), (7, true));
    bench.pass_to(second + 29.9);
    assert!(bench.info().degraded);
    bench.pass_to(second + 30.0);
    let expected =
        crate::ServiceInfo { restarts: 0, restarts_in_all: 7, degraded: false, next_restart: None };
    assert_eq!(bench.info(), expected);
    bench.fail();
    assert_eq!(bench.info().next_restart, Some(later(bench.now().wall, SECOND / 10)));
    assert_eq!(
        bench.names(),
        [
            "restarting 1 in 100ms",
            "restarting 2 in 200ms",
            "restarting 3 in 400ms",
            "restarting 4 in 800ms",
            "restarting 5 in 1.6s",
            "degraded 6",
            "restarting 6 in 30s",
            "restarting 7 in 30s",
            "recovered",
            "restarting 1 in 100ms",
        ]
    );
}

#[test]
fn a_service_that_lived_long_enough_starts_afresh_even_if_nobody_looked_at_the_clock() {
    let mut restart = restart(RestartPolicy::OnFailure);
    restart.within = Some(3600 * SECOND);
    let mut bench = Bench::new([service(RestartPolicy::OnFailure).with(|o| o.restart = Some(restart))]);
    for _ in 0..6 {
        bench.fail();
        bench.pass_to(bench.seconds + 31.0);
    }
    assert!(bench.info().degraded);
    // A stall: the end of the run comes before the next look at the clock.
    bench.seconds += 3600.0;
    bench.fail();
    assert_eq!((bench.info().restarts, bench.info().degraded), (1, false));
    assert_eq!(bench.names().last_chunk(), Some(&["recovered", "restarting 1 in 100ms"].map(str::to_owned)));
}

#[test]
fn a_run_that_somebody_starts_while_a_restart_is_pending_is_the_service_from_then_on() {
    for overlap in [None, Some(Overlap::Queue(3)), Some(Overlap::Replace)] {
        let mut bench =
            Bench::new([service(RestartPolicy::OnFailure).with(|options| options.overlap = overlap)]);
        bench.fail();
        bench.pass_to(0.05);
        let manual = bench.trigger().unwrap();
        assert_eq!(bench.info().next_restart, None);
        bench.pass_to(10.0);
        assert_eq!(bench.only(), (manual, Trigger::Manual), "the restart is not needed any more");
        bench.fail();
        assert_eq!(bench.info().restarts, 2, "it counts on");
        bench.pass_to(10.2);
        assert_eq!(bench.only().1, Trigger::Restart);
    }
}

#[test]
fn where_runs_may_live_side_by_side_the_restart_comes_all_the_same() {
    let mut bench = Bench::new([
        service(RestartPolicy::Always).with(|options| options.overlap = Some(Overlap::AllowUpTo(2)))
    ]);
    bench.fail();
    let manual = bench.trigger().unwrap();
    bench.pass_to(0.1);
    assert_eq!(bench.living().len(), 2);
    let restarted = bench.living()[1];
    // One more run that somebody asked for is not started again.
    bench.end(manual, Outcome::Failed);
    assert_eq!(bench.info().next_restart, None);
    bench.end(restarted, Outcome::Succeeded);
    assert_eq!(bench.info().restarts, 2);
}

#[test]
fn a_restart_that_overlap_refuses_comes_when_a_run_has_ended() {
    let mut bench = Bench::new([
        service(RestartPolicy::OnFailure).with(|options| options.overlap = Some(Overlap::AllowUpTo(2)))
    ]);
    bench.fail();
    let (first, second) = (bench.trigger().unwrap(), bench.trigger().unwrap());
    bench.pass_to(5.0);
    assert_eq!(bench.living(), [first, second]);
    bench.end(second, Outcome::Succeeded);
    let living = bench.core.run_infos(bench.now());
    assert_eq!(living.iter().map(|run| run.trigger).collect::<Vec<_>>(), [Trigger::Manual, Trigger::Restart]);
}

#[test]
fn a_run_that_replaces_the_service_is_the_service() {
    let mut bench = Bench::new([
        service(RestartPolicy::OnFailure).with(|options| options.overlap = Some(Overlap::Replace))
    ]);
    let (old, _) = bench.only();
    let new = bench.trigger().unwrap();
    bench.end(old, Outcome::Cancelled);
    assert_eq!((bench.only(), bench.info().next_restart), ((new, Trigger::Manual), None));
    bench.fail();
    bench.pass_to(0.1);
    assert_eq!(bench.only().1, Trigger::Restart);
}

#[test]
fn a_manual_service_is_kept_alive_from_its_first_run_on() {
    let manual = service(RestartPolicy::OnFailure).with(|options| options.start = Some(Start::Manual));
    let mut bench = Bench::new([manual]);
    assert!(bench.living().is_empty());
    bench.trigger().unwrap();
    bench.fail();
    bench.pass_to(0.1);
    assert_eq!(bench.only().1, Trigger::Restart);
    let (run, _) = bench.only();
    bench.end(run, Outcome::Cancelled);
    bench.pass_to(60.0);
    assert!(bench.living().is_empty(), "it was asked to end");
    bench.trigger().unwrap();
    bench.fail();
    assert_eq!(bench.info().restarts, 2);
}

#[test]
fn a_run_of_an_ended_service_that_somebody_asks_for_is_not_restarted() {
    let mut bench = Bench::new([service(RestartPolicy::OnFailure)]);
    let (run, _) = bench.only();
    bench.end(run, Outcome::Succeeded);
    bench.trigger().unwrap();
    bench.fail();
    bench.pass_to(60.0);
    assert!(bench.living().is_empty());
    assert_eq!(bench.info().restarts, 0);
}

#[test]
fn a_restart_and_a_firing_that_are_due_together_go_by_priority() {
    for (priority, first) in [(Priority::High, Trigger::Restart), (Priority::Low, Trigger::Schedule)] {
        let mut options = restart(RestartPolicy::OnFailure);
        (options.delay, options.max_delay) = (Some(10 * SECOND), Some(10 * SECOND));
        let crashing = Sample::task("z").with(|o| (o.restart, o.priority) = (Some(options), Some(priority)));
        let ticking = Sample::scheduled("a").with(|o| o.schedule = Some(Schedule::Every(10 * SECOND)));
        let mut bench = Bench::new([ticking, crashing]);
        bench.fail();
        bench.pass_to(10.0);
        let triggers: Vec<_> = bench.core.run_infos(bench.now()).iter().map(|run| run.trigger).collect();
        assert_eq!((triggers.len(), triggers[0]), (2, first), "ids are given in the order of admission");
    }
}

#[test]
fn a_pending_restart_is_not_idleness_and_shutdown_drops_it() {
    let mut bench = Bench::new([service(RestartPolicy::OnFailure)]);
    bench.fail();
    bench.pass_to(0.05);
    assert_eq!(bench.names(), ["restarting 1 in 100ms"]);
    let now = bench.now();
    bench.core.stop(StopCause::Asked, now.mono, 5 * SECOND, now);
    assert!(bench.core.ending().unwrap().is_over);
    bench.pass_to(1.0);
    assert!(bench.living().is_empty());
    assert_eq!((bench.info().next_restart, bench.core.results().len()), (None, 1));
}

#[test]
fn a_crash_loop_of_years_collects_no_timers() {
    let mut options = restart(RestartPolicy::Always);
    options.delay = Some(Duration::ZERO);
    options.max_delay = Some(Duration::from_millis(1));
    options.within = Some(3000 * 86_400 * SECOND);
    let mut bench = Bench::new([Sample::task("t").with(|o| o.restart = Some(options))]);
    for number in 0..5000 {
        bench.fail();
        bench.pass_to(f64::from(number) * 1000.0);
        assert!(bench.core.timers.len() <= 2, "{}", bench.core.timers.len());
    }
    assert_eq!(bench.info().restarts, 5000);
}

#[test]
fn an_attempt_that_waits_for_a_retry_does_not_make_a_service_stable() {
    let mut bench = Bench::new([service(RestartPolicy::OnFailure)]);
    bench.fail();
    bench.pass_to(0.1);
    let (run, _) = bench.only();
    bench.seconds = 20.0;
    let now = bench.now();
    assert!(bench.core.retry_waits(run, AttemptEnd::new(Outcome::Failed), 1, SECOND, now));
    bench.pass_to(31.0);
    assert_eq!(bench.info().restarts, 1);
    let now = bench.now();
    assert!(bench.core.retry_is_due(run, now));
    bench.pass_to(60.9);
    assert_eq!(bench.info().restarts, 1, "30 s of the attempt are not over");
    bench.pass_to(61.0);
    bench.pass_to(91.0);
    assert_eq!(bench.info().restarts, 0);
}

/// A dependency with a `stop_within` of its own, and one dependant that never ends.
fn dependency(stop_within: Option<Duration>) -> Bench {
    let mut first = Sample::task("a").with(|options| options.stop_within = stop_within);
    first.needs = Needs::listens;
    let second = Sample::task("b").with(|options| {
        options.after = Some(&["a"]);
        options.on_shutdown = Some(OnShutdown::Finish);
    });
    let mut bench = Bench::new([first, second]);
    let now = bench.now();
    bench.core.ready(bench.living()[0], now);
    bench.collect();
    assert_eq!(bench.living().len(), 2);
    bench
}

#[test]
fn stop_within_says_when_a_dependency_is_told_and_is_cut_to_the_drain() {
    for (stop_within, told_at) in [(None, 2.0), (Some(SECOND), 1.0), (Some(60 * SECOND), 4.0)] {
        let mut bench = dependency(stop_within);
        let now = bench.now();
        bench.core.stop(StopCause::Asked, now.mono, 5 * SECOND, now);
        let dependency = bench.living()[0];
        let mut told = None;
        for tenth in 0..45 {
            bench.seconds = f64::from(tenth) / 10.0;
            let now = bench.now();
            bench.core.tick(now);
            for action in bench.core.take_actions(Vec::new()) {
                let all = match action {
                    Action::Tell(cell, command) => vec![(cell, command)],
                    Action::TellAll(all) => all,
                    _ => Vec::new(),
                };
                let is_told = |(cell, command): &(Arc<RunCell>, Command)| {
                    cell.id() == dependency && matches!(command, Command::Stop | Command::Drop)
                };
                if all.iter().any(is_told) {
                    told = told.or(Some(bench.seconds));
                }
            }
        }
        assert_eq!(told, Some(told_at), "{stop_within:?}");
    }
}

#[test]
fn all_runs_of_a_dependency_are_told_together_when_the_last_that_needed_them_has_ended() {
    let [first, second] = ["a", "b"].map(|name| {
        Sample::task(name).with(|options| {
            options.overlap = Some(Overlap::Allow);
            options.on_shutdown = Some(OnShutdown::Drop);
            options.after = (name == "b").then_some(&["a"]);
        })
    });
    let mut bench = Bench::new([first, second]);
    let now = bench.now();
    bench.core.ready(bench.living()[0], now);
    for index in [0, 1, 0].map(TaskIndex) {
        bench.core.want(index, Trigger::Manual, Wish::default(), now).unwrap();
    }
    bench.collect();
    let tasks = bench.core.run_infos(now).into_iter().map(|run| (run.run, run.task));
    let (needed, needing): (Vec<_>, Vec<_>) = tasks.partition(|(_, task)| &**task == "a");
    assert_eq!((needed.len(), needing.len()), (3, 2));
    bench.core.stop(StopCause::Asked, now.mono, 5 * SECOND, now);
    bench.core.take_actions(Vec::new());
    let mut told = Vec::new();
    for (run, _) in needing {
        assert!(told.is_empty(), "somebody still needs it");
        bench.core.ended(run, AttemptEnd::new(Outcome::Succeeded), 1, now);
        for action in bench.core.take_actions(Vec::new()) {
            if let Action::TellAll(all) = action {
                told.extend(all.iter().map(|(cell, _)| cell.id()));
            }
        }
    }
    assert_eq!(told, needed.iter().map(|(run, _)| *run).collect::<Vec<_>>());
}

#[test]
fn the_engine_wakes_for_the_stop_within_of_each_dependency() {
    let mut bench = dependency(Some(SECOND / 2));
    let now = bench.now();
    bench.core.stop(StopCause::Asked, now.mono, 5 * SECOND, now);
    assert_eq!(bench.core.next_wake(now), now.mono.plus(SECOND / 2));
    bench.pass_to(0.5);
    assert_eq!(bench.core.next_wake(bench.now()), now.mono.plus(4 * SECOND));
}

#[test]
fn the_moments_of_restarts_that_somebody_came_before_do_not_pile_up() {
    let mut rule = restart(RestartPolicy::OnFailure);
    (rule.delay, rule.max_delay) = (Some(86_400 * SECOND), Some(86_400 * SECOND));
    let mut bench = Bench::new([service(RestartPolicy::OnFailure).with(|o| o.restart = Some(rule))]);
    for _ in 0..10_000 {
        bench.fail();
        bench.trigger().unwrap();
        assert!(bench.core.timers.len() < 200, "{}", bench.core.timers.len());
    }
    // The one that counts is not cleared away with the others.
    bench.fail();
    bench.pass_to(86_400.0);
    assert_eq!(bench.only().1, Trigger::Restart);
}
