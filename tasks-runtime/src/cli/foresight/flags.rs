//! The flags that ask beforehand.

use std::time::Duration;

use clap::{
    Arg, ArgAction, ArgMatches,
    builder::{StringValueParser, TypedValueParser},
};
use tasks_schedule::parse_duration;

use super::Foresight;
use crate::cli::args::get;

const NEXT: &str = "tasks-runtime.next-runs";
const CHECK: &str = "tasks-runtime.check-tasks";
const FORECAST: &str = "tasks-runtime.forecast-runs";
const ALL: [&str; 3] = [NEXT, CHECK, FORECAST];

/// Instants that are shown of each task, unless a number is given.
const USUAL: &str = "5";
const MOST: usize = 1_000;

/// The flags, made by `flag`; each excludes the others and those in `others`.
pub(in crate::cli) fn all(
    flag: impl Fn(&'static str, &'static str) -> Arg,
    group: &'static str,
    others: &[&'static str],
) -> [Arg; 3] {
    let next = flag(NEXT, "next-runs")
        .value_name("N")
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value(USUAL)
        .value_parser(StringValueParser::new().try_map(|word| number(&word)))
        .help("Show when each task is due next, N times (5 by default), and start nothing");
    let check = flag(CHECK, "check-tasks")
        .action(ArgAction::SetTrue)
        .help("Check everything that can be checked without set-up, and start nothing");
    let forecast = flag(FORECAST, "forecast-runs")
        .value_name("DURATION")
        .value_parser(StringValueParser::new().try_map(|word| length(&word)))
        .help("Foretell the runs of the next time, such as 24h or 7d: how many, which together, what cannot keep up");
    let apart = |arg: Arg| {
        let id = arg.get_id().clone();
        let rest = ALL.into_iter().filter(|other| id != *other);
        arg.conflicts_with_all(rest.chain(others.iter().copied())).group(group)
    };
    [next, check, forecast].map(apart)
}

fn number(word: &str) -> Result<usize, String> {
    match word.parse() {
        Ok(number @ 1..=MOST) => Ok(number),
        _ => Err(format!("a number from 1 to {MOST} is expected")),
    }
}

fn length(word: &str) -> Result<Duration, String> {
    let length = parse_duration(word).map_err(|error| error.to_string())?;
    match length {
        length if length < Duration::from_secs(1) => Err("at least 1s is expected".to_owned()),
        length => Ok(length),
    }
}

/// What was asked for.
pub(in crate::cli) fn read(matches: &ArgMatches) -> Result<Option<Foresight>, clap::Error> {
    if let Some(most) = get::<usize>(matches, NEXT)?.next() {
        return Ok(Some(Foresight::NextRuns(*most)));
    }
    if get::<bool>(matches, CHECK)?.next() == Some(&true) {
        return Ok(Some(Foresight::Check));
    }
    Ok(get::<Duration>(matches, FORECAST)?.next().map(|length| Foresight::Forecast(*length)))
}
