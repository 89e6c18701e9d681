//! A firing of a wall-clock schedule, and what daylight saving time did to it.

use std::fmt;

use jiff::Timestamp;
use tasks_schedule::CivilDateTime;

/// One due instant of a wall-clock schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The instant, a whole second.
    pub at: Timestamp,
    /// What a change of the clocks did to it, if any.
    pub dst: Option<DstNote>,
}

/// How a change of a zone's clocks touches a firing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DstNote {
    /// The local time does not exist that day: the firing is the first
    /// instant after the gap.
    Gap {
        /// The local time that was asked for; of several the first.
        local: CivilDateTime,
        /// How many local times this one firing stands for: those inside the
        /// gap, and one that is due at its end anyway. At least 1.
        count: u64,
    },
    /// The local time occurs twice, and this is the first pass.
    FoldFirst,
    /// The local time occurs twice, and this is the second pass.
    FoldSecond,
}

impl fmt::Display for DstNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { local, count } => {
                write!(f, "{local} does not exist: clocks go forward")?;
                if *count > 1 {
                    write!(f, " ({count} local times in one)")?;
                }
                Ok(())
            }
            Self::FoldFirst => f.write_str("first of two: clocks go back"),
            Self::FoldSecond => f.write_str("second of two: clocks go back"),
        }
    }
}
