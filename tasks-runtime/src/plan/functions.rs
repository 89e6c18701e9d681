//! Which task an annotated function stands for where code names it.

use std::{any::TypeId, sync::OnceLock};

use super::{Plan, TaskIndex};
use crate::list::IntoList as _;

/// The task that an annotated function stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OfFunction {
    /// Its only task, or the one that bears the function's own name.
    One(TaskIndex),
    /// Several, each with a name that was given to it.
    Several(Vec<TaskIndex>),
}

/// The tasks by the types of their functions, in the order of both.
///
/// Made when code first names a function: many programs have none that does,
/// and those that have need not wait for it before their first run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Functions(OnceLock<Vec<(TypeId, TaskIndex)>>);

impl Plan {
    /// Finds the task, or tasks, of an annotated function.
    pub(crate) fn of_function(&self, key: TypeId) -> Option<OfFunction> {
        let all = self.functions.0.get_or_init(|| {
            let keyed = (0..).map(TaskIndex).zip(&self.tasks);
            let mut keyed: Vec<_> =
                keyed.filter_map(|(index, task)| Some((task.task().__key()?, index))).into_list();
            keyed.sort_unstable();
            keyed
        });
        let rest = &all[all.partition_point(|(other, _)| *other < key)..];
        let (first, rest) = rest.split_first().filter(|((other, _), _)| *other == key)?;
        if rest.first().is_none_or(|(other, _)| *other != key) {
            return Some(OfFunction::One(first.1));
        }
        let found = || std::iter::once(first).chain(rest.iter().take_while(|(other, _)| *other == key));
        let own_name = |index: TaskIndex| !self.tasks[index.0 as usize].task().__is_named();
        Some(match found().find(|(_, index)| own_name(*index)) {
            Some((_, own)) => OfFunction::One(*own),
            None => OfFunction::Several(found().map(|(_, index)| *index).into_list()),
        })
    }
}
