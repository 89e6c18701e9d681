//! The tasks by their names, once some were added: a table that grows by one
//! bucket with each name, so that no name is ever what makes all of them move.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use crate::{list::IntoList as _, plan::TaskIndex, table::Table};

/// Finds tasks by their names, of which it keeps none: whoever asks says which
/// task has which. Names are equal by the rule for task names.
#[derive(Debug, Default)]
pub(super) struct Names {
    hashing: RandomState,
    /// The first task of each bucket, counted from 1; 0 is none.
    first: Vec<u32>,
    /// The next one in the bucket of a task.
    next: Table<u32>,
    len: usize,
}

impl Names {
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Finds a task by its name.
    pub(super) fn find<'a>(&self, name: &str, name_of: impl Fn(TaskIndex) -> &'a str) -> Option<TaskIndex> {
        let first = *self.first.get(self.bucket(name))?;
        self.chain(first).find(|task| is_equal(name_of(*task), name))
    }

    /// Adds a task, which is not there yet.
    pub(super) fn insert<'a>(&mut self, name: &str, task: TaskIndex, name_of: impl Fn(TaskIndex) -> &'a str) {
        if self.len == self.first.len() {
            self.add_bucket(name_of);
        }
        self.link(self.bucket(name), task);
        self.len += 1;
    }

    /// Takes a task out.
    pub(super) fn remove(&mut self, name: &str, task: TaskIndex) {
        let bucket = self.bucket(name);
        let Some(first) = self.first.get(bucket).copied() else { return };
        let before = self.chain(first).take_while(|other| *other != task).last();
        let next = std::mem::take(self.next.at(task));
        match before {
            Some(before) => *self.next.at(before) = next,
            None => self.first[bucket] = next,
        }
        self.len -= 1;
        if self.len == 0 {
            self.first = Vec::new();
        }
    }

    /// Half of one bucket moves to the new one.
    fn add_bucket<'a>(&mut self, name_of: impl Fn(TaskIndex) -> &'a str) {
        if self.first.len() == self.first.capacity() {
            // Not twice as much: most would stay empty.
            self.first.reserve_exact(64.max(self.first.len() / 8));
        }
        self.first.push(0);
        let split = self.first.len() - 1;
        let split = split - (1 << split.checked_ilog2().unwrap_or_default()).min(split);
        let moved = std::mem::take(&mut self.first[split]);
        for other in self.chain(moved).into_list() {
            self.link(self.bucket(name_of(other)), other);
        }
    }

    fn link(&mut self, bucket: usize, task: TaskIndex) {
        *self.next.at(task) = std::mem::replace(&mut self.first[bucket], task.0 + 1);
    }

    fn chain(&self, first: u32) -> impl Iterator<Item = TaskIndex> {
        let task = |number: u32| number.checked_sub(1).map(TaskIndex);
        std::iter::successors(task(first), move |at| task(self.next.get(*at).copied().unwrap_or_default()))
    }

    /// Buckets are as many as there were names; those that were not split yet
    /// in this round also have what the ones to come will have.
    fn bucket(&self, name: &str) -> usize {
        let mut hasher = self.hashing.build_hasher();
        name.bytes().for_each(|byte| hasher.write_u8(folded(byte)));
        let (hash, count) = (hasher.finish() as usize, self.first.len());
        let round = count.checked_ilog2().map_or(1, |round| 1 << round);
        match hash & (2 * round - 1) {
            bucket if bucket < count => bucket,
            bucket => bucket & (round - 1),
        }
    }
}

/// As `tasks_schedule::name::fold` does, letter by letter: names are ASCII.
fn folded(byte: u8) -> u8 {
    if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() }
}

fn is_equal(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).all(|(one, other)| folded(one) == folded(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_however_many_come_and_go() {
        let all: Vec<String> = (0..5000).map(|number| format!("Task-{number}")).collect();
        let name_of = |task: TaskIndex| &*all[task.0 as usize];
        let mut names = Names::default();
        assert_eq!(names.find("task_1", name_of), None);
        for (task, name) in (0..).map(TaskIndex).zip(&all) {
            assert_eq!(names.find(name, name_of), None);
            names.insert(name, task, name_of);
        }
        let longest = names.first.iter().map(|first| names.chain(*first).count()).max();
        assert!(longest < Some(16), "{longest:?}");
        for task in (0..5000).filter(|task| task % 3 != 0).map(TaskIndex) {
            names.remove(name_of(task), task);
        }
        for task in (0..5000).map(TaskIndex) {
            let found = names.find(&name_of(task).to_lowercase().replace('-', "_"), name_of);
            assert_eq!(found, (task.0 % 3 == 0).then_some(task));
        }
        for task in (0..5000).filter(|task| task % 3 == 0).map(TaskIndex) {
            names.remove(name_of(task), task);
        }
        assert!(names.is_empty());
        for task in (0..5000).map(TaskIndex) {
            names.insert(name_of(task), task, name_of);
            let named = |task: TaskIndex| if task.0 < 5000 { name_of(task) } else { "another" };
            names.insert("another", TaskIndex(5000), named);
            names.remove("another", TaskIndex(5000));
            names.remove(name_of(task), task);
        }
        assert!(names.first.len() < 10, "names that come and go leave no buckets behind");
    }

    #[test]
    fn names_are_equal_as_everywhere() {
        for (one, other) in [("a-b", "A_B"), ("a", "b"), ("ab", "abc"), ("x_Y-1", "X-y_1")] {
            let fold = tasks_schedule::name::fold;
            assert_eq!(is_equal(one, other), fold(one) == fold(other), "{one} {other}");
        }
    }
}
