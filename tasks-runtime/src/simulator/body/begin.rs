//! What an attempt is going to do: drawn when it begins.

use std::time::Duration;

use fastrand::Rng;

use super::{Alive, Body, Limit, Return, Stage, Step};
use crate::clock::{Mono, Now};

impl Body {
    pub(super) fn begin(&mut self, now: Now, scale: Duration, rng: &mut Rng) -> Step {
        if self.attempt == 0 {
            self.cell.set_started(now.mono.0, now.wall);
        }
        self.attempt += 1;
        self.cell.begin_attempt(self.attempt, false);
        let grace = self.grace();
        let timeout = self.task.timeout.map(|length| (now.mono.plus(length), false));
        let deadline = self.deadline().map(|at| (at, true));
        let nearer = [timeout, deadline].into_iter().flatten().min();
        let limit = nearer.map(|(at, by_deadline)| Limit { at, hard: at.plus(grace), by_deadline });
        let time_box = self.task.stop_after.map(|length| {
            let at = now.mono.plus(length);
            (at, at.plus(grace))
        });
        let ends = [limit.map(|limit| limit.hard), time_box.map(|(_, until)| until)];
        self.cell.set_stuck_after(ends.into_iter().flatten().min().unwrap_or(Mono::NEVER).0);
        let some = |rng: &mut Rng, most: f64| scale.mul_f64(rng.f64() * most);
        let takes = match rng.u8(..6) {
            0 => Duration::ZERO,
            1 => some(rng, 8.0),
            _ => some(rng, 1.5),
        };
        let returns = match rng.u8(..10) {
            0..=5 => Return::Ok,
            6 => Return::Panic,
            7 => Return::Err { fatal: true, retry_after: None },
            8 => Return::Err { fatal: false, retry_after: Some(some(rng, 1.0)) },
            _ => Return::Err { fatal: false, retry_after: None },
        };
        let from = now.mono.plus(takes.mul_f64(rng.f64()));
        let blocks = match rng.u8(..12) {
            0 => Some((from, some(rng, 6.0))),
            1 if rng.u8(..8) == 0 => Some((from, scale * 60)),
            _ => None,
        };
        self.stage = Stage::Alive(Alive {
            limit,
            time_box,
            asked: None,
            ends_at: now.mono.plus(takes),
            returns,
            ready_at: (rng.u8(..4) == 0).then(|| now.mono.plus(takes.mul_f64(rng.f64()))),
            blocks,
            held: None,
            heeds: (self.task.listens && rng.u8(..4) > 0).then(|| some(rng, 0.3)),
        });
        Step::Begun
    }
}
