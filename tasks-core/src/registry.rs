//! Which tasks there are.

use std::{fmt, sync::Arc};

use crate::task::Task;

/// One task that takes part in a program.
///
/// `registration!(send_mail)` makes one from an annotated function,
/// [`Registration::new`] from a [`Task`] of your own. A function with several
/// `#[scheduled]` is registered as a whole, with each of its tasks.
#[derive(Clone)]
pub struct Registration(Source);

#[derive(Clone)]
enum Source {
    Static(&'static dyn Task),
    Shared(Arc<dyn Task>),
}

impl Registration {
    /// Registers a task that lives as long as the program.
    pub const fn from_static(task: &'static dyn Task) -> Self {
        Self(Source::Static(task))
    }

    /// Registers a task of any kind.
    pub fn new(task: impl Task) -> Self {
        Self(Source::Shared(Arc::new(task)))
    }

    #[doc(hidden)]
    pub fn __shared(task: Arc<dyn Task>) -> Self {
        Self(Source::Shared(task))
    }

    /// Returns the task. Of a function with several it is the one that bears
    /// the function's own name, or else the first.
    pub fn task(&self) -> &dyn Task {
        match &self.0 {
            Source::Static(task) => *task,
            Source::Shared(task) => &**task,
        }
    }

    /// The task, and the others of the same function.
    fn each(self) -> impl Iterator<Item = Self> {
        let others = self.task().__others();
        std::iter::once(self).chain(others.iter().map(|task| Self::from_static(task)))
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registration").field(&self.task().definition().name).finish()
    }
}

/// A demand that a crate registers at least one task: what `require!` leaves behind.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// The crate, as code writes it.
    pub crate_name: &'static str,
    /// Where it is demanded.
    pub file: &'static str,
    /// The line of the demand.
    pub line: u32,
}

#[cfg(feature = "inventory")]
inventory::collect!(Registration);
#[cfg(feature = "inventory")]
inventory::collect!(Requirement);

/// The tasks of a program, sorted by name and place.
///
/// Registration order is link order and changes between builds; no list of
/// tasks ever depends on it.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    registrations: Vec<Registration>,
    requirements: Vec<Requirement>,
}

impl Registry {
    /// Makes an empty registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a registry of every annotated function that is linked into the
    /// program. Without the feature `inventory` it is empty.
    pub fn discovered() -> Self {
        #[cfg(feature = "inventory")]
        {
            Self {
                registrations: inventory::iter::<Registration>
                    .into_iter()
                    .cloned()
                    .flat_map(Registration::each)
                    .collect(),
                requirements: inventory::iter::<Requirement>.into_iter().copied().collect(),
            }
        }
        #[cfg(not(feature = "inventory"))]
        Self::new()
    }

    /// Adds a task, or each task of a function with several. The same annotated
    /// function added twice counts once.
    pub fn add(&mut self, registration: Registration) {
        self.registrations.extend(registration.each());
    }

    /// Returns the tasks, sorted by name, then by place.
    pub fn into_sorted(self) -> Vec<Registration> {
        let mut registrations = self.registrations;
        registrations.sort_by(|a, b| {
            let (a, b) = (a.task().definition(), b.task().definition());
            (a.name, a.location).cmp(&(b.name, b.location))
        });
        registrations.dedup_by(|a, b| match (&a.0, &b.0) {
            (Source::Static(a), Source::Static(b)) => std::ptr::addr_eq(*a, *b),
            _ => false,
        });
        registrations
    }

    /// Returns the demands of `require!`, sorted.
    pub fn requirements(&self) -> Vec<Requirement> {
        let mut requirements = self.requirements.clone();
        requirements.sort_by_key(|requirement| (requirement.crate_name, requirement.file, requirement.line));
        requirements
    }

    /// Returns how many tasks were added, those that were added twice included.
    pub fn len(&self) -> usize {
        self.registrations.len()
    }

    /// Returns whether there is no task.
    pub fn is_empty(&self) -> bool {
        self.registrations.is_empty()
    }
}
