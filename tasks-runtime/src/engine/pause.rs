//! Pauses: the firings of a task are skipped until somebody resumes it or its
//! time has come.
//!
//! The moment at which a pause begins or ends divides the instants exactly,
//! however late the engine looks at the clock: what was due before is served
//! as it was then.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;

use super::{Core, decisions::DecisionKind, snapshot::PauseInfo};
use crate::{
    clock::{Mono, Now, later, wall_since},
    event::{EventKind, SkipReason},
    handle::{PauseUntil, Refused},
    plan::TaskIndex,
    scheduler::{Due, WALL_CHECK},
};

/// When a pause ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Never,
    Mono(Mono),
    Wall(Timestamp),
}

#[derive(Debug)]
struct Pause {
    note: Arc<str>,
    since: Timestamp,
    end: End,
}

/// The tasks that are paused.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    of: HashMap<TaskIndex, Pause>,
    /// By `End::Mono`. Of the same type as those below, since a set is much to compile.
    mono: BTreeSet<(End, TaskIndex)>,
    /// By `End::Wall`. Apart from the others, since the wall clock may be set.
    wall: BTreeSet<(End, TaskIndex)>,
}

impl Pauses {
    pub(super) fn contains(&self, task: TaskIndex) -> bool {
        self.of.contains_key(&task)
    }

    pub(super) fn info(&self, task: TaskIndex, now: Now) -> Option<PauseInfo> {
        let pause = self.of.get(&task)?;
        Some(PauseInfo { note: Arc::clone(&pause.note), since: pause.since, until: until(pause.end, now) })
    }

    /// Begins a pause; one that is under way gets a new note and a new end.
    fn insert(&mut self, task: TaskIndex, note: Arc<str>, end: End, now: Now) {
        let since = self.remove(task).map_or(now.wall, |pause| pause.since);
        match end {
            End::Never => false,
            End::Mono(_) => self.mono.insert((end, task)),
            End::Wall(_) => self.wall.insert((end, task)),
        };
        self.of.insert(task, Pause { note, since, end });
    }

    /// A task has left.
    pub(super) fn forget(&mut self, task: TaskIndex) {
        self.remove(task);
    }

    fn remove(&mut self, task: TaskIndex) -> Option<Pause> {
        let pause = self.of.remove(&task)?;
        match pause.end {
            End::Never => false,
            End::Mono(_) => self.mono.remove(&(pause.end, task)),
            End::Wall(_) => self.wall.remove(&(pause.end, task)),
        };
        Some(pause)
    }

    /// The next task whose pause is over, with the last moment that belongs to it.
    fn next_over(&self, now: Now) -> Option<(TaskIndex, Now)> {
        const LEAST: Duration = Duration::from_nanos(1);
        let before = |passed: Duration| {
            let passed = passed + LEAST;
            let mono = now.mono.0.saturating_sub(crate::clock::nanos(passed));
            Now { mono: Mono(mono), wall: now.wall.checked_sub(passed).unwrap_or(now.wall) }
        };
        match (self.first_mono(), self.first_wall()) {
            (Some((at, task)), _) if at <= now.mono => Some((task, before(now.mono.since(at)))),
            (_, Some((at, task))) if at <= now.wall => Some((task, before(wall_since(now.wall, at)))),
            _ => None,
        }
    }

    fn first_mono(&self) -> Option<(Mono, TaskIndex)> {
        let Some((End::Mono(at), task)) = self.mono.first() else { return None };
        Some((*at, *task))
    }

    fn first_wall(&self) -> Option<(Timestamp, TaskIndex)> {
        let Some((End::Wall(at), task)) = self.wall.first() else { return None };
        Some((*at, *task))
    }

    pub(super) fn next_wake(&self, now: Now, virtual_time: bool) -> Mono {
        let mono = self.first_mono().map_or(Mono::NEVER, |(at, _)| at);
        let wall = self.first_wall().map_or(Mono::NEVER, |(at, _)| {
            let wait = wall_since(at, now.wall);
            now.mono.plus(if virtual_time { wait } else { wait.min(WALL_CHECK) })
        });
        mono.min(wall)
    }
}

fn until(end: End, now: Now) -> Option<Timestamp> {
    match end {
        End::Never => None,
        End::Mono(at) => Some(later(now.wall, at.since(now.mono))),
        End::Wall(at) => Some(at),
    }
}

impl Core {
    /// Skips the firings of a task from now on.
    pub(crate) fn pause(
        &mut self,
        index: TaskIndex,
        note: Arc<str>,
        end: PauseUntil,
        now: Now,
    ) -> Result<(), Refused> {
        self.steerable(index)?;
        let end = match end {
            PauseUntil::Resumed => End::Never,
            PauseUntil::Elapsed(length) => End::Mono(now.mono.plus(length)),
            PauseUntil::Instant(at) => End::Wall(at),
        };
        let is_over = match end {
            End::Never => false,
            End::Mono(at) => at <= now.mono,
            End::Wall(at) => at <= now.wall,
        };
        if is_over {
            return Err(Refused::Past);
        }
        self.serve_now(index, now);
        self.scheduler.set_paused(index, true);
        self.pauses.insert(index, Arc::clone(&note), end, now);
        self.give_up_line(index, SkipReason::Paused, now);
        let (task, until) = (self.name_of(index), until(end, now));
        self.note(index, DecisionKind::Paused { note: Arc::clone(&note), until }, now);
        self.emit(EventKind::Paused { task, note, until });
        // What was due of one that was added may have been its last instant.
        self.retire(index);
        Ok(())
    }

    /// Serves the firings of a task again. Returns whether it was paused.
    pub(crate) fn resume(&mut self, index: TaskIndex, now: Now) -> bool {
        let was_paused = self.ending.is_none() && self.pauses.contains(index);
        if was_paused {
            self.end_pause(index, true, now, now);
        }
        was_paused
    }

    /// Ends the pauses whose time has come.
    pub(super) fn end_pauses(&mut self, now: Now) {
        while let Some((index, last)) = self.pauses.next_over(now) {
            self.end_pause(index, false, last, now);
        }
    }

    /// Ends a pause: what was due until `last` is skipped.
    fn end_pause(&mut self, index: TaskIndex, asked: bool, last: Now, now: Now) {
        let mut due = Due::default();
        self.scheduler.due_of(index, last, &mut due);
        self.serve_and_keep(due, Vec::new(), now);
        self.scheduler.set_paused(index, false);
        self.pauses.remove(index);
        let task = Arc::clone(&self.task(index).name);
        self.note(index, DecisionKind::Resumed { asked }, now);
        self.emit(EventKind::Resumed { task, asked });
        self.retire(index);
    }

    /// Serves what is due of a task, before it is steered otherwise.
    fn serve_now(&mut self, index: TaskIndex, now: Now) {
        let mut due = Due::default();
        self.scheduler.due_of(index, now, &mut due);
        self.serve_and_keep(due, Vec::new(), now);
    }
}
