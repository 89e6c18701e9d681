//! A zone as a sequence of segments with one offset each.
//!
//! All times are whole seconds: instants since the Unix epoch, local times
//! since the same date on the local calendar ([`CivilDateTime::to_seconds`]),
//! so that a local time is an instant plus an offset.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tasks_schedule::CivilDateTime;

use super::DstNote;

/// More than any offset is from UTC (`jiff` allows 25:59:59), so an instant
/// and its local time, read as numbers, never differ by as much.
pub(super) const MAX_OFFSET: i64 = 26 * 3600;

/// A longest stretch of time between two changes of a zone's clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Its first instant; `i64::MIN` for the first segment of a zone.
    pub(super) since: i64,
    /// The first instant after it; `i64::MAX` for the last one.
    pub(super) until: i64,
    /// What is added to an instant to get its local time.
    pub(super) offset: i64,
    /// The first local time that no earlier segment has reached: what lies
    /// between it and the beginning of this one is a gap, and what this one
    /// shows before it is a fold. `i64::MIN` when the segment was looked up for
    /// an instant that no earlier segment can concern any more.
    pub(super) fresh: i64,
    /// The local time at which the next segment begins.
    pub(super) next_begins: i64,
}

impl Segment {
    /// The segment that holds an instant, or `None` outside `jiff`'s years.
    pub(super) fn at(zone: &TimeZone, instant: i64) -> Option<Self> {
        let timestamp = Timestamp::from_second(instant).ok()?;
        let offset = offset_at(zone, timestamp);
        let following = zone.following(timestamp).next();
        let since = change_before(zone, instant + 1);
        // Long after a change its local times are past, and the look-ups that
        // tell how far they came are saved.
        let near = since.filter(|since| instant - since < 2 * MAX_OFFSET);
        Some(Self {
            since: since.unwrap_or(i64::MIN),
            until: following.as_ref().map_or(i64::MAX, |change| change.timestamp().as_second()),
            offset,
            fresh: near.map_or(i64::MIN, |since| reached_before(zone, since)),
            next_begins: following.map_or(i64::MAX, |change| {
                change.timestamp().as_second() + i64::from(change.offset().seconds())
            }),
        })
    }

    pub(super) fn contains(&self, instant: i64) -> bool {
        (self.since..self.until).contains(&instant)
    }

    /// The local time at which the segment begins.
    pub(super) fn begins(&self) -> i64 {
        self.since.saturating_add(self.offset)
    }

    /// The local time at which the segment ends, itself not part of it.
    pub(super) fn ends(&self) -> i64 {
        self.until.saturating_add(self.offset)
    }

    /// The furthest local time that a clock has shown or skipped by an instant
    /// of this segment.
    pub(super) fn reached_at(&self, instant: i64) -> i64 {
        (instant + self.offset).max(self.fresh.saturating_sub(1))
    }

    /// Whether a local time that this segment shows is shown twice.
    pub(super) fn fold_note(&self, local: i64) -> Option<DstNote> {
        if local < self.fresh {
            Some(DstNote::FoldSecond)
        } else if local >= self.next_begins {
            Some(DstNote::FoldFirst)
        } else {
            None
        }
    }
}

/// The local time up to which all segments before the change at `since` have
/// come.
fn reached_before(zone: &TimeZone, since: i64) -> i64 {
    // Only the last segment reaches furthest unless changes follow each other
    // closely. One that ended earlier than this cannot have reached the local
    // time at which the last one ended.
    let horizon = since - 2 * MAX_OFFSET;
    let mut reached = i64::MIN;
    let mut change = Some(since);
    while let Some(end) = change.filter(|&end| end >= horizon) {
        if let Ok(last) = Timestamp::from_second(end - 1) {
            reached = reached.max(end + offset_at(zone, last));
        }
        change = change_before(zone, end);
    }
    reached
}

/// The last change of the clocks strictly before an instant.
fn change_before(zone: &TimeZone, instant: i64) -> Option<i64> {
    let timestamp = Timestamp::from_second(instant).unwrap_or(Timestamp::MAX);
    Some(zone.preceding(timestamp).next()?.timestamp().as_second())
}

fn offset_at(zone: &TimeZone, timestamp: Timestamp) -> i64 {
    zone.to_offset(timestamp).seconds().into()
}

/// The local date and time that a number of local seconds stands for, cut to
/// the calendar's years.
pub(super) fn civil(local: i64) -> CivilDateTime {
    let (min, max) = (CivilDateTime::MIN, CivilDateTime::MAX);
    let fallback = if local < 0 { min } else { max };
    CivilDateTime::from_seconds(local).unwrap_or(fallback)
}
