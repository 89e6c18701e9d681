//! W7: runs that listen until SIGTERM, and 5 s for their end.

use std::time::Duration;

use anyhow::Result;
use measure::{Args, LIMIT, blocked_for_ever, ready_after};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    Contender,
    supervisor::{BodyResult, Supervisor},
};

const BUDGET: Duration = Duration::from_secs(5);

async fn works(token: CancellationToken, blocks: bool) -> BodyResult {
    if blocks {
        blocked_for_ever();
    }
    loop {
        tokio::select! {
            () = token.cancelled() => return Ok(()),
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

pub(crate) async fn shutdown(contender: Contender, args: &Args) -> Result<()> {
    ready_after(Duration::from_secs(1));
    let mut term = signal(SignalKind::terminate())?;
    if contender == Contender::Raw {
        let (mut tasks, root) = (JoinSet::new(), CancellationToken::new());
        for run in 0..args.n {
            tasks.spawn(works(root.clone(), run < args.extra));
        }
        term.recv().await;
        root.cancel();
        let all = async { while tasks.join_next().await.is_some() {} };
        let _ = timeout(BUDGET, all).await;
    } else {
        let supervisor = Supervisor::new();
        for run in 0..args.n {
            let blocks = run < args.extra;
            supervisor.spawn("works", LIMIT, move |token| works(token, blocks));
        }
        term.recv().await;
        supervisor.root.cancel();
        let _ = timeout(BUDGET, supervisor.all_ended()).await;
    }
    Ok(())
}
