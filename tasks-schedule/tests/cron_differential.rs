//! Cron expressions against two established crates, on more than a million
//! random expressions: same text, same verdict, same next dates, wherever the
//! rules are the same.
//!
//! # Known disagreements
//!
//! With `croner` 4.0.3, which
//!
//! 1. accepts a step that reaches past its range (`*/60`) and empty list items
//!    (`1,,2`), reads `?` as `*`, and accepts years before 1970 and after 2199;
//! 2. accepts what never fires, and finds out by walking to the year 5000;
//! 3. puts names into numbers by replacing text, so that `MON` is 1 in every
//!    field and `1MON` is 11;
//! 4. calls a day field restricted when it begins with `*` but is not `*`
//!    alone, so that `0 0 */2 * MON` is a union (Unix cron and `cronexpr`: an
//!    intersection);
//! 5. takes `L` alone in the day-of-week field, which then never matches, `L`
//!    in any other field, anything between `#` and `L`, and `+` before the day-of-week field, for "and";
//! 6. refuses `*` as one item of several, reads `SUN-SUN` as the whole week (we: Sunday), and counts the steps of
//!    `*/n` in the year field from the year 1 (we: from 1970), and `L` beside
//!    `LW` or `15W` in one list loses its meaning.
//!
//! With `cronexpr` 1.7.0, which
//!
//! 7. has five fields only, no `LW`, no Sunday by name at the end of a range
//!    (`FRI-SUN`), and reads a sixth field as a time zone;
//! 8. accepts `5/15`, as `5-59/15`, and steps that reach past a range's end
//!    but not past the field's;
//! 9. looks ahead four years, so that `0 0 29 2 *` may have no next date;
//! 10. finds neither the last day (`L`) nor a last weekday (`5L`) of December:
//!     it looks whether the month after has a greater number.

mod support;

use croner::parser::CronParser;
use cronexpr::{FallbackTimezoneOption, MakeTimestamp, ParseOptions, parse_crontab_with};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use support::{Random, Shape, expression};
use tasks_schedule::{CivilDateTime, Cron};

const SEED: u64 = 0xD1FF_0001;
const CRONER_CASES: u64 = 600_000;
const CRONEXPR_CASES: u64 = 700_000;

/// What a comparison came to, so that a test can show that it compared.
#[derive(Debug, Default)]
struct Tally {
    same_date: u64,
    same_refusal: u64,
    known_disagreement: u64,
}

impl Tally {
    fn check(&self, cases: u64) {
        assert_eq!(self.same_date + self.same_refusal + self.known_disagreement, cases);
        assert!(self.same_date * 10 > cases * 6, "too few dates were compared: {self:?}");
        assert!(self.same_refusal * 100 > cases, "too few refusals were compared: {self:?}");
    }
}

fn to_jiff(at: CivilDateTime) -> DateTime {
    DateTime::new(
        at.year(),
        at.month().cast_signed(),
        at.day().cast_signed(),
        at.hour().cast_signed(),
        at.minute().cast_signed(),
        at.second().cast_signed(),
        0,
    )
    .expect("one calendar")
}

/// Splits the cases over two threads: each has its own seed.
fn in_two_halves(cases: u64, half: impl Fn(u64, u64) -> Tally + Sync) {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| half(SEED + 1, cases / 2));
        half(SEED, cases / 2).check(cases / 2);
        other.join().expect("the other half").check(cases / 2);
    });
}

#[test]
fn croner_finds_the_same_dates() {
    in_two_halves(CRONER_CASES, |seed, cases| {
        let mut random = Random::new(seed);
        let mut tally = Tally::default();
        for case in 0..cases {
            let shape = match case % 4 {
                0 => Shape::Six,
                1 => Shape::Seven,
                _ => Shape::Five,
            };
            let text = expression(&mut random, shape);
            let start = random.civil(1970, 2100);
            compare_with_croner(&text, start, &mut tally, seed);
        }
        tally
    });
}

fn compare_with_croner(text: &str, start: CivilDateTime, tally: &mut Tally, seed: u64) {
    let ours = Cron::parse(text);
    let theirs = CronParser::new().parse(text);
    let context = format!("seed {seed:#x}, `{text}` after {start}");
    match (ours, theirs) {
        (Err(_), Err(_)) => tally.same_refusal += 1,
        (Err(error), Ok(_)) => {
            assert!(croner_is_lax(text, &error), "only croner accepts: {error}: {context}");
            tally.known_disagreement += 1;
        }
        (Ok(_), Err(error)) => {
            assert!(has_star_in_list(text), "only croner refuses: {error}: {context}");
            tally.known_disagreement += 1;
        }
        (Ok(_), Ok(_)) if croner_reads_otherwise(text) => tally.known_disagreement += 1,
        (Ok(ours), Ok(theirs)) => {
            let mut at = start;
            for _ in 0..2 {
                let Some(next) = ours.next_after(at) else {
                    // croner would walk to the year 5000 to learn the same.
                    break;
                };
                let found = theirs.find_next_occurrence(&to_jiff(at), false);
                assert_eq!(found.ok(), Some(to_jiff(next)), "{context}");
                at = next;
            }
            tally.same_date += 1;
        }
    }
}

