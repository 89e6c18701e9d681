//! When runs asked to be looked at again: limits, graces, waits between attempts.
//!
//! One list for all of them, rung by the one task that keeps the engine's time,
//! so a run with a limit needs no timer of its own.

use std::{cmp::Reverse, collections::BinaryHeap};

use tasks_core::RunId;

use super::{Action, Core, runs::Runs};
use crate::clock::{Mono, Now};

/// The alarms of all runs. One is meant if its run still has it set.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    heap: BinaryHeap<Reverse<(Mono, RunId)>>,
    /// How many of them are meant no more.
    moot: usize,
}

impl Alarms {
    pub(super) fn next(&self) -> Mono {
        self.heap.peek().map_or(Mono::NEVER, |Reverse((at, _))| *at)
    }

    /// One of them is meant no more. When those are many, they are let go: the
    /// heap stays within twice of what is needed.
    fn one_is_moot(&mut self, runs: &Runs) {
        self.moot += 1;
        if runs.is_empty() {
            self.heap.clear();
            self.moot = 0;
        } else if self.moot > 64 && self.moot > self.heap.len() / 2 {
            self.heap.retain(|Reverse((at, run))| is_meant(runs, *at, *run));
            self.moot = 0;
        }
    }
}

fn is_meant(runs: &Runs, at: Mono, run: RunId) -> bool {
    runs.get(&run).is_some_and(|living| living.alarm == at)
}

impl Core {
    /// A run asks to be looked at at this moment. It has one alarm: an earlier
    /// one is meant no more.
    pub(crate) fn set_alarm(&mut self, run: RunId, at: Mono) {
        let Some(living) = self.runs.get_mut(&run) else { return };
        let earlier = std::mem::replace(&mut living.alarm, at);
        self.alarms.heap.push(Reverse((at, run)));
        self.alarm_is_off(earlier);
    }

    /// A run has an alarm no more that it may have had.
    pub(super) fn alarm_is_off(&mut self, alarm: Mono) {
        // At the end of a program all of them go, one after the other.
        if alarm != Mono::NEVER && (self.ending.is_none() || self.runs.is_empty()) {
            self.alarms.one_is_moot(&self.runs);
        }
    }

    /// Wakes the runs whose moment has come.
    pub(super) fn ring(&mut self, now: Now) {
        // What is meant no more goes here too, before anybody sleeps until then.
        while let Some(Reverse((at, run))) = self.alarms.heap.peek().copied()
            && (at <= now.mono || !is_meant(&self.runs, at, run))
        {
            self.alarms.heap.pop();
            match self.runs.get_mut(&run).filter(|living| living.alarm == at) {
                Some(living) => {
                    living.alarm = Mono::NEVER;
                    self.actions.push(Action::Wake(std::sync::Arc::clone(&living.cell)));
                }
                None => self.alarms.moot = self.alarms.moot.saturating_sub(1),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tasks_core::__private::RunCell;

    use super::{super::tests::no_host_cell, *};
    use crate::{
        engine::{Living, State},
        plan::TaskIndex,
    };

    fn living(cell: Arc<RunCell>, alarm: u64) -> Living {
        let mut living = Living::new(TaskIndex(0), cell, State::Running, Mono(0));
        living.alarm = Mono(alarm);
        living
    }

    #[test]
    fn alarms_of_runs_that_are_over_do_not_pile_up() {
        let (mut alarms, mut runs) = (Alarms::default(), Runs::default());
        runs.insert(living(no_host_cell(1), 5));
        alarms.heap.push(Reverse((Mono(5), RunId::new(1))));
        for number in 2..10_000_u64 {
            let run = RunId::new(number);
            runs.insert(living(no_host_cell(number), 7));
            alarms.heap.push(Reverse((Mono(7), run)));
            runs.remove(&run);
            alarms.one_is_moot(&runs);
            assert!(alarms.heap.len() <= 132, "{}", alarms.heap.len());
            assert_eq!(alarms.next(), Mono(5));
        }
        runs.remove(&RunId::new(1));
        alarms.one_is_moot(&runs);
        assert_eq!(alarms.next(), Mono::NEVER, "nobody is left to wake");
    }
}
