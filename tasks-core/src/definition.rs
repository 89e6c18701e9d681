//! The static facts about a task.

use std::fmt;

use crate::policy::Options;

/// What is known about a task before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'a> {
    /// The name, unique in the program. See [`tasks_schedule::name`] for the rule.
    pub name: &'a str,
    /// The first paragraph of the function's documentation; empty without one.
    pub description: &'a str,
    /// Where the annotation stands.
    pub location: Location<'a>,
    /// Whether the body is an `async fn` or a plain `fn`.
    pub body: BodyKind,
    /// Whether it was declared with `#[scheduled]`.
    pub scheduled: bool,
    /// What the annotation sets. What it leaves out is decided by the plan.
    pub options: Options<'a>,
}

impl<'a> Definition<'a> {
    #[doc(hidden)]
    pub fn __facts(&self) -> Facts<'_> {
        let Self { name, description, location, body, scheduled, ref options } = *self;
        Facts { name, description, location, body, scheduled, options }
    }
}

/// A definition as an annotated function keeps it: the options apart.
///
/// What points to something is corrected when a program is loaded, page by page,
/// before `main`. Options are large and mostly point to nothing; apart they are
/// neither corrected nor copied, and equal ones are there once.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub location: Location<'a>,
    pub body: BodyKind,
    pub scheduled: bool,
    pub options: &'a Options<'a>,
}

impl<'a> Facts<'a> {
    /// The same as what a task answers.
    pub fn definition(&self) -> Definition<'a> {
        let Self { name, description, location, body, scheduled, options } = *self;
        Definition { name, description, location, body, scheduled, options: *options }
    }
}

/// A place in source code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location<'a> {
    /// The file, as the compiler was given it.
    pub file: &'a str,
    /// The line, counted from 1.
    pub line: u32,
    /// The module path, which begins with the name of the crate.
    pub module_path: &'a str,
}

impl<'a> Location<'a> {
    /// Returns the name of the crate, as code writes it.
    pub fn crate_name(&self) -> &'a str {
        self.module_path.split(':').next().unwrap_or_default()
    }
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The form of a body, which decides where it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// An `async fn`: polled by the Tokio runtime. It can be dropped at every `.await`.
    Async,
    /// A plain `fn`: runs on Tokio's blocking pool. Nothing can stop it from outside.
    Blocking,
}
