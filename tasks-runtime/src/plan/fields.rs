//! Between the table of options and the fields of [`Options`]: which field a
//! value fills, and which options somebody wrote.

use tasks_core::policy::{
    Jitter, Limit, MaxRetries, Misfire, OnShutdown, Options, Overlap, Pool, Priority, RestartOptions,
    RestartPolicy, RetryOptions, Schedule, Start,
};
use tasks_options::{Counted, Max, Value};

/// Fills the field of an option or a part. Returns false for a value that the option cannot have.
///
/// The lists of words are only marked as written: their words live in [`Planned`](super::Planned).
pub(super) fn put<'a>(options: &mut Options<'a>, key: &str, part: Option<&str>, value: &'a Value) -> bool {
    match (key, part, value) {
        ("every", None, Value::Period("Every", period)) => options.schedule = Some(Schedule::Every(*period)),
        ("delay", None, Value::Period("Delay", delay)) => options.schedule = Some(Schedule::Delay(*delay)),
        ("cron", None, Value::Cron(text)) => options.schedule = Some(Schedule::Cron(text)),
        ("at", None, Value::Instant(text)) => options.schedule = Some(Schedule::At(text)),
        ("timezone", None, Value::Zone(name)) => options.timezone = Some(name),
        ("initial_delay", None, Value::Duration(length)) => options.initial_delay = Some(*length),
        ("align", None, Value::Bool(flag)) => options.align = Some(*flag),
        ("on_start", None, Value::Bool(flag)) => options.on_start = Some(*flag),
        ("jitter", None, Value::Duration(length)) => options.jitter = Some(*length),
        ("spread", None, Value::Duration(length)) => options.spread = Some(*length),
        ("misfire", None, Value::Counted(_, counted)) => match misfire(*counted) {
            Some(misfire) => options.misfire = Some(misfire),
            None => return false,
        },
        ("start", None, Value::Choice(_, variant)) => {
            options.start = Some(if *variant == "Manual" { Start::Manual } else { Start::Boot });
        }
        ("tags", None, Value::Words(_)) => options.tags = Some(&[]),
        ("after", None, Value::Words(_)) => options.after = Some(&[]),
        ("timeout", None, Value::Limit(length)) => options.timeout = Some(limit(*length)),
        ("stop_after", None, Value::Limit(length)) => options.stop_after = Some(limit(*length)),
        ("deadline", None, Value::Limit(length)) => options.deadline = Some(limit(*length)),
        ("grace", None, Value::Duration(length)) => options.grace = Some(*length),
        ("retry", Some(part), value) => {
            return put_retry(options.retry.get_or_insert(RetryOptions::NONE), part, value);
        }
        ("restart", Some(part), value) => {
            return put_restart(options.restart.get_or_insert(RestartOptions::NONE), part, value);
        }
        ("stop_within", None, Value::Duration(length)) => options.stop_within = Some(*length),
        ("priority", None, Value::Choice(_, variant)) => {
            options.priority =
                Priority::ALL.into_iter().find(|level| variant.eq_ignore_ascii_case(level.as_str()));
        }
        ("pool", None, Value::Pool(name)) => {
            options.pool = Some(name.as_deref().map_or(Pool::Off, Pool::Named));
        }
        ("max_running", None, Value::Count(most)) => options.max_running = Some(*most),
        ("overlap", None, Value::Counted(_, counted)) => match overlap(*counted) {
            Some(overlap) => options.overlap = Some(overlap),
            None => return false,
        },
        ("essential", None, Value::Bool(flag)) => options.essential = Some(*flag),
        ("on_shutdown", None, Value::Choice(_, variant)) => {
            options.on_shutdown = [OnShutdown::Cancel, OnShutdown::Finish, OnShutdown::Drop]
                .into_iter()
                .find(|policy| variant.eq_ignore_ascii_case(policy.as_str()));
        }
        ("enabled", None, Value::Bool(flag)) => options.enabled = Some(*flag),
        _ => return false,
    }
    true
}

