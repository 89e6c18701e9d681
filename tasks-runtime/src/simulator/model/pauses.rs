//! I15: what is paused is skipped, and never made up for.

use std::time::Duration;

use super::{super::slots::Due, Model, books::Task};
use crate::{
    clock::{Mono, Now, nanos, wall_since},
    engine::Core,
    handle::PauseUntil,
    plan::TaskIndex,
};

/// A pause that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pause {
    Open,
    Mono(Mono),
    Wall(jiff::Timestamp),
}

impl Pause {
    fn new(until: PauseUntil, now: Now) -> Self {
        match until {
            PauseUntil::Resumed => Self::Open,
            PauseUntil::Elapsed(length) => Self::Mono(now.mono.plus(length)),
            PauseUntil::Instant(at) => Self::Wall(at),
        }
    }

    /// How long it has been over.
    fn over_for(self, now: Now) -> Option<Duration> {
        match self {
            Self::Mono(at) if at <= now.mono => Some(now.mono.since(at)),
            Self::Wall(at) if at <= now.wall => Some(wall_since(now.wall, at)),
            _ => None,
        }
    }
}

impl Task {
    /// Finds what passed, and whether it is served or skipped.
    pub(super) fn look(&mut self, index: usize, core: &Core, now: Now) {
        let (true, Some(slots)) = (self.opened, &mut self.slots) else { return };
        let due = slots.look(now, || core.next_of(TaskIndex(index as u32), now));
        self.found(due, now);
    }

    /// What a schedule begins with is served, unless it is skipped.
    pub(super) fn found_at_start(&mut self, due: Option<Due>) {
        self.due = due;
        if let (Some(_), Some(due)) = (self.paused, &mut self.due) {
            self.skipped_as_paused += std::mem::take(&mut due.passed).len() as u64;
        }
    }

    /// What was found is served, unless it is skipped.
    pub(super) fn found(&mut self, due: Option<Due>, now: Now) {
        if self.paused.is_none() {
            self.due = due;
        } else if let Some(due) = due {
            self.skipped_as_paused += due.passed.len() as u64;
            self.in_gap_of_pause += due.in_gap;
            self.slots.iter_mut().for_each(|slots| slots.served(now));
        }
    }
}

impl Model {
    pub(in super::super) fn is_paused(&self, task: TaskIndex) -> bool {
        self.tasks[task.0 as usize].paused.is_some()
    }

    /// What is due now is served first.
    pub(super) fn looks_before_pause(&mut self, task: TaskIndex, core: &Core, now: Now) {
        let index = task.0 as usize;
        self.tasks[index].look(index, core, now);
    }

    pub(super) fn pauses(&mut self, task: TaskIndex, until: PauseUntil, now: Now) {
        let task = &mut self.tasks[task.0 as usize];
        task.paused = Some(Pause::new(until, now));
        task.gives_up_for_pause = true;
    }

    pub(super) fn resumes(&mut self, task: TaskIndex, core: &Core, now: Now) {
        let index = task.0 as usize;
        self.tasks[index].look(index, core, now);
        self.tasks[index].paused = None;
        self.tasks[index].to_be_resumed = true;
    }

    /// Ends the pauses whose time has come: what was due before is skipped.
    pub(super) fn end_pauses(&mut self, core: &Core, now: Now) {
        for (index, task) in self.tasks.iter_mut().enumerate() {
            let Some(passed) = task.paused.and_then(|pause| pause.over_for(now)) else { continue };
            let passed = passed + Duration::from_nanos(1);
            let mono = Mono(now.mono.0.saturating_sub(nanos(passed)));
            let last = Now { mono, wall: now.wall.checked_sub(passed).unwrap() };
            task.look(index, core, last);
            (task.paused, task.to_be_resumed) = (None, true);
        }
    }

    pub(super) fn resumed(&mut self, task: &str) {
        let index = self.index(task);
        assert!(std::mem::take(&mut self.tasks[index].to_be_resumed), "I15: {task} is resumed by nobody");
    }

    /// When the engine has to look because a pause ends.
    pub(super) fn pause_wake(&self, now: Now) -> Mono {
        let wake = |task: &Task| match task.paused {
            Some(Pause::Mono(at)) => at,
            Some(Pause::Wall(at)) if self.virtual_time => now.mono.plus(wall_since(at, now.wall)),
            Some(Pause::Wall(at)) => now.mono.plus(wall_since(at, now.wall).min(Duration::from_secs(60))),
            Some(Pause::Open) | None => Mono::NEVER,
        };
        self.tasks.iter().map(wake).min().unwrap_or(Mono::NEVER)
    }
}
