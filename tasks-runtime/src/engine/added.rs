//! Tasks that are added to a program that runs, and leave it again.
//!
//! They stand behind the declared ones in the plan, in places that are used
//! again. One leaves when nothing can start it by itself any more and none of
//! its runs is left: one that was spawned after its run, one that was scheduled
//! when its schedule is over or it was removed.

use std::sync::Arc;

use tasks_core::{BodyKind, Context, Definition, Location, RunId, Task, TaskFuture, Trigger};

use super::{Action, Core, Wish, names::Names};
use crate::{
    clock::Now,
    event::SkipReason,
    handle::{AddReason, Refused},
    plan::{Addition, Planned, TaskIndex, Terms},
    scheduler::Due,
    sort,
};

/// The places and names of the tasks that were added.
#[derive(Debug)]
pub(super) struct Added {
    /// So many tasks were declared; they stand first.
    declared: u32,
    free: Vec<TaskIndex>,
    /// Every task by its folded name, made when the first one is added.
    names: Names,
    /// What stands in a free place.
    nobody: Option<Arc<Planned>>,
}

impl Added {
    pub(super) fn new(declared: usize) -> Self {
        Self { declared: declared as u32, free: Vec::new(), names: Names::default(), nobody: None }
    }

    pub(super) fn is_added(&self, index: TaskIndex) -> bool {
        index.0 >= self.declared
    }

    fn is_free(&self, task: &Arc<Planned>) -> bool {
        self.nobody.as_ref().is_some_and(|nobody| Arc::ptr_eq(&nobody.name, &task.name))
    }
}

/// Makes a task of its name, its terms and its body, once it is certain that it
/// is added. Nothing of the user's is called for it.
pub(crate) type MakeTask<'a> = &'a mut dyn FnMut(Arc<str>, Arc<Terms>) -> Arc<Planned>;

/// The task of a free place.
#[derive(Debug)]
struct Nobody;

impl Task for Nobody {
    fn definition(&self) -> Definition<'_> {
        Definition {
            name: "",
            description: "",
            location: Location { file: "", line: 0, module_path: "" },
            body: BodyKind::Async,
            scheduled: false,
            options: tasks_core::policy::Options::NONE,
        }
    }

    fn run(&self, _: Context) -> TaskFuture {
        Box::pin(async { Ok(()) })
    }
}

/// Names that are looked through for the one that was probably meant.
const MOST_SUGGESTED: usize = 1000;

impl Core {
    /// Finds a task by its name; case does not count, nor does `-` against `_`.
    ///
    /// # Errors
    ///
    /// A complaint with a suggestion, if there is no such task.
    pub(crate) fn find(&self, name: &str) -> Result<TaskIndex, String> {
        let declared = &self.plan.tasks[..self.added.declared as usize];
        // By its exact name it is found without a walk through all of them.
        if let Ok(index) = declared.binary_search_by(|task| (*task.name).cmp(name)) {
            return Ok(TaskIndex(index as u32));
        }
        match self.added.names.find(name, |index| &*self.plan.tasks[index.0 as usize].name) {
            Some(index) => Ok(index),
            None => self.plan.find_among(name, self.added.declared as usize + MOST_SUGGESTED),
        }
    }

    /// The tasks that there are, by their names.
    pub(super) fn by_name(&self) -> Vec<TaskIndex> {
        let is_there = |index: &TaskIndex| !self.added.is_free(&self.plan.tasks[index.0 as usize]);
        let mut all: Vec<_> = self.indices().filter(is_there).collect();
        if all.len() > self.added.declared as usize {
            sort::by(&mut all, |a, b| {
                let name = |index: &TaskIndex| &self.plan.tasks[index.0 as usize].name;
                name(a).cmp(name(b))
            });
        }
        all
    }

    /// Adds a task and starts a run of it.
    pub(crate) fn spawn_added(
        &mut self,
        addition: Addition,
        make: MakeTask<'_>,
        now: Now,
    ) -> Result<RunId, AddReason> {
        let index = self.add(&addition.name, addition.terms, make)?;
        self.want(index, Trigger::Spawn, Wish::default(), now).map_err(|_| {
            // The program runs, and nothing of the task's is in the way.
            unreachable!("a task that has just been added is admitted")
        })
    }

    /// Adds a task, and begins its schedule.
    pub(crate) fn schedule_added(
        &mut self,
        addition: Addition,
        make: MakeTask<'_>,
        now: Now,
    ) -> Result<TaskIndex, AddReason> {
        let index = self.add(&addition.name, addition.terms, make)?;
        if self.mode.only_asked {
            self.scheduler.give(index, addition.schedule);
        } else {
            let mut due = Due::default();
            self.scheduler.set_priority(index, self.plan.tasks[index.0 as usize].priority);
            self.scheduler.reopen(index, addition.schedule, false, now, &mut due);
            self.serve(due, now);
        }
        Ok(index)
    }

