//! What is in force: definitions merged with the defaults and checked, before
//! anything runs.
//!
//! [`Plan::build`] reports all problems together, as
//! [`Problem`](crate::error::Problem)s; what may run is only what
//! [`Checked::into_result`] lets through. Listings show the rest as far as it
//! could be made out.
//!
//! | module | decides |
//! |---|---|
//! | [`added`] | what running code adds or changes later |
//! | [`inputs`] | what the builder and the command line say; the built-in defaults |
//! | [`build`] | the order of the checks, and what comes out of them |
//! | [`functions`] | which task an annotated function stands for |
//! | [`names`] | which names are equal, which one was meant |
//! | [`options`] | whether the options of one task agree with one another |
//! | [`overrides`] | what the layers of configuration set, and for whom |
//! | [`settings`] | which layer wins, and what a new schedule drops |
//! | [`same`] | which declared tasks have the same terms |
//! | [`shared`] | which added tasks have the same terms |
//! | [`sources`] | what is in force, option by option, and who says so |
//! | [`fields`] | which field of the options a value fills |
//! | [`merge`] | what is in force where nothing was written |
//! | [`schedule`] | when a task is due, from what was written |
//! | [`order`] | who waits for whom, and that nobody waits for ever |
//! | [`select`] | who takes part under `--only-tasks` and `--skip-tasks` |
//! | [`pools`] | how many runs share a pool |
//! | [`state`] | whether every parameter will find its state |

mod added;
mod build;
mod fields;
mod functions;
mod inputs;
mod merge;
mod names;
mod options;
mod order;
mod overrides;
mod pools;
mod same;
mod schedule;
mod select;
mod settings;
mod shared;
#[cfg(any(feature = "cli", test))]
mod sources;
mod state;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use self::shared::Shared;
pub(crate) use self::{
    added::{Addition, plan_as_before, plan_task, read_schedule},
    build::Checked,
    functions::{Functions, OfFunction},
    inputs::{Choice, Defaults, PlanInputs, Selection},
    settings::{Set, Settings},
};

use std::{
    any::TypeId,
    fmt,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tasks_core::{
    __private::{Begun, Facts, InputType},
    BodyKind, Context, Definition, Location, Needs, Registration, Task, TaskFuture,
    policy::{Jitter, MaxRetries, Misfire, OnShutdown, Options, Overlap, Priority, RestartPolicy, Start},
    zone::{Place, WallSchedule},
};

use crate::{config::Origin, spread::Spread};

/// The place of a task in [`Plan::tasks`], which are sorted by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TaskIndex(pub(crate) u32);

/// The place of a pool in [`Plan::pools`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PoolIndex(pub(crate) u32);

/// Every task of the program with what is in force for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Sorted by name.
    pub(crate) tasks: Vec<Arc<Planned>>,
    /// Sorted by name.
    pub(crate) pools: Vec<PlannedPool>,
    /// Annotated functions by their type.
    pub(crate) functions: Functions,
    /// From the first signal to the end of the process.
    pub(crate) budget: Duration,
    /// What holds for whatever is added later.
    pub(crate) common: Arc<Common>,
    /// Who set the budget, if the builder did not.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "for listings"))]
    pub(crate) budget_origin: Option<Origin>,
    /// What a new schedule took away from the layers below it.
    pub(crate) warnings: Vec<String>,
    /// Lines that the start has to tell, such as a dependency counted as met.
    pub(crate) notes: Vec<String>,
}

