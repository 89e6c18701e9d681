//! Who may be, who waits, who starts: overlap, the gate of a task, pools.

use std::{collections::BTreeSet, sync::Arc};

use tasks_core::{__private::RunFacts, RunId, Trigger, policy::Overlap};

use super::{
    Call, Model,
    books::{Run, State},
};
use crate::{
    admission::{MAX_STUCK, MAX_WAITING, Refusal},
    clock::Now,
    plan::{Planned, TaskIndex},
};

/// Runs of a task that may be under way together.
pub(super) fn together(task: &Planned) -> usize {
    let by_overlap = match task.overlap {
        Overlap::Skip | Overlap::Replace | Overlap::Queue(_) => 1,
        Overlap::AllowUpTo(most) => most as usize,
        Overlap::Allow => usize::MAX,
    };
    task.max_running.map_or(by_overlap, |most| by_overlap.min(most as usize))
}

impl Model {
    fn at_gate(&self, task: usize) -> usize {
        self.count(task, |run| run.state == State::Gate)
    }

    fn inside(&self, task: usize) -> usize {
        self.count(task, |run| run.state.is_inside())
    }

    /// Runs that another one of this task meets.
    pub(super) fn others(&self, task: usize) -> usize {
        self.count(task, |run| run.state != State::Leaving)
    }

    /// Whether `overlap` refuses one more run.
    pub(super) fn overlaps(&self, task: usize) -> bool {
        let others = self.others(task);
        match self.tasks[task].planned.overlap {
            Overlap::Skip => others > 0,
            Overlap::Queue(most) => others > 0 && self.at_gate(task) >= most as usize,
            Overlap::AllowUpTo(most) => others >= most as usize,
            Overlap::Allow | Overlap::Replace => false,
        }
    }

    pub(super) fn is_full(&self, task: usize) -> bool {
        let waiting = self.count(task, |run| matches!(run.state, State::Gate | State::Place));
        self.count(task, |run| run.stuck) >= MAX_STUCK as usize || waiting >= MAX_WAITING as usize
    }

    /// What a manual start must answer.
    pub(in super::super) fn answers(&self, task: TaskIndex, refusal: Option<Refusal>) {
        let index = task.0 as usize;
        let planned = &self.tasks[index].planned;
        let expected = if self.stopping.is_some() {
            Some(Refusal::Shutdown)
        } else if !planned.is_enabled() {
            Some(Refusal::Disabled)
        } else if self.overlaps(index) {
            Some(Refusal::Overlap)
        } else if self.is_full(index) {
            Some(Refusal::Capacity)
        } else {
            None
        };
        assert_eq!(refusal, expected, "the answer to a start of {}", planned.name);
    }

    /// Books new runs.
    pub(super) fn create(&mut self, call: &Call, created: Vec<RunFacts>, now: Now) {
        for facts in created {
            let task = self.index(&facts.task);
            let planned = Arc::clone(&self.tasks[task].planned);
            let name = &planned.name;
            assert!(self.stopping.is_none(), "I5: a run is wanted after the stop");
            assert!(planned.is_enabled(), "a run of a disabled task");
            if facts.trigger != Trigger::Manual {
                assert!(self.tasks[task].opened, "I12: {name} before what it is after");
            }
            assert!(!self.overlaps(task), "I4, I10: {} others when {name} is wanted", self.others(task));
            assert!(!self.is_full(task), "a run of {name} past its capacity");
            match facts.trigger {
                Trigger::Schedule => self.fired(task, facts.id, facts.scheduled_at.unwrap(), now),
                Trigger::Manual => assert!(matches!(call, Call::Want)),
                _ => {}
            }
            self.may_be_the_service(call, task, facts.id, facts.trigger, now);
            let free = self.inside(task) < together(&planned) && self.at_gate(task) == 0;
            if planned.overlap == Overlap::Replace {
                self.replace(task, now);
            }
            let run = Run {
                task,
                trigger: facts.trigger,
                scheduled_at: facts.scheduled_at,
                state: if free { State::Place } else { State::Gate },
                since: now.mono,
                begun: false,
                alive_since: None,
                attempts: 0,
                stuck: false,
                served: false,
                told: false,
                cancelled: false,
            };
            self.runs.insert(facts.id, run);
        }
    }

