use rusqlite::Connection;

use super::Error;

/// Each step once, in this order; a step that has been released is never edited.
const STEPS: &[&str] = &[
    "CREATE TABLE ideas (
        id          INTEGER PRIMARY KEY,
        title       TEXT NOT NULL,
        body        TEXT NOT NULL,
        created_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
        archived_at TEXT
    ) STRICT;
    CREATE INDEX ideas_by_archival ON ideas (archived_at);
    CREATE TABLE scores (
        idea  INTEGER NOT NULL REFERENCES ideas ON DELETE CASCADE,
        score INTEGER NOT NULL CHECK (score BETWEEN 0 AND 10)
    ) STRICT;
    CREATE INDEX scores_by_idea ON scores (idea);",
    "CREATE TABLE measurements (
        taken_at       TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
        ideas          INTEGER NOT NULL,
        archived       INTEGER NOT NULL,
        scores         INTEGER NOT NULL,
        database_bytes INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE health_checks (
        id         INTEGER PRIMARY KEY CHECK (id = 1),
        checked_at TEXT NOT NULL
    ) STRICT;",
];

/// Takes the steps that the database has not taken yet; returns its version.
pub(crate) fn migrate(db: &Connection) -> Result<usize, Error> {
    let known = STEPS.len();
    let found: usize = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let missing = STEPS.get(found..).ok_or(Error::Newer { found, known })?;
    for step in missing {
        db.execute_batch(step)?;
    }
    db.pragma_update(None, "user_version", known)?;
    Ok(known)
}
