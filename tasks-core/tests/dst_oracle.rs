//! The rule for daylight saving time against an oracle that knows nothing of
//! segments: it asks `jiff` what the clock on the wall shows at each second or
//! minute, and applies the rule's words to what it sees.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tasks_core::zone::{DstNote, Due, WallSchedule, Zone};
use tasks_schedule::{CivilDateTime, Cron};

/// What the clock on the wall shows at an instant, read digit by digit.
fn shown(zone: &TimeZone, instant: i64) -> CivilDateTime {
    let at = Timestamp::from_second(instant).expect("an instant").to_zoned(zone.clone()).datetime();
    CivilDateTime::new(
        at.year(),
        at.month().cast_unsigned(),
        at.day().cast_unsigned(),
        at.hour().cast_unsigned(),
        at.minute().cast_unsigned(),
        at.second().cast_unsigned(),
    )
    .expect("one calendar")
}

fn matches(cron: &Cron, at: CivilDateTime) -> bool {
    cron.next_at_or_after(at) == Some(at)
}

/// A clock on a wall, filmed: what it showed at each tick of `[start, end]`,
/// and for three days before, so that it is known which local times it has
/// shown or skipped already.
struct Film {
    zone: &'static str,
    start: i64,
    end: i64,
    /// Divides every time that the expressions can name and every change of
    /// the zone's clocks.
    tick: i64,
    frames: Vec<(i64, CivilDateTime)>,
}

impl Film {
    fn new(zone: &'static str, start: i64, end: i64, tick: i64) -> Self {
        let time_zone = Zone::parse(zone).expect(zone).time_zone().clone();
        let first = start - 3 * 86_400;
        let instants = (0..=(end - first) / tick).map(|n| first + n * tick);
        let frames = instants.map(|instant| (instant, shown(&time_zone, instant))).collect();
        Self { zone, start, end, tick, frames }
    }

    /// All firings in `(start, end]`, found by watching.
    fn firings(&self, cron: &Cron) -> Vec<i64> {
        let mut fired = Vec::new();
        let mut seen: BTreeSet<CivilDateTime> = BTreeSet::new();
        let mut furthest = self.frames[0].1;
        for &(instant, now) in &self.frames {
            let fires = if cron.is_fixed_time() {
                // Local times that went by unseen since the furthest one shown.
                let mut skipped = false;
                let mut local = furthest.to_seconds() + self.tick;
                while local < now.to_seconds() {
                    let at = CivilDateTime::from_seconds(local).expect("a date");
                    skipped |= matches(cron, at) && seen.insert(at);
                    local += self.tick;
                }
                let first_pass = now >= furthest && seen.insert(now);
                skipped || (first_pass && matches(cron, now))
            } else {
                matches(cron, now)
            };
            furthest = furthest.max(now);
            if fires && instant > self.start {
                fired.push(instant);
            }
        }
        fired
    }
}

fn seconds_of(text: &str) -> i64 {
    text.parse::<Timestamp>().expect("a timestamp").as_second()
}

fn schedule(cron: &str, zone: &str) -> WallSchedule {
    WallSchedule::new(Cron::parse(cron).expect(cron), Zone::parse(zone).expect(zone))
}

fn due_after(schedule: &WallSchedule, instant: i64) -> Option<Due> {
    schedule.next_after(Timestamp::from_second(instant).expect("an instant"))
}

/// Compares every firing in `(start, end]`: one by one, as an iterator, and
/// from instants between firings.
fn compare(cron: &str, film: &Film) {
    let &Film { zone, start, end, .. } = film;
    let schedule = schedule(cron, zone);
    let context = format!("`{cron}` in {zone}");
    let expected = film.firings(schedule.cron());

    let from = Timestamp::from_second(start).expect("an instant");
    let iterated: Vec<i64> =
        schedule.upcoming(from).map(|due| due.at.as_second()).take_while(|&at| at <= end).collect();
    assert_eq!(iterated, expected, "{context} as an iterator from {from}");

    let mut at = start;
    for &next in &expected {
        for asked in [at, at.midpoint(next), next - 1] {
            let due = due_after(&schedule, asked).map(|due| due.at.as_second());
            assert_eq!(due, Some(next), "{context} after {}", shown_at(asked));
        }
        at = next;
    }
    let beyond = due_after(&schedule, end).map(|due| due.at.as_second());
    assert!(beyond.is_none_or(|at| at > end), "{context} beyond the end");

    let until = Timestamp::from_second(end).expect("an instant");
    assert_eq!(schedule.count_between(from, until), expected.len() as u64, "{context}: count");
    let mut later = end + 1;
    for &latest in expected.iter().rev() {
        for asked in [latest, latest.midpoint(later), later - 1] {
            let until = Timestamp::from_second(asked).expect("an instant");
            let due = schedule.latest_at_or_before(until);
            assert_eq!(due.map(|due| due.at.as_second()), Some(latest), "{context} at or before {until}");
            let forwards = due_after(&schedule, latest - 1);
            assert_eq!(due, forwards, "{context}: both directions tell the same of {until}");
        }
        let counted = schedule.count_between(
            Timestamp::from_second(latest - 1).expect("an instant"),
            Timestamp::from_second(later - 1).expect("an instant"),
        );
        assert_eq!(counted, 1, "{context}: count around {latest}");
        later = latest;
    }
}