fn put_retry(retry: &mut RetryOptions, part: &str, value: &Value) -> bool {
    match (part, value) {
        ("max", Value::Max(Max::Limited(max))) => retry.max = Some(MaxRetries::Limited(*max)),
        ("max", Value::Max(Max::Unlimited)) => retry.max = Some(MaxRetries::Unlimited),
        ("delay", Value::Duration(length)) => retry.delay = Some(*length),
        ("factor", Value::Factor(factor)) => retry.factor = Some(*factor),
        ("max_delay", Value::Duration(length)) => retry.max_delay = Some(*length),
        ("jitter", Value::Choice(_, variant)) => {
            retry.jitter = Some(if *variant == "Off" { Jitter::Off } else { Jitter::Full });
        }
        ("panics", Value::Bool(flag)) => retry.panics = Some(*flag),
        _ => return false,
    }
    true
}

fn put_restart(restart: &mut RestartOptions, part: &str, value: &Value) -> bool {
    match (part, value) {
        ("policy", Value::Choice(_, variant)) => {
            restart.policy = Some(match *variant {
                "Never" => RestartPolicy::Never,
                "OnFailure" => RestartPolicy::OnFailure,
                "Always" => RestartPolicy::Always,
                _ => return false,
            });
        }
        ("delay", Value::Duration(length)) => restart.delay = Some(*length),
        ("factor", Value::Factor(factor)) => restart.factor = Some(*factor),
        ("max_delay", Value::Duration(length)) => restart.max_delay = Some(*length),
        ("jitter", Value::Choice(_, variant)) => {
            restart.jitter = Some(if *variant == "Off" { Jitter::Off } else { Jitter::Full });
        }
        ("max", Value::Count(max)) => restart.max = Some(*max),
        ("within", Value::Duration(length)) => restart.within = Some(*length),
        _ => return false,
    }
    true
}

fn limit(length: Option<std::time::Duration>) -> Limit {
    length.map_or(Limit::Off, Limit::After)
}

fn overlap(counted: Counted) -> Option<Overlap> {
    Some(match (counted.variant, counted.number) {
        ("Skip", None) => Overlap::Skip,
        ("Queue", Some(waiting)) => Overlap::Queue(waiting),
        ("Replace", None) => Overlap::Replace,
        ("Allow", None) => Overlap::Allow,
        ("AllowUpTo", Some(running)) => Overlap::AllowUpTo(running),
        _ => return None,
    })
}

fn misfire(counted: Counted) -> Option<Misfire> {
    Some(match (counted.variant, counted.number) {
        ("Once", None) => Misfire::Once,
        ("Skip", None) => Misfire::Skip,
        ("All", Some(latest)) => Misfire::All(latest),
        _ => return None,
    })
}

/// Whether somebody wrote an option or a part.
pub(super) fn is_written(options: &Options<'_>, key: &str, part: Option<&str>) -> bool {
    let retry = options.retry.unwrap_or_default();
    let restart = options.restart.unwrap_or_default();
    match (key, part) {
        ("every", _) => matches!(options.schedule, Some(Schedule::Every(_))),
        ("delay", None) => matches!(options.schedule, Some(Schedule::Delay(_))),
        ("cron", _) => matches!(options.schedule, Some(Schedule::Cron(_))),
        ("at", _) => matches!(options.schedule, Some(Schedule::At(_))),
        ("timezone", _) => options.timezone.is_some(),
        ("initial_delay", _) => options.initial_delay.is_some(),
        ("align", _) => options.align.is_some(),
        ("on_start", _) => options.on_start.is_some(),
        ("jitter", None) => options.jitter.is_some(),
        ("spread", _) => options.spread.is_some(),
        ("misfire", _) => options.misfire.is_some(),
        ("start", _) => options.start.is_some(),
        ("tags", _) => options.tags.is_some(),
        ("after", _) => options.after.is_some(),
        ("timeout", _) => options.timeout.is_some(),
        ("stop_after", _) => options.stop_after.is_some(),
        ("deadline", _) => options.deadline.is_some(),
        ("grace", _) => options.grace.is_some(),
        ("retry", None) => options.retry.is_some(),
        ("retry", Some("max")) => retry.max.is_some(),
        ("retry", Some("delay")) => retry.delay.is_some(),
        ("retry", Some("factor")) => retry.factor.is_some(),
        ("retry", Some("max_delay")) => retry.max_delay.is_some(),
        ("retry", Some("jitter")) => retry.jitter.is_some(),
        ("retry", Some("panics")) => retry.panics.is_some(),
        ("restart", None) => options.restart.is_some(),
        ("restart", Some("policy")) => restart.policy.is_some(),
        ("restart", Some("delay")) => restart.delay.is_some(),
        ("restart", Some("factor")) => restart.factor.is_some(),
        ("restart", Some("max_delay")) => restart.max_delay.is_some(),
        ("restart", Some("jitter")) => restart.jitter.is_some(),
        ("restart", Some("max")) => restart.max.is_some(),
        ("restart", Some("within")) => restart.within.is_some(),
        ("stop_within", _) => options.stop_within.is_some(),
        ("priority", _) => options.priority.is_some(),
        ("pool", _) => options.pool.is_some(),
        ("max_running", _) => options.max_running.is_some(),
        ("overlap", _) => options.overlap.is_some(),
        ("essential", _) => options.essential.is_some(),
        ("on_shutdown", _) => options.on_shutdown.is_some(),
        ("enabled", _) => options.enabled.is_some(),
        _ => false,
    }
}

