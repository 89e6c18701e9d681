//! One run that a test asks for.

use std::{
    any::{Any, type_name},
    fmt,
    future::{Future, IntoFuture},
    panic::Location,
    pin::Pin,
    sync::Arc,
};

use tasks_core::{__private::Given, Trigger};

use super::kit::{Kit, LONGEST_WAIT};
use crate::{engine::Wish, result::RunResult};

/// A run that a test asks for; await it for its result. Made by [`Kit::run_task`].
#[must_use = "it runs when it is awaited"]
pub struct RunTask<'a> {
    kit: &'a Kit,
    task: Arc<str>,
    caller: &'static Location<'static>,
    /// With the name of its type.
    input: Option<(&'static str, Box<dyn Any + Send>)>,
}

impl<'a> RunTask<'a> {
    pub(super) fn new(kit: &'a Kit, task: Arc<str>, caller: &'static Location<'static>) -> Self {
        Self { kit, task, caller, input: None }
    }

    /// Gives the run its [`Input`](crate::Input), a value of exactly its type.
    pub fn input<T: Send + 'static>(mut self, input: T) -> Self {
        self.input = Some((type_name::<T>(), Box::new(input)));
        self
    }

    /// Says what is wrong with the input, if anything is.
    fn complaint(&self) -> Option<String> {
        let wanted = self.kit.shared.look(|core| {
            let index = core.find(&self.task).ok()?;
            core.plan.tasks[index.0 as usize].input.map(|input| input.name)
        });
        match (wanted, self.input.as_ref().map(|(given, _)| *given)) {
            (Some(wanted), None) => {
                Some(format!("it takes an input of type `{wanted}`: add `.input(…)` before `.await`"))
            }
            (Some(wanted), Some(given)) if wanted != given => {
                Some(format!("it takes an input of type `{wanted}`, and was given a `{given}`"))
            }
            (None, Some(_)) => Some("it takes no input".to_owned()),
            _ => None,
        }
    }

    async fn run(mut self) -> RunResult {
        if let Some(complaint) = self.complaint() {
            panic!("`{}` cannot run (at {}): {complaint}", self.task, self.caller);
        }
        // What is not given away is dropped here, not under the engine's lock.
        let mut input = self.input.take().map(|(_, input)| input);
        let Self { kit, task, caller, .. } = self;
        let admitted = kit.shared.with(|core, now| {
            let index = core.find(&task)?;
            let wish = Wish { forced: true, ..Wish::default() };
            let run = core.want(index, Trigger::Manual, wish, now);
            let run = run.map_err(|refusal| format!("{refusal:?}").to_lowercase())?;
            if let Some(input) = input.take() {
                core.give_input(run, Given::Value(input));
            }
            Ok::<_, String>(core.await_run(run))
        });
        let end = match admitted {
            Ok(end) => end,
            Err(refusal) => panic!("a run of `{task}` was refused (at {caller}): {refusal}"),
        };
        let result = kit.pass(tokio::time::timeout(LONGEST_WAIT, end), caller).await;
        kit.settle(caller).await;
        match result {
            Ok((Some(result), _)) => *result,
            Ok((None, _)) => panic!("the program was gone before the run of `{task}` ended (at {caller})"),
            Err(_) => panic!("the run of `{task}` is not over after a year (at {caller})"),
        }
    }
}

impl<'a> IntoFuture for RunTask<'a> {
    type Output = RunResult;
    type IntoFuture = Pin<Box<dyn Future<Output = RunResult> + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for RunTask<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunTask").field("task", &self.task).finish_non_exhaustive()
    }
}
