//! Cron expressions against a matcher so naive that it is evidently right: it
//! reads the text anew for each value and steps through time one by one.

mod support;

use jiff::civil::{Date, DateTime};
use support::{Random, Shape, expression};
use tasks_schedule::{CivilDateTime, Cron};

const SEED: u64 = 0x7A5C_0001;

/// Whether `item` of a list selects `value`; `names` begin at `min`.
fn item_selects(item: &str, value: i64, min: i64, max: i64, names: &[&str]) -> bool {
    let number = |text: &str| {
        let position = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        position.map_or_else(|| text.parse().ok(), |at| Some(at as i64 + min))
    };
    let (range, step) =
        item.split_once('/').map_or((item, 1), |(range, step)| (range, step.parse::<i64>().expect("a step")));
    let (first, last) = if range == "*" {
        (min, max)
    } else if let Some((first, last)) = range.split_once('-') {
        let (Some(first), Some(mut to)) = (number(first), number(last)) else { return false };
        if names.len() == 7 && last.eq_ignore_ascii_case("SUN") && first > 0 {
            to = 7;
        }
        (first, to)
    } else {
        let Some(value) = number(range) else { return false };
        (value, value)
    };
    let hit = |value: i64| first <= value && value <= last && (value - first) % step == 0;
    hit(value) || names.len() == 7 && value == 0 && hit(7)
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

fn field_selects(field: &str, value: i64, min: i64, max: i64, names: &[&str]) -> bool {
    field.split(',').any(|item| item_selects(item, value, min, max, names))
}

/// Whether a date's place in its month is selected.
fn day_of_month_selects(field: &str, date: Date) -> bool {
    let weekend = |date: Date| date.weekday().to_sunday_zero_offset() % 6 == 0;
    let last = date.last_of_month();
    field.to_ascii_uppercase().split(',').any(|item| match item {
        "L" => date == last,
        "LW" => {
            let mut day = last;
            while weekend(day) {
                day = day.yesterday().expect("a date");
            }
            date == day
        }
        _ => match item.strip_suffix('W') {
            None => item_selects(item, date.day().into(), 1, 31, &[]),
            Some(day) => {
                // The nearest weekday: the least distance wins, within the month.
                let target: i8 = day.parse().expect("a day");
                let candidates = (1..=date.days_in_month())
                    .map(|day| date.with().day(day).build().expect("a date"))
                    .filter(|&candidate| !weekend(candidate));
                target <= date.days_in_month()
                    && candidates.min_by_key(|day| (day.day() - target).abs()) == Some(date)
            }
        },
    })
}

/// Whether a date's place in its week is selected.
fn day_of_week_selects(field: &str, date: Date) -> bool {
    let weekday: i64 = date.weekday().to_sunday_zero_offset().into();
    let is = |text: &str| item_selects(text, weekday, 0, 6, &WEEKDAYS);
    field.to_ascii_uppercase().split(',').any(|item| {
        if let Some((day, nth)) = item.split_once('#') {
            is(day) && (date.day() - 1) / 7 + 1 == nth.parse().expect("a number")
        } else if let Some(day) = item.strip_suffix('L') {
            is(day) && date.day() + 7 > date.days_in_month()
        } else {
            is(item)
        }
    })
}

/// An expression as its seven fields.
struct Oracle {
    fields: [String; 7],
}

impl Oracle {
    fn new(text: &str) -> Self {
        let mut fields: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if fields.len() == 5 {
            fields.insert(0, "0".to_owned());
        }
        if fields.len() == 6 {
            fields.push("*".to_owned());
        }
        Self { fields: fields.try_into().expect("5 to 7 fields") }
    }

    fn date_matches(&self, date: Date) -> bool {
        let [_, _, _, of_month, month, of_week, year] = &self.fields;
        let in_month = day_of_month_selects(of_month, date);
        let in_week = day_of_week_selects(of_week, date);
        let days = if of_month.starts_with('*') || of_week.starts_with('*') {
            in_month && in_week
        } else {
            in_month || in_week
        };
        days && field_selects(month, date.month().into(), 1, 12, &MONTHS)
            && (year == "*" || field_selects(year, date.year().into(), 1970, 2199, &[]))
    }

    fn times(&self) -> Vec<(u8, u8, u8)> {
        let values = |field: &str, max: i64| -> Vec<u8> {
            (0..=max).filter(|&v| field_selects(field, v, 0, max, &[])).map(|v| v as u8).collect()
        };
        let [seconds, minutes, hours, ..] = &self.fields;
        let (seconds, minutes) = (values(seconds, 59), values(minutes, 59));
        let mut times = Vec::new();
        for hour in values(hours, 23) {
            for &minute in &minutes {
                times.extend(seconds.iter().map(|&second| (hour, minute, second)));
            }
        }
        times
    }
}

fn civil(date: Date, (hour, minute, second): (u8, u8, u8)) -> CivilDateTime {
    let (month, day) = (date.month().cast_unsigned(), date.day().cast_unsigned());
    CivilDateTime::new(date.year(), month, day, hour, minute, second).expect("a date")
}

fn date_of(at: CivilDateTime) -> Date {
    let (month, day) = (at.month().cast_signed(), at.day().cast_signed());
    DateTime::new(at.year(), month, day, 0, 0, 0, 0).expect("a date").date()
}

/// A random expression that parses.
fn valid(random: &mut Random, shape: Shape) -> (String, Cron) {
    loop {
        let text = expression(random, shape);
        if let Ok(cron) = Cron::parse(&text) {
            return (text, cron);
        }
    }
}

/// Walks `days` days from `start` and compares each firing, forwards and
/// backwards, and the count.
fn compare(text: &str, cron: &Cron, start: CivilDateTime, days: u32) {
    let oracle = Oracle::new(text);
    let times = oracle.times();
    let mut expected = Vec::new();
    let mut date = date_of(start);
    for _ in 0..days {
        if oracle.date_matches(date) {
            expected.extend(times.iter().map(|&time| civil(date, time)).filter(|&at| at > start));
        }
        date = date.tomorrow().expect("a date");
    }
    let end = civil(date.yesterday().expect("a date"), (23, 59, 59));
    let context = || format!("seed {SEED:#x}, `{text}` from {start} to {end}");

    let mut at = start;
    for &due in &expected {
        assert_eq!(cron.next_after(at), Some(due), "next after {at}: {}", context());
        at = due;
    }
    let beyond = cron.next_after(at);
    assert!(beyond.is_none_or(|due| due > end), "{beyond:?} after the last: {}", context());

    assert_eq!(cron.count_between(start, end), expected.len() as u64, "count: {}", context());
    let mut until = end;
    for &due in expected.iter().rev() {
        assert_eq!(cron.latest_at_or_before(until), Some(due), "until {until}: {}", context());
        until = CivilDateTime::from_seconds(due.to_seconds() - 1).expect("a date");
    }
    let before = cron.latest_at_or_before(until);
    assert!(before.is_none_or(|due| due <= start), "{before:?} before: {}", context());
}

#[test]
fn every_second_of_days_with_a_seconds_field_agrees() {
    let mut random = Random::new(SEED);
    for _ in 0..1500 {
        let (text, cron) = valid(&mut random, Shape::Six);
        // From shortly before a firing, so that sparse expressions show one.
        let somewhere = random.civil(1890, 2110);
        let near = cron.next_after(somewhere).expect("no year is excluded");
        let start = CivilDateTime::from_seconds(near.to_seconds() - random.between(1, 90_000));
        // Some expressions fire 86,400 times a day.
        let dense = Oracle::new(&text).times().len() > 5_000;
        compare(&text, &cron, start.expect("a date"), if dense { 2 } else { 4 });
    }
}

#[test]
fn every_minute_of_months_agrees() {
    let mut random = Random::new(SEED + 1);
    for _ in 0..600 {
        let (text, cron) = valid(&mut random, Shape::Five);
        let start = random.civil(1890, 2110);
        let dense = Oracle::new(&text).times().len() > 200;
        compare(&text, &cron, start, if dense { 31 } else { 120 });
    }
}

#[test]
fn every_day_of_decades_agrees() {
    let mut random = Random::new(SEED + 2);
    for _ in 0..200 {
        let (text, _) = valid(&mut random, Shape::Seven);
        let fields: Vec<&str> = text.split(' ').collect();
        let text = format!("7 6 5 {}", fields[3..].join(" "));
        let Ok(cron) = Cron::parse(&text) else { continue };
        let start = random.civil(1965, 2190);
        compare(&text, &cron, start, 366 * 20);
    }
}

/// An expression that we call "never" must indeed match no day of the 400
/// years after which the calendar repeats (or of its own years), and the
/// others must match one.
#[test]
fn an_expression_is_refused_as_never_exactly_when_no_date_matches() {
    let mut random = Random::new(SEED + 3);
    let mut never = 0;
    let mut cases = vec![
        "0 0 30 2 *".to_owned(),
        "0 0 31 4,6,9,11 *".to_owned(),
        "0 0 30W 2 *".to_owned(),
        "0 0 */30 * 5#2".to_owned(),
        "0 0 0 29 2 * 2023".to_owned(),
        "0 0 0 29 2 * 1970-2199/100".to_owned(),
        "0 0 */29 2 MON".to_owned(),
        "0 0 29 2 *".to_owned(),
        "0 0 0 29 2 * 2000".to_owned(),
        "0 0 0 29 2 * 2100".to_owned(),
        "0 0 * 2 1#5".to_owned(),
    ];
    for _ in 0..60 {
        let days = support::damaged(&mut random, "*/29");
        let month = random.between(1, 12);
        let nth = random.between(1, 5);
        cases.push(format!("0 0 {days} {month} {}#{nth}", random.between(0, 7)));
        cases.push(format!("0 0 0 {} {month} * {}", random.between(28, 31), random.between(1970, 2199)));
        cases.push(format!("0 0 */{} {month} {}L", random.between(1, 30), random.between(0, 7)));
    }
    for text in cases {
        let parsed = Cron::parse(&text);
        if let Err(error) = &parsed
            && !error.is_never()
        {
            continue;
        }
        let oracle = Oracle::new(&text);
        let first = Date::constant(1970, 1, 1);
        let fires = first
            .series(jiff::Span::new().days(1))
            .take_while(|date| date.year() < 2370)
            .any(|date| oracle.date_matches(date));
        never += usize::from(!fires);
        assert_eq!(parsed.is_ok(), fires, "seed {SEED:#x}, `{text}`: {parsed:?}");
    }
    assert!(never > 20, "only {never} of the cases never fire: the test shows little");
}

#[test]
fn civil_time_agrees_with_another_calendar() {
    let mut random = Random::new(SEED + 4);
    for _ in 0..20_000 {
        let at = random.civil(-9999, 9999);
        let date = date_of(at);
        assert_eq!(at.weekday(), date.weekday().to_sunday_zero_offset().cast_unsigned(), "{at}");
        assert_eq!(CivilDateTime::from_seconds(at.to_seconds()), Some(at));
        let time = jiff::civil::time(
            at.hour().cast_signed(),
            at.minute().cast_signed(),
            at.second().cast_signed(),
            0,
        );
        let epoch = Date::constant(1970, 1, 1).at(0, 0, 0, 0);
        let elapsed = date.to_datetime(time).duration_since(epoch).as_secs();
        assert_eq!(at.to_seconds(), elapsed, "{at}");
        if let Some(next) = at.succ() {
            assert_eq!(next.to_seconds(), at.to_seconds() + 1);
        }
    }
    assert_eq!(CivilDateTime::MAX.succ(), None);
    assert_eq!(CivilDateTime::from_seconds(CivilDateTime::MIN.to_seconds() - 1), None);
}

#[test]
fn years_end() {
    let at = |year| CivilDateTime::new(year, 6, 1, 0, 0, 0).expect("a date");
    let past = Cron::parse("0 0 0 1 1 * 2020").expect("a year that is over is no error");
    assert_eq!(past.next_after(at(2021)), None);
    assert_eq!(past.next_after(at(2019)), CivilDateTime::new(2020, 1, 1, 0, 0, 0));
    assert_eq!(past.latest_at_or_before(at(2019)), None);
    let yearly = Cron::parse("@yearly").expect("an alias");
    assert_eq!(yearly.next_after(at(9999)), None);
    assert_eq!(yearly.latest_at_or_before(CivilDateTime::MIN), Some(CivilDateTime::MIN));
    assert_eq!(yearly.count_between(CivilDateTime::MIN, CivilDateTime::MAX), 19_998);
    assert_eq!(yearly.count_between(CivilDateTime::MAX, CivilDateTime::MIN), 0);
}
