//! Each event of the engine as an event of `tracing`.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tasks_core::Outcome;
use tracing::field::{DisplayValue, display};

use super::{
    text::{clean_text, clean_to},
    throttle::Throttle,
};
use crate::{
    error::plural,
    event::{Event, EventKind, RunRef, SkipReason, StopCause},
    list::IntoList as _,
    observe::Observer,
    report::Cut,
    result::RunResult,
};

/// A list of runs is cut at this many bytes.
const MAX_LIST: usize = 16 * 1024;

/// Emits events through `tracing`, and holds back skips that repeat.
#[derive(Debug, Default)]
pub(crate) struct Emitter {
    skips: Mutex<Throttle>,
}

/// One event with target `tasks`. It has no parent: it carries all that it
/// speaks of, and may be emitted while some other run is polled.
macro_rules! emit {
    ($level:ident, $event:literal, { $($fields:tt)* }, $($message:tt)+) => {
        tracing::event!(
            target: "tasks",
            parent: None,
            tracing::Level::$level,
            { event = $event, $($fields)* },
            $($message)+
        )
    };
}

/// As [`emit`], with the fields of a run before those of the event.
macro_rules! emit_run {
    ($level:ident, $event:literal, $run:expr, { $($fields:tt)* }, $($message:tt)+) => {
        emit!(
            $level,
            $event,
            {
                task = &*$run.task,
                run = $run.run.get(),
                trigger = $run.trigger.as_str(),
                scheduled_at = rfc3339($run.scheduled_at),
                $($fields)*
            },
            $($message)+
        )
    };
}

impl Observer for Emitter {
    /// Emits an event. Skips may be held back and come with a later call: see
    /// [`Throttle`].
    fn observe(&self, event: &Event) {
        let kind = &event.kind;
        match kind {
            EventKind::FiringSkipped { task, reason, count, first, last } => {
                let now = Duration::from_nanos(event.mono.0);
                let told = self.skips().skipped(task, *reason, (*count, *first, *last), now);
                if let Some(told) = told {
                    emit_now(&told);
                }
            }
            EventKind::RunStarted { run } => {
                let ended = self.take_ended(|skips| skips.ended(&run.task));
                ended.iter().chain([kind]).for_each(emit_now);
            }
            EventKind::Resumed { task, .. } => {
                let ended =
                    self.take_ended(|skips| skips.ended_as(task, SkipReason::Paused).into_iter().into_list());
                ended.iter().chain([kind]).for_each(emit_now);
            }
            EventKind::ShutdownEnded { .. } => {
                let ended = self.take_ended(Throttle::all_ended);
                ended.iter().chain([kind]).for_each(emit_now);
            }
            _ => emit_now(kind),
        }
    }
}

impl Emitter {
    /// A task has left the program, so nothing of it comes that would tell
    /// what was held back, or let go of it.
    pub(crate) fn task_left(&self, task: &str) {
        self.take_ended(|skips| skips.ended(task)).iter().for_each(emit_now);
    }

    fn skips(&self) -> MutexGuard<'_, Throttle> {
        self.skips.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_ended(&self, take: impl FnOnce(&mut Throttle) -> Vec<EventKind>) -> Vec<EventKind> {
        let mut skips = self.skips();
        if skips.is_empty() { Vec::new() } else { take(&mut skips) }
    }
}

