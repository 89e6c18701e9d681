//! W4: entries that are due in an hour, all contenders side by side.

use std::{thread, time::Duration};

use anyhow::Result;

use crate::{children::Ready, contenders, numbers::Sample};

const ENTRIES: usize = 10_000;
/// Seconds for which they are watched.
const WATCHED: usize = 10;

pub(super) fn idle(rep: usize) -> Result<Vec<Sample>> {
    let mut contenders = Vec::new();
    for who in ["tasks", "hand", "raw", "apalis", "tokio-cron-scheduler"] {
        let mut sample = Sample::new("W4 idle, 10,000 entries", who, rep);
        let mut command = contenders::command(who, "idle", ENTRIES, WATCHED)?;
        match Ready::start(&mut command, &mut sample) {
            Ok(ready) => contenders.push((ready, sample)),
            Err(error) => eprintln!("{who}, idle: {error:#}"),
        }
    }
    // What the last of them did when it was set up is over.
    thread::sleep(Duration::from_secs(2));
    for (ready, _) in &mut contenders {
        ready.go()?;
    }
    let mut samples = Vec::new();
    for (ready, mut sample) in contenders {
        ready.finish(&mut sample)?;
        super::schedules::beyond(&mut sample);
        samples.push(sample);
    }
    Ok(samples)
}
