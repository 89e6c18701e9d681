//! The newest things of each task, bounded for one task and for all together.

use crate::plan::TaskIndex;

/// Keeps the newest things of each task: so many of one task and so many in
/// all, and of both the oldest goes first.
///
/// Everything is in one list of slots, which are used again. A task that never
/// had anything costs twelve bytes at most, and nothing if those after it never
/// had anything either.
#[derive(Debug)]
pub(crate) struct Recent<T> {
    per_task: u32,
    in_all: usize,
    tasks: Vec<OfTask>,
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    oldest: u32,
    newest: u32,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct OfTask {
    oldest: u32,
    newest: u32,
    len: u32,
}

#[derive(Debug)]
struct Slot<T> {
    task: TaskIndex,
    kept: Option<T>,
    older: u32,
    newer: u32,
    newer_of_task: u32,
}

const NONE: u32 = u32::MAX;

const NOTHING: OfTask = OfTask { oldest: NONE, newest: NONE, len: 0 };

/// Whose the things of a task are that has left.
const NOBODY: TaskIndex = TaskIndex(u32::MAX);

impl<T> Recent<T> {
    pub(crate) fn new(per_task: u32, in_all: usize) -> Self {
        Self {
            per_task,
            in_all,
            tasks: Vec::new(),
            slots: Vec::new(),
            free: Vec::new(),
            oldest: NONE,
            newest: NONE,
            len: 0,
        }
    }

    pub(crate) fn push(&mut self, task: TaskIndex, new: T) {
        let index = task.0 as usize;
        if self.tasks.len() <= index {
            self.tasks.resize(index + 1, NOTHING);
        }
        if self.tasks[index].len == self.per_task {
            self.remove(self.tasks[index].oldest);
        } else if self.len == self.in_all {
            self.remove(self.oldest);
        }
        let slot = Slot { task, kept: Some(new), older: self.newest, newer: NONE, newer_of_task: NONE };
        let at = match self.free.pop() {
            Some(at) => {
                self.slots[at as usize] = slot;
                at
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        };
        match self.newest {
            NONE => self.oldest = at,
            newest => self.slots[newest as usize].newer = at,
        }
        self.newest = at;
        let of_task = &mut self.tasks[index];
        match of_task.newest {
            NONE => of_task.oldest = at,
            newest => self.slots[newest as usize].newer_of_task = at,
        }
        of_task.newest = at;
        of_task.len += 1;
        self.len += 1;
    }

    /// Takes a slot out; it is always the oldest of its task, or nobody's.
    fn remove(&mut self, at: u32) {
        let slot = &mut self.slots[at as usize];
        slot.kept = None;
        let (task, older, newer, newer_of_task) = (slot.task, slot.older, slot.newer, slot.newer_of_task);
        match older {
            NONE => self.oldest = newer,
            older => self.slots[older as usize].newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.slots[newer as usize].older = older,
        }
        if let Some(of_task) = self.tasks.get_mut(task.0 as usize) {
            of_task.oldest = newer_of_task;
            if newer_of_task == NONE {
                of_task.newest = NONE;
            }
            of_task.len -= 1;
        }
        self.free.push(at);
        self.len -= 1;
    }

    /// A task has left. What it had is nobody's, once it was told so, and goes when
    /// it is the oldest of all.
    pub(crate) fn forget(&mut self, task: TaskIndex, mut tell: impl FnMut(&mut T)) {
        let Some(of_task) = self.tasks.get_mut(task.0 as usize) else { return };
        let mut at = std::mem::replace(of_task, NOTHING).oldest;
        while at != NONE {
            let slot = &mut self.slots[at as usize];
            slot.task = NOBODY;
            slot.kept.iter_mut().for_each(&mut tell);
            at = slot.newer_of_task;
        }
    }

    /// The newest of a task.
    pub(crate) fn newest_of(&self, task: TaskIndex) -> Option<&T> {
        let of_task = self.tasks.get(task.0 as usize)?;
        self.slots.get(of_task.newest as usize)?.kept.as_ref()
    }

    /// What is kept of a task, the oldest first.
    pub(crate) fn of(&self, task: TaskIndex) -> impl Iterator<Item = &T> {
        let first = self.tasks.get(task.0 as usize).map_or(NONE, |of_task| of_task.oldest);
        self.from(first, |slot| slot.newer_of_task).map(|(_, kept)| kept)
    }

    /// Everything that is kept and whose it is, the oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (TaskIndex, &T)> {
        self.from(self.oldest, |slot| slot.newer)
    }

    fn from(&self, first: u32, next: fn(&Slot<T>) -> u32) -> impl Iterator<Item = (TaskIndex, &T)> {
        let first = self.slots.get(first as usize);
        let slots = std::iter::successors(first, move |slot| self.slots.get(next(slot) as usize));
        slots.filter_map(|slot| slot.kept.as_ref().map(|kept| (slot.task, kept)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: TaskIndex = TaskIndex(0);
    const B: TaskIndex = TaskIndex(7);

    fn all(recent: &Recent<u32>) -> Vec<u32> {
        recent.all().map(|(_, kept)| *kept).collect()
    }

    fn of(recent: &Recent<u32>, task: TaskIndex) -> Vec<u32> {
        recent.of(task).copied().collect()
    }

    #[test]
    fn a_task_keeps_its_newest_and_all_keep_theirs() {
        let mut recent = Recent::new(3, 5);
        assert_eq!((all(&recent), recent.newest_of(B)), (vec![], None));
        for (task, new) in [(A, 1), (B, 2), (A, 3), (A, 4), (A, 5), (B, 6), (B, 7)] {
            recent.push(task, new);
        }
        // The 1 went for the 5, the 2 for the 7.
        assert_eq!(all(&recent), [3, 4, 5, 6, 7]);
        assert_eq!((of(&recent, A), of(&recent, B)), (vec![3, 4, 5], vec![6, 7]));
        recent.push(B, 8);
        assert_eq!((of(&recent, A), of(&recent, B)), (vec![4, 5], vec![6, 7, 8]));
        for new in 9..30 {
            recent.push(TaskIndex(new % 4 + 1), new);
        }
        assert_eq!((of(&recent, A), recent.newest_of(A)), (vec![], None));
        assert_eq!(recent.newest_of(TaskIndex(2)), Some(&29));
        assert_eq!(all(&recent), [25, 26, 27, 28, 29]);
        assert_eq!(recent.slots.len(), 5, "slots are used again");
        recent.push(A, 30);
        assert_eq!((of(&recent, A), recent.newest_of(A)), (vec![30], Some(&30)));
    }
}