fn emit_now(event: &EventKind) {
    match event {
        EventKind::Ready { crates, notes } => {
            let tasks: usize = crates.iter().map(|(_, tasks)| tasks).sum();
            let crates = list(crates, ", ", |(name, tasks), f| write!(f, "{name} {tasks}"));
            let notes = (!notes.is_empty()).then(|| list(notes, "; ", |note, f| f.write_str(note)));
            emit!(INFO, "ready", { tasks, crates, notes }, "ready: {tasks} task{}", plural(tasks));
        }
        EventKind::Idle => emit!(INFO, "idle", {}, "idle: nothing runs and nothing is scheduled"),
        EventKind::RunStarted { run } => {
            emit_run!(INFO, "run_started", run, { attempt = 1 }, "{} started", run.task);
        }
        EventKind::AttemptFailed { run, attempt, error, backtrace } => {
            let (error, backtrace) = (error.as_str(), backtrace.as_deref());
            emit_run!(
                WARN,
                "attempt_failed",
                run,
                { attempt, error, backtrace },
                "{} failed attempt {attempt}",
                run.task
            );
        }
        EventKind::RetryScheduled { run, attempt, delay } => emit_run!(
            WARN,
            "retry_scheduled",
            run,
            { attempt, delay_ms = millis(*delay) },
            "{} is tried again in {:?}",
            run.task,
            short(*delay)
        ),
        EventKind::RunEnded { result, backtrace } => run_ended(result, backtrace.as_deref()),
        EventKind::FiringSkipped { task, reason, count, first, last } => {
            firing_skipped(task, *reason, *count, *first, *last);
        }
        EventKind::Stuck { run, age, in_poll } => emit_run!(
            ERROR,
            "stuck",
            run,
            { age_ms = millis(*age), in_poll_ms = millis(*in_poll) },
            "{} is stuck: its thread has not come back for {:?}",
            run.task,
            short(*in_poll)
        ),
        EventKind::Blocked { task, dependency } => emit!(
            WARN,
            "blocked",
            { task = &**task, dependency = &**dependency },
            "{task} is blocked: {dependency} did not become ready"
        ),
        EventKind::ServiceRestarting { task, delay, restarts } => emit!(
            WARN,
            "service_restarting",
            { task = &**task, delay_ms = millis(*delay), restarts },
            "{task} is started again in {:?}",
            short(*delay)
        ),
        EventKind::ServiceDegraded { task, restarts, max, within } => emit!(
            WARN,
            "service_degraded",
            { task = &**task, restarts, max, within_ms = millis(*within) },
            "{task} is degraded: more than {max} restarts within {:?}",
            short(*within)
        ),
        EventKind::ServiceRecovered { task } => {
            emit!(WARN, "service_recovered", { task = &**task }, "{task} is stable again");
        }
        EventKind::ClockStepped { task, back } => emit!(
            WARN,
            "clock_stepped",
            { task = &**task, back_ms = millis(*back) },
            "the clock was set back by {:?}: {task} waits for its next new instant",
            short(*back)
        ),
        EventKind::Paused { task, note, until } => {
            let words = until.map(|until| format!(" until {until}")).unwrap_or_default();
            let note = (!note.is_empty()).then(|| clean_text(note));
            emit!(
                INFO,
                "paused",
                { task = &**task, note, until = rfc3339(*until) },
                "{task} is paused{words}"
            );
        }
        EventKind::Resumed { task, asked } => emit!(
            INFO,
            "resumed",
            { task = &**task, cause = if *asked { "asked" } else { "time" } },
            "{task} is resumed, {}",
            if *asked { "as somebody asked for it" } else { "as its pause is over" }
        ),
        EventKind::Rescheduled { task, schedule } => {
            let schedule = clean_text(schedule);
            emit!(
                INFO,
                "rescheduled",
                { task = &**task, schedule },
                "{task} has another schedule: {schedule}"
            );
        }
        EventKind::PastSchedule { task } => {
            emit!(INFO, "past_schedule", { task = &**task }, "{task} is not run again: its schedule is over");
        }
        EventKind::ShutdownStarted { cause, budget, running } => shutdown_started(cause, *budget, running),
        EventKind::ShutdownEnded { clean, cut, took } => shutdown_ended(*clean, cut, *took),
        EventKind::StartFailed { problem } => {
            let some = |text: &str| (!text.is_empty()).then(|| clean_text(text));
            emit!(
                ERROR,
                "start_failed",
                {
                    place = some(&problem.place),
                    problem = clean_text(&problem.problem),
                    remedy = some(&problem.remedy),
                },
                "the program does not start"
            );
        }
    }
}

fn run_ended(result: &RunResult, backtrace: Option<&str>) {
    macro_rules! ended {
        ($level:ident) => {
            emit_run!(
                $level,
                "run_ended",
                result,
                {
                    outcome = result.outcome.as_str(),
                    late = result.late,
                    early = result.early,
                    attempts = result.attempts,
                    duration_ms = millis(result.duration),
                    error = result.error.as_deref(),
                    backtrace,
                },
                "{} {}",
                result.task,
                HowItEnded(result)
            )
        };
    }
    match result.outcome {
        Outcome::Failed | Outcome::TimedOut | Outcome::Panicked | Outcome::Abandoned => ended!(ERROR),
        Outcome::Interrupted => ended!(WARN),
        Outcome::Succeeded if result.early => ended!(WARN),
        _ => ended!(INFO),
    }
}

struct HowItEnded<'a>(&'a RunResult);

impl fmt::Display for HowItEnded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.outcome {
            Outcome::Succeeded => "succeeded",
            Outcome::Failed => "failed",
            Outcome::TimedOut => "timed out",
            Outcome::Panicked => "panicked",
            Outcome::Cancelled => "was cancelled",
            Outcome::Interrupted => "was interrupted",
            Outcome::Abandoned => "was abandoned",
            other => other.as_str(),
        })?;
        match self.0.started_at {
            Some(_) => {
                f.write_str(" after ")?;
                fmt::Debug::fmt(&short(self.0.duration), f)?;
            }
            None => f.write_str(" before it started")?,
        }
        // What is meant to run until shutdown has no business to be done.
        if self.0.early { f.write_str(", early, and is not started again") } else { Ok(()) }
    }
}

fn firing_skipped(task: &str, reason: SkipReason, count: u64, first: Timestamp, last: Timestamp) {
    macro_rules! skipped {
        ($level:ident) => {
            emit!(
                $level,
                "firing_skipped",
                { task, reason = reason.as_str(), count, first = display(first), last = display(last) },
                "{task} was not run, {}: {}",
                Times(count),
                reason.words()
            )
        };
    }
    match reason {
        SkipReason::Paused | SkipReason::Shutdown => skipped!(INFO),
        SkipReason::Overlap | SkipReason::Misfire | SkipReason::DstGap | SkipReason::Capacity => {
            skipped!(WARN);
        }
    }
}

