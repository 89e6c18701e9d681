//! What comes from outside: the guard, a stop, and whatever nobody expects.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use tasks_core::{Trigger, policy::Misfire};

use super::World;
use crate::{
    clock::{Mono, later},
    engine::Wish,
    event::StopCause,
    handle::PauseUntil,
    plan::{PlannedSchedule, Rule, TaskIndex},
    simulator::{model::Call, program::another_schedule},
};

impl World {
    pub(super) fn guard(&mut self) {
        self.guard_did += 1;
        if self.guard_did == 1 {
            self.call(Call::Tick, |core, now| core.tick(now));
        } else {
            self.call(Call::Abandon, |core, now| core.abandon(now));
        }
    }

    pub(super) fn stop(&mut self) {
        let now = self.now();
        let since = Duration::from_millis(if self.rng.u8(..4) == 0 { self.rng.u64(0..300) } else { 0 });
        let t0 = Mono(now.mono.0.saturating_sub(since.as_nanos() as u64));
        let budget = Duration::from_millis(self.rng.u64(0..40_000));
        let cause = StopCause::Signal(15);
        self.call(Call::Stop(t0, budget), |core, now| core.stop(cause, t0, budget, now));
    }

    /// Something that nobody expects.
    pub(super) fn op(&mut self) {
        let mean =
            if self.model.is_stopping() { Duration::from_millis(500) } else { self.size.scale.mul_f64(2.0) };
        let pause = mean.mul_f64(-(1.0 - self.rng.f64()).ln()).max(Duration::from_nanos(1));
        self.next_op = self.now().mono.plus(pause);
        match self.rng.u8(..22) {
            0..=4 => self.trigger(),
            5 | 6 => self.cancel(),
            7..=10 => self.look_for_stuck(),
            11 if self.model.is_stopping() => self.stop(),
            12 | 13 if self.size.disturbed => {
                let most =
                    if self.model.is_stopping() { Duration::from_secs(4) } else { self.size.scale * 12 };
                let stall = most.mul_f64(self.rng.f64());
                self.stalled_until = self.now().mono.plus(stall);
            }
            14 if self.size.disturbed => {
                // The machine sleeps: only the wall clock goes on.
                let seconds = self.size.scale.as_secs_f64() * 30.0 * self.rng.f64();
                self.set_clock(SignedDuration::from_secs_f64(seconds));
            }
            15 if self.size.disturbed => {
                let most = [0.02, 5.0, 700.0, 5000.0, 100_000.0][self.rng.usize(..5)];
                let most = f64::min(most, self.size.scale.as_secs_f64() * 200.0);
                let seconds = most * (2.0 * self.rng.f64() - 1.0);
                self.set_clock(SignedDuration::from_secs_f64(seconds));
            }
            16 | 17 => self.pause_or_resume(),
            18 | 19 => self.later(),
            20 | 21 => self.reschedule(),
            _ => {}
        }
    }

    fn later(&mut self) {
        let count = self.core.plan.tasks.len() as u32;
        let task = TaskIndex(self.rng.u32(..count));
        let planned = &self.core.plan.tasks[task.0 as usize];
        // A service that somebody starts beside itself is played by `trigger`,
        // and one look may not both begin to make up for a task and replace it.
        let misfire = self.core.schedule_of(task).map(|schedule| schedule.misfire);
        if planned.is_service() || matches!(misfire, Some(Misfire::All(_))) {
            return;
        }
        let delay = self.size.scale.mul_f64(self.rng.f64() * 8.0).max(Duration::from_nanos(1));
        let now = self.now();
        let answer = self.core.want_later(task, delay, Wish::default(), now);
        self.model.answers_later(task, answer.err());
        self.call(Call::Later(delay), |_, _| ());
    }

