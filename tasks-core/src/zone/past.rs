//! Firings that lie in the past: the latest one, and how many there were.
//!
//! A scheduler that wakes up late asks for these, and must not walk through
//! each firing that it missed.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tasks_schedule::CivilDateTime;

use super::segment::{MAX_OFFSET, Segment, civil};
use super::wall::{due, floor_second};
use super::{Due, WallSchedule};

impl WallSchedule {
    /// The latest firing that is not later than `until`, or `None` when there
    /// was none.
    pub fn latest_at_or_before(&self, until: Timestamp) -> Option<Due> {
        let until = floor_second(until);
        if self.cron().is_fixed_time() { self.latest_fixed(until) } else { self.latest_elapsed(until) }
    }

    /// How many firings lie in the interval that excludes `after` and includes
    /// `until`; 0 when it is empty.
    ///
    /// The work grows with the months in between, not with the firings.
    pub fn count_between(&self, after: Timestamp, until: Timestamp) -> u64 {
        let (after, until) = (floor_second(after), floor_second(until));
        if self.cron().is_fixed_time() {
            self.count_fixed(after, until).unwrap_or(0)
        } else {
            self.count_elapsed(after, until).unwrap_or(0)
        }
    }

    fn latest_fixed(&self, until: i64) -> Option<Due> {
        let zone = self.zone().time_zone();
        let mut from = until;
        loop {
            let segment = segment_with_history(zone, from)?;
            let local = self.latest_local(segment.reached_at(from))?;
            if local >= segment.fresh {
                // The end of a gap may be due for its own sake as well.
                let first = self.cron().next_at_or_after(civil(segment.fresh))?.to_seconds();
                if local <= segment.begins() && first < segment.begins() {
                    return self.due_after_gap(&segment, first);
                }
                return due(local - segment.offset, segment.fold_note(local));
            }
            // An earlier clock showed or skipped it, and no clock is further
            // from UTC than this.
            from = (segment.since - 1).min(local + MAX_OFFSET);
        }
    }

    fn latest_elapsed(&self, until: i64) -> Option<Due> {
        let zone = self.zone().time_zone();
        let mut from = until;
        loop {
            let segment = segment_with_history(zone, from)?;
            match self.latest_local(from + segment.offset) {
                Some(local) if local >= segment.begins() => {
                    return due(local - segment.offset, segment.fold_note(local));
                }
                _ if segment.since == i64::MIN => return None,
                _ => {}
            }
            let local = self.latest_local(segment.since + MAX_OFFSET)?;
            from = (segment.since - 1).min(local + MAX_OFFSET);
        }
    }

    fn latest_local(&self, local: i64) -> Option<i64> {
        self.cron().latest_at_or_before(civil(local)).map(CivilDateTime::to_seconds)
    }

    /// Every local time that a clock reached or skipped is one firing, but
    /// those inside a gap and at its end are one together.
    fn count_fixed(&self, after: i64, until: i64) -> Option<u64> {
        if until <= after {
            return None;
        }
        let zone = self.zone().time_zone();
        let mut segment = segment_with_history(zone, after)?;
        let begin = civil(segment.reached_at(after));
        let mut merged = 0;
        while segment.until <= until {
            segment = Segment::at(zone, segment.until)?;
            let (first, end) = (civil(segment.fresh - 1), civil(segment.begins()));
            if segment.fresh < segment.begins() && self.next_is_before(first, end) {
                merged += self.cron().count_between(first, end) - 1;
            }
        }
        let end = civil(segment.reached_at(until));
        Some(self.cron().count_between(begin, end) - merged)
    }

    fn next_is_before(&self, after: CivilDateTime, end: CivilDateTime) -> bool {
        self.cron().next_after(after).is_some_and(|next| next < end)
    }

    fn count_elapsed(&self, after: i64, until: i64) -> Option<u64> {
        if until <= after {
            return None;
        }
        let zone = self.zone().time_zone();
        let mut segment = Segment::at(zone, after)?;
        let mut from = after;
        let mut count = 0;
        loop {
            let to = until.min(segment.until - 1);
            let (begin, end) = (civil(from + segment.offset), civil(to + segment.offset));
            count += self.cron().count_between(begin, end);
            if to == until {
                return Some(count);
            }
            from = to;
            segment = Segment::at(zone, segment.until)?;
        }
    }
}

/// The segment that holds an instant, with the local times that earlier ones
/// reached, however long ago.
fn segment_with_history(zone: &TimeZone, instant: i64) -> Option<Segment> {
    let segment = Segment::at(zone, instant)?;
    if segment.since == i64::MIN { Some(segment) } else { Segment::at(zone, segment.since) }
}
