//! What the books hold: runs, tasks, the program's end.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tasks_core::{Outcome, RunId, Trigger};

use super::{
    super::slots::{Due, Slot, Slots},
    pauses::Pause,
    services::Service,
};
use crate::{
    clock::Mono,
    event::SkipReason,
    plan::{Planned, PlannedSchedule},
};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    /// It asks for admission at this moment.
    Delayed(Mono),
    /// It waits for another run of its task.
    Gate,
    /// It is past the gate; it waits for a place, or for the action that starts it.
    Place,
    Running,
    Retrying {
        queued: bool,
    },
    /// It neither waits nor runs any more; its result is still to come.
    Leaving,
}

impl State {
    /// It takes up room behind the gate of its task.
    pub(super) fn is_inside(self) -> bool {
        matches!(self, Self::Place | Self::Running | Self::Retrying { .. })
    }

    pub(super) fn waits_for_place(self) -> bool {
        matches!(self, Self::Place | Self::Retrying { queued: true })
    }
}

#[derive(Debug)]
pub(super) struct Run {
    pub(super) task: usize,
    pub(super) trigger: Trigger,
    pub(super) scheduled_at: Option<Timestamp>,
    pub(super) state: State,
    /// When it began to wait for its place.
    pub(super) since: Mono,
    pub(super) begun: bool,
    /// Since when an attempt of it is under way.
    pub(super) alive_since: Option<Mono>,
    pub(super) attempts: u32,
    pub(super) stuck: bool,
    /// Its schedule counts it as ended.
    pub(super) served: bool,
    /// The schedule that its task had then, by number.
    pub(super) era: u32,
    /// Shutdown told it what it had to.
    pub(super) told: bool,
    /// Somebody asked it to end.
    pub(super) cancelled: bool,
    /// Its delay is over, and it is not admitted.
    pub(super) refused: bool,
    /// When it was admitted, among the others.
    pub(super) turn: u64,
}

/// What became of the slots of one call.
#[derive(Debug, Default)]
pub(super) struct Fates {
    pub(super) fired: Option<(RunId, Timestamp)>,
    pub(super) refused: Option<Refused>,
    pub(super) misfired: u64,
    pub(super) in_gap: u64,
    pub(super) paused: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    pub(super) count: u64,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

/// What is made up for, one after another.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The run after whose end the next one follows.
    pub(super) after: Option<RunId>,
    pub(super) left: VecDeque<Slot>,
    /// That run ended in this call.
    pub(super) is_due: bool,
}

pub(super) struct Task {
    pub(super) planned: Arc<Planned>,
    /// The one that it has now.
    pub(super) schedule: Option<Arc<PlannedSchedule>>,
    pub(super) slots: Option<Slots>,
    pub(super) met: bool,
    pub(super) opened: bool,
    pub(super) last_slot: Option<Timestamp>,
    /// The wall clock was set, so instants of the other clock have new names.
    pub(super) was_set: bool,
    pub(super) outcomes: [u64; Outcome::ALL.len()],
    pub(super) skips: BTreeMap<SkipReason, u64>,
    pub(super) fates: Fates,
    /// What this call found due.
    pub(super) due: Option<Due>,
    pub(super) line: Line,
    pub(super) service: Service,
    pub(super) paused: Option<Pause>,
    /// What a pause makes of the slots of this call.
    pub(super) skipped_as_paused: u64,
    pub(super) in_gap_of_pause: u64,
    pub(super) gives_up_for_pause: bool,
    pub(super) to_be_resumed: bool,
    /// Which of its schedules this is.
    pub(super) era: u32,
    /// The latest slot of the wall clock that an earlier one of them served.
    pub(super) served_before: Option<Timestamp>,
    pub(super) gives_up_for_change: bool,
    pub(super) to_be_changed: bool,
}

impl Task {
    pub(super) fn new(planned: &Arc<Planned>) -> Self {
        Self {
            planned: Arc::clone(planned),
            schedule: planned.schedule_at_start.clone(),
            slots: planned.schedule_at_start.as_deref().map(Slots::new),
            met: false,
            opened: false,
            last_slot: None,
            was_set: false,
            outcomes: [0; Outcome::ALL.len()],
            skips: BTreeMap::new(),
            fates: Fates::default(),
            due: None,
            line: Line::default(),
            service: Service::default(),
            paused: None,
            skipped_as_paused: 0,
            in_gap_of_pause: 0,
            gives_up_for_pause: false,
            to_be_resumed: false,
            era: 0,
            served_before: None,
            gives_up_for_change: false,
            to_be_changed: false,
        }
    }
}

pub(super) struct Stopping {
    pub(super) t0: Mono,
    pub(super) budget: Duration,
    pub(super) ended: bool,
}

impl Stopping {
    pub(super) fn before_end(&self, rest: u64) -> Mono {
        self.t0.plus(self.budget.saturating_sub(Duration::from_millis(rest)))
    }

    pub(super) fn stop_at(&self, stop_within: Option<Duration>) -> Mono {
        let drain = self.budget.saturating_sub(Duration::from_secs(1));
        self.t0.plus(stop_within.unwrap_or(drain / 2).min(drain))
    }
}