    fn pause_or_resume(&mut self) {
        let count = self.core.plan.tasks.len() as u32;
        let task = TaskIndex(self.rng.u32(..count));
        let planned = &self.core.plan.tasks[task.0 as usize];
        // With jitter it is not known from outside which instants it covers.
        let sharp = self.core.schedule_of(task).is_some_and(|schedule| schedule.jitter.is_zero());
        if !sharp || !planned.is_enabled() || self.model.is_stopping() {
            return;
        }
        let now = self.now();
        if self.model.is_paused(task) && self.rng.u8(..3) > 0 {
            self.call(Call::Resume(task), |core, now| assert!(core.resume(task, now)));
            return;
        }
        let length = self.size.scale.mul_f64(self.rng.f64() * 20.0).max(Duration::from_nanos(1));
        let until = match self.rng.u8(..3) {
            0 => PauseUntil::Resumed,
            1 => PauseUntil::Elapsed(length),
            _ => PauseUntil::Instant(later(now.wall, length)),
        };
        self.call(Call::Pause(task, until), |core, now| core.pause(task, "".into(), until, now).unwrap());
    }

    fn reschedule(&mut self) {
        let count = self.core.plan.tasks.len() as u32;
        let task = TaskIndex(self.rng.u32(..count));
        let planned = &self.core.plan.tasks[task.0 as usize];
        if !planned.is_scheduled || !planned.is_enabled() || self.model.is_stopping() {
            return;
        }
        let now = self.now();
        let mut schedule = match self.rng.u8(..6) {
            0 => None,
            // The same again: its slots may lie where they did.
            1 | 2 => self.core.schedule_of(task).map(|schedule| PlannedSchedule::clone(schedule)),
            _ => Some(another_schedule(&mut self.rng, self.size, now.wall)),
        };
        if let Some(schedule) = &mut schedule {
            // With jitter it is not known from outside which instants a pause covers.
            if self.model.is_paused(task) {
                schedule.jitter = Duration::ZERO;
            }
            // One run of the old schedule and one of the new in the same call
            // could not be told apart if one of them is refused.
            schedule.on_start &= !self.model.has_due(task, now);
            if let (Rule::At(at), 0) = (&mut schedule.rule, self.rng.u8(..2)) {
                *at = later(now.wall, Duration::from_millis(self.rng.u64(..180_001)));
                *at -= SignedDuration::from_secs(90);
            }
            // An instant that has just passed is served after what fires at the change.
            schedule.on_start &= !matches!(schedule.rule, Rule::At(at) if at <= now.wall);
        }
        let fires = schedule.as_ref().is_some_and(|schedule| schedule.on_start);
        self.call(Call::Reschedule(task, fires), |core, now| {
            core.reschedule(task, schedule.map(Arc::new), now).unwrap();
        });
    }

    fn set_clock(&mut self, by: SignedDuration) {
        self.wall += by;
        self.model.clock_was_set(by.is_negative());
    }

    fn trigger(&mut self) {
        let count = self.core.plan.tasks.len() as u32;
        let task = TaskIndex(self.rng.u32(..count));
        // The answer is checked before the run is booked.
        let now = self.now();
        let answer = self.core.want(task, Trigger::Manual, Wish::default(), now);
        self.model.answers(task, answer.err());
        self.call(Call::Want, |_, _| ());
    }

    fn cancel(&mut self) {
        let living = self.model.living();
        if !living.is_empty() {
            let run = living[self.rng.usize(..living.len())];
            let was = self.call(Call::Cancel(run), |core, now| core.cancel(run, now));
            assert!(was, "a living run cannot be cancelled");
        }
    }

    /// The watcher reports long polls; the engine decides which are too long.
    fn look_for_stuck(&mut self) {
        let now = self.now().mono;
        let blocked: Vec<_> = self
            .bodies
            .iter()
            .filter(|(_, body)| body.blocked_until(now).is_some())
            .map(|(run, body)| (*run, now.since(body.blocked_since().unwrap_or(now))))
            .collect();
        for (run, in_poll) in blocked {
            self.call(Call::LongPoll, |core, now| core.long_poll(run, in_poll, now));
        }
    }
}
