//! The tasks in the order of their names, for those who read them page by page.
//!
//! It is made when the first page is read, a few tasks with each look under
//! the engine's lock, and kept from then on: a program whose tasks nobody reads
//! so has nothing of it.

use super::Core;
use crate::{clock::Now, engine::snapshot::TaskInfo, list::IntoList as _, plan::TaskIndex};

/// Tasks that are looked at while the engine's lock is held.
const AT_ONCE: usize = 64;

/// Tasks in one block. A full one is cut into halves.
const BLOCK: usize = 512;

/// Task numbers in the order of names, in blocks.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    blocks: Vec<Vec<TaskIndex>>,
    /// The tasks before this place are in it.
    done: u32,
}

impl Sorted {
    fn insert<'a>(&mut self, task: TaskIndex, name_of: impl Fn(TaskIndex) -> &'a str) {
        let name = name_of(task);
        let at = self.block_of(name, &name_of);
        let Some(block) = self.blocks.get_mut(at) else {
            self.blocks.push(vec![task]);
            return;
        };
        let place = block.partition_point(|other| name_of(*other) < name);
        block.insert(place, task);
        if block.len() > BLOCK {
            // Names that come in their order leave full blocks behind.
            let keep = if place == BLOCK { BLOCK } else { BLOCK / 2 };
            let rest = block.split_off(keep);
            self.blocks.insert(at + 1, rest);
        }
    }

    fn remove<'a>(&mut self, task: TaskIndex, name_of: impl Fn(TaskIndex) -> &'a str) {
        let at = self.block_of(name_of(task), &name_of);
        let Some(block) = self.blocks.get_mut(at) else { return };
        let place = block.partition_point(|other| name_of(*other) < name_of(task));
        if block.get(place) == Some(&task) {
            block.remove(place);
        }
        if block.is_empty() {
            self.blocks.remove(at);
        }
    }

    /// The block that has a name, or would have it.
    fn block_of<'a>(&self, name: &str, name_of: impl Fn(TaskIndex) -> &'a str) -> usize {
        let after = self.blocks.partition_point(|block| name_of(block[0]) <= name);
        after.saturating_sub(1)
    }

    /// The tasks after a name, or all.
    fn after<'a>(
        &self,
        name: Option<&str>,
        name_of: impl Fn(TaskIndex) -> &'a str,
    ) -> impl Iterator<Item = TaskIndex> {
        let at = name.map_or(0, |name| self.block_of(name, &name_of));
        let first = self.blocks.get(at).map_or(&[][..], Vec::as_slice);
        let skipped = name.map_or(0, |name| first.partition_point(|task| name_of(*task) <= name));
        let others = self.blocks.iter().skip(at + 1).flatten();
        first[skipped..].iter().chain(others).copied()
    }
}

/// A part of a page.
pub(crate) enum Part {
    /// The order is still being made: ask again.
    NotYet,
    /// The next tasks; fewer than were asked for if there are no more.
    Tasks(Vec<TaskInfo>),
}

impl Core {
    /// The next tasks after a name, or from the first on: `most` of them, and
    /// as many as may be looked at under the lock.
    pub(crate) fn page(&mut self, after: Option<&str>, most: usize, now: Now) -> Part {
        let sorted = self.sorted.get_or_insert_default();
        let (tasks, done) = (&self.plan.tasks, sorted.done as usize);
        let name_of = |task: TaskIndex| &*tasks[task.0 as usize].name;
        for task in (done..tasks.len()).take(AT_ONCE).map(|at| TaskIndex(at as u32)) {
            sorted.done += 1;
            // A place that is free has no name.
            if !name_of(task).is_empty() {
                sorted.insert(task, name_of);
            }
        }
        if (sorted.done as usize) < tasks.len() {
            return Part::NotYet;
        }
        let page: Vec<_> = sorted.after(after, name_of).take(most.min(AT_ONCE)).into_list();
        Part::Tasks(page.into_iter().map(|task| self.task_info(task, now)).into_list())
    }

    /// A task was added.
    pub(super) fn sort_in(&mut self, task: TaskIndex) {
        let Some(sorted) = &mut self.sorted else { return };
        let tasks = &self.plan.tasks;
        // One that stands behind all that are sorted may be the next of them.
        sorted.done += u32::from(sorted.done == task.0 && sorted.done as usize + 1 == tasks.len());
        if task.0 < sorted.done {
            sorted.insert(task, |task| &*tasks[task.0 as usize].name);
        }
    }

    /// A task is about to leave.
    pub(super) fn sort_out(&mut self, task: TaskIndex) {
        let tasks = &self.plan.tasks;
        if let Some(sorted) = self.sorted.as_mut().filter(|sorted| task.0 < sorted.done) {
            sorted.remove(task, |task| &*tasks[task.0 as usize].name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_in_any_order_is_sorted() {
        let mut rng = fastrand::Rng::with_seed(1);
        let names: Vec<String> = (0..4000).map(|_| format!("{:08x}", rng.u32(..))).collect();
        let name_of = |task: TaskIndex| &*names[task.0 as usize];
        let (mut sorted, mut there) = (Sorted::default(), std::collections::BTreeMap::new());
        for _ in 0..20_000 {
            let task = TaskIndex(rng.u32(..4000));
            match there.remove(name_of(task)) {
                Some(task) => sorted.remove(task, name_of),
                None => {
                    there.insert(name_of(task), task);
                    sorted.insert(task, name_of);
                }
            }
        }
        let expected: Vec<_> = there.values().copied().collect();
        assert_eq!(sorted.after(None, name_of).collect::<Vec<_>>(), expected);
        assert!(sorted.blocks.iter().all(|block| (1..=BLOCK).contains(&block.len())));
        for after in ["", "0", "7fff", "zzz", &names[17], names.last().unwrap()] {
            let expected =
                there.range::<str, _>((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded));
            let expected: Vec<_> = expected.map(|(_, task)| *task).collect();
            assert_eq!(sorted.after(Some(after), name_of).collect::<Vec<_>>(), expected, "{after}");
        }
        for task in expected {
            sorted.remove(task, name_of);
        }
        assert!(sorted.blocks.is_empty());
    }
}