fn shown_at(instant: i64) -> String {
    Timestamp::from_second(instant).expect("an instant").to_string()
}

/// Around these changes of clocks: zone, an instant near it, and what happens.
const CHANGES: &[(&str, &str)] = &[
    ("Europe/Madrid", "2026-03-29T01:00:00Z"),       // 1 h gap
    ("Europe/Madrid", "2026-10-25T01:00:00Z"),       // 1 h fold
    ("Europe/London", "2026-03-29T01:00:00Z"),       // gap at 01:00
    ("Europe/Dublin", "2026-10-25T01:00:00Z"),       // negative DST
    ("America/New_York", "2026-03-08T07:00:00Z"),    // gap
    ("America/New_York", "2026-11-01T06:00:00Z"),    // fold
    ("America/St_Johns", "2006-10-29T02:31:00Z"),    // fold across midnight
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"), // 30 min gap
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"), // 30 min fold
    ("Antarctica/Troll", "2026-03-29T01:00:00Z"),    // 2 h gap
    ("Antarctica/Troll", "2026-10-25T01:00:00Z"),    // 2 h fold
    ("Africa/Cairo", "2026-04-23T22:00:00Z"),        // gap at midnight
    ("Africa/Cairo", "2026-10-29T21:00:00Z"),        // fold into the day before
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),        // a whole day skipped
    ("Pacific/Kwajalein", "1993-08-21T12:00:00Z"),   // a whole day skipped
    ("Pacific/Kiritimati", "1994-12-31T10:00:00Z"),  // a whole day skipped
    ("America/Juneau", "1867-10-19T00:00:00Z"),      // a day lived twice, odd seconds
    ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),      // 15 min gap
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),   // gap at midnight
    ("Asia/Pyongyang", "2018-05-04T15:00:00Z"),      // 30 min gap at 23:30
    ("Africa/Casablanca", "2026-02-15T02:00:00Z"),   // before Ramadan
    ("Africa/Casablanca", "2026-03-22T02:00:00Z"),   // after Ramadan
    ("Asia/Gaza", "2026-03-27T22:00:00Z"),           // late in the evening
    ("America/Caracas", "2007-12-09T07:00:00Z"),     // 30 min fold, no DST
    ("Pacific/Chatham", "2026-09-26T14:00:00Z"),     // 45 min offset
    ("UTC", "2026-03-29T01:00:00Z"),                 // nothing
];

const EXPRESSIONS: &[&str] = &[
    "30 2 * * *",
    "15,45 0-3 * * *",
    "0 0 * * *",
    "59 23 * * *",
    "0 9 * * FRI",
    "0,30 2,14 * * *",
    "0-59 1 * * *",
    "0 3 * * *",
    "30 0-23 * * *",
    "0 12 L * *",
    "*/15 * * * *",
    "30 * * * *",
    "*/7 1-2 * * *",
    "0 */2 * * *",
    "45 1-3/2 * * *",
    "* 23 * * *",
    "0 0-23/6 30,31 * *",
];

#[test]
fn every_minute_around_every_kind_of_change_agrees() {
    std::thread::scope(|scope| {
        for half in CHANGES.chunks(CHANGES.len().div_ceil(2)) {
            scope.spawn(move || {
                for (zone, change) in half {
                    let change = seconds_of(change);
                    // Juneau's clocks changed by odd seconds in 1867: the other
                    // test looks at those.
                    if change < 0 && *zone == "America/Juneau" {
                        continue;
                    }
                    let film = Film::new(zone, change - 36 * 3600, change + 36 * 3600, 60);
                    for cron in EXPRESSIONS {
                        compare(cron, &film);
                    }
                }
            });
        }
    });
}

#[test]
fn every_second_around_a_change_agrees() {
    for (zone, change) in [
        ("Europe/Madrid", "2026-03-29T01:00:00Z"),
        ("Europe/Madrid", "2026-10-25T01:00:00Z"),
        ("America/Juneau", "1867-10-19T00:00:00Z"),
    ] {
        let change = seconds_of(change);
        let film = Film::new(zone, change - 20_000, change + 20_000, 1);
        for cron in ["*/40 30,59 2,3 * * *", "7 */20 * * * *", "0 15 15-16 18 10 *"] {
            compare(cron, &film);
        }
    }
}

