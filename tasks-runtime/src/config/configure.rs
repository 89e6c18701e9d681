//! `Builder::configure`: an application's own configuration as a layer.

use std::{fmt, panic::Location, time::Duration};

use tasks_core::{__private::chain_text, BoxError};

use super::{Entry, GivenPool, Layer, LayerKind, Origin, SettingValue, Target};
use crate::{
    error::Problem,
    panic::{EarlierHook, catch, install_hook},
};

/// Code of an application that configures.
type Run = dyn FnOnce(&mut Configure) -> Result<(), BoxError> + Send;

/// What [`Builder::configure`](crate::Builder::configure) was given.
pub(crate) struct Configurer {
    pub(crate) run: Box<Run>,
    pub(crate) place: &'static Location<'static>,
}

impl fmt::Debug for Configurer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Configurer({})", self.place)
    }
}

/// Calls what was given, in this order, and returns everything that it set.
pub(crate) fn run(configurers: Vec<Configurer>, hook: EarlierHook) -> Layer {
    let mut configure = Configure { layer: Layer::default() };
    for Configurer { run, place } in configurers {
        install_hook();
        let problem = match catch(hook, || run(&mut configure)) {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => {
                Problem::new(place_of(place), format!("`configure` failed: {}", chain_text(&*error)), "")
            }
            Err(panic) => {
                let place = panic.location.clone().unwrap_or_else(|| place_of(place));
                Problem::new(place, format!("`configure` panicked: {}", panic.message), "")
            }
        };
        configure.layer.problems.push(problem);
    }
    configure.layer
}

fn place_of(place: &Location<'_>) -> String {
    format!("{}:{}", place.file(), place.line())
}

#[track_caller]
fn caller() -> Origin {
    Origin::new(LayerKind::Configure, place_of(Location::caller()))
}

/// Sets options at the start of the program, above the annotations and below
/// file, environment and command line. See [`Builder::configure`](crate::Builder::configure).
///
/// Nothing is checked while it is called. A name or a key that does not exist,
/// and a value that does not fit, are start-up problems that show the line
/// which set them; all of them are reported together.
#[derive(Debug)]
pub struct Configure {
    layer: Layer,
}

impl Configure {
    /// Returns the settings of one task. Case does not count in its name, nor does `-` against `_`.
    #[track_caller]
    pub fn task(&mut self, name: impl Into<String>) -> TaskSettings<'_> {
        let name = name.into();
        self.layer.named.push((name.clone(), caller()));
        TaskSettings { layer: &mut self.layer, target: Target::Task(name) }
    }

    /// Returns the settings of `[default]`: what holds for each task that does
    /// not say otherwise itself, in its annotation or in any layer. It replaces
    /// built-in defaults only, the `5m` of a scheduled `async fn` included.
    pub fn default(&mut self) -> TaskSettings<'_> {
        TaskSettings { layer: &mut self.layer, target: Target::Default }
    }

    /// Sizes a pool: at most so many runs of its tasks at one time, 1 or more.
    #[track_caller]
    pub fn pool(&mut self, name: impl Into<String>, size: u32) {
        self.layer.pools.push(GivenPool { name: name.into(), size, origin: caller() });
    }

    /// Sets the time from the first signal to the end of the process: 5 s by
    /// default, at least 2 s.
    #[track_caller]
    pub fn shutdown_budget(&mut self, budget: Duration) {
        self.layer.budget = Some((budget, caller()));
    }
}

/// The options of one task, or of `[default]`, under way to being set. See [`Configure::task`].
#[derive(Debug)]
pub struct TaskSettings<'a> {
    layer: &'a mut Layer,
    target: Target,
}

macro_rules! setters {
    ($($(#[$doc:meta])* $option:ident)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $option(&mut self, value: impl Into<SettingValue>) -> &mut Self {
            self.set(stringify!($option), value)
        }
    )*};
}

impl TaskSettings<'_> {
    setters! {
        /// Sets a fixed rate in place of the schedule. An empty text and `off` switch the schedule off.
        every
        /// Sets a fixed delay in place of the schedule. An empty text and `off` switch the schedule off.
        delay
        /// Sets a cron expression in place of the schedule. An empty text and `off` switch the schedule off.
        cron
        /// Sets an RFC 3339 instant in place of the schedule. An empty text and `off` switch the schedule off.
        at
        /// Sets the IANA zone in which `cron` is read.
        timezone
        /// Sets the time before the first firing of `every` or `delay`.
        initial_delay
        /// Sets whether the grid of `every` stands on the wall clock.
        align
        /// Sets whether there is one more firing as soon as the program is ready.
        on_start
        /// Sets the longest random delay of a firing, or `off`.
        jitter
        /// Sets the offset of less than this by which the machine's name moves every firing, or `off`.
        spread
        /// Sets what becomes of due instants that passed unserved.
        misfire
        /// Sets whether a task without a schedule starts with the program.
        start
        /// Sets the words to choose it by.
        tags
        /// Sets the limit for one attempt, or `off`.
        timeout
        /// Sets the time after which it is asked to finish, or `off`.
        stop_after
        /// Sets the limit for the whole run, or `off`.
        deadline
        /// Sets how long a body that listens may go on once it is asked to stop.
        grace
        /// Sets the attempts after the first alone; [`set`](Self::set) sets the parts, such as `retry.delay`.
        retry
        /// Sets after which ends it is started again; [`set`](Self::set) sets the parts, such as `restart.max`.
        restart
        /// Sets who is admitted first.
        priority
        /// Sets the named limit that its runs count against, or `off`.
        pool
        /// Sets how many of its runs may go on at once.
        max_running
        /// Sets what happens when another run is wanted while one goes on.
        overlap
        /// Sets whether its failure ends the program.
        essential
        /// Sets the names of the tasks that must first be ready.
        after
        /// Sets what shutdown does to a living run.
        on_shutdown
        /// Sets how long shutdown leaves it alone for the sake of the tasks after it.
        stop_within
    }

    /// Sets whether it takes part at all. If not, lists show the reason.
    #[track_caller]
    pub fn enabled(&mut self, enabled: bool, reason: impl Into<String>) -> &mut Self {
        let reason = reason.into();
        self.set("enabled", enabled);
        if let Some(entry) = self.layer.entries.last_mut().filter(|_| !reason.is_empty()) {
            entry.reason = Some(reason);
        }
        self
    }

    /// Sets an option by its key as an annotation writes it; a part of an
    /// option as `retry.max`.
    #[track_caller]
    pub fn set(&mut self, key: &str, value: impl Into<SettingValue>) -> &mut Self {
        if let SettingValue(Some(given)) = value.into() {
            let (key, part) = match key.split_once('.') {
                Some((key, part)) => (key.to_owned(), Some(part.to_owned())),
                None => (key.to_owned(), None),
            };
            let target = self.target.clone();
            self.layer.entries.push(Entry { target, key, part, given, origin: caller(), reason: None });
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use tasks_options::{Kind, OPTIONS};

    #[test]
    fn every_option_that_can_be_configured_has_a_setter() {
        let source = include_str!("configure.rs");
        for row in OPTIONS.iter().filter(|row| !matches!(row.kind, Kind::Name | Kind::Crate)) {
            let listed = source.contains(&format!("\n        {}\n", row.key));
            let written = source.contains(&format!("pub fn {}(", row.key));
            assert!(listed || written, "`{}` has no setter", row.key);
        }
    }
}