    /// Another run is wanted: the older ones have to go.
    fn replace(&mut self, task: usize, now: Now) {
        let older: Vec<_> = self.runs.iter().filter(|(_, run)| run.task == task).map(|(id, _)| *id).collect();
        for id in older {
            let run = self.runs.get_mut(&id).unwrap();
            match run.state {
                State::Leaving => {}
                State::Running => {
                    run.cancelled = true;
                    self.to_cancel.insert(id);
                }
                State::Gate | State::Place | State::Retrying { .. } => self.free(id, now),
            }
        }
    }

    /// A run starts that was admitted.
    pub(super) fn starts(&mut self, id: RunId, now: Now) {
        assert!(self.stopping.is_none(), "I5: a start after the stop");
        let run = self.runs.get(&id).expect("I9: a start of a run that is over");
        match run.state {
            State::Place => {}
            State::Gate => self.passes_gate(id, now),
            state => panic!("I9: a second start, of a run that is {state:?}"),
        }
        self.takes_place(id, now);
    }

    fn passes_gate(&mut self, id: RunId, now: Now) {
        let task = self.runs[&id].task;
        let planned = &self.tasks[task].planned;
        assert_eq!(self.first_at_gate(task), Some(id), "I4: not the turn of this run of {}", planned.name);
        assert!(self.inside(task) < together(planned), "I4: too many runs of {}", planned.name);
        let run = self.runs.get_mut(&id).unwrap();
        (run.state, run.since) = (State::Place, now.mono);
    }

    /// Lets past the gates whom the engine has to let past, and who then
    /// waits for a place.
    pub(super) fn open_gates(&mut self, now: Now) {
        if self.stopping.is_some() {
            return;
        }
        let waits = self.runs.values().filter(|run| run.state == State::Gate).map(|run| run.task);
        for task in waits.collect::<BTreeSet<_>>() {
            while self.inside(task) < together(&self.tasks[task].planned)
                && let Some(first) = self.first_at_gate(task)
            {
                self.passes_gate(first, now);
            }
        }
    }

    fn first_at_gate(&self, task: usize) -> Option<RunId> {
        let first = self.runs.iter().find(|(_, run)| run.task == task && run.state == State::Gate);
        first.map(|(id, _)| *id)
    }

    /// A run is given its place, from the queue or at once.
    pub(super) fn takes_place(&mut self, id: RunId, now: Now) {
        let run = &self.runs[&id];
        if let Some(pool) = self.pool(run.task) {
            let stands = |run: &Run| {
                let level = self.tasks[run.task].planned.priority as u64;
                (level.saturating_sub(now.mono.since(run.since).as_secs() / 5), run.since)
            };
            let mine = stands(run);
            for (other, waiting) in &self.runs {
                if waiting.state.waits_for_place() && *other != id && self.pool(waiting.task) == Some(pool) {
                    assert!(mine <= stands(waiting), "I11: {run:?} passes {waiting:?} at {:?}", now.mono);
                }
            }
            self.used[pool] += 1;
            assert!(self.used[pool] <= self.plan.pools[pool].size, "I4: a pool has more runs than places");
        }
        let run = self.runs.get_mut(&id).unwrap();
        run.state = State::Running;
        run.alive_since = run.begun.then_some(now.mono);
    }

    /// A run stops holding what it holds.
    pub(super) fn free(&mut self, run: RunId, now: Now) {
        let Some(living) = self.runs.get_mut(&run) else { return };
        let (task, state) = (living.task, std::mem::replace(&mut living.state, State::Leaving));
        if let (State::Running, Some(pool)) = (state, self.pool(task)) {
            self.used[pool] -= 1;
        }
        self.serve(run, now);
    }

    /// I4: each waits for something that is not there.
    pub(super) fn who_waits_has_to(&self) {
        for (id, run) in &self.runs {
            let name = &self.tasks[run.task].planned.name;
            match (run.state, self.pool(run.task)) {
                (State::Leaving, _) => panic!("I9: {id:?} of {name} is over and has no result"),
                (state, None) if state.waits_for_place() => panic!("I4: {id:?} of {name} waits for no pool"),
                (state, Some(pool)) if state.waits_for_place() => assert_eq!(
                    self.used[pool], self.plan.pools[pool].size,
                    "I4: {id:?} of {name} waits before a free place"
                ),
                _ => {}
            }
        }
        assert!(self.to_cancel.is_empty(), "I13: replaced and not told: {:?}", self.to_cancel);
    }
}
