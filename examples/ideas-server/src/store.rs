//! SQLite, away from the threads that must not wait.

mod error;
pub(crate) mod ideas;
pub(crate) mod measurements;
pub(crate) mod schema;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use rusqlite::{Connection, TransactionBehavior};
use tokio::{sync::Mutex, task::spawn_blocking};

pub(crate) use self::error::Error;

/// How long to wait for another process to let go of the database: well within
/// the time that shutdown has.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// The database: one connection to write and one to read, since with a
/// write-ahead log a reader never waits for the writer.
#[derive(Clone)]
pub(crate) struct Db {
    path: Arc<PathBuf>,
    reader: Arc<Mutex<Connection>>,
    writer: Arc<Mutex<Connection>>,
}

impl Db {
    /// Opens the file, and creates it if there is none.
    pub(crate) async fn open(path: &Path) -> anyhow::Result<Self> {
        let path = Arc::new(std::path::absolute(path)?);
        let (reader, writer) = spawn_blocking({
            let path = Arc::clone(&path);
            move || {
                let writer = connect(&path)?;
                let reader = connect(&path)?;
                reader.pragma_update(None, "query_only", true)?;
                Ok::<_, rusqlite::Error>((reader, writer))
            }
        })
        .await?
        .with_context(|| format!("failed to open the database {}", path.display()))?;
        Ok(Self { path, reader: Arc::new(Mutex::new(reader)), writer: Arc::new(Mutex::new(writer)) })
    }

    /// Reads, on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let connection = Arc::clone(&self.reader).lock_owned().await;
        spawn_blocking(move || query(&connection)).await?
    }

    /// Writes in one transaction, on a thread that may block: all of it, or on
    /// an error nothing. Once begun it ends, even if nobody waits for it any more.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let mut connection = Arc::clone(&self.writer).lock_owned().await;
        spawn_blocking(move || {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = change(&tx)?;
            tx.commit()?;
            Ok(done)
        })
        .await?
    }

    /// Returns how many bytes the disk that holds the database can still take.
    pub(crate) async fn free_disk_space(&self) -> anyhow::Result<u64> {
        let path = Arc::clone(&self.path);
        Ok(spawn_blocking(move || fs4::available_space(&*path)).await??)
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}
