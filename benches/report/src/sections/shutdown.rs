//! W7: SIGTERM.

use std::{thread, time::Duration};

use anyhow::Result;

use crate::{
    children::{self, Ready},
    contenders,
    numbers::Sample,
};

/// After this a program is taken for one that never ends.
const LIMIT: Duration = Duration::from_secs(12);

fn terminated(title: &str, who: &str, n: usize, blocked: usize, rep: usize) -> Sample {
    let mut sample = Sample::new(title, who, rep);
    match try_to_terminate(&mut sample, who, n, blocked) {
        Ok(()) => sample,
        Err(error) => {
            eprintln!("{who}, {title}: {error:#}");
            Sample::new(title, who, rep)
        }
    }
}

fn try_to_terminate(sample: &mut Sample, who: &str, n: usize, blocked: usize) -> Result<()> {
    let mut command = contenders::command(who, "shutdown", n, blocked)?;
    // As many as there are in the runtimes of the others.
    command.env("TOKIO_WORKER_THREADS", "2");
    let ready = Ready::start(&mut command, sample)?;
    thread::sleep(Duration::from_millis(500));
    match ready.terminate(LIMIT)? {
        Some((took, status)) => {
            sample.figures.insert("exit_ms".to_owned(), took.as_secs_f64() * 1e3);
            sample.figures.insert("code".to_owned(), f64::from(children::code(status)));
        }
        None => drop(sample.figures.insert("never".to_owned(), 1.0)),
    }
    Ok(())
}

pub(super) fn cooperative(rep: usize) -> Result<Vec<Sample>> {
    let who = ["tasks", "hand", "raw", "task-supervisor", "tokio-graceful-shutdown", "apalis"];
    let title = "W7 SIGTERM, 10,000 runs";
    Ok(who.iter().map(|who| terminated(title, who, 10_000, 0, rep)).collect())
}

/// Side by side, for all they do is to wait.
pub(super) fn blocked(rep: usize) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for (title, blocked) in [
        ("W7 SIGTERM, 100 runs, 1 of 2 workers blocked", 1),
        ("W7 SIGTERM, 100 runs, every worker blocked", 2),
    ] {
        let who = [
            "tasks",
            "hand",
            "hand-exit",
            "raw",
            "task-supervisor",
            "tokio-graceful-shutdown",
            "apalis",
            "tokio-cron-scheduler",
        ];
        samples.extend(thread::scope(|scope| {
            let all = who.map(|who| scope.spawn(move || terminated(title, who, 100, blocked, rep)));
            all.into_iter().filter_map(|one| one.join().ok()).collect::<Vec<_>>()
        }));
    }
    for sample in &mut samples {
        if sample.contender == "hand-exit" {
            sample.workload.push_str("; by hand, with `exit` after 5 s");
            "hand".clone_into(&mut sample.contender);
        }
    }
    Ok(samples)
}