    fn add(
        &mut self,
        name: &Arc<str>,
        terms: Arc<Terms>,
        make: MakeTask<'_>,
    ) -> Result<TaskIndex, AddReason> {
        if self.ending.is_some() {
            return Err(AddReason::Shutdown);
        }
        if let Some(reason) = &terms.disabled {
            return Err(AddReason::Disabled(reason.clone()));
        }
        if self.added.names.is_empty() {
            for index in (0..self.added.declared).map(TaskIndex) {
                let name_of = |index: TaskIndex| &*self.plan.tasks[index.0 as usize].name;
                self.added.names.insert(name_of(index), index, name_of);
            }
        }
        if let Some(other) = self.added.names.find(name, |index| &*self.plan.tasks[index.0 as usize].name) {
            let leaves = self.is_added(other) && !self.plan.tasks[other.0 as usize].is_enabled();
            return Err(AddReason::Taken(self.name_of(other), leaves));
        }
        let task = make(Arc::clone(name), terms);
        let plan = Arc::make_mut(&mut self.plan);
        let index = match self.added.free.pop() {
            Some(index) => {
                plan.tasks[index.0 as usize] = task;
                index
            }
            None => {
                if plan.tasks.len() == plan.tasks.capacity() {
                    // Not twice as much: of a million most would stay empty.
                    plan.tasks.reserve_exact(64.max(plan.tasks.len() / 8));
                }
                plan.tasks.push(task);
                TaskIndex(plan.tasks.len() as u32 - 1)
            }
        };
        self.added.names.insert(name, index, |index| &*self.plan.tasks[index.0 as usize].name);
        self.sort_in(index);
        Ok(index)
    }

    /// Whether this place still belongs to the task that was added under this
    /// name. Whoever asks holds the name, so that of no other one is the same.
    pub(crate) fn is_still(&self, index: TaskIndex, name: &Arc<str>) -> bool {
        self.plan.tasks.get(index.0 as usize).is_some_and(|task| Arc::ptr_eq(&task.name, name))
    }

    /// Whether a task was added to the running program.
    pub(crate) fn is_added(&self, index: TaskIndex) -> bool {
        self.added.is_added(index)
    }

    /// Lets nothing start a task that was added any more. It leaves when its
    /// last run has ended.
    pub(crate) fn remove(&mut self, index: TaskIndex, now: Now) -> Result<(), Refused> {
        if !self.is_added(index) {
            return Err(Refused::Declared);
        }
        if self.ending.is_some() {
            return Err(Refused::Shutdown);
        }
        self.scheduler.forget(index);
        self.pauses.forget(index);
        self.give_up_line(index, SkipReason::Misfire, now);
        self.made_up.remove(&index);
        if self.lives(index) {
            let task = self.task(index);
            let mut leaving = Terms::clone(&task.terms);
            leaving.disabled = Some("it was removed".to_owned());
            Arc::make_mut(&mut self.plan).tasks[index.0 as usize] = task.with_terms(leaving);
        } else {
            self.let_go(index);
        }
        // Perhaps it was the last schedule.
        self.look_for_idle(now);
        Ok(())
    }

    /// Whether any run of a task is left.
    fn lives(&self, index: TaskIndex) -> bool {
        self.admission.counts(index) != (0, 0) || self.admission.delayed(index) > 0
    }

    /// Lets go of a task that was added, if nothing can start it by itself any
    /// more and none of its runs is left.
    pub(super) fn retire(&mut self, index: TaskIndex) {
        if !self.is_added(index) || self.ending.is_some() {
            return;
        }
        let task = &self.plan.tasks[index.0 as usize];
        if self.added.is_free(task) {
            return;
        }
        // One that was spawned has no schedule, and is there for one run.
        let is_over = !task.is_scheduled
            || !task.is_enabled()
            // One that is switched off waits for another schedule.
            || self.schedule_of(index).is_some() && !self.scheduler.is_alive(index);
        if is_over && !self.lives(index) && !self.made_up.contains_key(&index) {
            self.let_go(index);
        }
    }

    fn let_go(&mut self, index: TaskIndex) {
        self.scheduler.forget(index);
        self.pauses.forget(index);
        self.admission.forget_task(index);
        self.results.forget(index, &self.plan.tasks[index.0 as usize].name);
        // The next task in this place has another name.
        if let Some(owner) = self.owners.get_mut(index) {
            *owner = None;
        }
        self.decisions.forget(index);
        self.sort_out(index);
        let terms = &self.plan.tasks[index.0 as usize].terms;
        let nobody = (self.added.nobody)
            .get_or_insert_with(|| Arc::new(Planned::new("".into(), Arc::clone(terms), Nobody)));
        let nobody = Arc::clone(nobody);
        let place = &mut Arc::make_mut(&mut self.plan).tasks[index.0 as usize];
        let task = std::mem::replace(place, nobody);
        self.added.names.remove(&task.name, index);
        self.added.free.push(index);
        // What it holds is the user's.
        self.actions.push(Action::LetGo(task));
    }
}
