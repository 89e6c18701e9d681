//! Constants as the values of options, checked while the program is compiled.
//!
//! The expansion wraps what stands in the annotation into [`Constant`] and
//! calls the method of the option's kind; each is there for the types that the
//! kind takes, so a constant of another type is one error at the expression
//! that names them. What is wrong with a value is a panic of const evaluation,
//! at the same place: everything in here is `const` and `#[track_caller]`.

mod text;

use std::time::Duration;

use tasks_schedule::{Cron, CronFault, MAX_DURATION, MIN_DURATION, name, parse_duration, parse_rfc3339};

use self::text::{Digits, Text};
use crate::policy::{Limit, MaxRetries, Pool};

/// The value of an option that somebody named or computed.
#[expect(missing_debug_implementations, reason = "gone before the program runs")]
pub struct Constant<T>(pub T);

#[track_caller]
const fn wrong(parts: &[&str]) -> ! {
    let text = Text::of(parts);
    panic!("{}", text.as_str())
}

#[track_caller]
const fn in_range(key: &str, length: Duration, zero: bool) -> Duration {
    if length.is_zero() {
        if !zero {
            wrong(&["`", key, "` must be greater than zero"]);
        }
    } else if length.as_nanos() < MIN_DURATION.as_nanos() {
        wrong(&["`", key, "` is shorter than a millisecond"]);
    } else if length.as_nanos() > MAX_DURATION.as_nanos() {
        wrong(&["`", key, "` is longer than 10 years (3652days 12h)"]);
    }
    length
}

#[track_caller]
const fn wrong_cron(key: &str, text: &str, fault: &CronFault<'_>) -> ! {
    let (before, after) = fault.message();
    let quote = if after.is_empty() { "" } else { "`" };
    let found = if after.is_empty() { "" } else { fault.found() };
    let (within, field, behind) = match fault.field() {
        Some(field) => (" in the ", field.name(), " field"),
        None => ("", "", ""),
    };
    let (colon, allowed) = match fault.allowed() {
        Some(allowed) => (": allowed are ", allowed),
        None => ("", ""),
    };
    let what = Text::of(&[before, quote, found, quote, after]);
    let place = Text::of(&[within, field, behind]);
    wrong(&["`", key, "` is `", text, "`: ", what.as_str(), place.as_str(), colon, allowed])
}

const fn is(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    if text.len() != word.len() {
        return false;
    }
    let mut at = 0;
    while at < text.len() {
        if text[at] != word[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[expect(missing_docs, reason = "one for each kind of value; the module says what they do")]
impl Constant<Duration> {
    #[track_caller]
    pub const fn as_duration(self, key: &str, zero: bool) -> Duration {
        in_range(key, self.0, zero)
    }

    #[track_caller]
    pub const fn as_spread(self, key: &str) -> Duration {
        in_range(key, self.0, true)
    }

    #[track_caller]
    pub const fn as_limit(self, key: &str) -> Limit {
        Limit::After(in_range(key, self.0, false))
    }
}

#[expect(missing_docs, reason = "one for each kind of value; the module says what they do")]
impl Constant<&'static str> {
    #[track_caller]
    pub const fn as_duration(self, key: &str, zero: bool) -> Duration {
        match parse_duration(self.0) {
            Ok(length) => in_range(key, length, zero),
            Err(_) if is(self.0, "off") => wrong(&["`", key, "` cannot be switched off: it is a duration"]),
            Err(error) => wrong(&["`", key, "` is `", self.0, "`: ", error.message()]),
        }
    }

    #[track_caller]
    pub const fn as_spread(self, key: &str) -> Duration {
        if is(self.0, "off") { Duration::ZERO } else { self.as_duration(key, true) }
    }

    #[track_caller]
    pub const fn as_limit(self, key: &str) -> Limit {
        if is(self.0, "off") { Limit::Off } else { Limit::After(self.as_duration(key, false)) }
    }

    #[track_caller]
    pub const fn as_max(self, key: &str) -> MaxRetries {
        if is(self.0, "off") {
            MaxRetries::Limited(0)
        } else if is(self.0, "unlimited") {
            MaxRetries::Unlimited
        } else {
            wrong(&["`", key, "` is `", self.0, "`: it is a number of attempts, `unlimited` or `off`"])
        }
    }

    #[track_caller]
    pub const fn as_pool(self, key: &str) -> Pool<'static> {
        if self.0.is_empty() {
            wrong(&["`", key, "` is empty: it is the name of a pool, or `off`"]);
        }
        if is(self.0, "off") || is(self.0, "default") {
            return Pool::Off;
        }
        match name::check(self.0) {
            Ok(()) => Pool::Named(self.0),
            Err(error) => wrong(&["`", key, "` is `", self.0, "`: the name of a pool ", error.rule()]),
        }
    }

    #[track_caller]
    pub const fn as_instant(self, key: &str) -> &'static str {
        match parse_rfc3339(self.0) {
            Ok(_) => self.0,
            Err(error) => wrong(&["`", key, "` is `", self.0, "`: ", error.message()]),
        }
    }

    #[track_caller]
    pub const fn as_cron(self, key: &str) -> &'static str {
        match Cron::check(self.0) {
            Ok(()) => self.0,
            Err(fault) => wrong_cron(key, self.0, &fault),
        }
    }

    #[track_caller]
    pub const fn as_text(self, key: &str) -> &'static str {
        if self.0.is_empty() {
            wrong(&["`", key, "` is empty"]);
        }
        self.0
    }
}

