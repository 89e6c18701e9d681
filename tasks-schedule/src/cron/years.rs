//! Which years an expression fires in.

use super::field::CronField;

const WORDS: usize = 4;

/// A set of years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Years {
    /// Every year of the calendar: the expression does not restrict them.
    Every,
    /// The years whose bits are set, counted from the first that is allowed.
    Only([u64; WORDS]),
}

impl Years {
    const FIRST: i16 = CronField::Year.min() as i16;
    const LAST: i16 = CronField::Year.max() as i16;

    pub(super) const NONE: Self = Self::Only([0; WORDS]);

    pub(super) const fn insert(&mut self, year: u16) {
        if let (Self::Only(words), Some(bit)) = (self, Self::bit(year.cast_signed())) {
            words[bit / 64] |= 1 << (bit % 64);
        }
    }

    pub(super) const fn contains(&self, year: i16) -> bool {
        match (self, Self::bit(year)) {
            (Self::Every, _) => true,
            (Self::Only(words), Some(bit)) => words[bit / 64] >> (bit % 64) & 1 == 1,
            (Self::Only(_), None) => false,
        }
    }

    /// The earliest year of the set that is not before `year`.
    pub(super) const fn at_or_after(&self, mut year: i16) -> Option<i16> {
        if matches!(self, Self::Every) {
            return Some(year);
        }
        if year < Self::FIRST {
            year = Self::FIRST;
        }
        while year <= Self::LAST {
            if self.contains(year) {
                return Some(year);
            }
            year += 1;
        }
        None
    }

    /// The latest year of the set that is not after `year`.
    pub(super) fn at_or_before(&self, year: i16) -> Option<i16> {
        match self {
            Self::Every => Some(year),
            Self::Only(_) => (Self::FIRST..=year.min(Self::LAST)).rfind(|&y| self.contains(y)),
        }
    }

    const fn bit(year: i16) -> Option<usize> {
        if year < Self::FIRST || year > Self::LAST {
            return None;
        }
        Some((year - Self::FIRST).unsigned_abs() as usize)
    }
}

// Every year that can be written has its bit.
const _: () = assert!((Years::LAST - Years::FIRST) < 64 * WORDS as i16);
