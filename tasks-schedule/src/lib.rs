//! The one grammar and arithmetic of time that the `tasks` framework uses:
//! durations, cron expressions, a civil calendar, and "the next due instant
//! after".
//!
//! Nothing in here does input or output, reads a clock or knows a time zone.
//! The macros use it on the build host and the runtime uses it in the running
//! program, so that what compiles is what runs, to the letter.
//!
//! | item | answers |
//! |---|---|
//! | [`parse_duration`], [`format_duration`] | what does `1h 30m` mean, how is it shown |
//! | [`Cron`] | when does `30 2 * * MON-FRI` fire, in civil time |
//! | [`CivilDateTime`] | which day is it, on a calendar without zones |
//! | [`FixedRate`] | which instants lie on a monotonic grid |
//! | [`check_divides_day`] | which periods make a grid on the wall clock |
//! | [`parse_rfc3339`] | which instant is `2030-01-31T09:00:00+01:00` |
//! | [`suggest`] | which word did the user mean |
//! | [`name`] | which names may a task have, which are equal |

#![forbid(unsafe_code)]

/// `?`, which const evaluation does not have.
macro_rules! attempt {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return Err(error),
        }
    };
}

mod civil;
mod cron;
mod day;
mod duration;
mod fixed_rate;
pub mod name;
mod rfc3339;
mod suggest;

pub use civil::CivilDateTime;
pub use cron::{Cron, CronError, CronFault, CronField};
pub use day::{DivisionError, check_divides_day};
pub use duration::{DurationError, MAX_DURATION, MIN_DURATION, format_duration, parse_duration};
pub use fixed_rate::FixedRate;
pub use rfc3339::{Rfc3339, Rfc3339Error, parse_rfc3339};
pub use suggest::suggest;
