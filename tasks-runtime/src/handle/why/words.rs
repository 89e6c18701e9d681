//! The text of a [`Why`].

use std::{fmt, time::Duration};

use jiff::Timestamp;
use tasks_core::RunId;
use tasks_schedule::format_duration;

use super::{RunWait, Why, WhyRun};
use crate::{
    admission::Wait,
    clock::wall_since,
    engine::decisions::{Decision, DecisionKind, LateReason},
    error::escaped,
    event::SkipReason,
    text::joined,
};

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}  {} ", self.at, self.task.name)?;
        self.headline(f)?;
        self.schedule(f)?;
        self.facts(f)?;
        for run in &self.runs {
            // Ids grow; what follows keeps its distance.
            write!(f, "\n  {:<9} ", format_args!("run {}", run.run.run).to_string())?;
            self.run(run, f)?;
        }
        if self.more_runs > 0 {
            write!(f, "\n  {:<10}{} more run{}", "", self.more_runs, plural(self.more_runs as u64))?;
        }
        self.results(f)?;
        if self.decisions.is_empty() {
            return f.write_str("\n\nnothing was decided about it yet");
        }
        f.write_str("\n")?;
        self.decisions.iter().try_for_each(|decision| write!(f, "\n{decision}"))
    }
}

impl Why {
    /// The answer in one line: what keeps it from running, or that it runs.
    fn headline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = &self.task;
        let (stuck, running) = (self.runs.iter().any(|run| run.run.stuck), self.is_running());
        if stuck {
            return f.write_str("is stuck: a thread of it has not come back");
        }
        if self.stopping {
            return f.write_str("is not started any more: the program is shutting down");
        }
        if let Some(reason) = &task.disabled {
            return write!(f, "is disabled: {}", escaped(reason));
        }
        if running {
            return f.write_str("runs now");
        }
        if let Some(run) = self.runs.first() {
            return match run.wait {
                Some(RunWait::Attempt { .. }) => f.write_str("waits for its next attempt"),
                Some(RunWait::Delay { .. }) => f.write_str("waits for the moment of a delayed run"),
                Some(RunWait::Worker) => f.write_str("is about to run"),
                _ => f.write_str("waits to be let in"),
            };
        }
        if let Some(dependency) = &self.blocked_by {
            return write!(f, "is blocked: {dependency} did not become ready");
        }
        if !self.waits_for.is_empty() {
            return write!(f, "waits for {}", joined(&self.waits_for, ", "));
        }
        if let Some(next) = task.service.as_ref().and_then(|service| service.next_restart) {
            return write!(f, "is restarted in {}", self.until(next));
        }
        match (&task.paused, task.next) {
            (Some(_), _) => f.write_str("is paused: its firings are skipped"),
            (None, Some(next)) => write!(f, "runs next in {}", self.until(next)),
            (None, None) if task.schedule.is_some() => f.write_str("has no further instant"),
            (None, None) if self.starts_by_itself => f.write_str("is over"),
            (None, None) => f.write_str("runs when somebody asks for it"),
        }
    }

    fn is_running(&self) -> bool {
        self.runs.iter().any(|run| run.wait.is_none())
    }

    fn schedule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = &self.task;
        if let Some(schedule) = &task.schedule {
            write!(f, "\n  schedule  {schedule}")?;
            if let Some(next) = task.next.filter(|_| task.paused.is_none()) {
                write!(f, ", next at {next:.3}, in {}", self.until(next))?;
            }
        }
        if let Some(pause) = &task.paused {
            write!(f, "\n  paused    since {:.3}, ", pause.since)?;
            match pause.until {
                Some(until) => write!(f, "until {until:.3}")?,
                None => f.write_str("until somebody resumes it")?,
            }
            if !pause.note.is_empty() {
                write!(f, ": {}", escaped(&pause.note))?;
            }
        }
        Ok(())
    }

    fn facts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n  overlap   {}", self.overlap)?;
        if let Some(pool) = &self.pool {
            let (name, used, size, waiting) = (&pool.name, pool.used, pool.size, pool.waiting);
            write!(f, "\n  pool      {name}: {used} of {size} places taken, {waiting} waiting")?;
        }
        if let Some(service) = &self.task.service {
            let restarts = service.restarts;
            write!(f, "\n  service   {restarts} restart{}", plural(u64::from(restarts)))?;
            f.write_str(" since it was last stable")?;
            if service.degraded {
                f.write_str(", degraded")?;
            }
            if let Some(next) = service.next_restart {
                write!(f, ", next start at {next:.3}")?;
            }
        }
        Ok(())
    }

    fn run(&self, run: &WhyRun, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempt = |attempt: u32| match run.of {
            Some(1) => String::new(),
            Some(of) => format!(" attempt {attempt} of {of}"),
            None => format!(" attempt {attempt}"),
        };
        match &run.wait {
            None => {
                let age = about(run.run.age);
                match run.run.started_at {
                    Some(since) => write!(f, "runs since {since:.3}, for {age}")?,
                    None => f.write_str("runs")?,
                }
                let attempt = attempt(run.attempt);
                write!(f, "{}{attempt}", if attempt.is_empty() { "" } else { "," })?;
                if let Some(progress) = &run.run.progress {
                    let (percent, message) = (progress.fraction * 100.0, escaped(&progress.message));
                    write!(f, "; {percent:.0} % done: {message}")?;
                }
                if run.run.stuck {
                    f.write_str("; stuck: its thread has not come back")?;
                }
                Ok(())
            }
            Some(RunWait::Admission { wait, ahead }) => {
                write!(f, "waits for {}: {}", about(run.run.age), wait_words(*wait))?;
                match ahead {
                    0 => f.write_str("; it is the next"),
                    ahead => write!(f, "; {ahead} come{} before it", if *ahead == 1 { "s" } else { "" }),
                }
            }
            Some(RunWait::Delay { at }) => write!(f, "is delayed until {at:.3}, {} more", self.until(*at)),
            Some(RunWait::Attempt { attempt: next, at }) => {
                write!(f, "waits for{} until {at:.3}, {} more", attempt(*next), self.until(*at))?;
                match &run.last_error {
                    Some(error) => write!(f, "; the last one: {error}"),
                    None => Ok(()),
                }
            }
            Some(RunWait::Worker) => match run.run.age {
                age if age < Duration::from_millis(10) => f.write_str("was let in just now"),
                age => write!(f, "was let in {} ago, and no worker has come to it", about(age)),
            },
        }
    }

    fn results(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(last) = &self.task.last_result else { return Ok(()) };
        write!(f, "\n  last      run {} {} at {:.3}", last.run, last.outcome, last.ended_at)?;
        if last.started_at.is_some() {
            write!(f, ", after {}", about(last.duration))?;
        }
        if let Some(error) = &last.error {
            write!(f, ": {error}")?;
        }
        match self.task.last_success {
            Some(at) if at == last.ended_at => Ok(()),
            Some(at) => write!(f, "\n  success   last at {at:.3}, {} ago", about(wall_since(self.at, at))),
            None => f.write_str("\n  success   never"),
        }
    }

    fn until(&self, at: Timestamp) -> impl fmt::Display {
        about(wall_since(at, self.at))
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}  ", self.at)?;
        match &self.kind {
            DecisionKind::Started { run, trigger, scheduled_at, late } => {
                write!(f, "run {run} started ({trigger})")?;
                let Some(late) = late else { return Ok(()) };
                let by = about(late.by);
                match (late.why, scheduled_at) {
                    (LateReason::Waited, None) => write!(f, ", after waiting for {by}"),
                    (LateReason::Waited, Some(_)) => write!(f, ", {by} late: it had to wait"),
                    (LateReason::Jitter, _) => write!(f, ", {by} late: its jitter"),
                    (LateReason::Unserved, _) => {
                        write!(f, ", {by} late: the program could not serve it before")
                    }
                }
            }
            DecisionKind::Waits { run, trigger, wait, others, .. } => {
                write!(f, "run {run} waits ({trigger}): {}", wait_words(*wait))?;
                match others {
                    0 => Ok(()),
                    others => write!(f, "; {others} waited already"),
                }
            }
            DecisionKind::Delayed { run, delay } => {
                write!(f, "run {run} waits {}, as it was spawned", about(*delay))
            }
            DecisionKind::Withdrawn { run, outcome } => write!(f, "run {run} never started: {outcome}"),
            DecisionKind::Skipped { reason, count: 1, first, behind, .. } => {
                write!(f, "skipped the firing of {first:.3}: {}", Because(*reason, *behind))
            }
            DecisionKind::Skipped { reason, count, first, last, behind } => {
                let because = Because(*reason, *behind);
                write!(f, "skipped {count} firings, {first:.3} to {last:.3}: {because}")
            }
            DecisionKind::Refused { trigger, reason, behind } => {
                write!(f, "refused a run ({trigger}): {}", Because(*reason, *behind))
            }
            DecisionKind::Retries { run, attempt, of, delay } => {
                write!(f, "run {run} waits {} for attempt {attempt}", about(*delay))?;
                of.map_or(Ok(()), |of| write!(f, " of {of}"))
            }
            DecisionKind::Restarts { delay, degraded } => {
                write!(f, "restarted in {}", about(*delay))?;
                f.write_str(if *degraded { ", degraded" } else { "" })
            }
            DecisionKind::Blocked { dependency } => {
                write!(f, "blocked: {dependency} did not become ready")
            }
            DecisionKind::Paused { note, until } => {
                f.write_str("paused")?;
                until.map_or(Ok(()), |until| write!(f, " until {until:.3}"))?;
                if note.is_empty() { Ok(()) } else { write!(f, ": {}", escaped(note)) }
            }
            DecisionKind::Resumed { asked: true } => f.write_str("resumed"),
            DecisionKind::Resumed { asked: false } => f.write_str("resumed: its pause was over"),
            DecisionKind::Rescheduled { schedule } => write!(f, "rescheduled: {schedule}"),
        }
    }
}

fn wait_words(wait: Wait) -> &'static str {
    match wait {
        Wait::Overlap => "an earlier run goes on",
        Wait::Replace => "the run that it replaces has to end",
        Wait::MaxRunning => "as many run as may",
        Wait::Pool => "its pool is full",
    }
}

/// The reason of a skip, with the run that was in its way.
struct Because(SkipReason, Option<RunId>);

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(run) => write!(f, "{}, run {run} goes on", self.0),
            // The word says it all.
            None if self.0 == SkipReason::Paused => f.write_str(self.0.as_str()),
            None => write!(f, "{}, {}", self.0, self.0.words()),
        }
    }
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// What a reader wants of a duration: milliseconds of what is short, seconds
/// of what is not.
fn about(duration: Duration) -> impl fmt::Display {
    let millis = if duration < Duration::from_secs(60) { duration.subsec_millis() } else { 0 };
    format_duration(Duration::new(duration.as_secs(), millis * 1_000_000))
}