struct Times(u64);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("once"),
            count => write!(f, "{count} times"),
        }
    }
}

fn shutdown_started(cause: &StopCause, budget: Duration, running: &[RunRef]) {
    let (signal, cause, task, why) = match cause {
        StopCause::Signal(number) => {
            let signal = signal_name(*number);
            let why = format!("{signal} arrived");
            (Some(signal), None, None, why)
        }
        StopCause::Asked => (None, Some("asked"), None, "the program asked for it".to_owned()),
        StopCause::Idle => (None, Some("idle"), None, "nothing is left to do".to_owned()),
        StopCause::RuntimeDropped => {
            (None, Some("runtime_dropped"), None, "nothing is left to do".to_owned())
        }
        StopCause::Essential(task) => (
            None,
            Some("essential"),
            Some(&**task),
            format!("it cannot go on without {task}, which is essential"),
        ),
    };
    let count = running.len();
    let runs = (count > 0).then(|| list(running, ", ", |run, f| write!(f, "{} {}", run.task, run.run)));
    emit!(
        INFO,
        "shutdown_started",
        { signal, cause, task, budget_ms = millis(budget), running = count, runs },
        "shutting down within {:?}, because {why}; {count} run{} still running",
        short(budget),
        plural(count)
    );
}

fn signal_name(number: i32) -> String {
    #[cfg(unix)]
    let name = signal_hook::low_level::signal_name(number);
    #[cfg(not(unix))]
    let name = None;
    name.map_or_else(|| format!("signal {number}"), str::to_owned)
}

fn shutdown_ended(clean: bool, cuts: &[Cut], took: Duration) {
    let count = cuts.len();
    let cut = (count > 0).then(|| {
        list(cuts, "; ", |cut, f| {
            write!(f, "{} {} {}, age {:?}", cut.task, cut.run, cut.outcome.as_str(), short(cut.age))?;
            match cut.in_poll {
                Some(in_poll) => write!(f, ", in poll {:?}", short(in_poll)),
                None => Ok(()),
            }
        })
    });
    emit!(
        INFO,
        "shutdown_ended",
        { clean, duration_ms = millis(took), cut_runs = count, cut },
        "shutdown ended after {:?}, {count} run{} cut",
        short(took),
        plural(count)
    );
}

fn rfc3339(at: Option<Timestamp>) -> Option<DisplayValue<Timestamp>> {
    at.map(display)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What a reader wants of a duration: no more than three digits behind the point.
fn short(duration: Duration) -> Short {
    Short(duration)
}

/// Shown as a `Duration` shows itself once it is cut, but in one piece: there is one in
/// every `run_ended`.
struct Short(Duration);

impl fmt::Debug for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0.as_secs(), self.0.subsec_micros());
        let (whole, mut millis, unit) = match (seconds, micros / 1000) {
            (0, 0) if micros == 0 => (0, 0, "ns"),
            (0, 0) => (micros.into(), 0, "µs"),
            (0, millis) => (millis.into(), 0, "ms"),
            (seconds, millis) => (seconds, millis, "s"),
        };
        // From the end to the start. Twenty digits, a point, three digits and a unit have room.
        let (mut text, mut at) = ([0; 32], 32);
        let mut put = |byte: u8| {
            at -= 1;
            text[at] = byte;
        };
        unit.bytes().rev().for_each(&mut put);
        if millis > 0 {
            let mut digits = 3;
            while millis.is_multiple_of(10) {
                (millis, digits) = (millis / 10, digits - 1);
            }
            for _ in 0..digits {
                put(b'0' + (millis % 10) as u8);
                millis /= 10;
            }
            put(b'.');
        }
        let mut rest = whole;
        loop {
            put(b'0' + (rest % 10) as u8);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        f.write_str(std::str::from_utf8(&text[at..]).unwrap_or_default())
    }
}

fn list<T>(items: &[T], separator: &str, write: impl Fn(&T, &mut dyn fmt::Write) -> fmt::Result) -> String {
    let mut text = String::new();
    for item in items {
        if !text.is_empty() {
            text.push_str(separator);
        }
        // Writing to a string does not fail.
        let _ = write(item, &mut text);
        if text.len() > MAX_LIST {
            break;
        }
    }
    clean_to(&text, MAX_LIST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_cut_and_shown_as_any_other() {
        let nanos = [0, 1, 999, 1000, 1999, 999_999, 1_000_000, 20_000_000, 300_999_999, 999_999_999];
        for seconds in [0, 1, 59, 86_400, u64::MAX] {
            for nanos in nanos.into_iter().chain((1..1000).map(|millis| millis * 1_000_000 + 7)) {
                let duration = Duration::new(seconds, nanos);
                let unit = if duration < Duration::from_millis(1) { 1_000 } else { 1_000_000 };
                let cut = Duration::new(seconds, nanos / unit * unit);
                assert_eq!(format!("{:?}", short(duration)), format!("{cut:?}"));
            }
        }
    }
}
