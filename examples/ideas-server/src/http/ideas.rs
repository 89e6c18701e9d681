use axum::{
    extract::State,
    http::{StatusCode, header::LOCATION},
    response::IntoResponse,
};
use serde::Deserialize;

use super::{
    ApiError,
    extract::{Json, Path, Query},
};
use crate::store::{
    Db,
    ideas::{self, Idea},
};

const LONGEST_TITLE: usize = 200;
const LONGEST_BODY: usize = 10_000;
const HIGHEST_SCORE: i64 = 10;
const LONGEST_LIST: u32 = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewIdea {
    title: String,
    #[serde(default)]
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewScore {
    score: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Listing {
    archived: bool,
    limit: u32,
}

impl Default for Listing {
    fn default() -> Self {
        Self { archived: false, limit: 50 }
    }
}

pub(super) async fn create(
    State(db): State<Db>,
    Json(NewIdea { title, body }): Json<NewIdea>,
) -> Result<impl IntoResponse, ApiError> {
    if title.trim().is_empty() || title.chars().count() > LONGEST_TITLE {
        return Err(ApiError::invalid(format!("`title` takes 1 to {LONGEST_TITLE} characters")));
    }
    if body.chars().count() > LONGEST_BODY {
        return Err(ApiError::invalid(format!("`body` takes up to {LONGEST_BODY} characters")));
    }
    let idea = db.write(move |db| ideas::create(db, title.trim(), &body)).await?;
    Ok((StatusCode::CREATED, [(LOCATION, format!("/ideas/{}", idea.id()))], Json(idea)))
}

pub(super) async fn list(
    State(db): State<Db>,
    Query(Listing { archived, limit }): Query<Listing>,
) -> Result<Json<Vec<Idea>>, ApiError> {
    if !(1..=LONGEST_LIST).contains(&limit) {
        return Err(ApiError::malformed(format!("`limit` takes 1 to {LONGEST_LIST}")));
    }
    Ok(Json(db.read(move |db| ideas::list(db, archived, limit)).await?))
}

pub(super) async fn score(
    State(db): State<Db>,
    Path(id): Path<i64>,
    Json(NewScore { score }): Json<NewScore>,
) -> Result<Json<Idea>, ApiError> {
    if !(0..=HIGHEST_SCORE).contains(&score) {
        return Err(ApiError::invalid(format!("`score` takes 0 to {HIGHEST_SCORE}")));
    }
    Ok(Json(db.write(move |db| ideas::score(db, id, score)).await?))
}

pub(super) async fn archive(State(db): State<Db>, Path(id): Path<i64>) -> Result<Json<Idea>, ApiError> {
    Ok(Json(db.write(move |db| ideas::archive(db, id)).await?))
}
