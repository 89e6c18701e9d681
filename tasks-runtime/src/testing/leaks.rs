//! What is left when everything should be over.

use std::sync::Arc;

use tasks_core::Outcome;

use super::watcher::Watcher;
use crate::{report::Report, shell::Shared};

/// Says everything that a program left behind which has ended and come to rest.
pub(super) fn find(shared: &Arc<Shared>, watcher: &Watcher, report: &Report) -> Vec<String> {
    let mut faults = Vec::new();
    for cut in report.cut().iter().filter(|cut| cut.outcome == Outcome::Abandoned) {
        faults.push(format!(
            "run {} of `{}` was abandoned: its thread has not come back after {:?}",
            cut.run, cut.task, cut.age
        ));
    }
    let (living, tasks) = shared.with(|core, now| (core.run_infos(now), core.task_infos(now)));
    for run in living {
        faults.push(format!("run {} of `{}` is not over", run.run, run.task));
    }
    for run in watcher.unended() {
        faults.push(format!("run {} of `{}` began, and nobody was told of its end", run.run, run.task));
    }
    // The counters of a task that was added to the program leave with it.
    for task in tasks.iter().filter(|task| !task.added) {
        let (counted, told) = (task.counts.total(), watcher.ends_of(&task.name));
        if counted != told {
            faults.push(format!("{counted} runs of `{}` were counted, but {told} ends were told", task.name));
        }
    }
    match watcher.count_alive() {
        0 => {}
        1 => faults.push("one Tokio task of the framework is still alive".to_owned()),
        alive => faults.push(format!("{alive} Tokio tasks of the framework are still alive")),
    }
    faults.extend(watcher.faults().left());
    faults
}

#[cfg(test)]
mod tests {
    use std::{
        future::{Future, poll_fn},
        panic::{AssertUnwindSafe, catch_unwind},
        task::Poll,
    };

    use tasks_core::{Registration, RunId, Trigger};

    use crate::{
        clock::{Mono, Now},
        event::{Event, EventKind, RunRef},
        observe::Observer,
        plan::testing::Sample,
        testing::Kit,
    };

    #[tokio::test]
    async fn what_is_left_is_listed_all_at_once() {
        let kit = Kit::tasks([Registration::new(Sample::task("sends"))]).on_demand().start().await;
        let watcher = kit.watcher();
        watcher.began();
        let run = RunRef {
            task: "sends".into(),
            run: RunId::new(77),
            trigger: Trigger::Manual,
            scheduled_at: None,
        };
        let now = Now { mono: Mono(0), wall: jiff::Timestamp::UNIX_EPOCH };
        watcher.observe(&Event::new(EventKind::RunStarted { run }, now));
        let mut end = Box::pin(kit.finish());
        let panic = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| end.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(_)) => Poll::Ready(None),
            Err(panic) => Poll::Ready(panic.downcast::<String>().ok()),
        });
        let panic = panic.await.expect("a list of leaks");
        let lines: Vec<_> = panic.lines().skip(1).collect();
        let expected = [
            "- run 77 of `sends` began, and nobody was told of its end",
            "- one Tokio task of the framework is still alive",
        ];
        assert_eq!(lines, expected);
    }
}
