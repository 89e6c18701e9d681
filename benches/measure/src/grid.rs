//! When the entries of W3 and W4 are due.

use std::time::{Duration, Instant};

use crate::{Args, Workload};

/// The instants at which entries are due: the first of each, and the period.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    /// The first instant of the first entry.
    pub first: Instant,
    /// The period of every entry.
    pub every: Duration,
    entries: u32,
    herd: bool,
}

impl Grid {
    /// Lays the grid so that all entries can be added before the first is due:
    /// `each` is what adding one takes, of which twice and a half is allowed.
    pub fn new(args: &Args, each: Duration) -> Self {
        let every = match args.workload {
            Workload::Idle => Duration::from_secs(3600),
            _ => Duration::from_secs(1),
        };
        let entries = u32::try_from(args.n).unwrap_or(u32::MAX);
        let adding = each * entries * 5 / 2 + Duration::from_secs(1);
        let far = if args.workload == Workload::Idle { every } else { Duration::ZERO };
        Self { first: Instant::now() + adding + far, every, entries, herd: args.workload == Workload::Herd }
    }

    /// Returns when the entry with this number is due for the first time.
    pub fn due(&self, entry: usize) -> Instant {
        match self.herd {
            true => self.first,
            false => self.first + self.every.mul_f64(entry as f64 / f64::from(self.entries)),
        }
    }
}
