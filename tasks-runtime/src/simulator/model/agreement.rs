//! I8, I9: what the engine says of itself, against the books.

use tasks_core::Outcome;

use super::{Model, books::State};
use crate::{
    clock::{Mono, Now},
    engine::Core,
    event::SkipReason,
};

impl Model {
    /// I9: the engine's own counts.
    pub(in super::super) fn counts_agree(&self, core: &Core, now: Now) {
        let mut counts = vec![(0, 0); self.tasks.len()];
        for run in self.runs.values().filter(|run| !matches!(run.state, State::Delayed(_))) {
            let (running, waiting) = &mut counts[run.task];
            *(if matches!(run.state, State::Gate | State::Place) { waiting } else { running }) += 1;
        }
        for ((info, task), counts) in core.task_infos(now).iter().zip(&self.tasks).zip(counts) {
            assert_eq!((info.running, info.waiting), counts, "I9: counts of {}", info.name);
            for outcome in Outcome::ALL {
                assert_eq!(
                    info.counts.runs(outcome),
                    task.outcomes[outcome as usize],
                    "I9: {outcome:?} of {}",
                    info.name
                );
            }
            for reason in SkipReason::ALL {
                let skips = task.skips.get(&reason).copied().unwrap_or_default();
                assert_eq!(info.counts.skips(reason), skips, "I9: {reason:?} of {}", info.name);
            }
        }
        assert!(
            core.run_infos(now).iter().map(|info| info.run).eq(self.runs.keys().copied()),
            "I9: living runs"
        );
    }

    /// I8: the engine wants to look again in time, and not at once.
    pub(in super::super) fn wake_is_right(&self, wake: Mono, ticked: bool, now: Now) {
        assert!(!ticked || wake > now.mono, "I8: it spins");
        if self.stopping.is_some() {
            assert!(wake <= self.next_stop(now), "I8: a dependency is told to stop too late");
            return;
        }
        let restart = self.next_restart();
        assert!(wake <= restart, "I8: a restart is due at {restart:?}, the next look is at {wake:?}");
        let others = self.next_delayed().min(self.pause_wake(now));
        assert!(wake <= others, "I8: a delay or a pause ends at {others:?}, and it looks at {wake:?}");
        for task in self.tasks.iter().filter(|task| task.opened) {
            if let Some(slots) = &task.slots {
                let latest = slots.latest_wake(now, self.virtual_time);
                assert!(
                    wake <= latest,
                    "I8: {} is due at {latest:?}, the next look is at {wake:?}",
                    task.planned.name
                );
            }
        }
    }
}
