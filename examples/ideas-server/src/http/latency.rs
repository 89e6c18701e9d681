use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

/// Holds a request back, as a slow server would.
pub(super) async fn hold_back(State(latency): State<Duration>, request: Request, next: Next) -> Response {
    tracing::info!(path = request.uri().path(), "holding a request back for {latency:?}");
    tokio::time::sleep(latency).await;
    next.run(request).await
}
