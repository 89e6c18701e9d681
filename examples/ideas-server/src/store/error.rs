use rusqlite::ErrorCode;

/// Why something was not read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no idea {0}")]
    NoSuchIdea(i64),
    #[error("idea {0} is archived")]
    Archived(i64),
    #[error("nothing has been measured yet")]
    NotMeasured,
    #[error("the database has schema version {found}, and this program knows versions up to {known}")]
    Newer { found: usize, known: usize },
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Thread(#[from] tokio::task::JoinError),
}

impl Error {
    /// Returns true if another process holds the database: a later try may succeed.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy))
    }
}
