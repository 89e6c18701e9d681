//! Who may be, who waits, who starts: overlap, the gate of a task, pools.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use tasks_core::{__private::RunFacts, RunId, Trigger, policy::Overlap};

use super::{
    Call, Model,
    books::{Run, State},
};
use crate::{
    admission::{MAX_STUCK, MAX_WAITING, Refusal},
    clock::{Mono, Now},
    engine::Action,
    event::EventKind,
    plan::{Planned, TaskIndex},
    run::Command,
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
        self.count(task, |run| !matches!(run.state, State::Leaving | State::Delayed(_)))
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
        let waits = |state| matches!(state, State::Gate | State::Place | State::Delayed(_));
        let waiting = self.count(task, |run| waits(run.state));
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

    /// What a start after a delay must answer.
    pub(in super::super) fn answers_later(&self, task: TaskIndex, refusal: Option<Refusal>) {
        let index = task.0 as usize;
        let expected = if self.stopping.is_some() {
            Some(Refusal::Shutdown)
        } else if !self.tasks[index].planned.is_enabled() {
            Some(Refusal::Disabled)
        } else if self.is_full(index) {
            Some(Refusal::Capacity)
        } else {
            None
        };
        assert_eq!(refusal, expected, "the answer to a later start");
    }

    /// I16: the delayed runs whose moment has come, the most urgent first.
    pub(super) fn delays_that_end(&self, now: Now) -> VecDeque<RunId> {
        let due = |(id, run): (&RunId, &Run)| match run.state {
            State::Delayed(until) if until <= now.mono => {
                Some((self.tasks[run.task].planned.priority, run.task, until, *id))
            }
            _ => None,
        };
        let mut all: Vec<_> = self.runs.iter().filter_map(due).collect();
        all.sort_unstable();
        all.into_iter().map(|(.., id)| id).collect()
    }

    /// Lets delayed runs ask for admission, as far as this action shows that
    /// the engine has.
    pub(super) fn delays_end(&mut self, action: Option<&Action>, now: Now) {
        while let Some(next) = self.delays.front().copied() {
            let state = |id: RunId| self.runs.get(&id).map(|run| run.state);
            let has_asked = match action {
                Some(Action::Start(wanted)) => {
                    matches!(state(wanted.cell.id()), Some(State::Delayed(_)))
                }
                Some(Action::Tell(cell, Command::Cancel)) => !self.to_cancel.contains(&cell.id()),
                Some(Action::Emit(EventKind::RunEnded { result, .. })) => {
                    state(result.run) != Some(State::Leaving)
                }
                Some(_) => false,
                None => true,
            };
            if !has_asked {
                return;
            }
            self.delays.pop_front();
            self.delay_ends(next, now);
        }
    }

    fn delay_ends(&mut self, id: RunId, now: Now) {
        let task = self.runs[&id].task;
        let planned = Arc::clone(&self.tasks[task].planned);
        self.runs.get_mut(&id).unwrap().state = State::Leaving;
        if self.overlaps(task) || self.is_full(task) {
            self.runs.get_mut(&id).unwrap().refused = true;
            return;
        }
        let free = self.inside(task) < together(&planned) && self.at_gate(task) == 0;
        if planned.overlap == Overlap::Replace {
            self.replace(task, now);
        }
        self.turn += 1;
        let run = self.runs.get_mut(&id).unwrap();
        (run.state, run.since) = (if free { State::Place } else { State::Gate }, now.mono);
        run.turn = self.turn;
    }

    pub(super) fn next_delayed(&self) -> Mono {
        let until = self.runs.values().filter_map(|run| match run.state {
            State::Delayed(until) => Some(until),
            _ => None,
        });
        until.min().unwrap_or(Mono::NEVER)
    }

    /// Books new runs.
    pub(super) fn create(&mut self, call: &Call, created: Vec<RunFacts>, now: Now) {
        for facts in created {
            let task = self.index(facts.owner.name());
            let planned = Arc::clone(&self.tasks[task].planned);
            let name = &planned.name;
            assert!(self.stopping.is_none(), "I5: a run is wanted after the stop");
            assert!(planned.is_enabled(), "a run of a disabled task");
            if !matches!(facts.trigger, Trigger::Manual | Trigger::Spawn) {
                assert!(self.tasks[task].opened, "I12: {name} before what it is after");
            }
            let later = match call {
                Call::Later(delay) => Some(now.mono.plus(*delay)),
                _ => None,
            };
            assert!(
                later.is_some() || !self.overlaps(task),
                "I4, I10: {} others when {name} is wanted",
                self.others(task)
            );
            assert!(!self.is_full(task), "a run of {name} past its capacity");
            match facts.trigger {
                Trigger::Schedule if self.tasks[task].paused.is_some() => panic!("I15: {name} is paused"),
                Trigger::Schedule => self.fired(task, facts.id, facts.scheduled_at.unwrap(), now),
                Trigger::Manual => assert!(matches!(call, Call::Want)),
                Trigger::Spawn => assert!(later.is_some()),
                _ => {}
            }
            self.may_be_the_service(call, task, facts.id, facts.trigger, now);
            let free = self.inside(task) < together(&planned) && self.at_gate(task) == 0;
            if planned.overlap == Overlap::Replace && later.is_none() {
                self.replace(task, now);
            }
            self.turn += 1;
            let admitted = if free { State::Place } else { State::Gate };
            let run = Run {
                task,
                trigger: facts.trigger,
                scheduled_at: facts.scheduled_at,
                state: later.map_or(admitted, State::Delayed),
                since: now.mono,
                begun: false,
                alive_since: None,
                attempts: 0,
                stuck: false,
                served: false,
                era: self.tasks[task].era,
                told: false,
                cancelled: false,
                refused: false,
                turn: self.turn,
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
                State::Leaving | State::Delayed(_) => {}
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
        let gate = self.runs.iter().filter(|(_, run)| run.task == task && run.state == State::Gate);
        gate.min_by_key(|(_, run)| run.turn).map(|(id, _)| *id)
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
                // What restarts or was delayed until now is wanted after what is due now.
                let is_later = matches!(waiting.trigger, Trigger::Restart | Trigger::Spawn)
                    && waiting.since == now.mono
                    && waiting.turn > run.turn;
                let waits = waiting.state.waits_for_place() && !is_later;
                if waits && *other != id && self.pool(waiting.task) == Some(pool) {
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
