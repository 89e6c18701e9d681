//! In which order: what waits for what at the start, and who must end before
//! whom at the stop.

use crate::{
    plan::{Plan, TaskIndex},
    sort,
};

/// Who waits for whom.
#[derive(Debug)]
pub(crate) struct Order {
    after: Vec<Vec<TaskIndex>>,
    dependants: Vec<Vec<TaskIndex>>,
    /// Tasks that succeeded or said that they are ready.
    met: Vec<bool>,
    /// Tasks whose start was let through.
    opened: Vec<bool>,
}

impl Order {
    pub(crate) fn new(plan: &Plan) -> Self {
        let count = plan.tasks.len();
        let mut dependants = vec![Vec::new(); count];
        for (index, task) in plan.tasks.iter().enumerate().filter(|(_, task)| task.is_enabled()) {
            for dependency in &task.after {
                dependants[dependency.0 as usize].push(TaskIndex(index as u32));
            }
        }
        Self {
            after: plan.tasks.iter().map(|task| task.after.clone()).collect(),
            dependants,
            met: vec![false; count],
            opened: vec![false; count],
        }
    }

    /// Lets a task through if nothing it waits for is missing. True once for each task.
    pub(crate) fn open(&mut self, task: TaskIndex) -> bool {
        let at = task.0 as usize;
        let through = !self.opened[at] && self.after[at].iter().all(|other| self.met[other.0 as usize]);
        self.opened[at] |= through;
        through
    }

    /// What a task still waits for.
    pub(crate) fn missing(&self, task: TaskIndex) -> Vec<TaskIndex> {
        let after = self.after.get(task.0 as usize).into_iter().flatten().copied();
        after.filter(|other| !self.met[other.0 as usize]).collect()
    }

    /// A task is ready. Returns the tasks that may start now, sorted.
    pub(crate) fn met(&mut self, task: TaskIndex) -> Vec<TaskIndex> {
        // Nobody waits for one that was added.
        let Some(met) = self.met.get_mut(task.0 as usize) else { return Vec::new() };
        if std::mem::replace(met, true) {
            return Vec::new();
        }
        let dependants = self.dependants[task.0 as usize].clone();
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
            for dependant in &self.dependants[dependency.0 as usize] {
                let at = dependant.0 as usize;
                if !self.opened[at] && !std::mem::replace(&mut seen[at], true) {
                    blocked.push((*dependant, dependency));
                    reached.push(*dependant);
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
        self.dependants.get(task.0 as usize).is_some_and(|dependants| !dependants.is_empty())
    }

    /// Returns whether a task that was declared after this one, directly or
    /// through others, still lives.
    pub(crate) fn is_needed(&self, task: TaskIndex, lives: impl Fn(TaskIndex) -> bool) -> bool {
        let mut seen = vec![false; self.met.len()];
        let mut reached = vec![task];
        while let Some(dependency) = reached.pop() {
            for dependant in &self.dependants[dependency.0 as usize] {
                if lives(*dependant) {
                    return true;
                }
                if !std::mem::replace(&mut seen[dependant.0 as usize], true) {
                    reached.push(*dependant);
                }
            }
        }
        false
    }
}
