//! The next instant of a cron expression, as the scheduler asks for it: from
//! one to the next, at a place that it remembers.

use std::hint::black_box;

use jiff::Timestamp;
use tasks_core::zone::{Place, WallSchedule, Zone};
use tasks_schedule::Cron;

use crate::Work;

/// 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp::constant(1_767_225_600, 0);

pub(super) fn simple(_: u32) -> Work {
    walk("*/5 * * * *", "UTC")
}

/// Each day; twice a year the clocks change.
pub(super) fn zone(_: u32) -> Work {
    walk("30 2 * * *", "Europe/Madrid")
}

/// A 29 February that is a Sunday, about four in a century.
pub(super) fn rare(_: u32) -> Work {
    walk("0 0 29 2 7#5", "UTC")
}

fn walk(expression: &str, zone: &str) -> Work {
    let cron = Cron::parse(expression).unwrap_or_else(|error| panic!("{error}"));
    let zone = Zone::parse(zone).unwrap_or_else(|error| panic!("{error}"));
    let schedule = WallSchedule::new(cron, zone);
    let (mut at, mut place) = (START, Place::default());
    Box::new(move |times| {
        for _ in 0..times {
            let due = black_box(&schedule).next_after_from(at, &mut place);
            // Near the end of time it begins anew.
            at = due.map_or(START, |due| due.at);
        }
    })
}
