//! Pauses: the firings of a task are skipped until somebody resumes it or its
//! time has come.
//!
//! The moment at which a pause begins or ends divides the instants exactly,
//! however late the engine looks at the clock: what was due before is served
//! as it was then.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
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

/// The ends of pauses, the next one first. A heap and no set: that is ten times as much
/// to compile. A pause that is over by then may have left its end; never the first one.
type Ends = BinaryHeap<Reverse<(End, TaskIndex)>>;

/// How many ends of pauses that are over may be left, beside one for each that is not.
const MOST_LEFT: usize = 64;

/// The tasks that are paused.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    of: HashMap<TaskIndex, Pause>,
    /// By `End::Mono`.
    mono: Ends,
    /// By `End::Wall`. Apart from the others, since the wall clock may be set.
    wall: Ends,
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
        self.of.insert(task, Pause { note, since, end });
        match end {
            End::Never => {}
            End::Mono(_) => self.mono.push(Reverse((end, task))),
            End::Wall(_) => self.wall.push(Reverse((end, task))),
        }
    }

    /// A task has left.
    pub(super) fn forget(&mut self, task: TaskIndex) {
        self.remove(task);
    }

    fn remove(&mut self, task: TaskIndex) -> Option<Pause> {
        let pause = self.of.remove(&task)?;
        let of = &self.of;
        let is_over = |ends: &Ends| {
            let first = ends.peek();
            first.is_some_and(|Reverse((end, task))| of.get(task).is_none_or(|pause| pause.end != *end))
        };
        for ends in [&mut self.mono, &mut self.wall] {
            while is_over(ends) {
                ends.pop();
            }
        }
        if self.mono.len() + self.wall.len() > 2 * of.len() + MOST_LEFT {
            self.sort_out();
        }
        Some(pause)
    }

    /// Lets go of the ends of all pauses that are over.
    fn sort_out(&mut self) {
        self.mono.clear();
        self.wall.clear();
        for (task, pause) in &self.of {
            match pause.end {
                End::Never => {}
                End::Mono(_) => self.mono.push(Reverse((pause.end, *task))),
                End::Wall(_) => self.wall.push(Reverse((pause.end, *task))),
            }
        }
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
        let Some(Reverse((End::Mono(at), task))) = self.mono.peek() else { return None };
        Some((*at, *task))
    }

    fn first_wall(&self) -> Option<(Timestamp, TaskIndex)> {
        let Some(Reverse((End::Wall(at), task))) = self.wall.peek() else { return None };
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
    pub(crate) fn end_pauses(&mut self, now: Now) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_pauses_that_are_over_are_let_go_and_the_others_are_not() {
        let now = Now { mono: Mono(0), wall: Timestamp::UNIX_EPOCH };
        let (kept, task) = (TaskIndex(0), TaskIndex(1));
        let mut pauses = Pauses::default();
        let first = End::Mono(Mono(5));
        pauses.insert(kept, "".into(), first, now);
        for round in 0..1_000 {
            let wall = Timestamp::from_second(round).unwrap();
            for end in [End::Mono(Mono(1_000_000 - round.unsigned_abs())), End::Wall(wall), first] {
                pauses.insert(task, "".into(), end, now);
            }
        }
        assert!(pauses.mono.len() + pauses.wall.len() <= 2 * pauses.of.len() + MOST_LEFT + 1);
        assert_eq!(pauses.first_mono(), Some((Mono(5), kept)));
        pauses.forget(kept);
        assert_eq!(pauses.first_mono(), Some((Mono(5), task)), "it ends at the same moment");
        pauses.forget(task);
        assert_eq!((pauses.first_mono(), pauses.first_wall()), (None, None));
    }
}
