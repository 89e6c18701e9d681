//! When an attempt has to be over, in eight bytes.

use std::{
    sync::LazyLock,
    time::{Duration, Instant as StdInstant},
};

use tokio::time::Instant;

/// An instant, or none: nanoseconds from [`ORIGIN`]. One that is 292 years or
/// more away is as good as 292 years away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deadline(i64);

/// Some moment of this process. Under virtual time instants may be before it.
static ORIGIN: LazyLock<StdInstant> = LazyLock::new(StdInstant::now);

/// There is no deadline.
const NONE: i64 = i64::MIN;

impl Deadline {
    pub(super) fn new(at: Option<Instant>) -> Self {
        let Some(at) = at.map(Instant::into_std) else { return Self(NONE) };
        let nanos = |length: Duration| i64::try_from(length.as_nanos()).unwrap_or(i64::MAX);
        Self(match at.checked_duration_since(*ORIGIN) {
            Some(after) => nanos(after),
            None => -nanos(ORIGIN.saturating_duration_since(at)),
        })
    }

    pub(super) fn instant(self) -> Option<Instant> {
        let length = Duration::from_nanos(self.0.unsigned_abs());
        let at = match self.0 {
            NONE => None,
            0.. => ORIGIN.checked_add(length),
            _ => ORIGIN.checked_sub(length),
        };
        at.map(Instant::from_std)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_comes_back_to_the_nanosecond() {
        let now = Instant::now();
        let near = Duration::new(10_000, 1);
        let far = Duration::from_secs(3600 * 24 * 365 * 290);
        for at in [now, now + near, now - near, now + far, Instant::from_std(*ORIGIN)] {
            assert_eq!(Deadline::new(Some(at)).instant(), Some(at));
        }
        assert_eq!(Deadline::new(None).instant(), None);
    }

    #[test]
    fn what_is_too_far_away_to_be_told_apart_is_still_far_away() {
        let now = Instant::now();
        let at = now + Duration::from_secs(3600 * 24 * 365 * 400);
        let told = Deadline::new(Some(at)).instant();
        assert!(told.is_some_and(|told| told > now + Duration::from_secs(3600 * 24 * 365 * 291)), "{told:?}");
    }
}