#[expect(missing_docs, reason = "one for each kind of value; the module says what they do")]
impl Constant<bool> {
    pub const fn as_flag(self, _key: &str) -> bool {
        self.0
    }
}

/// Ten waits at this factor are longer than any `max_delay`.
const MAX_FACTOR: f64 = 1000.0;

#[expect(missing_docs, reason = "one for each kind of value; the module says what they do")]
impl Constant<f64> {
    #[track_caller]
    pub const fn as_factor(self, key: &str) -> f64 {
        if !(self.0 >= 1.0 && self.0 <= MAX_FACTOR) {
            wrong(&["`", key, "` is a number from 1 to 1000"]);
        }
        self.0
    }
}

// Of whole numbers this type only: one that is computed of literals has no
// other to be.
#[expect(missing_docs, reason = "one for each kind of value; the module says what they do")]
impl Constant<u32> {
    #[track_caller]
    pub const fn as_factor(self, key: &str) -> f64 {
        Constant(self.0 as f64).as_factor(key)
    }
}

macro_rules! whole_numbers {
    ($($number:ty)*) => {$(
        #[expect(missing_docs, reason = "one for each kind of value; the module says what they do")]
        impl Constant<$number> {
            #[track_caller]
            pub const fn as_count(self, key: &str, most: u32) -> u32 {
                if self.0 < 1 || self.0 as i128 > most as i128 {
                    wrong(&["`", key, "` is a whole number from 1 to ", Digits::of(most).as_str()]);
                }
                self.0 as u32
            }

            #[track_caller]
            pub const fn as_max(self, key: &str) -> MaxRetries {
                #[allow(unused_comparisons, reason = "some of the types have no negative numbers")]
                if self.0 < 0 || self.0 as i128 > u32::MAX as i128 {
                    wrong(&["`", key, "` is a whole number from 0 to 4294967295, or `unlimited`"]);
                }
                MaxRetries::Limited(self.0 as u32)
            }
        }
    )*};
}

