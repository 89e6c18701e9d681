//! The mistakes.

use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "a firing is lost after a stall",
        file: "scheduler/entry.rs",
        from: "running.next().map(|at|",
        to: "running.next().filter(|_| passed.count == 1).map(|at|",
    },
    Mutant {
        name: "a slot is repeated after a clock step back",
        file: "scheduler/entry.rs",
        from: "<= period.max(SMALL_STEP)",
        to: "<= Duration::from_secs(2)",
    },
    Mutant {
        name: "a clock set back by months silences a schedule",
        file: "scheduler/entry.rs",
        from: "<= period.max(SMALL_STEP)",
        to: "<= Duration::MAX",
    },
    Mutant {
        name: "a late firing moves the grid",
        file: "scheduler/entry.rs",
        from: "let Some(slot) = grid.after(last) else { break None };",
        to: "let moved = |slot: Slot| if grid.is_mono() { Slot { at: clock + (slot.at - last), ..slot } } else { slot };\n            let Some(slot) = grid.after(last).map(moved) else { break None };",
    },
    Mutant {
        name: "a fixed delay is measured from the start",
        file: "scheduler/entry.rs",
        from: "            Kind::Delay { next, outstanding, .. } => {\n                if let Some((due, _)) = next.take() {\n",
        to: "            Kind::Delay { delay, next, outstanding, .. } => {\n                if let Some((due, _)) = next.take() {\n                    let again = now.mono.plus(*delay);\n                    *next = Some((again, again));\n",
    },
    Mutant {
        name: "times inside a gap are not counted",
        file: "scheduler/entry.rs",
        from: "std::iter::once(first).chain(grid.merged_between(first.at, last))",
        to: "grid.merged_between(first.at, last)",
    },
    Mutant {
        name: "the wall clock is looked at too seldom",
        file: "scheduler.rs",
        from: "const WALL_CHECK: Duration = Duration::from_secs(60);",
        to: "const WALL_CHECK: Duration = Duration::from_secs(600);",
    },
    Mutant {
        name: "overlap is decided for the due time",
        file: "engine.rs",
        from: "        let verdict = self.admission.want(",
        to: "        if task.overlap == tasks_core::policy::Overlap::Skip\n\
             && let Some(at) = wish.scheduled_at\n\
             && self.results.last(index).is_some_and(|last| last.ended_at > at)\n\
             {\n return Err(Refusal::Overlap);\n }\n        let verdict = self.admission.want(",
    },
    Mutant {
        name: "overlap forgets who waits for a pool",
        file: "admission.rs",
        from: "self.running + self.pooled",
        to: "self.running",
    },
    Mutant { name: "a queue has no bound", file: "admission.rs", from: " || seen.is_full()", to: "" },
    Mutant {
        name: "a pool has one place too many",
        file: "admission/pool.rs",
        from: "self.used + places <= self.size",
        to: "self.used + places <= self.size + 1",
    },
    Mutant {
        name: "who waits never rises",
        file: "admission/pool.rs",
        from: "let risen = now.since(head.since).as_secs() / LEVEL.as_secs();",
        to: "let risen = now.since(head.since).as_secs() / LEVEL.as_secs() * 0;",
    },
    Mutant {
        name: "a run that is cancelled keeps its place",
        file: "engine.rs",
        from: "                self.admission.ended(index);\n                self.release_place(index, now);",
        to: "                self.admission.ended(index);\n                if end.outcome != Outcome::Cancelled {\n                    self.release_place(index, now);\n                }",
    },
    Mutant {
        name: "a run that is cancelled goes on waiting",
        file: "admission.rs",
        from: "                seen.pooled = seen.pooled.saturating_sub(1);\n                self.forget(task, run);",
        to: "                seen.pooled = seen.pooled.saturating_sub(1);\n                let _ = (task, run);",
    },
    Mutant {
        name: "a wait for a retry frees the overlap slot",
        file: "engine.rs",
        from: "        self.unstick(run);\n        self.release_place(index, now);\n        true",
        to: "        self.unstick(run);\n        self.admission.ended(index);\n        self.release_place(index, now);\n        true",
    },
    Mutant {
        name: "a wait for a retry keeps the place in the pool",
        file: "engine.rs",
        from: "        self.unstick(run);\n        self.release_place(index, now);\n        true",
        to: "        self.unstick(run);\n        let _ = index;\n        true",
    },
    Mutant {
        name: "what ended late is tried again",
        file: "run/retry.rs",
        from: "!end.late && !end.by_deadline",
        to: "!end.by_deadline",
    },
    Mutant {
        name: "there is one attempt too many",
        file: "run/retry.rs",
        from: "attempt <= max,",
        to: "attempt <= max + 1,",
    },
    Mutant {
        name: "a dependant starts early",
        file: "order.rs",
        from: "!self.opened[at] && self.after[at].iter().all(",
        to: "!self.opened[at] && self.after[at].iter().skip(1).all(",
    },
    Mutant {
        name: "a skip is not counted",
        file: "engine/firing.rs",
        from: "        self.results.skipped(index, reason, count);",
        to: "        if reason != SkipReason::Overlap {\n            self.results.skipped(index, reason, count);\n        }",
    },
    Mutant {
        name: "admission goes on after the stop",
        file: "admission.rs",
        from: "        self.closed = true;",
        to: "",
    },
    Mutant {
        name: "a place that a stop frees starts who waits",
        file: "admission.rs",
        from: "        self.pools.iter_mut().for_each(Pool::close);",
        to: "",
    },
    Mutant {
        name: "what waits outlives the stop",
        file: "engine/shutdown.rs",
        from: "        self.interrupt_waiting(now);\n",
        to: "",
    },
    Mutant {
        name: "a dependency stops before its dependants",
        file: "engine/shutdown.rs",
        from: "Some(ending) if waits =>",
        to: "Some(ending) if waits && ending.drain_is_over =>",
    },
    Mutant {
        name: "a stuck run holds up its fixed delay",
        file: "engine.rs",
        from: "        if serve {\n            self.scheduler.served(index, now);",
        to: "        if serve && false {\n            self.scheduler.served(index, now);",
    },
];
