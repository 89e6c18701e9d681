//! Whether the service can do its work.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::sync::watch;

use crate::store::{Db, measurements};

/// The least room that the disk should have.
const ENOUGH_DISK: u64 = 64 << 20;

/// A verdict older than this says nothing: the checks themselves hang.
const STALE: Duration = Duration::from_secs(90);

/// The last verdict of the health check, shared by the task that finds it and
/// the endpoint that serves it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health(watch::Sender<Option<Verdict>>);

#[derive(Debug)]
struct Verdict {
    at: Instant,
    problem: Option<String>,
}

impl Health {
    /// Checks what the service depends on, and keeps the verdict.
    pub(crate) async fn check(&self, db: &Db) -> anyhow::Result<()> {
        let checked = check(db).await;
        let problem = checked.as_ref().err().map(|error| format!("{error:#}"));
        self.0.send_replace(Some(Verdict { at: Instant::now(), problem }));
        checked
    }

    /// Returns what is wrong at the moment, if anything is.
    pub(crate) fn problem(&self) -> Option<String> {
        match &*self.0.borrow() {
            None => Some("not checked yet".to_owned()),
            Some(verdict) if verdict.at.elapsed() > STALE => {
                Some(format!("the last check was {} s ago", verdict.at.elapsed().as_secs()))
            }
            Some(verdict) => verdict.problem.clone(),
        }
    }
}

async fn check(db: &Db) -> anyhow::Result<()> {
    db.write(measurements::record_health_check).await.context("the database takes no writes")?;
    let free = db.free_disk_space().await.context("the disk does not answer")?;
    ensure!(free >= ENOUGH_DISK, "only {} MiB of disk space left", free >> 20);
    Ok(())
}