/// What holds where a definition says nothing.
#[derive(Debug, Default)]
pub(crate) struct Common {
    pub(crate) defaults: Defaults,
    /// What `[default]` sets.
    set_by_default: Vec<Set>,
    pools: Vec<PlannedPool>,
    shared: Shared,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlannedPool {
    pub(crate) name: Arc<str>,
    pub(crate) size: u32,
    /// Who set the size, if the builder did not.
    pub(crate) origin: Option<Origin>,
}

/// One task: its name, what is in force for it, and its body, in one piece of
/// memory. Tasks of which the same is written share their terms.
pub(crate) struct Planned<B: ?Sized = dyn Task> {
    pub(crate) name: Arc<str>,
    pub(crate) terms: Arc<Terms>,
    code: B,
}

/// A task of the registry, as long as its plan is being made.
pub(crate) type Draft = Planned<Declared>;

/// What a task says of itself that decides nothing.
#[derive(Clone, Debug, PartialEq)]
struct About {
    description: String,
    file: String,
    line: u32,
    module_path: String,
}

impl About {
    fn new(facts: &Facts<'_>) -> Self {
        Self {
            description: facts.description.to_owned(),
            file: facts.location.file.to_owned(),
            line: facts.location.line,
            module_path: facts.location.module_path.to_owned(),
        }
    }
}

/// Everything that is in force for a task, but for its name and its schedule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Terms {
    /// What is set beside the annotation.
    pub(crate) settings: Settings,
    /// What it says of itself, if somebody had to be asked: see [`Planned::location`].
    about: Option<Box<About>>,
    /// The types of state that it needs, with their names.
    pub(crate) states: Vec<(TypeId, &'static str)>,
    pub(crate) tags: Vec<String>,
    pub(crate) body: BodyKind,
    pub(crate) listens: bool,
    /// It is started with a value, so only ever by hand.
    pub(crate) input: Option<InputType>,
    /// `None`: enabled. Otherwise the reason, as listings show it.
    pub(crate) disabled: Option<String>,
    pub(crate) timeout: Option<Duration>,
    /// The timeout is the built-in `5m` of a scheduled `async fn`.
    pub(crate) timeout_is_implicit: bool,
    pub(crate) deadline: Option<Duration>,
    pub(crate) grace: Duration,
    pub(crate) retry: Retry,
    pub(crate) restart: Restart,
    pub(crate) priority: Priority,
    pub(crate) pool: Option<PoolIndex>,
    pub(crate) essential: bool,
    pub(crate) on_shutdown: OnShutdown,
    /// `None`: half the drain.
    pub(crate) stop_within: Option<Duration>,
    /// Meaningless for a scheduled task.
    pub(crate) start: Start,
    /// The names of the tasks that it waits for, as they were written.
    pub(crate) waits_for: Vec<String>,
    /// Enabled dependencies only; a dependency that was skipped counts as met.
    pub(crate) after: Vec<TaskIndex>,
    /// Whether it is a task that schedules start, even if it has none now.
    pub(crate) is_scheduled: bool,
    /// The one that it was declared with. Which one it has now, the engine knows
    /// (`Core::schedule_of`): it may have been given another, and one that was
    /// added has its own, so that tasks that differ in nothing else share this.
    pub(crate) schedule_at_start: Option<Arc<PlannedSchedule>>,
    pub(crate) overlap: Overlap,
    /// Concurrent runs beside what `overlap` says.
    pub(crate) max_running: Option<u32>,
    pub(crate) stop_after: Option<Duration>,
}

impl<B: ?Sized> fmt::Debug for Planned<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned")
            .field("name", &self.name)
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}

impl<B: ?Sized> Deref for Planned<B> {
    type Target = Terms;

    fn deref(&self) -> &Terms {
        &self.terms
    }
}

impl<B: Task> Planned<B> {
    pub(crate) fn new(name: Arc<str>, terms: Arc<Terms>, code: B) -> Self {
        Self { name, terms, code }
    }
}

/// What nobody said.
const NOWHERE: Location<'_> = Location { file: "", line: 0, module_path: "" };

impl<B: Task + ?Sized> Planned<B> {
    /// Returns the first paragraph of its documentation. Calls nothing of the user's.
    pub(crate) fn description(&self) -> &str {
        match &self.terms.about {
            Some(about) => &about.description,
            // Of a function it lies in the program, and is not copied.
            None => self.code.__facts().map_or("", |facts| facts.description),
        }
    }

    /// Returns where it is declared. Calls nothing of the user's.
    pub(crate) fn location(&self) -> Location<'_> {
        match &self.terms.about {
            Some(about) => Location { file: &about.file, line: about.line, module_path: &about.module_path },
            None => self.code.__facts().map_or(NOWHERE, |facts| facts.location),
        }
    }

    /// Returns where the value of an option stands: `file:line`, a variable or a flag.
    pub(crate) fn place_of(&self, key: &str) -> String {
        match self.settings.find(key) {
            Some(set) => set.origin.to_string(),
            None => self.location().to_string(),
        }
    }
}

impl<B: ?Sized> Planned<B> {
    /// Its terms, to be changed for it alone.
    fn terms_mut(&mut self) -> &mut Terms {
        Arc::make_mut(&mut self.terms)
    }
}

impl Planned {
    /// The task as long as its plan is being made.
    fn in_the_making(task: &mut Arc<Self>) -> &mut Self {
        Arc::get_mut(task).expect("invariant: nobody else has it before the plan is made")
    }

    /// Its terms as long as its plan is being made, to be changed for it alone.
    fn terms_of(task: &mut Arc<Self>) -> &mut Terms {
        Self::in_the_making(task).terms_mut()
    }

    /// Gives it the terms of another, as long as its plan is being made.
    fn share(task: &mut Arc<Self>, terms: &Arc<Terms>) {
        Self::in_the_making(task).terms = Arc::clone(terms);
    }

