//! Which tasks there are.

use std::{cmp::Ordering, fmt, sync::Arc};

use crate::{
    definition::{Definition, Facts},
    entry::Annotated,
    task::Task,
};

/// One task that takes part in a program.
///
/// `registration!(send_mail)` makes one from an annotated function,
/// [`Registration::new`] from a [`Task`] of your own. A function with several
/// `#[scheduled]` is registered as a whole, with each of its tasks.
#[derive(Clone)]
pub struct Registration(Source);

#[derive(Clone)]
enum Source {
    /// A function: start-up looks at each of thousands several times, and reads it where it lies.
    Annotated(&'static Annotated),
    Static(&'static dyn Task),
    Shared(Arc<dyn Task>),
}

impl Registration {
    /// Registers a task that lives as long as the program.
    pub const fn from_static(task: &'static dyn Task) -> Self {
        Self(Source::Static(task))
    }

    /// Registers an annotated function.
    #[doc(hidden)]
    pub const fn __annotated(task: &'static Annotated) -> Self {
        Self(Source::Annotated(task))
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
            Source::Annotated(task) => *task,
            Source::Static(task) => *task,
            Source::Shared(task) => &**task,
        }
    }

    /// The facts of the task, not copied where they lie in memory already.
    #[doc(hidden)]
    pub fn __known(&self) -> Known<'_> {
        if let Source::Annotated(task) = self.0 {
            return Known::Annotated(&task.facts);
        }
        let task = self.task();
        task.__facts().map_or_else(|| Known::Asked(Box::new(task.definition())), Known::Static)
    }

    /// By name, then by place.
    fn compare(&self, other: &Self) -> Ordering {
        let (one, other) = (self.__known(), other.__known());
        let (one, other) = (one.facts(), other.facts());
        (one.name, one.location).cmp(&(other.name, other.location))
    }

    /// The task, and the others of the same function.
    fn each(self) -> impl Iterator<Item = Self> {
        let others = self.task().__others();
        std::iter::once(self).chain(others.iter().map(Self::__annotated))
    }
}

/// The facts of a task: of an annotated function as they lie in memory, of others as they answered.
#[doc(hidden)]
#[derive(Debug)]
pub enum Known<'a> {
    Annotated(&'a Facts<'a>),
    Static(Facts<'a>),
    Asked(Box<Definition<'a>>),
}

impl<'a> Known<'a> {
    /// The facts.
    pub fn facts(&self) -> Facts<'_> {
        match self {
            Self::Annotated(facts) => **facts,
            Self::Static(facts) => *facts,
            Self::Asked(definition) => definition.__facts(),
        }
    }

    /// The name, which lives as long as the task.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Annotated(facts) => facts.name,
            Self::Static(facts) => facts.name,
            Self::Asked(definition) => definition.name,
        }
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

