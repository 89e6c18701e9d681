//! I14: which run is the service, whether another follows it, and when.

use std::time::Duration;

use tasks_core::{
    Outcome, RunId, Trigger,
    policy::{Jitter, Overlap, RestartPolicy, Start},
};

use super::{Call, Model, admission::together, books::Run};
use crate::{
    clock::{Mono, Now},
    event::EventKind,
    result::RunResult,
};

/// What the books know of a service.
#[derive(Debug, Default)]
pub(super) struct Service {
    /// The run that is the service.
    run: Option<RunId>,
    /// When it is started again.
    pending: Option<Mono>,
    /// The engine has looked at the clock since then, so only `overlap` holds it.
    is_held: bool,
    /// When its restarts since it was last stable were decided.
    restarts: Vec<Mono>,
    degraded: bool,
    /// What the engine has to say in this call.
    expected: Option<Expected>,
}

#[derive(Debug)]
struct Expected {
    least: Duration,
    most: Duration,
    becomes_degraded: bool,
}

impl Model {
    fn lives_long_enough(&self, task: usize, run: &Run, now: Now) -> bool {
        let restart = &self.tasks[task].planned.restart;
        let length = restart.within.max(restart.backoff.max_delay);
        run.alive_since.is_some_and(|since| now.mono.since(since) >= length)
    }

    /// Finds out whether a new run is the service from now on.
    pub(super) fn may_be_the_service(
        &mut self,
        call: &Call,
        task: usize,
        run: RunId,
        trigger: Trigger,
        now: Now,
    ) {
        let others = self.others(task);
        let task = &mut self.tasks[task];
        let (planned, service) = (&task.planned, &mut task.service);
        if trigger == Trigger::Restart {
            let name = &planned.name;
            assert!(planned.restart.policy != RestartPolicy::Never, "I14: {name} is no service");
            assert!(!matches!(call, Call::Want | Call::Begin), "I14: {name} is restarted in {call:?}");
            let due = service.pending.unwrap_or_else(|| panic!("I14: nobody announced a restart of {name}"));
            assert!(now.mono >= due, "I14: {name} is restarted {:?} too early", due.since(now.mono));
        }
        let is_it = match trigger {
            _ if planned.restart.policy == RestartPolicy::Never => false,
            Trigger::Manual | Trigger::Spawn if service.pending.is_some() => together(planned) == 1,
            Trigger::Manual | Trigger::Spawn if service.run.is_some() => {
                planned.overlap == Overlap::Replace && others > 0
            }
            Trigger::Manual | Trigger::Spawn => planned.start == Start::Manual,
            _ => true,
        };
        if is_it {
            (service.run, service.pending, service.is_held) = (Some(run), None, false);
        }
    }

    /// A run ended. Returns whether that may be the end of the program, if it
    /// was the service; `None` if it was a run like any other.
    pub(super) fn service_ended(
        &mut self,
        call: &Call,
        run: &Run,
        result: &RunResult,
        now: Now,
    ) -> Option<bool> {
        let stopping = self.stopping.is_some();
        let was_stable = self.lives_long_enough(run.task, run, now);
        let task = &mut self.tasks[run.task];
        let (planned, service) = (&task.planned, &mut task.service);
        let (name, restart) = (&planned.name, &planned.restart);
        let is_it = service.run == Some(result.run);
        let early = is_it
            && !stopping
            && (result.outcome, restart.policy) == (Outcome::Succeeded, RestartPolicy::OnFailure);
        assert_eq!(result.early, early, "I14: {result:?}");
        if !is_it {
            return None;
        }
        service.run = None;
        if was_stable {
            assert!(!service.degraded, "I14: {name} is stable, and nobody said so");
            service.restarts.clear();
        }
        let (fatal, asked) = match call {
            Call::Ended(_, _, error) => (error.fatal, error.asks_for),
            _ => (false, Duration::ZERO),
        };
        let fatal = fatal && result.outcome == Outcome::Failed;
        let worth = match result.outcome {
            Outcome::Succeeded => restart.policy == RestartPolicy::Always,
            outcome => outcome.is_failure() && !fatal,
        };
        let recent = service.restarts.iter().filter(|then| now.mono.since(**then) < restart.within).count();
        let too_many = worth && recent >= restart.max as usize;
        let gives_up = too_many && planned.essential;
        if worth && !gives_up && !stopping {
            let becomes_degraded = too_many && !service.degraded;
            service.degraded |= too_many;
            service.restarts.push(now.mono);
            let backoff = &restart.backoff;
            let number = service.restarts.len() as f64;
            let grown = backoff.delay.as_secs_f64() * backoff.factor.powf(number - 1.0);
            let grown = Duration::from_secs_f64(grown.min(backoff.max_delay.as_secs_f64()));
            let (least, most) = match (service.degraded, backoff.jitter) {
                (true, _) => (backoff.max_delay, backoff.max_delay),
                (false, Jitter::Off) => (grown, grown),
                (false, Jitter::Full) => (Duration::ZERO, grown),
            };
            let (least, most) = (least.max(asked), most.max(asked));
            service.expected = Some(Expected { least, most, becomes_degraded });
        }
        Some(early || fatal || gives_up)
    }