#[test]
fn whole_years_agree() {
    let zones = ["Europe/Madrid", "Australia/Lord_Howe", "Antarctica/Troll", "Africa/Cairo"];
    for zone in zones {
        let year = seconds_of("2025-12-31T00:00:00Z");
        let film = Film::new(zone, year, year + 370 * 86_400, 900);
        for cron in ["30 2 * * *", "0,30 0-3 * * SUN", "*/30 1-3 * * *", "15 2 29 3 MON"] {
            compare(cron, &film);
        }
    }
}

/// The firing before lies several changes back, and the next change follows
/// within hours: the search has to land on the right side of it.
#[test]
fn rare_firings_next_to_a_change_agree() {
    for (zone, crons) in [
        ("Europe/Madrid", ["30 1 25 10 *", "30 0,1 29 3 *", "*/30 1 25 10 *", "*/30 4 29 3 *"]),
        ("America/New_York", ["30 0 1 11 *", "30 1,5 8 3 *", "*/30 0 1 11 *", "*/30 4 8 3 *"]),
        ("Australia/Lord_Howe", ["30 1 4 10 *", "30 0 5 4 *", "*/30 1 4 10 *", "*/30 4 5 4 *"]),
    ] {
        let start = seconds_of("2025-01-01T00:00:00Z");
        let film = Film::new(zone, start, start + 730 * 86_400, 1800);
        for cron in crons {
            compare(cron, &film);
        }
    }
}

fn firings(cron: &str, zone: &str, from: &str, count: usize) -> Vec<(String, Option<DstNote>)> {
    schedule(cron, zone)
        .upcoming(from.parse().expect("a timestamp"))
        .take(count)
        .map(|due| (due.at.to_string(), due.dst))
        .collect()
}

fn local(text: (i16, u8, u8, u8, u8)) -> CivilDateTime {
    let (year, month, day, hour, minute) = text;
    CivilDateTime::new(year, month, day, hour, minute, 0).expect("a date")
}

#[test]
fn a_fixed_time_in_a_gap_fires_once_at_its_end_and_says_so() {
    let note = |count| DstNote::Gap { local: local((2026, 3, 29, 2, 0)), count };
    let found = firings("0,30 2 * * *", "Europe/Madrid", "2026-03-28T02:00:00Z", 2);
    assert_eq!(found[0], ("2026-03-29T01:00:00Z".to_owned(), Some(note(2))));
    assert_eq!(found[1], ("2026-03-30T00:00:00Z".to_owned(), None));
    // One that is due at the end of the gap anyway is not a second firing.
    let found = firings("0 2,3 * * *", "Europe/Madrid", "2026-03-28T02:00:00Z", 2);
    assert_eq!(found[0], ("2026-03-29T01:00:00Z".to_owned(), Some(note(2))));
    assert_eq!(found[1], ("2026-03-30T00:00:00Z".to_owned(), None));
}

#[test]
fn notes_read_well() {
    let gap = |count| DstNote::Gap { local: local((2026, 3, 29, 2, 30)), count }.to_string();
    assert_eq!(gap(1), "2026-03-29T02:30:00 does not exist: clocks go forward");
    assert_eq!(gap(3), "2026-03-29T02:30:00 does not exist: clocks go forward (3 local times in one)");
    assert_eq!(DstNote::FoldFirst.to_string(), "first of two: clocks go back");
    assert_eq!(DstNote::FoldSecond.to_string(), "second of two: clocks go back");
}

#[test]
fn zones_are_found_in_any_case_and_typos_get_a_suggestion() {
    for (written, name) in [
        ("europe/madrid", "Europe/Madrid"),
        ("EUROPE/MADRID", "Europe/Madrid"),
        ("utc", "UTC"),
        ("UTC", "UTC"),
        ("Asia/Calcutta", "Asia/Calcutta"),
    ] {
        let zone = Zone::parse(written).expect(written);
        assert_eq!(zone.name(), name);
        assert_eq!(zone.to_string(), name);
    }
    for (written, message) in [
        ("Europe/Madird", "unknown time zone `Europe/Madird`: did you mean `Europe/Madrid`?"),
        ("madrid", "unknown time zone `madrid`: did you mean `Europe/Madrid`?"),
        ("New York", "unknown time zone `New York`: did you mean `America/New_York`?"),
        (
            "Etc/Unknown",
            "unknown time zone `Etc/Unknown`: write an IANA name such as `Europe/Berlin`, or `UTC`",
        ),
        ("", "unknown time zone ``: write an IANA name such as `Europe/Berlin`, or `UTC`"),
        ("+02:00", "unknown time zone `+02:00`: write an IANA name such as `Europe/Berlin`, or `UTC`"),
    ] {
        let error = Zone::parse(written).expect_err(written);
        assert_eq!(error.to_string(), message);
        assert_eq!(error.name(), written);
    }
}

