//! I5, I6: the end of a program, and what waits for what in it.

use std::time::Duration;

use tasks_core::{RunId, policy::OnShutdown};

use super::{
    Call, Model,
    books::{State, Stopping},
};
use crate::{
    clock::{Mono, Now},
    run::Command,
};

impl Model {
    pub(in super::super) fn is_stopping(&self) -> bool {
        self.stopping.is_some()
    }

    pub(in super::super) fn has_ended(&self) -> bool {
        self.stopping.as_ref().is_some_and(|stop| stop.ended)
    }

    /// When the drain ends and when whoever is left is abandoned.
    pub(in super::super) fn abandon_at(&self) -> Option<(Mono, Mono)> {
        let stop = self.stopping.as_ref().filter(|stop| !stop.ended)?;
        Some((stop.before_end(1000), stop.before_end(500)))
    }

    /// When a stop began, as whoever asked for it knows; `t0` may lie before now.
    pub(super) fn begin_stop(&mut self, t0: Mono, budget: Duration, now: Now) {
        let budget = budget.clamp(Duration::from_secs(2), self.plan.budget.max(Duration::from_secs(2)));
        match &mut self.stopping {
            // Shortened into the past it ends now, with its last second whole.
            Some(stop) => {
                stop.t0 = stop.t0.min(t0);
                let least = now.mono.since(stop.t0) + Duration::from_secs(1);
                stop.budget = stop.budget.min(budget.max(least));
            }
            None => {
                self.stopping = Some(Stopping { t0, budget, ended: false });
                self.drop_restarts();
            }
        }
    }

    /// A run is told something.
    pub(super) fn told(&mut self, id: RunId, command: Command, now: Now) {
        match command {
            Command::Granted => {
                assert!(self.stopping.is_none(), "I5: a place is given after the stop");
                assert_eq!(self.runs[&id].state, State::Retrying { queued: true });
                self.takes_place(id, now);
            }
            Command::Cancel => {
                self.to_cancel.remove(&id);
                let cancelled = self.runs.get(&id).is_some_and(|run| run.cancelled);
                assert!(cancelled, "I13: nobody asked {id:?} to end");
            }
            Command::Stop | Command::Drop => self.told_to_stop(id, command, now),
            _ => {}
        }
    }

    fn told_to_stop(&mut self, id: RunId, command: Command, now: Now) {
        let stop = self.stopping.as_ref().expect("told to stop without a stop");
        let run = self.runs.get(&id).expect("a run that is over is told to stop");
        let planned = &self.tasks[run.task].planned;
        let right = match command {
            Command::Stop => planned.on_shutdown == OnShutdown::Cancel,
            _ => now.mono >= stop.before_end(1000) || planned.on_shutdown == OnShutdown::Drop,
        };
        assert!(right, "{} was told {command:?}", planned.name);
        assert!(
            self.may_be_told(run.task, now) || !self.is_needed(run.task),
            "{} was told to stop before its dependants ended",
            planned.name
        );
        self.runs.get_mut(&id).unwrap().told = true;
    }

    /// When a task is told to stop even if its dependants live.
    fn stop_at(&self, task: usize) -> Mono {
        let stop_within = self.tasks[task].planned.stop_within;
        self.stopping.as_ref().map_or(Mono::NEVER, |stop| stop.stop_at(stop_within))
    }

    fn may_be_told(&self, task: usize, now: Now) -> bool {
        now.mono >= self.stop_at(task)
    }

    /// When somebody has to be told next because of the time alone.
    pub(super) fn next_stop(&self, now: Now) -> Mono {
        let untold = self.runs.values().filter(|run| !run.told);
        let heard = untold.filter(|run| self.tasks[run.task].planned.on_shutdown != OnShutdown::Finish);
        let moments = heard.map(|run| self.stop_at(run.task)).filter(|at| *at > now.mono);
        moments.min().unwrap_or(Mono::NEVER)
    }

    /// Whether a run lives that was declared after this task, however far.
    fn is_needed(&self, task: usize) -> bool {
        let mut above: Vec<bool> = vec![false; self.tasks.len()];
        above[task] = true;
        loop {
            let before = above.iter().filter(|above| **above).count();
            for other in 0..self.tasks.len() {
                let planned = &self.tasks[other].planned;
                above[other] |= planned.is_enabled() && planned.after.iter().any(|at| above[at.0 as usize]);
            }
            if above.iter().filter(|above| **above).count() == before {
                break;
            }
        }
        self.runs.values().any(|run| run.task != task && above[run.task])
    }

    /// After a stop only what has begun lives, each told what it has to be, and
    /// none past the end.
    pub(super) fn stop_is_right(&self, call: &Call, now: Now) {
        let Some(stop) = &self.stopping else { return };
        for run in self.runs.values() {
            assert!(run.state == State::Running && run.begun, "I5: {run:?} goes on after the stop");
            let silent = self.tasks[run.task].planned.on_shutdown == OnShutdown::Finish;
            // From its moment on the next look tells one whose dependants live.
            let late = self.may_be_told(run.task, now);
            let may_wait = !(late && matches!(call, Call::Tick)) && (late || self.is_needed(run.task));
            assert!(silent || run.told || may_wait, "{run:?} was not told");
        }
        assert!(!self.runs.is_empty() || stop.ended, "I6: nothing is left and it goes on");
        let looked = matches!(call, Call::Tick | Call::Abandon);
        assert!(
            !looked || now.mono < stop.before_end(500) || self.runs.is_empty(),
            "I6: runs after the end: {:?}",
            self.runs
        );
    }
}
