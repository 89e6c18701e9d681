//! The input of `--run-task`, read before anything starts.

use std::any::Any;

use tasks_core::__private::InputType;

use crate::{
    error::escaped,
    panic::{EarlierHook, catch},
    plan::{Plan, TaskIndex},
};

/// The value for the one run, if its task takes one.
pub(super) type OneInput = Option<Box<dyn Any + Send>>;

/// Reads what `--task-input` says.
///
/// # Errors
///
/// Returns a complaint with an example of the call: the input does not fit, is
/// missing, or is not wanted.
pub(super) fn read_input(plan: &Plan, index: TaskIndex, json: Option<&str>) -> Result<OneInput, String> {
    let task = &plan.tasks[index.0 as usize];
    let name = &task.name;
    match (task.input, json) {
        (None, None) => Ok(None),
        (None, Some(_)) => {
            Err(format!("task `{name}` takes no input: leave `--task-input` out, as in `--run-task {name}`"))
        }
        (Some(input), None) => Err(format!(
            "task `{name}` takes an input of type `{}`: give it as JSON, as in `{}`",
            input.name,
            call(name, input)
        )),
        // Reading is the user's code, and may panic.
        (Some(input), Some(json)) => match catch(EarlierHook::Skipped, || (input.read)(json)) {
            Ok(Ok(value)) => Ok(Some(value)),
            Ok(Err(error)) => Err(misfit(name, input, &error)),
            Err(panic) => Err(misfit(name, input, &format!("reading it panicked: {panic}"))),
        },
    }
}

fn misfit(name: &str, input: InputType, error: &str) -> String {
    // It quotes what was written, which a terminal must not obey.
    let error = escaped(error);
    format!(
        "`--task-input` does not fit task `{name}`, which takes a `{}`: {error}\nas in `{}`",
        input.name,
        call(name, input)
    )
}

/// A call of the task that would be right, but for the values.
fn call(name: &str, input: InputType) -> String {
    let example = catch(EarlierHook::Skipped, input.example).unwrap_or_else(|_| "JSON".to_owned());
    format!("--run-task {name} --task-input '{example}'")
}
