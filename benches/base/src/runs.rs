//! W1 and W2.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use measure::{LIMIT, Living, Runs};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    Contender,
    supervisor::{BodyResult, Supervisor},
};

static ENDED: AtomicUsize = AtomicUsize::new(0);
static BEGUN: AtomicUsize = AtomicUsize::new(0);

/// That of the other contender, for the same reason.
const LIVING_LIMIT: Duration = Duration::from_secs(600);

async fn body(yields: bool) -> BodyResult {
    if yields {
        tokio::task::yield_now().await;
    }
    ENDED.fetch_add(1, Relaxed);
    Ok(())
}

pub(crate) async fn runs(contender: Contender, n: usize, yields: bool) {
    let runs = Runs::begin(n);
    if contender == Contender::Raw {
        let mut tasks = JoinSet::new();
        for _ in 0..n {
            tasks.spawn(body(yields));
        }
        while tasks.join_next().await.is_some() {}
    } else {
        let supervisor = Supervisor::new();
        for _ in 0..n {
            supervisor.spawn("ends", LIMIT, move |_| body(yields));
        }
        supervisor.all_ended().await;
    }
    runs.all_ended();
}

async fn waits(token: CancellationToken) -> BodyResult {
    BEGUN.fetch_add(1, Relaxed);
    token.cancelled().await;
    Ok(())
}

pub(crate) async fn living(contender: Contender, n: usize) {
    let living = Living::begin(&BEGUN, n);
    if contender == Contender::Raw {
        let (mut tasks, root) = (JoinSet::new(), CancellationToken::new());
        for _ in 0..n {
            tasks.spawn(waits(root.clone()));
        }
        let cancelling = living.all_live().await;
        root.cancel();
        while tasks.join_next().await.is_some() {}
        cancelling.all_joined();
    } else {
        let supervisor = Supervisor::new();
        for _ in 0..n {
            supervisor.spawn("waits", LIVING_LIMIT, waits);
        }
        let cancelling = living.all_live().await;
        supervisor.root.cancel();
        supervisor.all_ended().await;
        cancelling.all_joined();
    }
}
