//! The vocabulary of `tasks`, as types.
//!
//! Applications depend on `tasks-runtime`, which re-exports what they need.
//! This crate is for libraries that declare tasks or extractors of their own
//! and do not want to depend on a runtime: it starts no thread, sets no timer
//! and opens no file.
//!
//! | module | holds |
//! |---|---|
//! | [`task`] | the [`Task`] trait and the way a body fails |
//! | [`definition`] | the static facts about a task |
//! | [`policy`] | options and policies as plain data |
//! | [`context`] | what a body can ask about its own run |
//! | [`extract`] | parameters: [`FromContext`], [`State`], [`Input`], [`CancellationToken`] |
//! | [`outcome`] | why a run exists and how it ended |
//! | [`registry`] | which tasks there are |
//! | [`task_fn`](mod@task_fn) | tasks that code makes while the program runs |
//! | [`zone`] | time zones and the rule for daylight saving time |
#![forbid(unsafe_code)]

pub mod context;
pub mod definition;
pub mod extract;
pub mod failure;
pub mod function;
pub mod outcome;
pub mod policy;
pub mod registry;
pub mod returns;
pub mod task;
pub mod task_fn;
pub mod zone;

mod constant;
mod entry;

#[doc(hidden)]
pub mod __private;

#[doc(inline)]
pub use crate::{
    context::{Cancelled, Child, ChildError, Context, Progress, RunId},
    definition::{BodyKind, Definition, Location},
    extract::{FromContext, Input, Needs, State, States},
    failure::{Fatal, RetryAfter},
    function::TaskFunction,
    outcome::{Outcome, Trigger},
    registry::{Registration, Registry},
    returns::{TaskError, TaskReturn},
    task::{Failure, Task, TaskFuture},
    task_fn::{IntoTask, TaskFn, task_fn},
};

pub use tokio_util::sync::CancellationToken;

/// An error of any type, as tasks return them and the runtime keeps them.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
