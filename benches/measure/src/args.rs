//! What a contender is asked to do.

use anyhow::{Context, Result, bail};

/// One thing that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// W1: runs whose body is ready at its first poll.
    Runs,
    /// W1: runs whose body yields once.
    Yielding,
    /// W2: runs that wait until they are cancelled, all at once.
    Living,
    /// W3: entries due every second, evenly spread over the second.
    Spread,
    /// W3: entries due every second, all at one instant.
    Herd,
    /// W4: entries that are due in an hour.
    Idle,
    /// W7: runs that listen, and `extra` that hold their thread for ever.
    Shutdown,
    /// The values from which a contender makes its entries, and no entry.
    Definitions,
}

impl Workload {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "runs" => Self::Runs,
            "yielding" => Self::Yielding,
            "living" => Self::Living,
            "spread" => Self::Spread,
            "herd" => Self::Herd,
            "idle" => Self::Idle,
            "shutdown" => Self::Shutdown,
            "definitions" => Self::Definitions,
            _ => return None,
        })
    }
}

/// The arguments of a contender.
#[derive(Clone, Debug)]
pub struct Args {
    /// Which one, where a program holds several.
    pub contender: String,
    /// What is measured.
    pub workload: Workload,
    /// How many runs or entries.
    pub n: usize,
    /// Seconds for which firing or idleness is watched; in a shutdown how many
    /// bodies hold their thread.
    pub extra: usize,
}

impl Args {
    /// Reads the arguments of the process.
    ///
    /// # Errors
    ///
    /// Fails at what is no workload or no number.
    pub fn read() -> Result<Self> {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let [contender, workload, n, extra @ ..] = &words[..] else {
            bail!("usage: CONTENDER WORKLOAD N [EXTRA]");
        };
        let workload = Workload::parse(workload).with_context(|| format!("no workload: {workload}"))?;
        let extra = extra.first().map_or(Ok(0), |word| word.parse())?;
        Ok(Self { contender: contender.clone(), workload, n: n.parse()?, extra })
    }

    /// The error of a contender that cannot run this.
    ///
    /// # Errors
    ///
    /// Always.
    pub fn unable<T>(&self) -> Result<T> {
        bail!("{} has no {:?}", self.contender, self.workload)
    }
}
