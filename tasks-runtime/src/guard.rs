//! The thread that makes shutdown fit its budget, whatever the tasks do.
//!
//! Tokio delivers signals and timers from its workers: with every worker
//! blocked it sees neither, so a deadline that is a future fails exactly when
//! it is needed. The guard is a plain thread. It receives the signals, counts
//! down the budget and ends the process with `_exit` if nothing else did.
//!
//! Facts that the rest of the runtime relies on:
//!
//! 1. The guard thread never logs, never runs anybody else's code (not even a
//!    `Drop`) and waits for nothing but its socket. The engine is told through
//!    [`Closer`], on a *closer* thread that may block and may be left behind.
//!    Before that it sets up what it needs, closer and handlers, while `main()`
//!    builds its runtime; nothing is checked before it has (`Guard::armed`).
//! 2. Handlers are installed once for each process and stay, because a handler
//!    that is unregistered leaves the signal swallowed. A [`Guard`] is the right
//!    to use them; there is at most one at a time.
//! 3. The first signal, or an earlier [`Guard::begin`], starts the countdown.
//!    The earliest start and the shortest budget win.
//! 4. A second signal, 500 ms or more after the first, ends the process
//!    with 128 + n. Only signals count for this rule.
//! 5. A guard that is dropped before any shutdown began is disarmed. Once a
//!    shutdown began it stays armed until the process ends or somebody calls
//!    [`Guard::disarm`].
//! 6. Disarmed, the next signal ends the process with 128 + n. That needs no
//!    thread: it happens in the handler.
//!
//! Other code that calls `sigaction` for the same signals after the guard was
//! installed, without chaining, silences it, and nobody can notice.

mod closer;
mod countdown;
#[cfg(not(unix))]
mod other;
#[cfg(test)]
mod process_tests;
#[cfg(unix)]
mod unix;

use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

#[cfg(not(unix))]
use self::other as platform;
#[cfg(unix)]
use self::unix as platform;
pub(crate) use self::{closer::Closer, countdown::Deadlines};

/// The exclusive right to this process's shutdown signals, and its deadline.
#[derive(Debug)]
#[must_use = "a guard that is dropped before a shutdown began is disarmed"]
pub(crate) struct Guard {
    session: u64,
    arming: Arc<Arming>,
}

/// What becomes of arming, which takes a while on the guard thread.
#[derive(Debug, Default)]
struct Arming {
    /// Nothing as long as it goes on.
    end: Mutex<Option<Result<(), InstallError>>>,
    news: Condvar,
}

impl Arming {
    fn end(&self) -> MutexGuard<'_, Option<Result<(), InstallError>>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self, end: Result<(), InstallError>) {
        *self.end() = Some(end);
        self.news.notify_all();
    }

    fn wait(&self) -> Result<(), InstallError> {
        let end = self.end();
        let mut end = self.news.wait_while(end, |end| end.is_none()).unwrap_or_else(PoisonError::into_inner);
        // Whoever asks again is told the same of a success; after a failure nobody asks.
        end.replace(Ok(())).unwrap_or(Ok(()))
    }
}

/// Why there is no guard.
#[derive(Debug)]
pub(crate) enum InstallError {
    /// Another guard is armed in this process.
    AlreadyRunning,
    /// The system refused a thread, a socket pair or a handler.
    Io(io::Error),
}

impl From<io::Error> for InstallError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Guard {
    /// Begins to arm the guard, which is armed when [`armed`](Self::armed) says so.
    ///
    /// Call it before anything else, and correct the budget with
    /// [`set_budget`](Self::set_budget) once the configuration is read.
    pub(crate) fn arm(budget: Duration, closer: Arc<dyn Closer>) -> Result<Self, InstallError> {
        let arming = Arc::<Arming>::default();
        let session = platform::arm(budget, closer, Arc::clone(&arming))?;
        Ok(Self { session, arming })
    }

    /// Waits until it is armed, some 100 µs after [`arm`](Self::arm): from then
    /// on the first signal reaches the closer. Nothing may be checked before.
    pub(crate) fn armed(&self) -> Result<(), InstallError> {
        self.arming.wait()
    }

    /// Sets the budget of a shutdown that has not begun; one that has begun is
    /// at most shortened.
    pub(crate) fn set_budget(&self, budget: Duration) {
        platform::with(self.session, |countdown| countdown.set_budget(budget));
    }

    /// Starts the countdown of a shutdown that no signal began, and returns
    /// the deadlines in force: of the earliest start and the shortest budget.
    ///
    /// [`Closer::stop`] is not called for it, the other steps are.
    pub(crate) fn begin(&self, t0: Instant, budget: Duration) -> Deadlines {
        platform::with(self.session, |countdown| countdown.begin(t0, budget))
            .unwrap_or_else(|| Deadlines::new(t0, budget))
    }

    /// Returns the deadlines in force, if a shutdown has begun.
    pub(crate) fn deadlines(&self) -> Option<Deadlines> {
        platform::with(self.session, |countdown| countdown.deadlines()).flatten()
    }

    /// Sets the code that the process ends with at the deadline: 124 unless set.
    ///
    /// A second signal still ends it with 128 + n, which goes before every
    /// other code.
    pub(crate) fn set_exit_code(&self, code: u8) {
        platform::with(self.session, |countdown| countdown.set_exit_code(code));
    }

    /// Calls the closer no more: the drain is over and its report is made.
    /// The deadline stays.
    pub(crate) fn settle(&self) {
        platform::settle(self.session);
    }

    /// Hands signals back: no deadline is left, the next signal ends the
    /// process with 128 + n, and another guard can be installed.
    ///
    /// A repeat of the first signal within 500 ms is still ignored.
    pub(crate) fn disarm(&self) {
        // Another guard must not find half of what this one sets up.
        let _ = self.arming.wait();
        platform::disarm(self.session);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.deadlines().is_none() {
            self.disarm();
        }
    }
}
