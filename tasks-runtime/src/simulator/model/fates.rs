//! I1 to I3: what becomes of due slots.

use jiff::Timestamp;
use tasks_core::{
    Outcome, RunId,
    policy::{Misfire, Overlap},
};

use super::{
    Model,
    books::{Fates, Refused, Task},
};
use crate::{
    admission::MAX_WAITING,
    clock::{Now, later, wall_since},
    engine::{Action, Core},
    event::{EventKind, SkipReason},
};

impl Model {
    /// A look at the clock: finds anew what is due.
    pub(super) fn look(&mut self, actions: &[Action], core: &Core, now: Now) {
        let back = match self.seen.replace(now) {
            Some(seen) => wall_since(later(seen.wall, now.mono.since(seen.mono)), now.wall),
            None => std::time::Duration::ZERO,
        };
        self.end_pauses(core, now);
        for action in actions {
            if let Action::Emit(EventKind::ClockStepped { task, .. }) = action {
                let index = self.index(task);
                let task = &mut self.tasks[index];
                task.slots.as_mut().unwrap().stepped(back, now);
                (task.last_slot, task.served_before) = (None, None);
            }
        }
        for (index, task) in self.tasks.iter_mut().enumerate() {
            task.look(index, core, now);
            // Only this look notices that the clock was set.
            task.slots.iter().for_each(|slots| slots.is_not_silent(now));
        }
    }

    /// A schedule wanted a run, and has it.
    pub(super) fn fired(&mut self, task: usize, run: RunId, at: Timestamp, now: Now) {
        let task = &mut self.tasks[task];
        if std::mem::take(&mut task.line.is_due) {
            let slot = task.line.left.pop_front().expect("I1: a run beside what is made up for");
            task.slots.as_ref().unwrap().check_name(slot, at, task.was_set, now);
            task.line.after = Some(run);
        } else {
            let first = task.fates.fired.replace((run, at));
            assert!(first.is_none(), "I1: two runs of one look at {}", task.planned.name);
        }
    }

    pub(super) fn skipped(&mut self, task: &str, reason: SkipReason, seen: Refused, now: Now) {
        let index = self.index(task);
        *self.tasks[index].skips.entry(reason).or_default() += seen.count;
        match reason {
            SkipReason::Overlap => {
                let line_is_due = self.tasks[index].line.is_due;
                let newer = line_is_due && self.tasks[index].planned.overlap == Overlap::Replace;
                let right = self.overlaps(index) || newer && self.others(index) > 0;
                assert!(right, "I1: {task} is skipped beside {} runs", self.others(index));
                self.refused(index, seen, now);
            }
            SkipReason::Capacity => {
                assert!(self.is_full(index), "I1: no capacity for {task}");
                self.refused(index, seen, now);
            }
            SkipReason::Misfire => self.tasks[index].fates.misfired += seen.count,
            SkipReason::DstGap => self.tasks[index].fates.in_gap += seen.count,
            SkipReason::Paused => self.tasks[index].fates.paused += seen.count,
            SkipReason::Shutdown => {
                assert!(self.stopping.is_some(), "I5: {task} is skipped before the stop");
                self.tasks[index].gives_line_up(seen, now);
            }
        }
    }

    fn refused(&mut self, task: usize, seen: Refused, now: Now) {
        let task = &mut self.tasks[task];
        if std::mem::take(&mut task.line.is_due) {
            task.gives_line_up(seen, now);
        } else {
            assert!(task.fates.refused.replace(seen).is_none(), "I1: two refusals");
        }
        if let Some(slots) = &mut task.slots {
            slots.served(now);
        }
    }

    /// A schedule hears of the end of its run, once.
    pub(super) fn serve(&mut self, run: RunId, now: Now) {
        let Some(living) = self.runs.get_mut(&run) else { return };
        let first =
            living.trigger == tasks_core::Trigger::Schedule && !std::mem::replace(&mut living.served, true);
        let task = &mut self.tasks[living.task];
        // What a schedule started that is gone is nothing to the one after it.
        let first = first && living.era == task.era;
        if let (true, None, Some(slots)) = (first, &self.stopping, &mut task.slots) {
            slots.served(now);
        }
    }

    /// The next of what is made up for follows the end of this run.
    pub(super) fn line_moves(&mut self, task: usize, ended: RunId, outcome: Outcome) {
        let (stopping, line) = (self.stopping.is_some(), &mut self.tasks[task].line);
        if line.after == Some(ended) {
            line.after = None;
            line.is_due = !line.left.is_empty() && !stopping;
        }
        assert!(stopping || outcome != Outcome::Abandoned);
    }

