//! Signals, the socket pair and the thread that reads it.

mod inherited;

use std::{
    io::{self, ErrorKind, Read, Write},
    os::unix::net::UnixStream,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::{SigSet, Signal};
use signal_hook::{flag, low_level};

use super::{
    Arming, Closer, InstallError,
    closer::CloserThread,
    countdown::{Action, Countdown},
};
use crate::threads;

/// What the handlers themselves look at: whether the next signal ends the
/// process, and which signal was the last.
static NEXT_SIGNAL_ENDS: AtomicBool = AtomicBool::new(false);
static LAST_SIGNAL: AtomicUsize = AtomicUsize::new(0);

/// The byte that signal-hook writes for a signal.
const SIGNAL: u8 = b'X';
/// The byte that says: look at the state again.
const LOOK: u8 = b'L';

/// Held for a few instructions at a time, never across a call to anybody else's code.
static MACHINE: Mutex<Machine> =
    Mutex::new(Machine { wake: None, session: None, disarm_at: None, sessions: 0 });

struct Machine {
    /// The write end of the pair; there is one once the handlers are installed.
    wake: Option<UnixStream>,
    session: Option<Session>,
    /// Signals until then are repeats of one that the last session has seen.
    disarm_at: Option<Instant>,
    sessions: u64,
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

    /// Makes the guard thread look at the state. A full pair means that it is
    /// going to do so anyway.
    fn wake(&self) {
        if let Some(mut wake) = self.wake.as_ref() {
            let _ = wake.write(&[LOOK]);
        }
    }

    /// Returns one thing to do, and with it the one to tell; or until when there is none.
    fn next(&mut self, signals: &mut usize, now: Instant) -> Result<Step, Option<Instant>> {
        let signal = i32::try_from(LAST_SIGNAL.load(Ordering::SeqCst)).unwrap_or(0);
        while *signals > 0 {
            *signals -= 1;
            let action = match (&mut self.session, self.disarm_at) {
                (Some(session), _) => session.countdown.signal(signal, now),
                (None, Some(until)) if now < until => None,
                // It arrived before the disarmed state was reached, and nobody else will see it.
                (None, _) => Some(Action::Exit(128 + signal)),
            };
            if let Some(action) = action {
                return Ok(self.step(action));
            }
        }
        if self.disarm_at.is_some_and(|at| now >= at) {
            self.disarm_at = None;
            NEXT_SIGNAL_ENDS.store(true, Ordering::SeqCst);
        }
        let due = self.session.as_mut().and_then(|session| session.countdown.due(now));
        if let Some(action) = due {
            return Ok(self.step(action));
        }
        Err(self.session.as_ref().and_then(|session| session.countdown.deadline()).or(self.disarm_at))
    }

    fn step(&self, action: Action) -> Step {
        let closer = self.session.as_ref().and_then(|session| session.closer.as_ref());
        Step { action, closer: closer.map(Arc::clone) }
    }
}

struct Step {
    action: Action,
    closer: Option<Arc<CloserThread>>,
}

impl Step {
    fn make(self) {
        if let Action::Exit(code) = self.action {
            low_level::exit(code);
        }
        if let Some(closer) = self.closer {
            closer.tell(self.action);
        }
    }
}

/// Takes the right to the signals. Whatever takes its time is done by the guard
/// thread, which tells `arming` how it went.
pub(super) fn arm(
    budget: Duration,
    closer: Arc<dyn Closer>,
    arming: Arc<Arming>,
) -> Result<u64, InstallError> {
    let mut machine = Machine::lock();
    if machine.session.is_some() {
        return Err(InstallError::AlreadyRunning);
    }
    machine.sessions += 1;
    let id = machine.sessions;
    machine.disarm_at = None;
    machine.session = Some(Session { id, countdown: Countdown::new(budget), closer: None });
    NEXT_SIGNAL_ENDS.store(false, Ordering::SeqCst);
    let is_first = machine.wake.is_none();
    drop(machine);
    let ready = if is_first {
        let work = move || {
            let set_up = || start_closer(id, closer).and_then(|()| install_handlers());
            // Somebody waits for the end of this, however it ends.
            let set_up = catch_unwind(AssertUnwindSafe(set_up));
            match set_up.unwrap_or_else(|_| Err(io::Error::other("the guard panicked"))) {
                Ok((read, signals)) => {
                    arming.ended(Ok(()));
                    watch(read, signals);
                }
                Err(error) => arming.ended(Err(error.into())),
            }
        };
        threads::start("tasks-guard", Box::new(work)).map(drop)
    } else {
        // The handlers and their thread are there.
        start_closer(id, closer).inspect(|()| arming.ended(Ok(())))
    };
    ready.map(|()| id).map_err(|error| {
        disarm(id);
        error.into()
    })
}

/// Starts the thread that tells the engine, and gives it to the session.
fn start_closer(id: u64, closer: Arc<dyn Closer>) -> io::Result<()> {
    let closer = Arc::new(CloserThread::start(closer)?);
    if let Some(session) = Machine::lock().session(id) {
        session.closer = Some(closer);
    }
    Ok(())
}

pub(super) fn with<T>(session: u64, change: impl FnOnce(&mut Countdown) -> T) -> Option<T> {
    let mut machine = Machine::lock();
    let countdown = &mut machine.session(session)?.countdown;
    let before = countdown.deadline();
    let result = change(countdown);
    if countdown.deadline() != before {
        machine.wake();
    }
    Some(result)
}

pub(super) fn settle(session: u64) {
    // Dropped after the lock: it may hold the last reference to the engine.
    let closer = Machine::lock().session(session).and_then(|session| session.closer.take());
    drop(closer);
}

pub(super) fn disarm(session: u64) {
    let mut machine = Machine::lock();
    if machine.session(session).is_none() {
        return;
    }
    let ended = machine.session.take();
    machine.disarm_at = ended.as_ref().and_then(|session| session.countdown.repeats_until());
    if machine.disarm_at.is_none() {
        NEXT_SIGNAL_ENDS.store(true, Ordering::SeqCst);
    }
    machine.wake();
    drop(machine);
    drop(ended);
}

/// Registers the handlers. Returns the read end, and the signals that write to it.
fn install_handlers() -> io::Result<(UnixStream, SigSet)> {
    let (read, write) = UnixStream::pair()?;
    write.set_nonblocking(true)?;
    let mut signals = vec![Signal::SIGTERM, Signal::SIGINT];
    if inherited::hangup_is_ours() {
        signals.push(Signal::SIGHUP);
    }
    for &signal in &signals {
        let number = signal as i32;
        flag::register_conditional_shutdown(number, 128 + number, &NEXT_SIGNAL_ENDS)?;
        flag::register_usize(number, &LAST_SIGNAL, usize::try_from(number).unwrap_or_default())?;
        low_level::pipe::register(number, write.try_clone()?)?;
    }
    // One that came between the first handler of its number and the last, which
    // wakes the guard, is not lost. That a byte is there already does no harm.
    if LAST_SIGNAL.load(Ordering::SeqCst) != 0 {
        (&write).write_all(&[SIGNAL])?;
    }
    Machine::lock().wake = Some(write);
    Ok((read, signals.into_iter().collect()))
}

/// The guard thread: nothing in here waits for anything but the pair.
fn watch(mut read: UnixStream, unblocked: SigSet) {
    // A mask that was inherited blocked would leave the process deaf.
    let _ = unblocked.thread_unblock();
    let mut bytes = [0_u8; 64];
    let mut signals = 0;
    loop {
        let next = Machine::lock().next(&mut signals, Instant::now());
        let wait = match next {
            Ok(step) => {
                step.make();
                continue;
            }
            Err(until) => until.map(|until| until.saturating_duration_since(Instant::now())),
        };
        if wait == Some(Duration::ZERO) {
            continue;
        }
        let waited = read.set_read_timeout(wait).and_then(|()| read.read(&mut bytes));
        match waited {
            Ok(0) => return,
            Ok(count) => signals = bytes[..count].iter().filter(|&&byte| byte == SIGNAL).count(),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                // Never seen; it must not spin.
                _ => thread::sleep(Duration::from_millis(10)),
            },
        }
    }
}
