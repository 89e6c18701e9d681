//! Where there are no Unix signals: deadlines, and nothing that begins one.
//!
//! No signal is received here. Ctrl-C does what the system does by default: it
//! ends the process at once, without a drain. A shutdown that the program
//! itself begins has all its steps and its deadline.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    Arming, Closer, InstallError,
    closer::CloserThread,
    countdown::{Action, Countdown},
};
use crate::threads;

static MACHINE: Mutex<Machine> = Mutex::new(Machine { session: None, sessions: 0, watched: false });
static CHANGED: Condvar = Condvar::new();

struct Machine {
    session: Option<Session>,
    sessions: u64,
    /// The guard thread was started.
    watched: bool,
}

struct Session {
    id: u64,
    countdown: Countdown,
    closer: Option<Arc<CloserThread>>,
}

impl Machine {
    fn lock() -> MutexGuard<'static, Self> {
        MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(&mut self, id: u64) -> Option<&mut Session> {
        self.session.as_mut().filter(|session| session.id == id)
    }
}

pub(super) fn arm(
    budget: Duration,
    closer: Arc<dyn Closer>,
    arming: Arc<Arming>,
) -> Result<u64, InstallError> {
    let closer = Arc::new(CloserThread::start(closer)?);
    let mut machine = Machine::lock();
    if machine.session.is_some() {
        return Err(InstallError::AlreadyRunning);
    }
    if !machine.watched {
        threads::start("tasks-guard", Box::new(watch))?;
        machine.watched = true;
    }
    machine.sessions += 1;
    let id = machine.sessions;
    machine.session = Some(Session { id, countdown: Countdown::new(budget), closer: Some(closer) });
    arming.ended(Ok(()));
    Ok(id)
}

pub(super) fn with<T>(session: u64, change: impl FnOnce(&mut Countdown) -> T) -> Option<T> {
    let result = Machine::lock().session(session).map(|session| change(&mut session.countdown));
    CHANGED.notify_all();
    result
}

pub(super) fn settle(session: u64) {
    let closer = Machine::lock().session(session).and_then(|session| session.closer.take());
    drop(closer);
}

pub(super) fn disarm(session: u64) {
    let mut machine = Machine::lock();
    let ended = machine.session.take_if(|ended| ended.id == session);
    drop(machine);
    drop(ended);
}

fn watch() {
    let mut machine = Machine::lock();
    loop {
        let now = Instant::now();
        let due = machine.session.as_mut().and_then(|session| session.countdown.due(now));
        if let Some(action) = due {
            let closer = machine.session.as_ref().and_then(|session| session.closer.clone());
            drop(machine);
            if let Action::Exit(code) = action {
                // There is no `_exit` in safe code here.
                std::process::exit(code);
            }
            if let Some(closer) = closer {
                closer.tell(action);
            }
            machine = Machine::lock();
            continue;
        }
        let until = machine.session.as_ref().and_then(|session| session.countdown.deadline());
        machine = match until {
            Some(until) => {
                let wait = until.saturating_duration_since(now);
                CHANGED.wait_timeout(machine, wait).unwrap_or_else(PoisonError::into_inner).0
            }
            None => CHANGED.wait(machine).unwrap_or_else(PoisonError::into_inner),
        };
    }
}
