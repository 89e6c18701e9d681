//! Who waits for whom, and that nobody waits for ever.

use std::sync::Arc;

use tasks_core::policy::Start;

use super::{
    Planned, TaskIndex, Terms,
    names::{Names, did_you_mean},
    select::Selected,
};
use crate::{error::Problem, list::IntoList as _, sort, text::joined};

/// The dependencies as they were declared, where they can be met, of each task that has any. Sorted.
#[derive(Debug)]
pub(super) struct Declared(Vec<(TaskIndex, Vec<TaskIndex>)>);

/// What is left of them in this program.
#[derive(Debug)]
pub(super) struct Order {
    /// Of each task that has any.
    pub(super) after: Vec<(TaskIndex, Vec<TaskIndex>)>,
    pub(super) notes: Vec<String>,
}

impl Declared {
    /// Finds the tasks that `after` names, and reports names that cannot be waited for.
    pub(super) fn resolve(tasks: &[Arc<Planned>], names: &Names<'_>, problems: &mut Vec<Problem>) -> Self {
        let waiting = (0..).map(TaskIndex).zip(tasks).filter(|(_, task)| !task.waits_for.is_empty());
        let declared = waiting.map(|(index, task)| {
            let mut found = Vec::new();
            for word in &task.waits_for {
                let complaint = match names.find(word) {
                    None => {
                        let known = tasks.iter().filter(|task| task.is_boot()).map(|task| &*task.name);
                        Some(("which is no task", did_you_mean(word, known)))
                    }
                    Some(index) => cannot_wait_for(&tasks[index.0 as usize])
                        .map(|reason| (reason, "name a task that starts with the program".to_owned())),
                };
                match (complaint, names.find(word)) {
                    (Some((reason, remedy)), _) => problems.push(Problem::new(
                        task.place_of("after"),
                        format!("task `{}`: `after` names `{word}`, {reason}", task.name),
                        remedy,
                    )),
                    (None, Some(index)) if !found.contains(&index) => found.push(index),
                    (None, _) => {}
                }
            }
            sort::all(&mut found);
            (index, found)
        });
        let declared = Self(declared.collect());
        declared.report_cycles(tasks, problems);
        declared
    }

    pub(super) fn of(&self, task: TaskIndex) -> &[TaskIndex] {
        let found = self.0.binary_search_by_key(&task, |(other, _)| *other);
        found.map_or(&[], |at| &self.0[at].1)
    }

    /// Leaves out what the command line skips, and reports enabled tasks that
    /// would wait for one that never runs.
    pub(super) fn order(
        self,
        tasks: &[Arc<Planned>],
        selected: &Selected,
        problems: &mut Vec<Problem>,
    ) -> Order {
        let mut order = Order { after: Vec::new(), notes: Vec::new() };
        for (index, declared) in self.0 {
            let task = &tasks[index.0 as usize];
            let mut after = Vec::with_capacity(declared.len());
            for other in declared {
                let dependency = &tasks[other.0 as usize];
                if dependency.is_enabled() {
                    after.push(other);
                } else if !task.is_enabled() {
                    // Neither of them runs.
                } else if selected.skips(other) {
                    order.notes.push(format!(
                        "`{}` does not wait for `{}`, which `--skip-tasks` leaves out: it counts as met",
                        task.name, dependency.name
                    ));
                } else {
                    let reason = dependency.disabled.as_deref().unwrap_or_default();
                    problems.push(Problem::new(
                        task.location(),
                        format!(
                            "task `{}` is after `{}`, which is disabled ({reason}) at {}",
                            task.name,
                            dependency.name,
                            dependency.location()
                        ),
                        "disable both, or remove it from `after`",
                    ));
                }
            }
            order.after.push((index, after));
        }
        order
    }

    /// A walk in depth with a stack of its own: chains may be as long as the program has tasks.
    fn report_cycles(&self, tasks: &[Arc<Planned>], problems: &mut Vec<Problem>) {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            OnPath,
            Done,
        }
        if self.0.is_empty() {
            return;
        }
        let mut marks = vec![Mark::New; tasks.len()];
        for &(start, _) in &self.0 {
            if marks[start.0 as usize] != Mark::New {
                continue;
            }
            let mut path = vec![(start, 0)];
            marks[start.0 as usize] = Mark::OnPath;
            while let Some((task, next)) = path.last_mut() {
                let Some(&dependency) = self.of(*task).get(*next) else {
                    marks[task.0 as usize] = Mark::Done;
                    path.pop();
                    continue;
                };
                *next += 1;
                match marks[dependency.0 as usize] {
                    Mark::New => {
                        marks[dependency.0 as usize] = Mark::OnPath;
                        path.push((dependency, 0));
                    }
                    Mark::OnPath => {
                        let cycle = path.iter().map(|(task, _)| *task).skip_while(|task| *task != dependency);
                        problems.push(cycle_problem(&cycle.into_list(), tasks));
                    }
                    Mark::Done => {}
                }
            }
        }
    }
}

fn cannot_wait_for(task: &Terms) -> Option<&'static str> {
    if task.is_scheduled {
        Some("which is scheduled and has no end to wait for")
    } else if task.start == Start::Manual {
        Some("which starts only when asked (`start = \"manual\"`)")
    } else {
        None
    }
}

fn cycle_problem(cycle: &[TaskIndex], tasks: &[Arc<Planned>]) -> Problem {
    // The walk began where the link order happened to be sorted first; the
    // smallest name begins the text, so that it reads the same in each build.
    let smallest = cycle.iter().enumerate().min_by_key(|(_, task)| **task).map_or(0, |(at, _)| at);
    let names = cycle[smallest..].iter().chain(&cycle[..=smallest]).map(|task| &*tasks[task.0 as usize].name);
    let first = &tasks[cycle[smallest].0 as usize];
    Problem::new(
        first.location(),
        format!("tasks are after one another in a circle: {}", joined(names, " -> ")),
        "remove one `after`",
    )
}