whole_numbers!(u8 u16 u32 u64 usize i32);

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn constants_mean_what_literals_of_the_same_text_mean() {
        assert_eq!(const { Constant("1s").as_duration("every", false) }, SECOND);
        assert_eq!(Constant(SECOND).as_duration("every", false), SECOND);
        assert_eq!(Constant(Duration::ZERO).as_duration("grace", true), Duration::ZERO);
        assert_eq!(Constant("off").as_spread("jitter"), Duration::ZERO);
        assert_eq!(Constant("1s").as_spread("jitter"), SECOND);
        assert_eq!(Constant("off").as_limit("timeout"), Limit::Off);
        assert_eq!(Constant(SECOND).as_limit("timeout"), Limit::After(SECOND));
        assert_eq!(Constant("unlimited").as_max("retry"), MaxRetries::Unlimited);
        assert_eq!(Constant("off").as_max("retry"), MaxRetries::Limited(0));
        assert_eq!(Constant(3_usize).as_max("retry"), MaxRetries::Limited(3));
        assert_eq!(Constant(3_u8).as_count("max_running", u32::MAX), 3);
        assert_eq!((Constant(2_u32).as_factor("factor"), Constant(1.5).as_factor("factor")), (2.0, 1.5));
        assert_eq!(Constant("mail").as_pool("pool"), Pool::Named("mail"));
        assert_eq!(Constant("default").as_pool("pool"), Pool::Off);
        assert_eq!(Constant("2030-01-31T09:00:00Z").as_instant("at"), "2030-01-31T09:00:00Z");
        assert!(Constant(true).as_flag("enabled"));
        assert_eq!(const { Constant("@daily").as_cron("cron") }, "@daily");
        assert_eq!(Constant("Europe/Madrid").as_text("timezone"), "Europe/Madrid");
    }

    fn said<T: std::fmt::Debug>(wrong: impl FnOnce() -> T + std::panic::UnwindSafe) -> String {
        let payload = std::panic::catch_unwind(wrong).expect_err("it is wrong");
        payload.downcast_ref::<String>().cloned().unwrap_or_default()
    }

    #[test]
    fn each_mistake_says_which_option_and_why() {
        let duration = |text: &'static str| said(move || Constant(text).as_duration("every", false));
        assert_eq!(duration("0s"), "`every` must be greater than zero");
        assert_eq!(duration("off"), "`every` cannot be switched off: it is a duration");
        assert_eq!(
            duration("5x"),
            "`every` is `5x`: unknown unit in the duration: the units are ns, us, ms, s, m, h, d and w"
        );
        let of = |length: Duration| said(move || Constant(length).as_limit("timeout"));
        assert_eq!(of(Duration::ZERO), "`timeout` must be greater than zero");
        assert_eq!(of(Duration::from_nanos(5)), "`timeout` is shorter than a millisecond");
        assert_eq!(of(Duration::MAX), "`timeout` is longer than 10 years (3652days 12h)");
        assert_eq!(
            said(|| Constant(0_u32).as_count("max_running", u32::MAX)),
            "`max_running` is a whole number from 1 to 4294967295"
        );
        assert_eq!(said(|| Constant(11_u8).as_count("max", 10)), "`max` is a whole number from 1 to 10");
        assert_eq!(
            said(|| Constant(-1_i32).as_max("retry")),
            "`retry` is a whole number from 0 to 4294967295, or `unlimited`"
        );
        assert_eq!(
            said(|| Constant(u64::MAX).as_max("retry")),
            "`retry` is a whole number from 0 to 4294967295, or `unlimited`"
        );
        for factor in [0.5, 1001.0, f64::NAN] {
            assert_eq!(
                said(move || Constant(factor).as_factor("factor")),
                "`factor` is a number from 1 to 1000"
            );
        }
        assert!(said(|| Constant("three").as_max("retry")).contains("`three`"));
        assert_eq!(said(|| Constant("").as_text("timezone")), "`timezone` is empty");
        let pool = |name: &'static str| said(move || Constant(name).as_pool("pool"));
        assert_eq!(pool(""), "`pool` is empty: it is the name of a pool, or `off`");
        assert_eq!(pool("1st"), "`pool` is `1st`: the name of a pool starts with a letter");
        assert_eq!(
            pool("größe"),
            "`pool` is `größe`: the name of a pool has letters, digits, `_` and `-` only"
        );
        assert_eq!(pool("mail_"), "`pool` is `mail_`: the name of a pool does not end with a separator");
        let cron = |text: &'static str| said(move || Constant(text).as_cron("cron"));
        assert_eq!(
            cron("61 * * * *"),
            "`cron` is `61 * * * *`: `61` is out of range in the minute field: allowed are 0-59"
        );
        assert_eq!(
            cron("*/60 * * * *"),
            "`cron` is `*/60 * * * *`: step `60` is out of range in the minute field"
        );
        assert_eq!(cron("1,, * * * *"), "`cron` is `1,, * * * *`: empty list item in the minute field");
        assert_eq!(
            cron("@often"),
            "`cron` is `@often`: `@often` is not a known alias: allowed are \
             @hourly, @daily, @midnight, @weekly, @monthly, @yearly"
        );
        assert_eq!(
            cron("* *"),
            "`cron` is `* *`: the number of fields is wrong: allowed are 5 fields (minute, hour, day of \
             month, month, day of week), 6 with seconds first, or 7 with a year last"
        );
        assert_eq!(
            cron("0 0 30 2 *"),
            "`cron` is `0 0 30 2 *`: `0 0 30 2 *` can never fire: no year has such a date"
        );
        let at = |text: &'static str| said(move || Constant(text).as_instant("at"));
        assert_eq!(at("now"), "`at` is `now`: no RFC 3339 instant: write it as `2030-01-31T09:00:00Z`");
        assert_eq!(
            at("2030-02-30T09:00:00Z"),
            "`at` is `2030-02-30T09:00:00Z`: the calendar has no such date"
        );
    }
}
