use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;

use super::Error;

/// What was stored at one time.
#[derive(Debug, Serialize)]
pub(crate) struct Measurement {
    taken_at: String,
    ideas: u64,
    archived: u64,
    scores: u64,
    database_bytes: u64,
}

/// Measures, and forgets measurements of more than 30 days ago.
pub(crate) fn take(db: &Connection) -> Result<(), Error> {
    db.execute_batch(
        "INSERT INTO measurements (ideas, archived, scores, database_bytes)
            SELECT count(*), count(archived_at), (SELECT count(*) FROM scores),
                (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)
            FROM ideas;
        DELETE FROM measurements WHERE taken_at < strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-30 days');",
    )?;
    Ok(())
}

pub(crate) fn latest(db: &Connection) -> Result<Measurement, Error> {
    db.prepare_cached("SELECT * FROM measurements ORDER BY rowid DESC LIMIT 1")?
        .query_row([], |row| {
            Ok(Measurement {
                taken_at: row.get("taken_at")?,
                ideas: row.get("ideas")?,
                archived: row.get("archived")?,
                scores: row.get("scores")?,
                database_bytes: row.get("database_bytes")?,
            })
        })
        .optional()?
        .ok_or(Error::NotMeasured)
}

/// Writes the time of a health check, which shows that writing works.
pub(crate) fn record_health_check(db: &Connection) -> Result<(), Error> {
    db.execute(
        "INSERT OR REPLACE INTO health_checks (id, checked_at) VALUES (1, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
        [],
    )?;
    Ok(())
}
