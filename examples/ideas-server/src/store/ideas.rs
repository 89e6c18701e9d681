use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row};
use serde::Serialize;

use super::Error;

/// An idea, as it is stored and served.
#[derive(Debug, Serialize)]
pub(crate) struct Idea {
    id: i64,
    title: String,
    body: String,
    /// The mean of its scores, if it has any.
    score: Option<f64>,
    scores: u64,
    created_at: String,
    archived_at: Option<String>,
}

const SELECT: &str =
    "SELECT id, title, body, avg(score) AS score, count(score) AS scores, created_at, archived_at
    FROM ideas LEFT JOIN scores ON scores.idea = ideas.id";

impl Idea {
    pub(crate) fn id(&self) -> i64 {
        self.id
    }

    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            title: row.get("title")?,
            body: row.get("body")?,
            score: row.get("score")?,
            scores: row.get("scores")?,
            created_at: row.get("created_at")?,
            archived_at: row.get("archived_at")?,
        })
    }
}

pub(crate) fn create(db: &Connection, title: &str, body: &str) -> Result<Idea, Error> {
    db.execute("INSERT INTO ideas (title, body) VALUES (?1, ?2)", (title, body))?;
    find(db, db.last_insert_rowid())
}

/// Returns the newest ideas, either the archived ones or the others.
pub(crate) fn list(db: &Connection, archived: bool, limit: u32) -> Result<Vec<Idea>, Error> {
    let mut query = db.prepare_cached(&format!(
        "{SELECT} WHERE (archived_at IS NOT NULL) = ?1 GROUP BY id ORDER BY id DESC LIMIT ?2"
    ))?;
    let ideas = query.query_map((archived, limit), Idea::from_row)?;
    Ok(ideas.collect::<Result<_, _>>()?)
}

/// Adds a score to an idea that is not archived.
pub(crate) fn score(db: &Connection, id: i64, score: i64) -> Result<Idea, Error> {
    if find(db, id)?.archived_at.is_some() {
        return Err(Error::Archived(id));
    }
    db.execute("INSERT INTO scores (idea, score) VALUES (?1, ?2)", (id, score))?;
    find(db, id)
}

/// Archives an idea. One that is archived already keeps its time.
pub(crate) fn archive(db: &Connection, id: i64) -> Result<Idea, Error> {
    db.execute(
        "UPDATE ideas SET archived_at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE id = ?1 AND archived_at IS NULL",
        [id],
    )?;
    find(db, id)
}

/// Deletes the ideas that were archived longer ago than `age`; returns how many.
pub(crate) fn delete_archived(db: &Connection, age: Duration) -> Result<usize, Error> {
    Ok(db.execute(
        "DELETE FROM ideas WHERE archived_at <= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', ?1)",
        [format!("-{} seconds", age.as_secs())],
    )?)
}

fn find(db: &Connection, id: i64) -> Result<Idea, Error> {
    db.prepare_cached(&format!("{SELECT} WHERE id = ?1 GROUP BY id"))?
        .query_row([id], Idea::from_row)
        .optional()?
        .ok_or(Error::NoSuchIdea(id))
}

#[cfg(test)]
mod tests {
    use rusqlite::TransactionBehavior;

    use super::*;
    use crate::store::schema;

    #[test]
    fn clean_up_deletes_what_was_archived_longer_ago_than_the_age_and_its_scores() {
        let mut db = Connection::open_in_memory().expect("memory is there");
        db.pragma_update(None, "foreign_keys", true).expect("foreign keys are known");
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).expect("nobody else writes");
        schema::migrate(&tx).expect("the schema is new");
        let [old, recent, living] = ["old", "recent", "living"].map(|title| {
            let idea = create(&tx, title, "").expect("the schema is there");
            score(&tx, idea.id, 5).expect("it is not archived");
            idea.id
        });
        archive(&tx, recent).expect("it exists");
        tx.execute("UPDATE ideas SET archived_at = '2001-01-01T00:00:00Z' WHERE id = ?1", [old])
            .expect("it exists");

        let deleted = delete_archived(&tx, Duration::from_secs(60)).expect("the statement is valid");

        assert_eq!(deleted, 1);
        assert!(matches!(find(&tx, old), Err(Error::NoSuchIdea(_))));
        assert!(find(&tx, recent).is_ok() && find(&tx, living).is_ok());
        let scores: u32 = tx.query_row("SELECT count(*) FROM scores", [], |row| row.get(0)).expect("one row");
        assert_eq!(scores, 2);
    }
}
