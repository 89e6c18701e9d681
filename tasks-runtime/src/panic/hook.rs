//! The hook, and the thread's own note of what it saw.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    cell::Cell,
    panic::{PanicHookInfo, set_hook, take_hook},
    sync::Once,
};

/// Whether the hook that was there before ours hears of supervised panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EarlierHook {
    /// It is called as for any other panic.
    Called,
    /// It is not: `main()` and `quiet_panics()`, where the event says it all.
    Skipped,
}

/// Where a panic happened.
pub(super) struct Place {
    pub(super) location: String,
    pub(super) backtrace: Option<Backtrace>,
}

thread_local! {
    /// Set while the thread is inside `catch`.
    static SUPERVISED: Cell<Option<EarlierHook>> = const { Cell::new(None) };
    /// Of the last panic of this `catch`; boxed, because it is set aside for each.
    static PLACE: Cell<Option<Box<Place>>> = const { Cell::new(None) };
}

/// Installs the hook, once for the process.
///
/// Not on a thread that is panicking: the standard library would abort. The
/// next call makes up for it.
pub(crate) fn install_hook() {
    static INSTALLED: Once = Once::new();
    if std::thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let earlier = take_hook();
        set_hook(Box::new(move |info| {
            let supervised = SUPERVISED.try_with(Cell::get).ok().flatten();
            if supervised.is_some() {
                note(info);
            }
            if supervised != Some(EarlierHook::Skipped) {
                earlier(info);
            }
        }));
    });
}

/// Whatever goes wrong in here costs the note; a panic would abort the process.
fn note(info: &PanicHookInfo<'_>) {
    let Some(location) = info.location() else { return };
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then_some(backtrace);
    set_place(Some(Box::new(Place { location: location.to_string(), backtrace })));
}

/// Takes the place of the last supervised panic of this thread.
pub(super) fn take_place() -> Option<Box<Place>> {
    PLACE.try_with(Cell::take).ok().flatten()
}

fn set_place(place: Option<Box<Place>>) {
    // A thread that is ending has no place for it.
    let _ = PLACE.try_with(|cell| cell.set(place));
}

/// While it lives, the thread's panics are supervised; the earlier state is
/// back afterwards. The noted place too: a `catch` in a destructor that runs
/// because of a panic must not lose the place of that panic.
pub(super) struct Supervised {
    outer: Option<EarlierHook>,
    outer_place: Option<Box<Place>>,
}

impl Supervised {
    pub(super) fn enter(earlier_hook: EarlierHook) -> Self {
        Self {
            outer: SUPERVISED.try_with(|cell| cell.replace(Some(earlier_hook))).ok().flatten(),
            outer_place: take_place(),
        }
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        let _ = SUPERVISED.try_with(|cell| cell.set(self.outer));
        set_place(self.outer_place.take());
    }
}
