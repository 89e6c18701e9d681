//! Not public API: what the expansions of the macros and `tasks-runtime` use.
//! It changes without notice in any release.

pub use core::option::Option::{self, None, Some};
pub use core::{file, line, module_path, primitive, time::Duration};

#[cfg(feature = "inventory")]
pub use {crate::registry::Found, inventory};

pub use crate::{
    __complete as complete, __demand as demand, __submit as submit,
    constant::Constant,
    context::{ChildFuture, EndOfRun, Host, Owner, RunCell, RunFacts, instant_of, nanos_of},
    definition::{BodyKind, Definition, Facts, Location},
    entry::*,
    extract::{Given, InputType},
    failure::chain_text,
    policy::{
        Jitter, Limit, MaxRetries, Misfire, OnShutdown, Options, Overlap, Pool, Priority, RestartOptions,
        RestartPolicy, RetryOptions, Schedule, Start,
    },
    registry::{Known, Registration, Registry, Requirement},
};

/// Registers an annotated function, if tasks are discovered at all.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit {
    ($task:expr) => {
        $crate::__private::inventory::submit! { $crate::__private::Found($task) }
    };
}

/// Names an annotated function, so that it does not count as unused.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit {
    ($task:expr) => {
        const _: &$crate::__private::Annotated = $task;
    };
}

/// Holds what lets an editor complete the options of an attribute.
#[cfg(rust_analyzer)]
#[doc(hidden)]
#[macro_export]
macro_rules! __complete {
    ($($items:tt)*) => { $($items)* };
}

/// Holds what lets an editor complete the options of an attribute; a compiler has no use for it.
#[cfg(not(rust_analyzer))]
#[doc(hidden)]
#[macro_export]
macro_rules! __complete {
    ($($items:tt)*) => {};
}

/// Demands that a crate registers a task, if tasks are discovered at all.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! __demand {
    ($name:expr) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Requirement { crate_name: $name, file: ::core::file!(), line: ::core::line!() }
        }
    };
}

/// Demands nothing: without discovery every task is named anyway.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __demand {
    ($name:expr) => {};
}
