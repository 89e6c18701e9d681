//! The next firing of a cron expression in a zone.

use std::fmt;

use jiff::Timestamp;
use tasks_schedule::Cron;

use super::segment::{MAX_OFFSET, Segment, civil};
use super::{DstNote, Due, Zone};

/// A cron expression in a time zone.
///
/// The [module documentation](super) has the rule for daylight saving time.
///
/// ```
/// use tasks_core::zone::{WallSchedule, Zone};
/// use tasks_schedule::Cron;
///
/// let cron = Cron::parse("30 2 * * *").unwrap();
/// let schedule = WallSchedule::new(cron, Zone::parse("Europe/Madrid").unwrap());
///
/// // On 2026-03-29 the clocks of Madrid go from 02:00 to 03:00.
/// let due = schedule.next_after("2026-03-28T12:00:00Z".parse().unwrap()).unwrap();
/// assert_eq!(due.at.to_string(), "2026-03-29T01:00:00Z");
/// assert!(due.dst.is_some());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct WallSchedule {
    cron: Cron,
    zone: Zone,
}

impl WallSchedule {
    /// Puts an expression into a zone.
    pub fn new(cron: Cron, zone: Zone) -> Self {
        Self { cron, zone }
    }

    /// The expression.
    pub fn cron(&self) -> &Cron {
        &self.cron
    }

    /// The zone in which it is read.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The earliest firing strictly later than `after`, or `None` when the
    /// schedule never fires again.
    pub fn next_after(&self, after: Timestamp) -> Option<Due> {
        self.upcoming(after).next()
    }

    /// The same as [`next_after`](Self::next_after), found faster where the
    /// clocks have not changed since the last time that `place` was used with
    /// this schedule.
    pub fn next_after_from(&self, after: Timestamp, place: &mut Place) -> Option<Due> {
        let after = floor_second(after);
        let (from, mut segment) = match place.0 {
            // What a segment knows of the one before holds from where it was
            // looked up on, not for what lies before that.
            Some((from, segment)) if after >= from && segment.contains(after) => (from, segment),
            _ => (after, Segment::at(self.zone.time_zone(), after)?),
        };
        place.0 = Some((from, segment));
        self.next_from(after, &mut segment)
    }

    /// All firings strictly later than `after`, earliest first.
    ///
    /// Several in a row are found faster than by
    /// [`next_after`](Self::next_after), because the zone's offset is looked
    /// up only where it changes.
    pub fn upcoming(&self, after: Timestamp) -> Upcoming<'_> {
        Upcoming { schedule: self, after: floor_second(after), segment: None }
    }

    /// Finds the firing after `after`, which lies in `segment`, and leaves the
    /// firing's own segment in its place.
    fn next_from(&self, after: i64, segment: &mut Segment) -> Option<Due> {
        if self.cron.is_fixed_time() {
            self.next_fixed(after, segment)
        } else {
            self.next_elapsed(after, segment)
        }
    }

    /// Each local time takes place once: when a clock first reaches it or
    /// skips it. So the next firing is the first local time that matches among
    /// those that no clock has reached yet, at the instant when one does.
    fn next_fixed(&self, after: i64, segment: &mut Segment) -> Option<Due> {
        let local = self.cron.next_after(civil(segment.reached_at(after)))?.to_seconds();
        if local >= segment.ends() {
            // A segment that ended more than an offset before cannot have
            // reached that local time.
            let earliest = segment.until.max(local - MAX_OFFSET);
            *segment = Segment::at(self.zone.time_zone(), earliest)?;
            while local >= segment.ends() {
                *segment = Segment::at(self.zone.time_zone(), segment.until)?;
            }
        }
        if local < segment.begins() {
            return self.due_after_gap(segment, local);
        }
        due(local - segment.offset, segment.fold_note(local))
    }

    /// The firing for the local times from `first` on in the gap before a
    /// segment. One that is due as the segment begins is the same firing.
    pub(super) fn due_after_gap(&self, segment: &Segment, first: i64) -> Option<Due> {
        let count = self.cron.count_between(civil(first - 1), civil(segment.begins()));
        due(segment.since, Some(DstNote::Gap { local: civil(first), count }))
    }

    /// The expression matches instants by what a clock shows, pass by pass.
    fn next_elapsed(&self, after: i64, segment: &mut Segment) -> Option<Due> {
        let mut from = after + 1;
        loop {
            if !segment.contains(from) {
                *segment = Segment::at(self.zone.time_zone(), from)?;
            }
            let local = self.cron.next_at_or_after(civil(from + segment.offset))?.to_seconds();
            if local < segment.ends() {
                return due(local - segment.offset, segment.fold_note(local));
            }
            // Later segments show only local times that are not less than the
            // change by more than an offset; skip those without a match.
            let earliest_local = civil(segment.until - MAX_OFFSET);
            let local = self.cron.next_at_or_after(earliest_local)?.to_seconds();
            from = segment.until.max(local - MAX_OFFSET);
        }
    }
}

