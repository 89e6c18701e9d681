//! Missed instants that are made up for (`misfire = "all(n)"`): the oldest
//! first, each after the end of the one before.

use std::collections::VecDeque;

use jiff::Timestamp;
use tasks_core::RunId;

use super::Core;
use crate::{clock::Now, event::SkipReason, list::IntoList as _, plan::TaskIndex, scheduler::Missing, sort};

/// The missed instants of one task that wait for their turn.
#[derive(Debug)]
pub(super) struct Line {
    /// The run of the one before, after whose end the next follows.
    after: RunId,
    left: VecDeque<Timestamp>,
}

impl Core {
    /// Puts what was missed behind what is made up for already, of which the
    /// latest n stay. Returns it if there is nothing: then its first runs now.
    pub(super) fn line_up(&mut self, missing: Missing, now: Now) -> Option<Missing> {
        let Some(line) = self.made_up.get_mut(&missing.task) else { return Some(missing) };
        line.left.extend(missing.at);
        let too_many = line.left.len().saturating_sub(missing.most);
        let dropped: Vec<_> = line.left.drain(..too_many).into_list();
        self.skipped_all(missing.task, SkipReason::Misfire, &dropped, now);
        None
    }

    /// Runs the first of what was missed, and lets the others follow.
    pub(super) fn make_up_for(&mut self, index: TaskIndex, mut left: VecDeque<Timestamp>, now: Now) {
        let Some(first) = left.front().copied() else { return };
        match self.try_firing(index, first, now) {
            Ok(after) => {
                left.pop_front();
                self.made_up.insert(index, Line { after, left });
            }
            // The others would meet the same.
            Err(reason) => self.skipped_all(index, reason, left.make_contiguous(), now),
        }
    }

    /// A run ended: a missed instant may wait for just that.
    pub(super) fn make_up(&mut self, index: TaskIndex, ended: RunId, now: Now) {
        if self.made_up.get(&index).is_none_or(|line| line.after != ended) {
            return;
        }
        let Some(Line { mut left, .. }) = self.made_up.remove(&index) else { return };
        let task = self.task(index);
        match self.admission.would_replace(index, &task) {
            // Whoever replaced the one before is newer than all of them.
            true => self.skipped_all(index, SkipReason::Overlap, left.make_contiguous(), now),
            false => self.make_up_for(index, left, now),
        }
    }

    /// Gives up what was to be made up for of one task.
    pub(super) fn give_up_line(&mut self, index: TaskIndex, reason: SkipReason, now: Now) {
        let Some(line) = self.made_up.get_mut(&index) else { return };
        let mut left = std::mem::take(&mut line.left);
        self.skipped_all(index, reason, left.make_contiguous(), now);
    }

    /// Gives up whatever was to be made up for.
    pub(super) fn give_up_lines(&mut self, reason: SkipReason, now: Now) {
        let mut lines: Vec<_> = std::mem::take(&mut self.made_up).into_iter().into_list();
        sort::by_key(&mut lines, |(index, _)| *index);
        for (index, mut line) in lines {
            self.skipped_all(index, reason, line.left.make_contiguous(), now);
        }
    }

    fn skipped_all(&mut self, index: TaskIndex, reason: SkipReason, all: &[Timestamp], now: Now) {
        if let (Some(first), Some(last)) = (all.first(), all.last()) {
            self.skipped(index, reason, (all.len() as u64, *first, *last), now);
        }
    }
}
