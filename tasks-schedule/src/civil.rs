//! Dates and times of day as a wall calendar shows them, without a zone.

use std::fmt;

const DAY_SECONDS: i64 = 86_400;

/// A date and time of day on the proleptic Gregorian calendar, to the second,
/// in no particular time zone.
///
/// Years run from -9999 to 9999. Values order as time does.
///
/// ```
/// use tasks_schedule::CivilDateTime;
///
/// let leap = CivilDateTime::new(2028, 2, 29, 9, 30, 0).unwrap();
/// assert_eq!(leap.to_string(), "2028-02-29T09:30:00");
/// assert!(CivilDateTime::new(2027, 2, 29, 9, 30, 0).is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDateTime {
    // The derived order is the order of time because of the order of fields.
    year: i16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl CivilDateTime {
    /// The first second of the year -9999.
    pub const MIN: Self = Self::from_parts(-9999, 1, 1, (0, 0, 0));
    /// The last second of the year 9999.
    pub const MAX: Self = Self::from_parts(9999, 12, 31, (23, 59, 59));

    /// Makes a date and time, or `None` where the calendar has no such second.
    pub const fn new(year: i16, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Option<Self> {
        let year_exists = year >= Self::MIN.year && year <= Self::MAX.year;
        if !year_exists || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        if day < 1 || day > days_in_month(year, month) {
            return None;
        }
        Some(Self::from_parts(year, month, day, (hour, minute, second)))
    }

    pub(crate) const fn from_parts(year: i16, month: u8, day: u8, time: (u8, u8, u8)) -> Self {
        let (hour, minute, second) = time;
        Self { year, month, day, hour, minute, second }
    }

    /// The year, -9999 to 9999.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The hour, 0 to 23.
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    pub const fn minute(self) -> u8 {
        self.minute
    }

    /// The second, 0 to 59.
    pub const fn second(self) -> u8 {
        self.second
    }

    pub(crate) const fn time(self) -> (u8, u8, u8) {
        (self.hour, self.minute, self.second)
    }

    /// The day of the week, 0 for Sunday to 6 for Saturday.
    pub const fn weekday(self) -> u8 {
        weekday_of_day_number(day_number(self.year, self.month, self.day))
    }

    /// Seconds since 1970-01-01T00:00:00 on this same calendar; a zone's
    /// offset is the difference between this and a Unix timestamp.
    pub const fn to_seconds(self) -> i64 {
        let (hour, minute, second) = (self.hour as i64, self.minute as i64, self.second as i64);
        day_number(self.year, self.month, self.day) * DAY_SECONDS + hour * 3600 + minute * 60 + second
    }

    /// The inverse of [`to_seconds`](Self::to_seconds), or `None` outside the
    /// years -9999 to 9999.
    pub const fn from_seconds(seconds: i64) -> Option<Self> {
        if seconds < Self::MIN.to_seconds() || seconds > Self::MAX.to_seconds() {
            return None;
        }
        let (year, month, day) = date_of_day_number(seconds.div_euclid(DAY_SECONDS));
        let rest = seconds.rem_euclid(DAY_SECONDS);
        let time = ((rest / 3600) as u8, (rest / 60 % 60) as u8, (rest % 60) as u8);
        Some(Self::from_parts(year, month, day, time))
    }

    /// The next second, or `None` after [`MAX`](Self::MAX).
    pub const fn succ(self) -> Option<Self> {
        if self.second < 59 {
            return Some(Self { second: self.second + 1, ..self });
        }
        Self::from_seconds(self.to_seconds() + 1)
    }
}

impl fmt::Display for CivilDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second } = self;
        if *year < 0 {
            write!(f, "-")?;
        }
        let year = year.unsigned_abs();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

impl fmt::Debug for CivilDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(crate) const fn is_leap_year(year: i16) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(crate) const fn days_in_month(year: i16, month: u8) -> u8 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The weekday of the first of a month, 0 for Sunday.
pub(crate) const fn first_weekday(year: i16, month: u8) -> u8 {
    weekday_of_day_number(day_number(year, month, 1))
}

const fn weekday_of_day_number(day: i64) -> u8 {
    // 1970-01-01 was a Thursday.
    (day + 4).rem_euclid(7) as u8
}

/// Days since 1970-01-01. Years are taken to begin in March, so that the leap
/// day is the last day of a year and month lengths follow one formula; this is
/// Howard Hinnant's `days_from_civil`.
const fn day_number(year: i16, month: u8, day: u8) -> i64 {
    let (month, day) = (month as i64, day as i64);
    let year = year as i64 - (month <= 2) as i64;
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`day_number`]: Howard Hinnant's `civil_from_days`.
const fn date_of_day_number(day: i64) -> (i16, u8, u8) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + (month <= 2) as i64;
    (year as i16, month as u8, day as u8)
}
