//! Pieces of the runtime with nothing around them, for `benches/micro`.
//!
//! Not public API: the feature `__bench` is for that package alone, and what
//! stands here changes with the code behind it.

use std::{fmt, mem, sync::Arc, task::Poll, time::Duration};

use jiff::Timestamp;
use tasks_core::{
    __private::RunCell,
    BodyKind, Context, Definition, Location, Outcome, Registration, Registry, RunId, Task, TaskFuture,
    Trigger,
    policy::{Options, Overlap, Pool, Schedule},
};

use crate::{
    admission::{Admission, Verdict},
    clock::{Mono, Now, later},
    engine::{Action, Core, Mode, no_host::no_host},
    event::{Event, EventKind, RunRef},
    observe::{Events, Observer, Observers},
    panic::EarlierHook,
    plan::{Plan, PlanInputs, PoolIndex, TaskIndex},
    run::{AttemptEnd, Command},
};

const MILLISECOND: Duration = Duration::from_millis(1);

/// A task that is all definition.
struct Nothing {
    name: String,
    options: Options<'static>,
}

impl Task for Nothing {
    fn definition(&self) -> Definition<'_> {
        Definition {
            name: &self.name,
            description: "",
            location: Location { file: file!(), line: 1, module_path: module_path!() },
            body: BodyKind::Async,
            scheduled: self.options.schedule.is_some(),
            options: self.options,
        }
    }

    fn run(&self, _: Context) -> TaskFuture {
        Box::pin(async { Ok(()) })
    }
}

fn plan_of(tasks: impl IntoIterator<Item = Nothing>, pools: &[(&str, u32)]) -> Plan {
    let mut registry = Registry::new();
    tasks.into_iter().for_each(|task| registry.add(Registration::new(task)));
    let mut inputs = PlanInputs::new(registry);
    inputs.pools = pools.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect();
    Plan::build(inputs).into_result().unwrap_or_else(|error| panic!("{error}"))
}

fn start() -> Now {
    Now { mono: Mono(0), wall: Timestamp::constant(1_767_225_600, 0) }
}

/// The engine without a shell: schedules of which one is due at each
/// millisecond, and runs that are over as soon as they have started.
pub struct Stepper {
    core: Core,
    now: Now,
    actions: Vec<Action>,
}

impl Stepper {
    /// An engine with so many schedules.
    ///
    /// # Panics
    ///
    /// If that is none.
    pub fn new(schedules: u32) -> Self {
        let tasks = (0..schedules).map(|number| {
            let mut options = Options::NONE;
            options.schedule = Some(Schedule::Every(MILLISECOND * schedules));
            options.initial_delay = Some(MILLISECOND * (number + 1));
            Nothing { name: format!("t{number:07}"), options }
        });
        let mut core = Core::new(
            Arc::new(plan_of(tasks, &[])),
            Mode::default(),
            no_host(),
            Box::new(|facts| Arc::new(RunCell::new(facts))),
            Box::new(|_| None),
            fastrand::Rng::with_seed(1),
        );
        core.begin(start(), Vec::new());
        drop(core.take_actions(Vec::new()));
        Self { core, now: start(), actions: Vec::new() }
    }

    /// A millisecond passes. Returns how many runs began and ended in it: one.
    pub fn step(&mut self) -> usize {
        self.now = Now { mono: self.now.mono.plus(MILLISECOND), wall: later(self.now.wall, MILLISECOND) };
        self.look();
        let mut runs = 0;
        let mut actions = self.core.take_actions(mem::take(&mut self.actions));
        for action in actions.drain(..) {
            if let Action::Start(wanted) = action {
                runs += usize::from(Command::begin(&wanted.cell));
                wanted.cell.set_started(self.now.mono.0, self.now.wall);
                let end = AttemptEnd::new(Outcome::Succeeded);
                self.core.ended(wanted.cell.id(), end, 1, self.now);
            }
        }
        let mut follow = self.core.take_actions(actions);
        follow.clear();
        self.actions = follow;
        runs
    }

    /// Looks at the clock once more, when nothing is due.
    pub fn look(&mut self) {
        self.core.tick(self.now);
    }
}

impl fmt::Debug for Stepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}

/// Admission alone, of one task.
#[derive(Debug)]
pub struct Gate {
    plan: Plan,
    admission: Admission,
    run: u64,
}

impl Gate {
    /// For runs of a task that has no pool.
    pub fn open() -> Self {
        Self::of(Options::NONE)
    }

    /// For runs of a task whose pool has one place.
    pub fn with_a_pool_of_one() -> Self {
        let mut options = Options::NONE;
        options.overlap = Some(Overlap::Allow);
        options.pool = Some(Pool::Named("one"));
        Self::of(options)
    }

    fn of(options: Options<'static>) -> Self {
        let plan = plan_of([Nothing { name: "t".to_owned(), options }], &[("one", 1)]);
        Self { admission: Admission::new(&plan), plan, run: 0 }
    }

    fn want(&mut self) -> Option<Verdict> {
        self.run += 1;
        let task = &self.plan.tasks[0];
        self.admission.want(TaskIndex(0), task, RunId::new(self.run), start().mono, false).ok()
    }

    /// Lets a run in and out. Returns whether it got in.
    pub fn pass(&mut self) -> bool {
        let verdict = self.want();
        self.admission.ended(TaskIndex(0));
        verdict == Some(Verdict::Start)
    }

    /// Two runs, of which the second gets its place by the end of the first.
    /// Returns whether it did.
    pub fn take_turns(&mut self) -> bool {
        let verdicts = [self.want(), self.want()];
        self.admission.ended(TaskIndex(0));
        let name = &self.plan.tasks[0].name;
        let mut release = || self.admission.release(PoolIndex(0), start().mono, |_| Arc::clone(name));
        let next = release();
        self.admission.started(TaskIndex(0));
        self.admission.ended(TaskIndex(0));
        let nobody = self.admission.release(PoolIndex(0), start().mono, |_| Arc::clone(name));
        verdicts == [Some(Verdict::Start), Some(Verdict::Wait)]
            && next == Some(RunId::new(self.run))
            && nobody.is_none()
    }
}

/// Whoever is told of events, and one event to tell.
pub struct Teller {
    observers: Observers,
    events: Option<Events>,
    run: RunRef,
}

impl Teller {
    /// Without a subscriber of `tracing`, and nobody else.
    pub fn to_nobody() -> Self {
        let registry = plan_of([Nothing { name: "t".to_owned(), options: Options::NONE }], &[]);
        let run = RunRef {
            task: Arc::clone(&registry.tasks[0].name),
            run: RunId::new(1),
            trigger: Trigger::Manual,
            scheduled_at: None,
        };
        Self { observers: Observers::default(), events: None, run }
    }

    /// To one observer.
    pub fn to(observer: impl Observer) -> Self {
        let mut teller = Self::to_nobody();
        teller.observers.add(observer);
        teller
    }

    /// To one subscriber, which reads each event before the next.
    pub fn to_a_subscriber() -> Self {
        let mut teller = Self::to_nobody();
        teller.events = Some(teller.observers.subscribers().subscribe());
        teller
    }

    /// Tells one event. Returns whether a subscriber got it.
    pub fn tell(&mut self) -> bool {
        let event = Event::new(EventKind::RunStarted { run: self.run.clone() }, start());
        self.observers.tell(event, EarlierHook::Called);
        let Some(events) = &mut self.events else { return false };
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let next = futures_core::Stream::poll_next(std::pin::Pin::new(events), &mut context);
        matches!(next, Poll::Ready(Some(Ok(_))))
    }
}

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.observers.fmt(f)
    }
}
