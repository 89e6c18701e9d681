//! Periods that divide a day, so that a grid of them stands on the wall clock.

use std::{fmt, time::Duration};

use crate::format_duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Checks that a period divides 24 h, so that its grid begins at each midnight.
///
/// # Errors
///
/// If it does not. The error says which periods do that are near it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
/// assert!(tasks_schedule::check_divides_day(minutes(15)).is_ok());
/// let error = tasks_schedule::check_divides_day(minutes(7)).unwrap_err();
/// assert_eq!(error.to_string(), "7m does not divide 24h; the nearest that do are `6m` and `8m`");
/// ```
pub fn check_divides_day(period: Duration) -> Result<(), DivisionError> {
    match DAY.as_nanos().checked_rem(period.as_nanos()) {
        Some(0) => Ok(()),
        _ => Err(DivisionError { period }),
    }
}

/// Says that a period does not divide 24 h, and which ones near it do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DivisionError {
    period: Duration,
}

impl fmt::Display for DivisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} does not divide 24h; ", format_duration(self.period))?;
        match neighbours(self.period) {
            (Some(below), Some(above)) => {
                write!(f, "the nearest that do are `{}` and `{}`", hours(below), hours(above))
            }
            (Some(one), None) | (None, Some(one)) => {
                write!(f, "the nearest that does is `{}`", hours(one))
            }
            (None, None) => write!(f, "`1h` does"),
        }
    }
}

impl std::error::Error for DivisionError {}

/// Shows a length; the day as the text beside it calls it.
fn hours(length: Duration) -> String {
    if length == DAY { "24h".to_owned() } else { format_duration(length).to_string() }
}

/// The divisors below and above, in the unit in which the period is written:
/// who wrote minutes does not want seconds.
fn neighbours(period: Duration) -> (Option<Duration>, Option<Duration>) {
    const UNITS: [Duration; 4] = [
        Duration::from_secs(60 * 60),
        Duration::from_secs(60),
        Duration::from_secs(1),
        Duration::from_millis(1),
    ];
    let whole = |unit: &Duration| period.as_nanos().is_multiple_of(unit.as_nanos());
    let unit = UNITS.into_iter().find(whole).unwrap_or(UNITS[3]);
    let parts = (DAY.as_nanos() / unit.as_nanos()) as u32;
    let (mut below, mut above) = (None::<Duration>, None::<Duration>);
    // Divisors come in pairs, one of which is not above the root.
    for small in (1..).take_while(|small| small * small <= parts).filter(|small| parts.is_multiple_of(*small))
    {
        for length in [unit * small, unit * (parts / small)] {
            if length <= period {
                below = below.max(Some(length));
            } else {
                above = Some(above.map_or(length, |above| above.min(length)));
            }
        }
    }
    (below, above)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_duration;

    fn check(text: &str) -> Result<(), String> {
        check_divides_day(parse_duration(text).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn periods_that_divide_a_day_are_right() {
        for text in ["1ms", "250ms", "1s", "90s", "15m", "1h 30m", "8h", "24h", "1d"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn others_are_answered_with_their_neighbours_in_the_same_unit() {
        let nearest = |text: &str| check(text).unwrap_err().split_once("; the ").unwrap().1.to_owned();
        assert_eq!(nearest("7h"), "nearest that do are `6h` and `8h`");
        assert_eq!(nearest("7m"), "nearest that do are `6m` and `8m`");
        assert_eq!(nearest("7s"), "nearest that do are `6s` and `8s`");
        assert_eq!(nearest("7ms"), "nearest that do are `6ms` and `8ms`");
        assert_eq!(nearest("23h"), "nearest that do are `12h` and `24h`");
        assert_eq!(nearest("25h"), "nearest that does is `24h`");
        assert_eq!(nearest("1us 1ms"), "nearest that do are `1ms` and `2ms`");
    }

    #[test]
    fn a_period_of_nothing_divides_nothing() {
        assert!(check_divides_day(Duration::ZERO).is_err());
    }
}