/// Disagreements 1, 2, 3 and 5: whether croner may accept what we refuse.
fn croner_is_lax(text: &str, error: &tasks_schedule::CronError) -> bool {
    let message = error.to_string();
    error.is_never()
        || message.starts_with("step `")
        || message.starts_with("empty list item")
        || text.contains('?')
        || message.contains("is out of range in the year field")
        || message.ends_with("allowed are 1-5")
        || message.contains("is not understood")
            && text.bytes().any(|byte| byte.is_ascii_alphabetic() || byte == b'+')
}

/// Disagreement 6: whether croner may refuse what we accept.
fn has_star_in_list(text: &str) -> bool {
    let is_list = |field: &&str| field.contains(',');
    text.split_whitespace().filter(is_list).any(|field| field.split(',').any(|item| item == "*"))
}

/// Disagreements 4 and 6: whether the same text means something else.
fn croner_reads_otherwise(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let fields: Vec<&str> = upper.split_whitespace().collect();
    let first = usize::from(fields.len() > 5);
    let (of_month, of_week) = (fields[first + 2], fields[first + 4]);
    let last_lost = of_month.contains('W') && of_month.split(',').any(|item| item == "L");
    if last_lost || upper.contains("SUN-SUN") || fields.get(6).is_some_and(|year| year.contains("*/")) {
        return true;
    }
    let starred = |field: &str| field.starts_with('*') && field != "*";
    of_month != "*" && of_week != "*" && (starred(of_month) || starred(of_week))
}

#[test]
fn cronexpr_finds_the_same_dates() {
    in_two_halves(CRONEXPR_CASES, |seed, cases| {
        let mut random = Random::new(seed ^ 0xFFFF);
        let mut tally = Tally::default();
        for _ in 0..cases {
            let text = expression(&mut random, Shape::Five);
            let start = random.civil(1970, 2100);
            compare_with_cronexpr(&text, start, &mut tally, seed);
        }
        tally
    });
}

fn compare_with_cronexpr(text: &str, start: CivilDateTime, tally: &mut Tally, seed: u64) {
    let mut options = ParseOptions::default();
    options.fallback_timezone_option = FallbackTimezoneOption::UTC;
    let ours = Cron::parse(text);
    let theirs = parse_crontab_with(text, options);
    let context = format!("seed {seed:#x}, `{text}` after {start}");
    match (ours, theirs) {
        (Err(_), Err(_)) => tally.same_refusal += 1,
        (Err(error), Ok(_)) => {
            assert!(cronexpr_is_lax(&error), "only cronexpr accepts: {error}: {context}");
            tally.known_disagreement += 1;
        }
        (Ok(_), Err(error)) => {
            assert!(is_beyond_cronexpr(text), "only cronexpr refuses: {error}: {context}");
            tally.known_disagreement += 1;
        }
        (Ok(ours), Ok(theirs)) => {
            let mut at = start;
            for _ in 0..2 {
                let next = ours.next_after(at).expect("no year is excluded");
                let instant = to_jiff(at).to_zoned(TimeZone::UTC).expect("an instant");
                let found = theirs.find_next(MakeTimestamp(instant.timestamp()));
                if next.month() == 12 && text.to_ascii_uppercase().contains('L') {
                    // Disagreement 10.
                    break;
                }
                // Disagreement 9.
                let Ok(found) = found else {
                    let years = next.year() - at.year();
                    assert!(years >= 4, "cronexpr finds no date, {next} is near: {context}");
                    break;
                };
                assert_eq!(found.datetime(), to_jiff(next), "{context}");
                at = next;
            }
            tally.same_date += 1;
        }
    }
}

/// Disagreements 7 and 8: whether cronexpr may accept what we refuse.
fn cronexpr_is_lax(error: &tasks_schedule::CronError) -> bool {
    let message = error.to_string();
    error.is_never()
        || message.starts_with("step `")
        || message.contains("has a step without a range")
        || message.starts_with("found ")
}

/// Disagreement 7: whether cronexpr may refuse what we accept.
fn is_beyond_cronexpr(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    fields.len() != 5
        || text.to_ascii_uppercase().contains("-SUN")
        || fields[2].to_ascii_uppercase().contains("LW")
}
