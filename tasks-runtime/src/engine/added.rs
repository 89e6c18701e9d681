//! Tasks that are added to a program that runs, and leave it again.
//!
//! They stand behind the declared ones in the plan, in places that are used
//! again. One leaves when nothing can start it by itself any more and none of
//! its runs is left: one that was spawned after its run, one that was scheduled
//! when its schedule is over or it was removed.

use std::{collections::HashMap, sync::Arc};

use tasks_core::{BodyKind, Context, Definition, Location, Registration, RunId, Task, TaskFuture, Trigger};
use tasks_schedule::name;

use super::{Action, Core, Wish};
use crate::{
    clock::Now,
    error::Problem,
    event::SkipReason,
    handle::{AddReason, Refused},
    plan::{AddedAs, Planned, PoolIndex, TaskIndex},
    scheduler::Due,
};

/// The places and names of the tasks that were added.
#[derive(Debug)]
pub(super) struct Added {
    /// So many tasks were declared; they stand first.
    declared: u32,
    free: Vec<TaskIndex>,
    /// Every task by its folded name, made when the first one is added.
    names: HashMap<Arc<str>, TaskIndex>,
    /// What stands in a free place.
    nobody: Option<Arc<Planned>>,
    serial: u64,
}

impl Added {
    pub(super) fn new(declared: usize) -> Self {
        Self { declared: declared as u32, free: Vec::new(), names: HashMap::new(), nobody: None, serial: 0 }
    }

    pub(super) fn is_added(&self, index: TaskIndex) -> bool {
        index.0 >= self.declared
    }

    fn is_free(&self, task: &Arc<Planned>) -> bool {
        self.nobody.as_ref().is_some_and(|nobody| Arc::ptr_eq(nobody, task))
    }
}

/// Gives the body of a task that is added, once it is certain that it is.
/// Nothing of the user's is called for it.
pub(crate) type TakeBody<'a> = &'a mut dyn FnMut() -> Option<Registration>;

