//! Which days of a month an expression fires on.

use crate::civil::{days_in_month, first_weekday};

/// The two day fields and how they go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct DayRule {
    pub(super) of_month: OfMonth,
    pub(super) of_week: OfWeek,
    /// Whether a day may match either field (the Unix rule for two restricted
    /// fields) rather than having to match both.
    pub(super) either: bool,
}

/// The day-of-month field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OfMonth {
    /// Days 1 to 31, as bits.
    pub(super) days: u32,
    /// `15W`: the days whose nearest weekday is meant, as bits.
    pub(super) nearest_weekday: u32,
    /// `L`.
    pub(super) last: bool,
    /// `LW`.
    pub(super) last_weekday: bool,
}

/// The day-of-week field. Weekdays are bits 0 for Sunday to 6 for Saturday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OfWeek {
    pub(super) weekdays: u8,
    /// `5#2`: for each of the five weeks, the weekdays that are meant.
    pub(super) nth: [u8; 5],
    /// `5L`.
    pub(super) last: u8,
}

impl OfMonth {
    pub(super) const NONE: Self = Self { days: 0, nearest_weekday: 0, last: false, last_weekday: false };
}

impl OfWeek {
    pub(super) const NONE: Self = Self { weekdays: 0, nth: [0; 5], last: 0 };
}

impl DayRule {
    /// The days of one month that match, as bits 1 to 31.
    pub(super) const fn in_month(&self, year: i16, month: u8) -> u32 {
        let month = Month { len: days_in_month(year, month), first: first_weekday(year, month) };
        let of_month = self.of_month.in_month(month);
        let of_week = self.of_week.in_month(month);
        if self.either { of_month | of_week } else { of_month & of_week }
    }
}

/// What the day fields need to know of a month.
#[derive(Clone, Copy)]
struct Month {
    len: u8,
    /// The weekday of its first day.
    first: u8,
}

impl Month {
    /// All its days, as bits.
    const fn all(self) -> u32 {
        u32::MAX >> (31 - self.len) & !1
    }

    const fn weekday(self, day: u8) -> u8 {
        (self.first + day - 1) % 7
    }

    /// The days that fall on any of `weekdays`, as bits.
    const fn days_on(self, weekdays: u8) -> u32 {
        // Turn the week so that the weekday of the first of the month comes
        // first, then lay it down five times from day 1.
        let weekdays = weekdays as u32;
        let week = (weekdays >> self.first | weekdays << (7 - self.first)) & 0x7F;
        let weeks = week | week << 7 | week << 14 | week << 21 | week << 28;
        weeks << 1 & self.all()
    }

    /// The day from Monday to Friday that is nearest to `day` in this month.
    const fn nearest_weekday(self, day: u8) -> u8 {
        match self.weekday(day) {
            6 if day > 1 => day - 1,
            6 => day + 2,
            0 if day < self.len => day + 1,
            0 => day - 2,
            _ => day,
        }
    }
}

impl OfMonth {
    const fn in_month(self, month: Month) -> u32 {
        let mut days = self.days & month.all();
        if self.last {
            days |= 1 << month.len;
        }
        if self.last_weekday {
            days |= 1 << month.nearest_weekday(month.len);
        }
        let mut nearest = self.nearest_weekday & month.all();
        while nearest != 0 {
            days |= 1 << month.nearest_weekday(nearest.trailing_zeros() as u8);
            nearest &= nearest - 1;
        }
        days
    }
}

impl OfWeek {
    const fn in_month(self, month: Month) -> u32 {
        const WEEK: u32 = 0x7F;
        let mut days = month.days_on(self.weekdays);
        let mut week = 0;
        while week < self.nth.len() {
            if self.nth[week] != 0 {
                days |= month.days_on(self.nth[week]) & WEEK << (7 * week + 1);
            }
            week += 1;
        }
        if self.last != 0 {
            days |= month.days_on(self.last) & WEEK << (month.len - 6);
        }
        days
    }
}
