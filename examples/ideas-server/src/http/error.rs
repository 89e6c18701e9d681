use axum::{
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    http::{Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::store;

/// What a client is told when a request fails: a status, and a sentence as `{"error": …}`.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// A request that cannot be read, because of its path or its query.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A request that is well formed, with a body that is not allowed.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    pub(super) async fn no_such_path(uri: Uri) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("there is no {}", uri.path()))
    }

    pub(super) async fn no_such_method(method: Method, uri: Uri) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} does not answer {method}", uri.path()))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, axum::Json(json!({ "error": self.message }))).into_response()
    }
}

impl From<store::Error> for ApiError {
    fn from(error: store::Error) -> Self {
        let status = match &error {
            store::Error::NoSuchIdea(_) => StatusCode::NOT_FOUND,
            store::Error::Archived(_) => StatusCode::CONFLICT,
            store::Error::NotMeasured => StatusCode::SERVICE_UNAVAILABLE,
            error if error.is_busy() => StatusCode::SERVICE_UNAVAILABLE,
            error => {
                // What the database says is for the log, not for the client.
                tracing::error!(%error, "a request failed");
                return Self::new(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here");
            }
        };
        Self::new(status, error.to_string())
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}