    /// What it was made of, with its body.
    pub(crate) fn task(&self) -> &dyn Task {
        &self.code
    }

    /// The same task under other terms.
    pub(crate) fn with_terms(self: &Arc<Self>, terms: Terms) -> Arc<Self> {
        Arc::new(Planned::new(Arc::clone(&self.name), Arc::new(terms), Kept(Arc::clone(self))))
    }

    /// Returns what is written for it, whoever wrote it. The words of `tags` and `after` are in
    /// [`tags`](Terms::tags) and [`waits_for`](Terms::waits_for); here they are only marked as written.
    pub(crate) fn written(&self) -> Options<'_> {
        self.settings.options(self.task().definition().options)
    }
}

/// A task that was found in the registry.
#[derive(Debug)]
pub(crate) struct Declared(Registration);

impl Declared {
    fn new(registration: &Registration) -> Self {
        Self(registration.clone())
    }
}

impl Task for Declared {
    fn definition(&self) -> Definition<'_> {
        self.0.task().definition()
    }

    fn run(&self, cx: Context) -> TaskFuture {
        self.0.task().run(cx)
    }

    fn __begin(&self, cx: Context) -> Begun {
        self.0.task().__begin(cx)
    }

    fn needs(&self, needs: &mut Needs) {
        self.0.task().needs(needs);
    }

    fn __facts(&self) -> Option<Facts<'_>> {
        self.0.task().__facts()
    }

    fn __key(&self) -> Option<TypeId> {
        self.0.task().__key()
    }

    fn __is_named(&self) -> bool {
        self.0.task().__is_named()
    }
}

/// The body of a task whose terms have changed.
#[derive(Debug)]
struct Kept(Arc<Planned>);

impl Task for Kept {
    fn definition(&self) -> Definition<'_> {
        self.0.task().definition()
    }

    fn run(&self, cx: Context) -> TaskFuture {
        self.0.task().run(cx)
    }

    fn __begin(&self, cx: Context) -> Begun {
        self.0.task().__begin(cx)
    }

    fn needs(&self, needs: &mut Needs) {
        self.0.task().needs(needs);
    }

    fn __facts(&self) -> Option<Facts<'_>> {
        self.0.task().__facts()
    }
}

impl Terms {
    pub(crate) fn is_enabled(&self) -> bool {
        self.disabled.is_none()
    }

    /// Whether the program starts it by itself, once.
    pub(crate) fn is_boot(&self) -> bool {
        !self.is_scheduled && self.start == Start::Boot
    }

    /// Whether it is meant to run until shutdown.
    pub(crate) fn is_service(&self) -> bool {
        self.restart.policy != RestartPolicy::Never
    }
}

/// How attempts follow one another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Retry {
    pub(crate) max: MaxRetries,
    pub(crate) backoff: Backoff,
    pub(crate) panics: bool,
}

/// How runs of a service follow one another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Restart {
    pub(crate) policy: RestartPolicy,
    pub(crate) backoff: Backoff,
    /// More restarts than this, `within` this time, and it is degraded.
    pub(crate) max: u32,
    pub(crate) within: Duration,
}

/// How waits grow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Backoff {
    /// The first wait.
    pub(crate) delay: Duration,
    pub(crate) factor: f64,
    pub(crate) max_delay: Duration,
    pub(crate) jitter: Jitter,
}

/// When a task is due.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlannedSchedule {
    pub(crate) rule: Rule,
    pub(crate) misfire: Misfire,
    pub(crate) on_start: bool,
    /// Random and fresh for each firing, uniform in [0, jitter], cut to the period.
    pub(crate) jitter: Duration,
    /// The same for every firing on this machine.
    pub(crate) spread: Spread,
    pub(crate) walk: Walk,
}

/// Where the walk along a cron expression stands: whoever goes on from there
/// needs not look up the offset of the zone. All that have the schedule share it.
#[derive(Debug, Default)]
pub(crate) struct Walk(Mutex<Option<Box<Place>>>);

impl Walk {
    pub(crate) fn step<R>(&self, step: impl FnOnce(&mut Place) -> R) -> R {
        // It is a place that any reader may find, so a poisoned one is as good.
        step(self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
    }
}

impl PartialEq for Walk {
    /// It says nothing of the schedule.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Clone for Walk {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    /// Fixed rate on the monotonic clock, from `ready` plus `first`.
    Every { period: Duration, first: Duration },
    /// Fixed rate on the wall clock, on a grid from midnight UTC.
    Aligned { period: Duration },
    /// Fixed delay on the monotonic clock.
    Delay { delay: Duration, first: Duration },
    /// Cron in a zone, on the wall clock.
    Cron(Box<WallSchedule>),
    /// Once, on the wall clock.
    At(jiff::Timestamp),
}
