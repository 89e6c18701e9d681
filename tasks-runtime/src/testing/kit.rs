//! The kit: a running program, and its clock in the hands of a test.

use std::{
    fmt,
    future::{Future, poll_fn},
    panic::Location,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use jiff::{Zoned, tz::TimeZone};
use tokio::time::Instant;

use super::{
    clock,
    fault::Fault,
    leaks,
    moment::{Moment, show},
    run::RunTask,
    seen::Seen,
    watcher::Watcher,
};
use crate::{
    builder::TearDown, clock::wall_since, engine::Core, event::StopCause, handle::Handle, lifecycle,
    report::Report, shell::Shared,
};

/// How long a plain `fn` may be on its thread, in real time.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Virtual time after which what is waited for is taken never to come.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(366 * 86_400);

type End = Pin<Box<dyn Future<Output = Report>>>;

/// A running program whose clock is in the hands of a test.
///
/// See [the module](super) for the whole of it. Time stands still while the
/// test runs and passes in [`advance`](Self::advance),
/// [`advance_to`](Self::advance_to) and whatever else the test awaits, from one
/// due moment to the next, in order.
#[must_use = "the test is over when `finish` has looked for leaks"]
pub struct Kit {
    pub(super) shared: Arc<Shared>,
    watcher: Arc<Watcher>,
    zone: TimeZone,
    paused_here: bool,
    patience: Duration,
    /// Taken by `shutdown`.
    end: Option<Box<dyn FnOnce(Arc<Shared>) -> End>>,
}

impl Kit {
    pub(super) fn started<T: TearDown + 'static>(
        shared: Arc<Shared>,
        watcher: Arc<Watcher>,
        zone: TimeZone,
        paused_here: bool,
        patience: Duration,
        tear_down: T,
    ) -> Self {
        let end = move |shared: Arc<Shared>| -> End {
            Box::pin(async move { lifecycle::end_under_test(&shared, tear_down).await })
        };
        Self { shared, watcher, zone, paused_here, patience, end: Some(Box::new(end)) }
    }

    /// Returns a handle to the program.
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.shared))
    }

    /// Returns what the wall clock shows, in the kit's zone.
    pub fn now(&self) -> Zoned {
        self.shared.clock().now().wall.to_zoned(self.zone.clone())
    }

    /// Lets time pass on both clocks, through every due moment in order, and
    /// then everything come to rest as [`drain`](Self::drain) does. What is due
    /// at the last instant has run.
    ///
    /// Tokio's timers have a resolution of 1 ms, to which `by` is rounded up.
    ///
    /// # Panics
    ///
    /// If a plain `fn` is on its thread for longer than the kit's patience.
    #[track_caller]
    pub fn advance(&self, by: Duration) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move { self.pass_until(Instant::now() + by, caller).await }
    }

    /// Lets time pass until the wall clock shows this moment, as
    /// [`advance`](Self::advance) does: `kit.advance_to("2026-03-29T01:59")`,
    /// in the kit's zone unless the text names another.
    ///
    /// # Panics
    ///
    /// If the text is no [`Moment`], if the moment is over, and as [`advance`](Self::advance).
    #[track_caller]
    pub fn advance_to(&self, moment: impl Moment) -> impl Future<Output = ()> {
        let caller = Location::caller();
        let to = moment.resolve(Some(&self.zone)).unwrap_or_else(|error| panic!("{error}"));
        let (now, to) = (self.shared.clock().now().wall, to.timestamp());
        assert!(
            to >= now,
            "the clock cannot go back to {}: it shows {}",
            show(to, &self.zone),
            show(now, &self.zone)
        );
        self.pass_until(Instant::now() + wall_since(to, now), caller)
    }

    /// Lets everything that is due now, and all that follows from it, come to
    /// rest, without any time passing: whatever is left waits for a later
    /// moment, or for something from outside.
    ///
    /// It waits for plain functions on their threads. Of Tokio tasks that
    /// bodies spawned it waits for those that a run waits for.
    ///
    /// # Panics
    ///
    /// As [`advance`](Self::advance).
    #[track_caller]
    pub fn drain(&self) -> impl Future<Output = ()> {
        self.settle(Location::caller())
    }

    /// Runs a task once and returns its result, whatever its schedule says; a
    /// disabled one too. Time passes as the run needs it.
    ///
    /// For the function's own value, spawn it through the [`handle`](Self::handle).
    ///
    /// # Panics
    ///
    /// If there is no such task, if it takes an input and got none, or another;
    /// if its run is refused, as by its `overlap`, or not over after a virtual year.
    #[track_caller]
    pub fn run_task(&self, task: &str) -> RunTask<'_> {
        let caller = Location::caller();
        RunTask::new(self, self.name_of(task, caller), caller)
    }

    /// Looks on from now until what is returned is dropped.
    pub fn watch(&self) -> Seen {
        let plan = self.shared.look(|core| Arc::clone(&core.plan));
        let seen = Seen::new(plan, self.zone.clone());
        self.watcher.open(seen.log());
        seen
    }

    /// Looks on while a block runs, and returns what happened in it.
    pub async fn during(&self, block: impl AsyncFnOnce(&Self)) -> Seen {
        let seen = self.watch();
        block(self).await;
        seen.close();
        seen
    }

    /// Puts a fault in place of the next attempts of a task that begin. Faults
    /// for one task come one after another: first the attempts of the first
    /// call, then those of the next.
    ///
    /// # Panics
    ///
    /// If there is no such task.
    #[track_caller]
    pub fn inject(&self, task: &str, attempts: u32, fault: Fault) {
        let name = self.name_of(task, Location::caller());
        self.watcher.faults().add(&name, Some(attempts), fault);
    }

    /// Puts a fault in place of every attempt of a task that begins from now
    /// on, until [`heal`](Self::heal).
    ///
    /// # Panics
    ///
    /// If there is no such task.
    #[track_caller]
    pub fn inject_always(&self, task: &str, fault: Fault) {
        let name = self.name_of(task, Location::caller());
        self.watcher.faults().add(&name, None, fault);
    }

    /// Lets the attempts of a task that begin from now on be its own again.
    ///
    /// # Panics
    ///
    /// If there is no such task.
    #[track_caller]
    pub fn heal(&self, task: &str) {
        let name = self.name_of(task, Location::caller());
        self.watcher.faults().heal(&name);
    }

    /// Begins the shutdown, as SIGTERM does, and returns at once. The test may
    /// then let its time pass step by step; [`shutdown`](Self::shutdown) waits for its end.
    pub fn terminate(&self) {
        const SIGTERM: i32 = 15;
        self.shared.stop(StopCause::Signal(SIGTERM), None);
    }

    /// Waits until the program is over by itself: because an essential task
    /// failed, a task asked for it, or nothing was left under `exit_when_idle`.
    ///
    /// # Panics
    ///
    /// If it is not over after a virtual year, and as [`advance`](Self::advance).
    #[track_caller]
    pub fn stopped(&self) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            let over = tokio::time::timeout(LONGEST_WAIT, self.shared.wait_over());
            let over = self.pass(over, caller).await;
            assert!(over.is_ok(), "the program does not end by itself within a year (at {caller})");
            self.settle(caller).await;
        }
    }

    /// Ends the program, if it has not ended, runs its teardown, and checks
    /// that nothing leaked: every run ended and was accounted for once, no
    /// thread and no Tokio task of the framework is left, and no fault was
    /// injected for nothing.
    ///
    /// Runs that the shutdown had to cut are no leak;
    /// [`shutdown`](Self::shutdown) tells of them. If the kit paused Tokio's
    /// clock, the clock goes on.
    ///
    /// # Panics
    ///
    /// With a list of everything that leaked.
    #[track_caller]
    pub fn finish(self) -> impl Future<Output = ()> {
        let end = self.shutdown();
        async move { drop(end.await) }
    }

    /// Does what [`finish`](Self::finish) does, and returns the report: what
    /// had to be cut, and the exit code that the process would have had.
    ///
    /// # Panics
    ///
    /// As [`finish`](Self::finish).
    #[track_caller]
    pub fn shutdown(mut self) -> impl Future<Output = Report> {
        let caller = Location::caller();
        async move {
            self.shared.stop(StopCause::Asked, None);
            let end = self.end.take().expect("invariant: only this takes it, and takes the kit");
            let report = self.pass(end(Arc::clone(&self.shared)), caller).await;
            self.settle(caller).await;
            let faults = leaks::find(&self.shared, &self.watcher, &report);
            assert!(
                faults.is_empty(),
                "the program under test did not end as it should (at {caller}):\n- {}",
                faults.join("\n- ")
            );
            if self.paused_here {
                tokio::time::resume();
            }
            report
        }
    }

    #[cfg(test)]
    pub(super) fn watcher(&self) -> Arc<Watcher> {
        Arc::clone(&self.watcher)
    }

    #[track_caller]
    pub(super) fn name_of(&self, task: &str, caller: &Location<'_>) -> Arc<str> {
        let name = self.shared.look(|core| {
            let index = core.find(task)?;
            Ok::<_, String>(Arc::clone(&core.plan.tasks[index.0 as usize].name))
        });
        name.unwrap_or_else(|complaint| panic!("{complaint} (at {caller})"))
    }

    async fn pass_until(&self, moment: Instant, caller: &'static Location<'static>) {
        self.pass(tokio::time::sleep_until(moment), caller).await;
        self.settle(caller).await;
    }

    /// Waits for something while time passes by itself; but not past a plain
    /// function that does not come back, for which time would stand still for ever.
    pub(super) async fn pass<F: Future>(&self, something: F, caller: &Location<'_>) -> F::Output {
        let mut something = pin!(something);
        loop {
            if !self.is_on_thread() {
                let mut began = pin!(self.watcher.thread_began());
                let end = poll_fn(|cx| match something.as_mut().poll(cx) {
                    Poll::Ready(output) => Poll::Ready(Some(output)),
                    Poll::Pending => began.as_mut().poll(cx).map(|()| None),
                });
                if let Some(output) = end.await {
                    return output;
                }
            }
            let since = std::time::Instant::now();
            while self.is_on_thread() {
                let now = poll_fn(|cx| Poll::Ready(something.as_mut().poll(cx))).await;
                if let Poll::Ready(output) = now {
                    return output;
                }
                self.let_threads_work(since, caller).await;
            }
        }
    }

    /// Waits until nothing can move any more while time stands still.
    pub(super) async fn settle(&self, caller: &Location<'_>) {
        let mut since = None;
        loop {
            clock::idle().await;
            if !self.is_on_thread() {
                return;
            }
            let since = *since.get_or_insert_with(std::time::Instant::now);
            self.let_threads_work(since, caller).await;
        }
    }

    fn is_on_thread(&self) -> bool {
        self.shared.look(|core| core.on_thread().is_some())
    }

    async fn let_threads_work(&self, since: std::time::Instant, caller: &Location<'_>) {
        if since.elapsed() > self.patience {
            let stuck = self.shared.look(Core::on_thread);
            if let Some((task, run)) = stuck {
                panic!(
                    "time stands still (at {caller}): `{task}` (run {run}) is a plain function, and it has not \
                     come back from its thread for {:?}. The clock of a test does not pass while a thread \
                     works, so a function that waits for it, or that runs until shutdown, has no place in \
                     the test: leave it out, or put `Fault::hang()` in its place with `inject_always`",
                    self.patience
                );
            }
        }
        // The threads need the processor more than a loop that looks at them.
        std::thread::sleep(Duration::from_micros(50));
        tokio::task::yield_now().await;
    }
}

impl fmt::Debug for Kit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kit")
            .field("now", &self.now())
            .field("program", &self.handle())
            .finish_non_exhaustive()
    }
}
