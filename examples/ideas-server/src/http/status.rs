use axum::{extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::{ApiError, extract::Json};
use crate::{
    health::Health,
    store::{
        Db,
        measurements::{self, Measurement},
    },
};

/// Serves what the task `collect_metrics` measured last.
pub(super) async fn stats(State(db): State<Db>) -> Result<Json<Measurement>, ApiError> {
    Ok(Json(db.read(measurements::latest).await?))
}

/// Serves what the task `check_health` found last.
pub(super) async fn health(State(health): State<Health>) -> Result<Json<Value>, ApiError> {
    match health.problem() {
        None => Ok(Json(json!({ "status": "ok" }))),
        Some(problem) => Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, problem)),
    }
}
