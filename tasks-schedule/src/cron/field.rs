//! The fields of an expression: what they are called and what they may hold.

use std::fmt;

/// A field of a cron expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CronField {
    /// Seconds, 0-59.
    Second,
    /// Minutes, 0-59.
    Minute,
    /// Hours, 0-23.
    Hour,
    /// Days of the month, 1-31.
    DayOfMonth,
    /// Months, 1-12 or JAN-DEC.
    Month,
    /// Days of the week, 0-7 or SUN-SAT; 0 and 7 are Sunday.
    DayOfWeek,
    /// Years, 1970-2199.
    Year,
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl CronField {
    /// What the field is called in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day-of-month",
            Self::Month => "month",
            Self::DayOfWeek => "day-of-week",
            Self::Year => "year",
        }
    }

    /// The least value that the field may hold.
    pub const fn min(self) -> u16 {
        match self {
            Self::Second | Self::Minute | Self::Hour | Self::DayOfWeek => 0,
            Self::DayOfMonth | Self::Month => 1,
            Self::Year => 1970,
        }
    }

    /// The greatest value that the field may hold.
    pub const fn max(self) -> u16 {
        match self {
            Self::Second | Self::Minute => 59,
            Self::Hour => 23,
            Self::DayOfMonth => 31,
            Self::Month => 12,
            Self::DayOfWeek => 7,
            Self::Year => 2199,
        }
    }

    /// The values that the field may hold, in words.
    pub const fn allowed(self) -> &'static str {
        match self {
            Self::Second | Self::Minute => "0-59",
            Self::Hour => "0-23",
            Self::DayOfMonth => "1-31",
            Self::Month => "1-12 or JAN-DEC",
            Self::DayOfWeek => "0-7 or SUN-SAT",
            Self::Year => "1970-2199",
        }
    }

    /// Everything that the field may hold, in words: values and what can be
    /// made of them.
    pub(super) const fn forms(self) -> &'static str {
        match self {
            Self::Second | Self::Minute => "0-59, `*`, lists, ranges and steps",
            Self::Hour => "0-23, `*`, lists, ranges and steps",
            Self::DayOfMonth => "1-31, `*`, lists, ranges, steps, `L`, `LW` and `15W`",
            Self::Month => "1-12 or JAN-DEC, `*`, lists, ranges and steps",
            Self::DayOfWeek => "0-7 or SUN-SAT, `*`, lists, ranges, steps, `5L` and `5#2`",
            Self::Year => "1970-2199, `*`, lists, ranges and steps",
        }
    }

    /// The greatest value that means something else than a smaller one does:
    /// 6 for days of the week, where 7 is 0 once more.
    pub(super) const fn last(self) -> u16 {
        match self {
            Self::DayOfWeek => 6,
            _ => self.max(),
        }
    }

    /// The names of the field's values, from its least value.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Month => &MONTHS,
            Self::DayOfWeek => &WEEKDAYS,
            _ => &[],
        }
    }
}

impl fmt::Display for CronField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