/// The task of a free place, and of one whose body is still to come.
pub(crate) struct Nobody;

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
        match self.added.names.get(&*name::fold(name)) {
            Some(index) => Ok(*index),
            None => self.plan.find_among(name, self.added.declared as usize + MOST_SUGGESTED),
        }
    }

    /// The tasks that there are, by their names.
    pub(super) fn by_name(&self) -> Vec<TaskIndex> {
        let is_there = |index: &TaskIndex| !self.added.is_free(&self.plan.tasks[index.0 as usize]);
        let mut all: Vec<_> = self.indices().filter(is_there).collect();
        if all.len() > self.added.declared as usize {
            all.sort_by(|a, b| {
                let name = |index: &TaskIndex| &self.plan.tasks[index.0 as usize].name;
                name(a).cmp(name(b))
            });
        }
        all
    }

    /// Adds a task and starts a run of it.
    pub(crate) fn spawn_added(
        &mut self,
        task: Planned,
        pool: Option<&str>,
        body: TakeBody<'_>,
        wish: Wish,
        now: Now,
    ) -> Result<RunId, AddReason> {
        let (index, _) = self.add(task, pool, body, true)?;
        self.want(index, Trigger::Spawn, wish, now).map_err(|_| {
            // The program runs, and nothing of the task's is in the way.
            unreachable!("a task that has just been added is admitted")
        })
    }

    /// Adds a task, and begins its schedule.
    pub(crate) fn schedule_added(
        &mut self,
        task: Planned,
        pool: Option<&str>,
        body: TakeBody<'_>,
        now: Now,
    ) -> Result<(TaskIndex, u64), AddReason> {
        let (index, serial) = self.add(task, pool, body, false)?;
        if !self.mode.only_asked {
            let task = self.task(index);
            let mut due = Due::default();
            self.scheduler.reopen(index, task.schedule.as_ref(), false, now, &mut due);
            self.serve(due, now);
        }
        Ok((index, serial))
    }

    fn add(
        &mut self,
        mut task: Planned,
        pool: Option<&str>,
        body: TakeBody<'_>,
        once: bool,
    ) -> Result<(TaskIndex, u64), AddReason> {
        if self.ending.is_some() {
            return Err(AddReason::Shutdown);
        }
        if let Some(reason) = task.disabled.take() {
            return Err(AddReason::Disabled(reason));
        }
        task.pool = pool.map(|pool| self.pool_of(&task, pool)).transpose()?;
        if self.added.names.is_empty() {
            let declared = (0..self.added.declared).map(TaskIndex);
            let declared = declared.map(|index| (name::fold(&self.name_of(index)).into(), index));
            self.added.names = declared.collect();
        }
        let folded = name::fold(&task.name);
        let folded = if *folded == *task.name { Arc::clone(&task.name) } else { folded.into() };
        if let Some(other) = self.added.names.get(&folded) {
            let other = &self.plan.tasks[other.0 as usize];
            let leaves = other.added.is_some_and(|added| added.leaves);
            return Err(AddReason::Taken(Arc::clone(&other.name), leaves));
        }
        self.added.serial += 1;
        let serial = self.added.serial;
        task.added = Some(AddedAs { serial, once, leaves: false });
        if let Some(body) = body() {
            task.registration = body;
        }
        let task = Arc::new(task);
        let plan = Arc::make_mut(&mut self.plan);
        let index = match self.added.free.pop() {
            Some(index) => {
                plan.tasks[index.0 as usize] = task;
                index
            }
            None => {
                plan.tasks.push(task);
                TaskIndex(plan.tasks.len() as u32 - 1)
            }
        };
        self.admission.make_room(index);
        self.results.make_room(index);
        self.added.names.insert(folded, index);
        Ok((index, serial))
    }

    fn pool_of(&self, task: &Planned, pool: &str) -> Result<PoolIndex, AddReason> {
        self.plan.pool(pool).map_err(|hint| {
            AddReason::Wrong(vec![Problem::new(
                format_args!("{}:{}", task.file, task.line),
                format!("task `{}`: the pool `{pool}` has no size", task.name),
                hint,
            )])
        })
    }

    /// Whether this is still the task that was added under this number.
    pub(crate) fn is_still(&self, index: TaskIndex, serial: u64) -> bool {
        let task = self.plan.tasks.get(index.0 as usize);
        task.and_then(|task| task.added).is_some_and(|added| added.serial == serial)
    }

    /// Lets nothing start a task that was added any more. It leaves when its
    /// last run has ended.
    pub(crate) fn remove(&mut self, index: TaskIndex, now: Now) -> Result<(), Refused> {
        let task = self.task(index);
        let Some(added) = task.added else { return Err(Refused::Declared) };
        if self.ending.is_some() {
            return Err(Refused::Shutdown);
        }
        self.scheduler.forget(index);
        self.pauses.forget(index);
        self.give_up_line(index, SkipReason::Misfire, now);
        self.made_up.remove(&index);
        let leaving = Planned {
            schedule: None,
            disabled: Some("it was removed".to_owned()),
            added: Some(AddedAs { leaves: true, ..added }),
            ..Planned::clone(&task)
        };
        Arc::make_mut(&mut self.plan).tasks[index.0 as usize] = Arc::new(leaving);
        self.retire(index);
        // Perhaps it was the last schedule.
        self.look_for_idle(now);
        Ok(())
    }

    /// Lets go of a task that was added, if nothing can start it by itself any
    /// more and none of its runs is left.
    pub(super) fn retire(&mut self, index: TaskIndex) {
        if !self.added.is_added(index) || self.ending.is_some() {
            return;
        }
        let task = self.task(index);
        let Some(added) = task.added else { return };
        let is_over = added.once
            || added.leaves
            // One that is switched off waits for another schedule.
            || task.schedule.is_some() && !self.scheduler.is_alive(index);
        let lives = self.admission.counts(index) != (0, 0) || self.admission.delayed(index) > 0;
        if !is_over || lives || self.made_up.contains_key(&index) {
            return;
        }
        self.scheduler.forget(index);
        self.pauses.forget(index);
        self.admission.forget_task(index);
        self.results.forget(index);
        self.decisions.forget(index);
        self.added.names.remove(&*name::fold(&task.name));
        let nobody = self.added.nobody.get_or_insert_with(|| {
            let registration = Registration::new(Nobody);
            Arc::new(Planned { name: "".into(), added: None, registration, ..Planned::clone(&task) })
        });
        Arc::make_mut(&mut self.plan).tasks[index.0 as usize] = Arc::clone(nobody);
        self.added.free.push(index);
        // What it holds is the user's.
        self.actions.push(Action::LetGo(task));
    }
}
