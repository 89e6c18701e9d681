//! Cron expressions: read, checked, and searched for the next date.

mod dates;
mod days;
mod error;
mod fault;
mod field;
mod item;
mod parse;
mod remedy;
mod search;
mod years;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use dates::Dates;
pub use error::CronError;
pub use fault::CronFault;
pub use field::CronField;

/// A cron expression that fires in some year, in civil time.
///
/// It has five fields (minute, hour, day of month, month, day of week), six
/// with seconds first, or seven with seconds first and a year last:
///
/// | field | values | besides `*`, lists, ranges `a-b`, steps `*/n` and `a-b/n` |
/// |---|---|---|
/// | second, minute | 0-59 | |
/// | hour | 0-23 | |
/// | day of month | 1-31 | `L` the last day, `LW` the last weekday, `15W` the weekday nearest to the 15th in the same month |
/// | month | 1-12, JAN-DEC | |
/// | day of week | 0-7, SUN-SAT; 0 and 7 are Sunday | `5L` the last Friday, `5#2` the second Friday |
/// | year | 1970-2199 | |
///
/// or one of `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly` and
/// `@yearly`. Names are read in any case.
///
/// When both day fields are restricted a day may match either of them, as in
/// Unix cron; a field that begins with `*` is unrestricted. Otherwise a day
/// has to match both.
///
/// What reads well and means something else is refused: values out of range,
/// empty list items, ranges that wrap, `?`, a step without a range (`5/15`), a
/// step that reaches past its range (`*/60`), and an expression that fires in
/// no year at all (`0 0 30 2 *`). Years that are over are not refused: nothing
/// here reads a clock.
///
/// ```
/// use tasks_schedule::{CivilDateTime, Cron};
///
/// let cron = Cron::parse("30 2 * * MON-FRI").unwrap();
/// let friday = CivilDateTime::new(2026, 3, 27, 2, 30, 0).unwrap();
/// let monday = CivilDateTime::new(2026, 3, 30, 2, 30, 0).unwrap();
/// assert_eq!(cron.next_after(friday), Some(monday));
///
/// let error = Cron::parse("61 * * * *").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`61` is out of range in the minute field (column 1): allowed are 0-59"
/// );
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cron {
    text: Arc<str>,
    // Bit n of a set stands for the value n.
    seconds: u64,
    minutes: u64,
    hours: u32,
    dates: Dates,
    has_seconds: bool,
    fixed_time: bool,
}

impl Cron {
    /// Reads and checks an expression.
    ///
    /// # Errors
    ///
    /// The first mistake, with its field, place and, where one is plausible, a
    /// remedy. An expression that can never fire is a mistake.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        match parse::read(text) {
            Ok(draft) => Ok(draft.finish(text.trim_matches(parse::BLANKS))),
            Err(fault) => Err(CronError::of(&fault, text)),
        }
    }

    /// Checks an expression in const evaluation, which can make no `Cron`: by
    /// the same reader as [`parse`](Self::parse).
    ///
    /// # Errors
    ///
    /// The first mistake, as far as it can be told without memory of its own.
    ///
    /// ```
    /// use tasks_schedule::Cron;
    ///
    /// const NIGHTLY: &str = "30 2 * * MON-FRI";
    /// const { assert!(Cron::check(NIGHTLY).is_ok()) }
    /// assert_eq!(Cron::check("61 * * * *").unwrap_err().found(), "61");
    /// ```
    pub const fn check(text: &str) -> Result<(), CronFault<'_>> {
        match parse::read(text) {
            Ok(_) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// The expression as it was written, without the space around it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the expression has a field for seconds.
    pub const fn has_seconds(&self) -> bool {
        self.has_seconds
    }

    /// Whether the times of day are fixed: neither the hour nor the minute
    /// field holds a wildcard or a step.
    ///
    /// Such an expression names local times, which daylight saving time must
    /// neither lose nor double; others follow elapsed time.
    pub const fn is_fixed_time(&self) -> bool {
        self.fixed_time
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({:?})", self.text)
    }
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        Self::parse(text)
    }
}
