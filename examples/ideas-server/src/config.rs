//! What the environment says.

use std::{env, path::PathBuf, time::Duration};

use anyhow::Context as _;

/// The configuration of the server.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// `IDEAS_ADDR`: where to listen.
    pub(crate) address: String,
    /// `IDEAS_DB`: the database file.
    pub(crate) database: PathBuf,
    /// `IDEAS_KEEP_ARCHIVED`: how long an archived idea is kept.
    pub(crate) keep_archived: Duration,
    /// `IDEAS_LATENCY`: how long to hold back each request, to see what a slow
    /// server does to its clients and to its own shutdown.
    pub(crate) latency: Duration,
}

impl Config {
    pub(crate) fn from_env() -> anyhow::Result<Self> {
        Ok(Self {
            address: text("IDEAS_ADDR", "127.0.0.1:3000")?,
            database: env::var_os("IDEAS_DB").unwrap_or_else(|| "ideas.db".into()).into(),
            keep_archived: duration("IDEAS_KEEP_ARCHIVED", "30d")?,
            latency: duration("IDEAS_LATENCY", "0s")?,
        })
    }
}

fn text(name: &str, default: &str) -> anyhow::Result<String> {
    match env::var(name) {
        Ok(value) => Ok(value),
        Err(env::VarError::NotPresent) => Ok(default.to_owned()),
        Err(error) => Err(error).context(name.to_owned()),
    }
}

fn duration(name: &str, default: &str) -> anyhow::Result<Duration> {
    let value = text(name, default)?;
    humantime::parse_duration(&value)
        .with_context(|| format!("{name}={value} is no duration such as `{default}`"))
}