pub(super) fn due(instant: i64, dst: Option<DstNote>) -> Option<Due> {
    Some(Due { at: Timestamp::from_second(instant).ok()?, dst })
}

/// The last whole second that is not later than an instant.
pub(super) fn floor_second(instant: Timestamp) -> i64 {
    let second = instant.as_second();
    if instant.subsec_nanosecond() < 0 { second - 1 } else { second }
}

impl fmt::Debug for WallSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WallSchedule({} in {})", self.cron, self.zone)
    }
}

/// Where a walk along a schedule stands; for [`WallSchedule::next_after_from`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Place(Option<(i64, Segment)>);

/// The firings of a [`WallSchedule`] from an instant on; made by
/// [`WallSchedule::upcoming`].
#[derive(Clone, Debug)]
#[must_use = "an iterator finds nothing until it is asked"]
pub struct Upcoming<'a> {
    schedule: &'a WallSchedule,
    after: i64,
    segment: Option<Segment>,
}

impl Iterator for Upcoming<'_> {
    type Item = Due;

    fn next(&mut self) -> Option<Due> {
        let zone = self.schedule.zone.time_zone();
        let mut segment = match self.segment {
            Some(segment) if segment.contains(self.after) => segment,
            _ => Segment::at(zone, self.after)?,
        };
        let due = self.schedule.next_from(self.after, &mut segment)?;
        self.after = due.at.as_second();
        self.segment = Some(segment);
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    /// Clocks that go back by three hours and forward again an hour later: the
    /// second change skips only what no clock had shown before the first. No
    /// real zone does this, but a zone's history is data, and data changes.
    fn hasty_zone() -> Zone {
        Zone::named(TimeZone::posix("AAA-3BBB0,J100/12,J100/10").expect("a zone"), "AAA")
    }

    fn firings(cron: &str) -> Vec<(String, Option<DstNote>)> {
        let schedule = WallSchedule::new(Cron::parse(cron).expect(cron), hasty_zone());
        // Day 100 is the 10th of April. Clocks go from 12:00 to 09:00 at
        // 09:00 UTC, and from 10:00 to 13:00 at 10:00 UTC.
        let after = "2026-04-10T06:00:00Z".parse().expect("a timestamp");
        let found: Vec<Due> = schedule.upcoming(after).take(4).collect();
        for pair in found.windows(2) {
            assert_eq!(schedule.latest_at_or_before(pair[0].at), Some(pair[0]), "{cron}");
            assert_eq!(schedule.count_between(pair[0].at, pair[1].at), 1, "{cron}");
        }
        found.into_iter().map(|due| (due.at.to_string(), due.dst)).collect()
    }

    #[test]
    fn what_a_clock_showed_before_two_quick_changes_is_no_gap() {
        let found = firings("30 11,12 * * *");
        let local = civil("2026-04-10T12:30:00Z".parse::<Timestamp>().expect("a timestamp").as_second());
        assert_eq!(found[0], ("2026-04-10T08:30:00Z".into(), Some(DstNote::FoldFirst)));
        assert_eq!(found[1], ("2026-04-10T10:00:00Z".into(), Some(DstNote::Gap { local, count: 1 })));
        assert_eq!(found[2].0, "2026-04-11T08:30:00Z");
    }

    #[test]
    fn a_place_finds_what_is_found_without_it_wherever_it_comes_from() {
        let zones = [hasty_zone(), Zone::parse("Europe/Madrid").expect("a zone")];
        for (zone, cron) in zones.into_iter().flat_map(|zone| {
            ["30 2 * * *", "30 11,12 * * *", "*/30 9 * * *", "15 * * * *"].map(|cron| (zone.clone(), cron))
        }) {
            let schedule = WallSchedule::new(Cron::parse(cron).expect(cron), zone);
            let mut place = Place::default();
            let mut at = "2026-03-20T00:00:00Z".parse::<Timestamp>().expect("a timestamp").as_second();
            for step in 0..4000_i64 {
                // Mostly on, often back, by anything from minutes to weeks.
                at += (step * step * 7919 % 300_000) - if step % 3 == 0 { 280_000 } else { 20_000 };
                let after = Timestamp::from_second(at).expect("a timestamp");
                let found = schedule.next_after_from(after, &mut place);
                assert_eq!(found, schedule.next_after(after), "{cron} after {after}");
            }
        }
    }

    #[test]
    fn elapsed_time_follows_two_quick_changes() {
        let found = firings("*/30 9 * * *");
        assert_eq!(found[0].0, "2026-04-10T06:30:00Z");
        assert_eq!(found[1].0, "2026-04-10T09:00:00Z");
        assert_eq!(found[2].0, "2026-04-10T09:30:00Z");
        assert_eq!(found[3].0, "2026-04-11T06:00:00Z");
    }
}
