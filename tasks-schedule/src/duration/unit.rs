//! The units of durations and the words for them, which are `humantime`'s.

/// A unit of fixed length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Nanosecond,
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
}

impl Unit {
    pub(super) const fn bit(self) -> u32 {
        1 << self as u32
    }

    pub(super) const fn nanos(self) -> u64 {
        match self {
            Self::Nanosecond => 1,
            Self::Microsecond => 1_000,
            Self::Millisecond => 1_000_000,
            Self::Second => 1_000_000_000,
            Self::Minute => 60_000_000_000,
            Self::Hour => 3_600_000_000_000,
            Self::Day => 86_400_000_000_000,
            Self::Week => 604_800_000_000_000,
        }
    }

    /// How a fraction of this unit is counted: the number of grains in a unit,
    /// and a grain's length in nanoseconds. Nanoseconds have no fraction.
    pub(super) const fn fraction(self) -> Option<(u64, u64)> {
        const SECOND: u64 = Unit::Second.nanos();
        match self {
            Self::Nanosecond => None,
            Self::Microsecond | Self::Millisecond | Self::Second | Self::Minute => Some((self.nanos(), 1)),
            Self::Hour | Self::Day | Self::Week => Some((self.nanos() / SECOND, SECOND)),
        }
    }
}

/// What a word in the place of a unit turned out to be.
pub(super) enum UnitWord {
    Unit(Unit),
    /// A month or a year: a word that `humantime` knows and we refuse.
    Calendar,
    Unknown,
}

impl UnitWord {
    /// Reads the word at `start..end`.
    pub(super) const fn read(bytes: &[u8], start: usize, end: usize) -> Self {
        let (word, _) = bytes.split_at(end);
        let (_, word) = word.split_at(start);
        Self::Unit(match word {
            b"ns" | b"nsec" | b"nanos" => Unit::Nanosecond,
            b"us" | b"usec" | b"\xC2\xB5s" => Unit::Microsecond,
            b"ms" | b"msec" | b"millis" => Unit::Millisecond,
            b"s" | b"sec" | b"secs" | b"second" | b"seconds" => Unit::Second,
            b"m" | b"min" | b"mins" | b"minute" | b"minutes" => Unit::Minute,
            b"h" | b"hr" | b"hrs" | b"hour" | b"hours" => Unit::Hour,
            b"d" | b"day" | b"days" => Unit::Day,
            b"w" | b"wk" | b"wks" | b"week" | b"weeks" => Unit::Week,
            b"M" | b"month" | b"months" => return Self::Calendar,
            b"y" | b"yr" | b"yrs" | b"year" | b"years" => return Self::Calendar,
            _ => return Self::Unknown,
        })
    }
}