    /// What the engine says of services.
    pub(super) fn service_event(&mut self, event: &EventKind, now: Now) {
        let (EventKind::ServiceRestarting { task, .. }
        | EventKind::ServiceDegraded { task, .. }
        | EventKind::ServiceRecovered { task }
        | EventKind::Blocked { dependency: task, .. }) = event
        else {
            return;
        };
        let index = self.index(task);
        match event {
            EventKind::ServiceRestarting { delay, restarts, .. } => {
                let service = &mut self.tasks[index].service;
                let expected = service.expected.take();
                let expected = expected.unwrap_or_else(|| panic!("I14: {task} is not to be restarted"));
                let slack = Duration::from_nanos(2);
                let fits = *delay + slack >= expected.least && *delay <= expected.most + slack;
                assert!(fits, "I14: {task} waits for {delay:?}, not as {expected:?}");
                assert!(!expected.becomes_degraded, "I14: {task} is degraded, and nobody said so");
                assert_eq!(*restarts as usize, service.restarts.len(), "I14: restarts of {task}");
                service.pending = Some(now.mono.plus(*delay));
            }
            EventKind::ServiceDegraded { .. } => {
                let expected = self.tasks[index].service.expected.as_mut();
                let told = expected.is_some_and(|expected| std::mem::take(&mut expected.becomes_degraded));
                assert!(told, "I14: {task} is called degraded and is not");
            }
            EventKind::ServiceRecovered { .. } => {
                let run = self.tasks[index].service.run.and_then(|run| self.runs.get(&run));
                let lives = run.is_some_and(|run| self.lives_long_enough(index, run, now));
                let service = &mut self.tasks[index].service;
                assert!(lives && service.degraded, "I14: {task} is called stable: {service:?}");
                service.degraded = false;
                service.restarts.clear();
            }
            _ => {
                let service = &self.tasks[index].service;
                let goes_on = service.pending.is_some() || service.expected.is_some();
                assert!(!goes_on, "I14: {task} is to be restarted and blocks others");
            }
        }
    }

    /// A stop drops every restart that is to come.
    pub(super) fn drop_restarts(&mut self) {
        self.tasks.iter_mut().for_each(|task| task.service.pending = None);
    }

    /// Each restart was announced, and none is forgotten.
    pub(super) fn services_are_right(&mut self, call: &Call, now: Now) {
        for task in 0..self.tasks.len() {
            let name = &self.tasks[task].planned.name;
            let service = &self.tasks[task].service;
            assert!(service.expected.is_none(), "I14: {name} is not restarted: {service:?}");
            let looked = matches!(call, Call::Tick);
            let is_held = service.pending.is_some_and(|due| service.is_held || looked && due <= now.mono);
            assert!(
                !is_held || self.overlaps(task) || self.is_full(task),
                "I14: the restart of {name} was forgotten"
            );
            if looked
                && self.stopping.is_none()
                && let Some(run) = service.run.and_then(|run| self.runs.get(&run))
                && self.lives_long_enough(task, run, now)
            {
                assert!(!service.degraded, "I14: {name} is stable, and nobody said so");
                self.tasks[task].service.restarts.clear();
            }
            self.tasks[task].service.is_held = is_held;
        }
    }

    /// When the engine has to look again for the sake of a service.
    pub(super) fn next_restart(&self) -> Mono {
        let waiting = self.tasks.iter().map(|task| &task.service).filter(|service| !service.is_held);
        waiting.filter_map(|service| service.pending).min().unwrap_or(Mono::NEVER)
    }
}