/// Takes back what an annotation wrote and a layer above it has no use for.
pub(super) fn clear(options: &mut Options<'_>, key: &str) {
    match key {
        "timezone" => options.timezone = None,
        "initial_delay" => options.initial_delay = None,
        "align" => options.align = None,
        "on_start" => options.on_start = None,
        "jitter" => options.jitter = None,
        "spread" => options.spread = None,
        "retry" => options.retry = None,
        "restart" => options.restart = None,
        "misfire" => options.misfire = None,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use tasks_options::{Kind, OPTIONS, OptionRow, Written, read};

    use super::*;

    /// Whether the option is a part of the code, whatever is configured.
    fn is_code(row: &OptionRow) -> bool {
        matches!(row.kind, Kind::Name | Kind::Crate | Kind::Function)
    }

    fn value(row: &OptionRow) -> Value {
        let given = crate::config::Given::Text(crate::config::example(row));
        let written: Written = given.written(row);
        read(row, &written).unwrap_or_else(|mistakes| panic!("{}: {mistakes:?}", row.key))
    }

    #[test]
    fn every_option_of_the_table_fills_its_field_and_no_other() {
        for row in OPTIONS.iter().filter(|row| !is_code(row)) {
            let leaves: Vec<(Option<&OptionRow>, Value)> = match row.kind {
                Kind::Parts(list) => {
                    let parts = list.parts.iter().filter(|part| !is_code(part));
                    parts.map(|part| (Some(part), value(part))).collect()
                }
                _ => vec![(None, value(row))],
            };
            for (part, value) in leaves {
                let part = part.map(|part| part.key);
                let mut options = Options::NONE;
                assert!(!is_written(&options, row.key, part), "{} {part:?}", row.key);
                assert!(put(&mut options, row.key, part, &value), "{} {part:?} has no field", row.key);
                assert!(is_written(&options, row.key, part), "{} {part:?} is written", row.key);
                let others = OPTIONS.iter().filter(|other| other.key != row.key);
                for other in others {
                    assert!(!is_written(&options, other.key, None), "{} writes {}", row.key, other.key);
                }
            }
        }
    }

    #[test]
    fn every_word_of_a_choice_has_its_variant() {
        let words = |row: &OptionRow| match row.kind {
            Kind::Choice(_, words) => words.iter().map(|(word, _)| (*word).to_owned()).collect(),
            Kind::Counted(_, words) => words
                .iter()
                .flat_map(|word| {
                    let alone = word.alone.map(|_| word.word.to_owned());
                    alone.into_iter().chain(word.counted.map(|_| format!("{}(3)", word.word)))
                })
                .collect(),
            _ => Vec::<String>::new(),
        };
        for row in OPTIONS {
            for word in words(row) {
                let value = read(row, &Written::quoted(&word)).expect("a word of the table");
                let mut options = Options::NONE;
                assert!(put(&mut options, row.key, None, &value), "{} {word}", row.key);
                let shown = match row.key {
                    "overlap" => options.overlap.map(|overlap| overlap.to_string()),
                    "misfire" => options.misfire.map(|misfire| misfire.to_string()),
                    "priority" => options.priority.map(|priority| priority.as_str().to_owned()),
                    "on_shutdown" => options.on_shutdown.map(|policy| policy.as_str().to_owned()),
                    "start" => options.start.map(|start| start.as_str().to_owned()),
                    key => panic!("`{key}` has words that this test does not know"),
                };
                assert_eq!(shown.as_deref(), Some(word.as_str()), "{}", row.key);
            }
        }
    }
}
