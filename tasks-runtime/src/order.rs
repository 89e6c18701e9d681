//! In which order: what waits for what at the start, and who must end before
//! whom at the stop.

use crate::{
    plan::{Plan, TaskIndex},
    sort,
};

/// Who waits for whom.
#[derive(Debug)]
pub(crate) struct Order {
    /// Who waits, and for whom. Sorted.
    after: Vec<(TaskIndex, TaskIndex)>,
    /// For whom somebody waits, and who. Sorted.
    dependants: Vec<(TaskIndex, TaskIndex)>,
    /// Tasks that succeeded or said that they are ready.
    met: Vec<bool>,
    /// Tasks whose start was let through.
    opened: Vec<bool>,
}

/// What stands beside a task.
fn of(pairs: &[(TaskIndex, TaskIndex)], task: TaskIndex) -> impl Iterator<Item = TaskIndex> {
    let first = pairs.partition_point(|(one, _)| *one < task);
    pairs[first..].iter().take_while(move |(one, _)| *one == task).map(|(_, other)| *other)
}

impl Order {
    pub(crate) fn new(plan: &Plan) -> Self {
        let count = plan.tasks.len();
        let (mut after, mut dependants) = (Vec::new(), Vec::new());
        let waiting = (0..).map(TaskIndex).zip(&plan.tasks).filter(|(_, task)| !task.after.is_empty());
        for (index, task) in waiting {
            for dependency in &task.after {
                after.push((index, *dependency));
                if task.is_enabled() {
                    dependants.push((*dependency, index));
                }
            }
        }
        sort::all(&mut dependants);
        Self { after, dependants, met: vec![false; count], opened: vec![false; count] }
    }

    /// Lets a task through if nothing it waits for is missing. True once for each task.
    pub(crate) fn open(&mut self, task: TaskIndex) -> bool {
        let at = task.0 as usize;
        let is_met = |other: TaskIndex| self.met[other.0 as usize];
        let through = !self.opened[at] && of(&self.after, task).all(is_met);
        self.opened[at] |= through;
        through
    }

    /// What a task still waits for.
    pub(crate) fn missing(&self, task: TaskIndex) -> Vec<TaskIndex> {
        of(&self.after, task).filter(|other| !self.met[other.0 as usize]).collect()
    }

    /// A task is ready. Returns the tasks that may start now, sorted.
    pub(crate) fn met(&mut self, task: TaskIndex) -> Vec<TaskIndex> {
        // Nobody waits for one that was added.
        let Some(met) = self.met.get_mut(task.0 as usize) else { return Vec::new() };
        if std::mem::replace(met, true) {
            return Vec::new();
        }
        let dependants = of(&self.dependants, task).collect::<Vec<_>>();
        dependants.into_iter().filter(|dependant| self.open(*dependant)).collect()
    }

    /// A task ended for good without ever being ready. Returns the tasks that
    /// cannot start, each with the dependency that keeps it from it.
    pub(crate) fn failed(&self, task: TaskIndex) -> Vec<(TaskIndex, TaskIndex)> {
        let mut blocked = Vec::new();
        if !self.has_dependants(task) {
            return blocked;
        }
        let mut seen = vec![false; self.met.len()];
        let mut reached = vec![task];
        while let Some(dependency) = reached.pop() {
            if self.met[dependency.0 as usize] {
                continue;
            }
            for dependant in of(&self.dependants, dependency) {
                let at = dependant.0 as usize;
                if !self.opened[at] && !std::mem::replace(&mut seen[at], true) {
                    blocked.push((dependant, dependency));
                    reached.push(dependant);
                }
            }
        }
        sort::all(&mut blocked);
        blocked
    }

    /// Returns whether a task's start was let through.
    pub(crate) fn is_open(&self, task: TaskIndex) -> bool {
        // One that was added waits for nobody.
        self.opened.get(task.0 as usize).is_none_or(|opened| *opened)
    }

    /// Returns whether anything was declared to start after this task.
    pub(crate) fn has_dependants(&self, task: TaskIndex) -> bool {
        of(&self.dependants, task).next().is_some()
    }

    /// Returns whether a task that was declared after this one, directly or
    /// through others, still lives.
    pub(crate) fn is_needed(&self, task: TaskIndex, lives: impl Fn(TaskIndex) -> bool) -> bool {
        let mut seen = vec![false; self.met.len()];
        let mut reached = vec![task];
        while let Some(dependency) = reached.pop() {
            for dependant in of(&self.dependants, dependency) {
                if lives(dependant) {
                    return true;
                }
                if !std::mem::replace(&mut seen[dependant.0 as usize], true) {
                    reached.push(dependant);
                }
            }
        }
        false
    }
}