    /// I1: what was due became a run or a skip, once.
    pub(super) fn fates_agree(&mut self, now: Now) {
        let stopping = self.stopping.is_some();
        for task in &mut self.tasks {
            task.fates_agree(now);
            let line = &task.line;
            let name = &task.planned.name;
            assert!(!task.to_be_resumed, "I15: {name} is not resumed");
            assert!(!task.to_be_changed, "I17: {name} is not rescheduled");
            assert!(!line.is_due, "I1: the next of what is made up for by {name} never came");
            assert!(
                line.left.is_empty() || line.after.is_some() && !stopping,
                "I1, I5: {name} leaves {line:?}"
            );
        }
    }
}

impl Task {
    pub(super) fn fates_agree(&mut self, now: Now) {
        let mut fates = std::mem::take(&mut self.fates);
        let paused = std::mem::take(&mut self.skipped_as_paused);
        let in_gap = std::mem::take(&mut self.in_gap_of_pause);
        fates.in_gap = fates.in_gap.checked_sub(in_gap).expect("I1: gaps of a pause");
        let seen = std::mem::take(&mut fates.paused);
        let misfired = self.served_agrees(&fates, now);
        let mut given_up = 0;
        if std::mem::take(&mut self.gives_up_for_change) {
            given_up = std::mem::take(&mut self.line.left).len() as u64;
        }
        assert_eq!(misfired, given_up, "I1, I17: misfires of {}", self.planned.name);
        let mut given_up = 0;
        if std::mem::take(&mut self.gives_up_for_pause) {
            given_up = std::mem::take(&mut self.line.left).len() as u64;
        }
        assert_eq!(seen, paused + given_up, "I15: what a pause of {} skips", self.planned.name);
    }

    /// Returns the misfires beyond those that the look explains.
    fn served_agrees(&mut self, fates: &Fates, now: Now) -> u64 {
        let due = self.due.take().unwrap_or_default();
        let name = &self.planned.name;
        let misfire = self.schedule.as_ref().map(|schedule| schedule.misfire);
        // Where jitter leaves both open, what happened says which it was.
        let late = due.late.unwrap_or(fates.fired.is_none() && fates.refused.is_none());
        let passed = due.passed.len();
        let all = match misfire {
            Some(Misfire::All(most)) if passed > 1 || late => Some(most.min(MAX_WAITING) as usize),
            _ => None,
        };
        let wanted = match (all, misfire) {
            (Some(most), _) => most.min(passed),
            (None, Some(Misfire::Skip)) if late => 0,
            _ => passed.min(1),
        };
        let mut misfired = due.missed + (passed - wanted) as u64;
        let mut runs = &due.passed[passed - wanted..];
        if let (Some(most), Some(_)) = (all, self.line.after) {
            self.line.left.extend(std::mem::take(&mut runs));
            let too_many = self.line.left.len().saturating_sub(most);
            self.line.left.drain(..too_many);
            misfired += too_many as u64;
        }
        let others = fates.misfired.checked_sub(misfired);
        let others = others.unwrap_or_else(|| panic!("I1: misfires of {name}: {fates:?}, due was {due:?}"));
        assert_eq!(fates.in_gap, due.in_gap, "I1: gaps of {name}; {due:?}");
        let Some(slots) = &self.slots else { return others };
        let seen = match (runs, fates.fired, fates.refused) {
            ([], None, None) => return others,
            ([first, rest @ ..], Some((run, at)), None) => {
                slots.check_name(*first, at, self.was_set, now);
                if !rest.is_empty() {
                    self.line.after = Some(run);
                    self.line.left.extend(rest);
                }
                at
            }
            ([first, .., last] | [first @ last], None, Some(refused)) => {
                assert_eq!(refused.count, runs.len() as u64, "I1: refusals of {name}");
                slots.check_name(*first, refused.first, self.was_set, now);
                slots.check_name(*last, refused.last, self.was_set, now);
                refused.first
            }
            _ => panic!("I1, I2, I12: {name} had {fates:?}, due was {due:?}"),
        };
        assert!(self.last_slot.is_none_or(|last| last < seen), "I3: {name} at {seen} again");
        self.last_slot = Some(seen);
        others
    }

    /// What was to be made up for is skipped.
    fn gives_line_up(&mut self, seen: Refused, now: Now) {
        let (line, slots) = (&mut self.line, self.slots.as_ref().unwrap());
        assert_eq!(seen.count, line.left.len() as u64, "I1: what is left of {}", self.planned.name);
        if let (Some(first), Some(last)) = (line.left.front(), line.left.back()) {
            slots.check_name(*first, seen.first, self.was_set, now);
            slots.check_name(*last, seen.last, self.was_set, now);
        }
        (line.after, line.left) = (None, Default::default());
    }
}
