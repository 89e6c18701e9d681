//! An instant of the wall clock in eight bytes.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// The nanoseconds of an instant since 1970, which fit from 1677 to 2262.
#[inline]
pub fn nanos_of(at: Timestamp) -> Option<i64> {
    at.as_second().checked_mul(SECOND)?.checked_add(i64::from(at.subsec_nanosecond()))
}

/// The instant that is so many nanoseconds after 1970.
#[inline]
pub fn instant_of(nanos: i64) -> Timestamp {
    let (seconds, rest) = (nanos.div_euclid(SECOND), nanos.rem_euclid(SECOND));
    Timestamp::new(seconds, rest as i32).unwrap_or(Timestamp::MAX)
}

/// An instant, or none: nanoseconds since 1970, which fit from 1677 to 2262.
/// Whoever has an instant outside of that keeps it elsewhere.
#[derive(Debug)]
pub(super) struct Moment(AtomicI64);

/// No instant was set.
const NONE: i64 = i64::MIN;
/// One was that does not fit.
const ELSEWHERE: i64 = i64::MAX;
const SECOND: i64 = 1_000_000_000;

impl Default for Moment {
    fn default() -> Self {
        Self(AtomicI64::new(NONE))
    }
}

impl Moment {
    /// Returns whether the instant fits. If it does not, it has to be kept
    /// where `get` is led to.
    #[must_use]
    pub(super) fn set(&self, at: Timestamp) -> bool {
        let fits = nanos_of(at).filter(|nanos| *nanos != NONE && *nanos != ELSEWHERE);
        self.0.store(fits.unwrap_or(ELSEWHERE), Ordering::Relaxed);
        fits.is_some()
    }

    pub(super) fn get(&self, elsewhere: impl FnOnce() -> Option<Timestamp>) -> Option<Timestamp> {
        match self.0.load(Ordering::Relaxed) {
            NONE => None,
            ELSEWHERE => elsewhere(),
            nanos => Some(instant_of(nanos)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_comes_back_to_the_nanosecond_or_is_kept_elsewhere() {
        let earliest = Timestamp::from_nanosecond(i128::from(i64::MIN) + 1).unwrap();
        let latest = Timestamp::from_nanosecond(i128::from(i64::MAX) - 1).unwrap();
        let before = Timestamp::from_nanosecond(-1).unwrap();
        for at in [Timestamp::UNIX_EPOCH, before, earliest, latest] {
            let moment = Moment::default();
            let fits = moment.set(at);
            // What counts is that it comes back; the first second of all may be kept elsewhere.
            assert_eq!(moment.get(|| Some(at)), Some(at));
            assert!(fits || at == earliest, "{at}");
        }
        for at in [Timestamp::MIN, Timestamp::MAX] {
            let moment = Moment::default();
            assert!(!moment.set(at));
            assert_eq!(moment.get(|| Some(at)), Some(at));
        }
        assert_eq!(Moment::default().get(|| unreachable!()), None);
    }
}
