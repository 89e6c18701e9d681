//! Supervised background tasks for Tokio: annotate a function, and it runs, on
//! time, until shutdown.
#![forbid(unsafe_code)]

#[cfg(feature = "__bench")]
#[doc(hidden)]
pub mod __bench;
mod admission;
mod apart;
mod around;
mod builder;
#[cfg(feature = "cli")]
pub mod cli;
mod clock;
mod config;
mod engine;
mod error;
mod event;
mod guard;
mod handle;
mod inbox;
mod lifecycle;
mod list;
mod log;
mod observe;
mod order;
mod panic;
mod plan;
mod probe;
mod program;
mod pullers;
mod recent;
mod report;
mod require;
mod result;
mod results;
mod room;
mod run;
mod schedule;
mod scheduler;
mod shell;
#[cfg(test)]
mod simulator;
mod sort;
mod spare_cells;
mod spread;
mod stamp;
mod table;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod threads;

#[doc(hidden)]
pub use tasks_core::__private;
#[doc(inline)]
pub use tasks_core::{
    BodyKind, BoxError, CancellationToken, Cancelled, Child, ChildError, Context, Definition, Failure, Fatal,
    FromContext, Input, IntoTask, Location, Needs, Outcome, Progress, Registration, RetryAfter, RunId, State,
    Task, TaskError, TaskFn, TaskFunction, TaskFuture, TaskReturn, Trigger, policy, task_fn,
};
pub use tasks_macros::{registration, scheduled, task};

pub use crate::{
    admission::Wait,
    around::{Attempt, Attempted},
    builder::{Builder, NoSetup, NoTeardown, Setup, WithSetup, WithTeardown, builder},
    config::{Configure, SettingValue, TaskSettings},
    engine::{
        decisions::{Decision, DecisionKind, Late, LateReason},
        services::ServiceInfo,
        snapshot::{PauseInfo, RunInfo, RunPhase, TaskInfo},
    },
    error::{Error, Problem},
    event::{Event, EventKind, RunRef, SkipReason, StopCause},
    handle::{
        AddError, Handle, PauseUntil, PoolInfo, RunError, RunHandle, RunWait, ScheduleHandle, SpawnError,
        SteerError, TaskPages, UnknownTask, Why, WhyRun,
    },
    observe::{Events, Missed, Observer},
    program::main,
    report::{Cut, Report},
    result::RunResult,
    results::Counts,
    schedule::Schedule,
};