/// What an annotated function leaves behind to be found.
///
/// Neither a `dyn Task` nor anything that may have to be dropped: so it is a constant that
/// the compiler keeps from one build to the next, and one word that the loader corrects.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[derive(Debug)]
pub struct Found(pub &'static Annotated);

#[cfg(feature = "inventory")]
inventory::collect!(Found);
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
            let found = || inventory::iter::<Found>.into_iter();
            // Thousands of them are not moved while it grows.
            let mut registrations = Vec::with_capacity(found().count());
            found().for_each(|task| registrations.extend(Registration::__annotated(task.0).each()));
            Self {
                registrations,
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
        let registrations = self.registrations;
        // Most comparisons are of two numbers that lie side by side: thousands of names
        // are scattered over the program, and each look at one may cost a page of it.
        let mut order: Vec<u128> = (0_u32..)
            .zip(&registrations)
            .map(|(index, registration)| first_bytes(registration.__known().name()) | u128::from(index))
            .collect();
        let of = |start: u128| &registrations[start as u32 as usize];
        // As numbers, without a question about each pair; then those that begin alike.
        order.sort_unstable();
        for alike in order.chunk_by_mut(|one, other| one >> 32 == other >> 32) {
            if alike.len() > 1 {
                alike.sort_unstable_by(|&one, &other| of(one).compare(of(other)).then(one.cmp(&other)));
            }
        }
        let mut registrations: Vec<Registration> = order.into_iter().map(|start| of(start).clone()).collect();
        registrations.dedup_by(|a, b| match (&a.0, &b.0) {
            (Source::Annotated(a), Source::Annotated(b)) => std::ptr::eq(*a, *b),
            // However each was registered.
            (Source::Shared(_), _) | (_, Source::Shared(_)) => false,
            _ => std::ptr::addr_eq(a.task(), b.task()),
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

/// The first 12 bytes of a text as a number, above 32 bits of room: such numbers are in the
/// order of their texts, but for equal ones.
fn first_bytes(text: &str) -> u128 {
    let mut first = [0; 16];
    let length = text.len().min(12);
    first[..length].copy_from_slice(&text.as_bytes()[..length]);
    u128::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        context::Context,
        definition::{BodyKind, Location},
        entry::{Answer, Ask},
        policy::Options,
        task::TaskFuture,
    };

    #[derive(Debug)]
    struct Named(&'static str, u32);

    impl Task for Named {
        fn definition(&self) -> Definition<'_> {
            Definition {
                name: self.0,
                description: "",
                location: Location { file: "f", line: self.1, module_path: "m" },
                body: BodyKind::Async,
                scheduled: false,
                options: Options::default(),
            }
        }

        fn run(&self, _: Context) -> TaskFuture {
            unreachable!("it is only sorted")
        }
    }

    fn sorted(registrations: impl IntoIterator<Item = Registration>) -> Vec<(String, u32)> {
        let mut registry = Registry::new();
        registrations.into_iter().for_each(|registration| registry.add(registration));
        let seen = registry.into_sorted();
        let seen = seen.iter().map(|task| task.task().definition());
        seen.map(|definition| (definition.name.to_owned(), definition.location.line)).collect()
    }

    #[test]
    fn tasks_are_in_the_order_of_their_names_and_places_however_alike_they_begin() {
        let names = [
            "send_mail_to_somebody_else",
            "send_mail_to_somebody",
            "send_mail_to",
            "send_mail_t",
            "send_mail_to_a",
            "b",
            "a",
            "send_mail_to",
            "send",
            "",
        ];
        let tasks =
            || names.into_iter().zip(0_u32..).map(|(name, line)| Registration::new(Named(name, 20 - line)));
        let mut expected: Vec<_> =
            names.into_iter().zip(0_u32..).map(|(name, line)| (name.to_owned(), 20 - line)).collect();
        expected.sort();
        assert_eq!(sorted(tasks()), expected);
        assert_eq!(sorted(tasks().collect::<Vec<_>>().into_iter().rev()), expected);
    }

    fn nothing(_: Ask<'_>) -> Answer {
        Answer::Needs
    }

    const fn function(name: &'static str) -> Annotated {
        let location = Location { file: "f", line: 1, module_path: "m" };
        let facts = Facts {
            name,
            description: "",
            location,
            body: BodyKind::Async,
            scheduled: false,
            options: &Options::NONE,
        };
        Annotated { facts, entry: nothing, named: false, others: &[] }
    }

    #[test]
    fn a_function_counts_once_however_often_and_in_which_way_it_is_added() {
        static ONE: Annotated = function("one");
        static TWIN: Annotated = function("one");
        let known = || {
            [
                Registration::__annotated(&ONE),
                Registration::from_static(&ONE),
                Registration::__annotated(&ONE),
            ]
        };
        assert_eq!(sorted(known()).len(), 1);
        // Another one of the same name is a mistake that somebody has to be told of.
        let twin = [Registration::from_static(&TWIN), Registration::new(Named("one", 2))];
        assert_eq!(sorted(known().into_iter().chain(twin)).len(), 3);
    }
}
