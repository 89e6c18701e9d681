//! Which dates an expression fires on, and whether there are any.

use super::days::DayRule;
use super::years::Years;

/// The fields of an expression that are about dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Dates {
    pub(super) days: DayRule,
    // Bit n stands for the month n.
    pub(super) months: u16,
    pub(super) years: Years,
}

impl Dates {
    /// The matching days of a month, whether or not the month matches.
    pub(super) const fn of(&self, year: i16, month: u8) -> u32 {
        if self.months >> month & 1 == 1 && self.years.contains(year) {
            self.days.in_month(year, month)
        } else {
            0
        }
    }

    /// Whether there is a date in any year.
    pub(super) const fn any(&self) -> bool {
        // A year is told from another by its first weekday and by whether it
        // is a leap year. All 14 kinds occur in the 28 years from 2000.
        let (mut year, end) = match self.years {
            Years::Every => (2000, 2027),
            Years::Only(_) => (i16::MIN, i16::MAX),
        };
        while let Some(candidate) = self.years.at_or_after(year) {
            if candidate > end {
                return false;
            }
            let mut month = 1;
            while month <= 12 {
                if self.of(candidate, month) != 0 {
                    return true;
                }
                month += 1;
            }
            year = candidate + 1;
        }
        false
    }
}
