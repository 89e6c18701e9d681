//! Everything that runs: the server and its upkeep.

use anyhow::Context as _;
use tasks_runtime::{Context, State, scheduled, task};
use tokio::net::TcpListener;

use crate::{
    config::Config,
    health::Health,
    http::{self, Shared},
    store::{Db, Error, ideas, measurements, schema},
};

/// Brings the database schema up to date.
#[task(timeout = "30s", essential = true)]
async fn migrate(State(db): State<Db>) -> Result<(), Error> {
    let version = db.write(schema::migrate).await?;
    tracing::info!(version, "the schema is up to date");
    Ok(())
}

/// Serves the HTTP API until shutdown, then finishes the requests in flight.
///
/// A request that takes longer than the drain is cut, and the exit code 124 says so.
#[task(after = "migrate", essential = true)]
async fn serve_http(
    cx: Context,
    State(config): State<Config>,
    State(db): State<Db>,
    State(health): State<Health>,
) -> anyhow::Result<()> {
    let address = &config.address;
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("failed to listen on {address}"))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    cx.ready();
    axum::serve(listener, http::router(Shared { db, health }, config.latency))
        .with_graceful_shutdown(cx.cancelled())
        .await?;
    Ok(())
}

/// Deletes ideas that were archived long ago, with their scores.
#[scheduled(every = "1h", after = "migrate", timeout = "1m", retry = 2)]
async fn clean_up(State(config): State<Config>, State(db): State<Db>) -> Result<(), Error> {
    let age = config.keep_archived;
    let deleted = db.write(move |db| ideas::delete_archived(db, age)).await?;
    tracing::info!(deleted, "archived ideas past their age are gone");
    Ok(())
}

/// Measures what is stored, for `GET /stats`.
#[scheduled(every = "5m", on_start = true, after = "migrate", timeout = "1m")]
async fn collect_metrics(State(db): State<Db>) -> Result<(), Error> {
    db.write(measurements::take).await
}

/// Checks that the database takes writes and the disk has room, for `GET /health`.
#[scheduled(every = "30s", on_start = true, after = "migrate", timeout = "10s")]
async fn check_health(State(db): State<Db>, State(health): State<Health>) -> anyhow::Result<()> {
    health.check(&db).await
}
