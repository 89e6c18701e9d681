//! The API.

mod error;
mod extract;
mod ideas;
mod latency;
mod status;

use std::time::Duration;

use axum::{
    Router,
    extract::FromRef,
    middleware,
    routing::{get, post},
};

use self::error::ApiError;
use crate::{health::Health, store::Db};

/// What the handlers share.
#[derive(Clone, FromRef)]
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) health: Health,
}

/// Returns the routes. Each request is held back by `latency` first.
pub(crate) fn router(shared: Shared, latency: Duration) -> Router {
    let router = Router::new()
        .route("/ideas", get(ideas::list).post(ideas::create))
        .route("/ideas/{id}/score", post(ideas::score))
        .route("/ideas/{id}/archive", post(ideas::archive))
        .route("/stats", get(status::stats))
        .route("/health", get(status::health))
        .fallback(ApiError::no_such_path)
        .method_not_allowed_fallback(ApiError::no_such_method)
        .with_state(shared);
    if latency.is_zero() {
        return router;
    }
    router.layer(middleware::from_fn_with_state(latency, latency::hold_back))
}
