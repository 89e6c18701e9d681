//! Putting a program under test together.

use std::{future::Future, panic::Location, sync::Arc, time::Duration};

use jiff::{Timestamp, Zoned, tz::TimeZone};
use tasks_core::Registration;

use super::{
    clock,
    fault::Fault,
    kit::{Kit, PATIENCE},
    moment::Moment,
    watcher::Watcher,
};
use crate::{
    builder::{Builder, NoSetup, NoTeardown, SetUp, TearDown},
    error::Error,
    lifecycle,
    probe::Probe,
    report::Report,
};

/// A program that is about to be tested, made by [`Kit::of`] and [`Kit::tasks`].
#[must_use = "nothing runs before `start`"]
#[derive(Debug)]
pub struct KitBuilder<S = NoSetup, T = NoTeardown> {
    builder: Builder<S, T>,
    at: Zoned,
    seed: u64,
    patience: Duration,
    faults: Vec<(String, Option<u32>, Fault)>,
}

impl Kit {
    /// Tests a program as the application puts it together.
    ///
    /// [`setup`](Builder::setup) and [`teardown`](Builder::teardown) run as
    /// they do in production, but on the clock of the kit: what waits for a
    /// socket there sees time run away. Connect before, and give the connection
    /// as state.
    pub fn of<S, T>(builder: Builder<S, T>) -> KitBuilder<S, T> {
        let at = Timestamp::from_second(1_767_225_600).unwrap_or_default().to_zoned(TimeZone::UTC);
        KitBuilder { builder, at, seed: 0, patience: PATIENCE, faults: Vec::new() }
    }

    /// Tests a program of exactly these tasks: `Kit::tasks([registration!(nightly)])`.
    pub fn tasks(tasks: impl IntoIterator<Item = Registration>) -> KitBuilder {
        let none = crate::builder().without_discovery();
        Self::of(tasks.into_iter().fold(none, Builder::register))
    }
}

impl<S, T> KitBuilder<S, T> {
    /// Sets the wall clock at the start, `2026-01-01T00:00Z` by default. Its
    /// zone is the one in which the kit shows instants.
    ///
    /// # Panics
    ///
    /// If the text is no [`Moment`].
    #[track_caller]
    pub fn at(mut self, moment: impl Moment) -> Self {
        self.at = moment.resolve(None).unwrap_or_else(|error| panic!("{error}"));
        self
    }

    /// Sets what jitter is drawn from, 0 by default: one test plays the same
    /// each time, unless its own code draws lots. (It is
    /// [`fastrand`](https://docs.rs/fastrand)'s generator of the test's thread.)
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Gives a value to every task that takes [`State<V>`](crate::State).
    pub fn state<V: Clone + Send + Sync + 'static>(mut self, value: V) -> Self {
        self.builder = self.builder.state(value);
        self
    }

    /// Runs nothing by itself: no boot task, no schedule, no `after`. The test
    /// starts what it wants by [`Kit::run_task`] or through the handle.
    pub fn on_demand(mut self) -> Self {
        self.builder.options.only_asked = true;
        self
    }

    /// Puts a fault in place of the next attempts of a task, as
    /// [`Kit::inject`] does, from before the start on.
    pub fn inject(mut self, task: impl Into<String>, attempts: u32, fault: Fault) -> Self {
        self.faults.push((task.into(), Some(attempts), fault));
        self
    }

    /// Puts a fault in place of every attempt of a task until
    /// [`Kit::heal`], from before the start on.
    pub fn inject_always(mut self, task: impl Into<String>, fault: Fault) -> Self {
        self.faults.push((task.into(), None, fault));
        self
    }

    /// Sets how long the kit waits, in real time, for a plain `fn` that is on
    /// its thread before it gives up: 10 s by default. The clock stands still
    /// meanwhile.
    pub fn patience(mut self, real: Duration) -> Self {
        self.patience = real;
        self
    }
}

impl<S: SetUp, T: TearDown + 'static> KitBuilder<S, T> {
    /// Starts the program, and lets what runs at the start come to rest.
    ///
    /// Tokio's clock is paused, if the test has not done so; the system's is not read.
    ///
    /// # Panics
    ///
    /// If the program cannot start, with every problem; in a Tokio runtime that
    /// is not `current_thread`; if a fault is for a task that does not exist.
    #[track_caller]
    pub fn start(self) -> impl Future<Output = Kit> {
        let caller = Location::caller();
        async move {
            match self.launch(caller).await {
                Ok(kit) => kit,
                Err(error) => panic!("the program under test did not start (at {caller}): {error}"),
            }
        }
    }

    /// Starts the program as [`start`](Self::start) does; a program that
    /// cannot start is an error.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start), but for a program that cannot start.
    #[track_caller]
    pub fn try_start(self) -> impl Future<Output = Result<Kit, Error>> {
        self.launch(Location::caller())
    }

    /// Runs a program that ends by itself, under
    /// [`exit_when_idle`](Builder::exit_when_idle) or by the failure of an
    /// essential task, as [`run_until_signal`](Builder::run_until_signal) does.
    /// Nothing is checked for leaks.
    ///
    /// # Errors
    ///
    /// As [`run_until_signal`](Builder::run_until_signal).
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start), but for a program that cannot start.
    #[track_caller]
    pub fn run(self) -> impl Future<Output = Result<Report, Error>> {
        let caller = Location::caller();
        async move {
            let (builder, _, _) = self.prepare(caller).await;
            lifecycle::run_until_signal(builder).await
        }
    }

    async fn launch(self, caller: &'static Location<'static>) -> Result<Kit, Error> {
        let zone = self.at.time_zone().clone();
        let patience = self.patience;
        let faults: Vec<String> = self.faults.iter().map(|(task, _, _)| task.clone()).collect();
        let (builder, watcher, paused_here) = self.prepare(caller).await;
        let (shared, tear_down) = lifecycle::start_under_test(builder).await?;
        let kit = Kit::started(shared, watcher, zone, paused_here, patience, tear_down);
        for task in faults {
            kit.name_of(&task, caller);
        }
        kit.settle(caller).await;
        Ok(kit)
    }

    async fn prepare(self, caller: &Location<'_>) -> (Builder<S, T>, Arc<Watcher>, bool) {
        let Self { mut builder, at, seed, faults, .. } = self;
        let paused_here = clock::pause(caller).await;
        fastrand::seed(seed);
        let watcher = Arc::new(Watcher::default());
        for (task, attempts, fault) in faults {
            watcher.faults().add(&task, attempts, fault);
        }
        builder.options.virtual_start = Some(at.timestamp());
        builder.options.observers.add(Arc::clone(&watcher));
        builder.options.probe = Probe::new(Arc::clone(&watcher));
        (builder, watcher, paused_here)
    }
}
