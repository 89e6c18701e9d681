//! The arithmetic of an expression: the next date, the latest, how many.
//!
//! A date is found by bits: one mask for the days of a month, one each for
//! hours, minutes and seconds. Only months are walked through, and since an
//! expression that fires at all fires in each cycle of 400 years, the walk is
//! short.

use super::Cron;
use crate::CivilDateTime;

type Time = (u8, u8, u8);

impl Cron {
    /// The earliest date and time that matches and is strictly later than
    /// `after`, or `None` when no year is left.
    pub fn next_after(&self, after: CivilDateTime) -> Option<CivilDateTime> {
        self.next_at_or_after(after.succ()?)
    }

    /// The earliest date and time that matches and is not earlier than
    /// `from`, or `None` when no year is left.
    pub fn next_at_or_after(&self, from: CivilDateTime) -> Option<CivilDateTime> {
        let (mut year, mut month) = (from.year(), from.month());
        let mut days = self.dates.of(year, month) & u32::MAX << from.day();
        if days >> from.day() & 1 == 1 {
            if let Some(time) = self.time_at_or_after(from.time()) {
                return Some(CivilDateTime::from_parts(year, month, from.day(), time));
            }
            days &= !(1 << from.day());
        }
        while days == 0 {
            (year, month) = self.month_after(year, month)?;
            days = self.dates.days.in_month(year, month);
        }
        let time = (lowest(self.hours.into()), lowest(self.minutes), lowest(self.seconds));
        Some(CivilDateTime::from_parts(year, month, lowest(days.into()), time))
    }

    /// The latest date and time that matches and is not later than `until`,
    /// or `None` when there is none.
    pub fn latest_at_or_before(&self, until: CivilDateTime) -> Option<CivilDateTime> {
        let (mut year, mut month) = (until.year(), until.month());
        let mut days = self.dates.of(year, month) & !(u32::MAX << until.day() << 1);
        if days >> until.day() & 1 == 1 {
            if let Some(time) = self.time_at_or_before(until.time()) {
                return Some(CivilDateTime::from_parts(year, month, until.day(), time));
            }
            days &= !(1 << until.day());
        }
        while days == 0 {
            (year, month) = self.month_before(year, month)?;
            days = self.dates.days.in_month(year, month);
        }
        let time = (highest(self.hours.into()), highest(self.minutes), highest(self.seconds));
        Some(CivilDateTime::from_parts(year, month, highest(days.into()), time))
    }

    /// How many matching dates and times lie in the interval that excludes
    /// `after` and includes `until`; 0 when it is empty.
    ///
    /// The work grows with the months in between, not with the matches.
    pub fn count_between(&self, after: CivilDateTime, until: CivilDateTime) -> u64 {
        if until <= after {
            return 0;
        }
        let per_day = ones(self.hours.into()) * ones(self.minutes) * ones(self.seconds);
        let (mut year, mut month) = (after.year(), after.month());
        let mut days = self.dates.of(year, month);
        let mut count = 0;
        // Whole days from the one of `after` to the one of `until`, less the
        // parts of these two that lie outside.
        if days >> after.day() & 1 == 1 {
            count -= self.times_until(after.time()).cast_signed();
        }
        days &= u32::MAX << after.day();
        while (year, month) < (until.year(), until.month()) {
            count += (ones(days.into()) * per_day).cast_signed();
            let Some(next) = self.month_after(year, month) else {
                return count.max(0).unsigned_abs();
            };
            (year, month) = next;
            days = self.dates.days.in_month(year, month);
        }
        if (year, month) == (until.year(), until.month()) {
            let earlier = days & !(u32::MAX << until.day());
            count += (ones(earlier.into()) * per_day).cast_signed();
            if days >> until.day() & 1 == 1 {
                count += self.times_until(until.time()).cast_signed();
            }
        }
        count.max(0).unsigned_abs()
    }

    /// The next month that the month and year fields allow.
    fn month_after(&self, year: i16, month: u8) -> Option<(i16, u8)> {
        if self.dates.years.contains(year)
            && let Some(month) = above(self.dates.months.into(), month)
        {
            return Some((year, month));
        }
        let year = self.dates.years.at_or_after(year + 1)?;
        (year <= CivilDateTime::MAX.year()).then(|| (year, lowest(self.dates.months.into())))
    }

    /// The month before, of those that the month and year fields allow.
    fn month_before(&self, year: i16, month: u8) -> Option<(i16, u8)> {
        if self.dates.years.contains(year)
            && let Some(month) = below(self.dates.months.into(), month)
        {
            return Some((year, month));
        }
        let year = self.dates.years.at_or_before(year - 1)?;
        (year >= CivilDateTime::MIN.year()).then(|| (year, highest(self.dates.months.into())))
    }

    fn time_at_or_after(&self, (hour, minute, second): Time) -> Option<Time> {
        let hours = u64::from(self.hours);
        if hours >> hour & 1 == 1 {
            if self.minutes >> minute & 1 == 1 {
                if self.seconds >> second & 1 == 1 {
                    return Some((hour, minute, second));
                }
                if let Some(second) = above(self.seconds, second) {
                    return Some((hour, minute, second));
                }
            }
            if let Some(minute) = above(self.minutes, minute) {
                return Some((hour, minute, lowest(self.seconds)));
            }
        }
        let hour = above(hours, hour)?;
        Some((hour, lowest(self.minutes), lowest(self.seconds)))
    }

    fn time_at_or_before(&self, (hour, minute, second): Time) -> Option<Time> {
        let hours = u64::from(self.hours);
        if hours >> hour & 1 == 1 {
            if self.minutes >> minute & 1 == 1 {
                if self.seconds >> second & 1 == 1 {
                    return Some((hour, minute, second));
                }
                if let Some(second) = below(self.seconds, second) {
                    return Some((hour, minute, second));
                }
            }
            if let Some(minute) = below(self.minutes, minute) {
                return Some((hour, minute, highest(self.seconds)));
            }
        }
        let hour = below(hours, hour)?;
        Some((hour, highest(self.minutes), highest(self.seconds)))
    }

    /// How many of a day's times are not later than `time`.
    fn times_until(&self, (hour, minute, second): Time) -> u64 {
        let hours = u64::from(self.hours);
        let mut count = ones(hours & up_to(hour) >> 1) * ones(self.minutes);
        if hours >> hour & 1 == 1 {
            count += ones(self.minutes & up_to(minute) >> 1);
        }
        count *= ones(self.seconds);
        if hours >> hour & 1 == 1 && self.minutes >> minute & 1 == 1 {
            count += ones(self.seconds & up_to(second));
        }
        count
    }
}

/// The least member of a set that is not empty.
fn lowest(set: u64) -> u8 {
    set.trailing_zeros() as u8
}

/// The greatest member of a set that is not empty.
fn highest(set: u64) -> u8 {
    (63 - set.leading_zeros()) as u8
}

/// The least member greater than `value`, which is below 63.
fn above(set: u64, value: u8) -> Option<u8> {
    let rest = set & !up_to(value);
    (rest != 0).then(|| lowest(rest))
}

/// The greatest member less than `value`, which is below 63.
fn below(set: u64, value: u8) -> Option<u8> {
    let rest = set & up_to(value) >> 1;
    (rest != 0).then(|| highest(rest))
}

/// The set of all values up to and including `value`, which is below 63.
fn up_to(value: u8) -> u64 {
    (2 << value) - 1
}

fn ones(set: u64) -> u64 {
    set.count_ones().into()
}