#[test]
fn a_fixed_time_in_a_fold_fires_in_the_first_pass_only() {
    let found = firings("30 2 * * *", "Europe/Madrid", "2026-10-24T12:00:00Z", 2);
    assert_eq!(found[0], ("2026-10-25T00:30:00Z".to_owned(), Some(DstNote::FoldFirst)));
    assert_eq!(found[1], ("2026-10-26T01:30:00Z".to_owned(), None));
}

#[test]
fn a_wildcard_fires_in_both_passes_of_a_fold_and_not_in_a_gap() {
    let found = firings("*/30 2 * * *", "Europe/Madrid", "2026-10-24T12:00:00Z", 5);
    let (first, second) = (Some(DstNote::FoldFirst), Some(DstNote::FoldSecond));
    assert_eq!(found[0], ("2026-10-25T00:00:00Z".to_owned(), first));
    assert_eq!(found[1], ("2026-10-25T00:30:00Z".to_owned(), first));
    assert_eq!(found[2], ("2026-10-25T01:00:00Z".to_owned(), second));
    assert_eq!(found[3], ("2026-10-25T01:30:00Z".to_owned(), second));
    assert_eq!(found[4], ("2026-10-26T01:00:00Z".to_owned(), None));
    let found = firings("*/30 2 * * *", "Europe/Madrid", "2026-03-28T12:00:00Z", 1);
    assert_eq!(found[0], ("2026-03-30T00:00:00Z".to_owned(), None));
}

#[test]
fn a_skipped_day_is_one_firing_for_fixed_times() {
    let found = firings("0 9,21 * * *", "Pacific/Apia", "2011-12-30T08:00:00Z", 2);
    let note = DstNote::Gap { local: local((2011, 12, 30, 9, 0)), count: 2 };
    assert_eq!(found[0], ("2011-12-30T10:00:00Z".to_owned(), Some(note)));
    assert_eq!(found[1], ("2011-12-30T19:00:00Z".to_owned(), None));
}

/// `0 0 * * *` in London ran twice on the change day in one cron library.
#[test]
fn midnight_in_london_fires_once_on_the_day_of_a_change() {
    let found = firings("0 0 * * *", "Europe/London", "2026-03-28T12:00:00Z", 2);
    assert_eq!(found[0].0, "2026-03-29T00:00:00Z");
    assert_eq!(found[1].0, "2026-03-29T23:00:00Z");
}

/// The last Sunday of March has no 02:00 to 03:00 in Madrid, in any year.
#[test]
fn an_expression_that_only_ever_meets_gaps_ends_the_search() {
    let schedule = schedule("*/5 2 * 3 7L", "Europe/Madrid");
    assert_eq!(schedule.next_after("2026-01-01T00:00:00Z".parse().expect("a timestamp")), None);
}

#[test]
fn fractions_of_a_second_round_no_firing_away() {
    let schedule = schedule("* * * * * *", "UTC");
    for (after, next) in [
        ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:01Z"),
        ("2026-01-01T00:00:00.999999999Z", "2026-01-01T00:00:01Z"),
        ("1969-12-31T23:59:58.5Z", "1969-12-31T23:59:59Z"),
        ("1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z"),
        ("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"),
    ] {
        let due = schedule.next_after(after.parse().expect("a timestamp")).expect("a firing");
        assert_eq!(due.at.to_string(), next, "after {after}");
        let latest = schedule.latest_at_or_before(after.parse().expect("a timestamp"));
        let before = due.at - SignedDuration::from_secs(1);
        assert_eq!(latest.expect("a firing").at, before, "at or before {after}");
    }
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    for zone in ["UTC", "Europe/Madrid", "Pacific/Apia", "America/New_York"] {
        for cron in ["* * * * *", "0 0 * * *", "*/5 3 29 2 MON"] {
            let schedule = schedule(cron, zone);
            assert_eq!(schedule.next_after(Timestamp::MAX), None);
            assert!(schedule.next_after(Timestamp::MIN).is_some());
            assert!(schedule.latest_at_or_before(Timestamp::MAX).is_some());
            assert_eq!(schedule.latest_at_or_before(Timestamp::MIN), None);
            assert!(schedule.count_between(Timestamp::MIN, Timestamp::MAX) > 600);
            assert_eq!(schedule.count_between(Timestamp::MAX, Timestamp::MIN), 0);
        }
    }
}

#[test]
fn a_year_of_minutes_counts_what_it_yields() {
    let schedule = schedule("* * * * *", "Europe/Madrid");
    let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a timestamp");
    let end = start + SignedDuration::from_hours(365 * 24);
    let found = schedule.upcoming(start).take_while(|due| due.at <= end).count();
    assert_eq!(found, 365 * 24 * 60);
    assert_eq!(schedule.count_between(start, end), found as u64);
}
