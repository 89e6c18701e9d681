//! ractor: an actor for each run, which is stopped to cancel it. A panic is
//! caught; there is no limit, no schedule and no history.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use anyhow::Result;
use measure::{Args, Living, Runs, Workload, runtime};
use ractor::{Actor, ActorProcessingErr, ActorRef};

static BEGUN: AtomicUsize = AtomicUsize::new(0);

struct Worker;

impl Actor for Worker {
    type Msg = ();
    type State = ();
    type Arguments = bool;

    async fn pre_start(&self, myself: ActorRef<()>, ends_at_once: bool) -> Result<(), ActorProcessingErr> {
        BEGUN.fetch_add(1, Relaxed);
        if ends_at_once {
            myself.stop(None);
        }
        Ok(())
    }
}

async fn runs(n: usize) -> Result<()> {
    let runs = Runs::begin(n);
    let mut actors = Vec::with_capacity(n);
    for _ in 0..n {
        actors.push(Actor::spawn(None, Worker, true).await?.1);
    }
    for actor in actors {
        actor.await?;
    }
    runs.all_ended();
    Ok(())
}

async fn living(n: usize) -> Result<()> {
    let living = Living::begin(&BEGUN, n);
    let mut actors = Vec::with_capacity(n);
    for _ in 0..n {
        actors.push(Actor::spawn(None, Worker, false).await?);
    }
    let cancelling = living.all_live().await;
    for (actor, _) in &actors {
        actor.stop(None);
    }
    for (_, ended) in actors {
        ended.await?;
    }
    cancelling.all_joined();
    Ok(())
}

fn main() -> Result<()> {
    let args = Args::read()?;
    let runtime = runtime()?;
    match args.workload {
        Workload::Runs => runtime.block_on(async { tokio::spawn(runs(args.n)).await })?,
        Workload::Living => runtime.block_on(async { tokio::spawn(living(args.n)).await })?,
        _ => args.unable(),
    }
}
