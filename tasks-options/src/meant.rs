//! What somebody meant who wrote a key that does not exist.

use crate::{Attribute, OPTIONS, OptionRow, keys, option};

/// What people write who come from somewhere else, and what it is called here.
#[rustfmt::skip]
const SLIPS: &[(&str, &str)] = &[
    ("interval", "every"), ("period", "every"), ("rate", "every"), ("fixed_rate", "every"), ("each", "every"), ("repeat", "every"),
    ("fixed_delay", "delay"), ("pause", "delay"),
    ("schedule", "cron"), ("expression", "cron"), ("crontab", "cron"),
    ("once", "at"), ("when", "at"), ("date", "at"), ("datetime", "at"),
    ("tz", "timezone"), ("zone", "timezone"), ("time_zone", "timezone"),
    ("start_delay", "initial_delay"), ("startup_delay", "initial_delay"), ("first", "initial_delay"),
    ("run_on_start", "on_start"), ("run_at_start", "on_start"), ("immediate", "on_start"), ("on_startup", "on_start"), ("on_boot", "on_start"),
    ("align_to", "align"), ("aligned", "align"), ("wall_clock", "align"),
    ("random_delay", "jitter"), ("randomized_delay", "jitter"), ("splay", "jitter"),
    ("stagger", "spread"), ("fixed_random_delay", "spread"), ("offset", "spread"),
    ("catch_up", "misfire"), ("catchup", "misfire"), ("coalesce", "misfire"), ("missed", "misfire"), ("on_misfire", "misfire"), ("misfire_policy", "misfire"),
    ("autostart", "start"), ("auto_start", "start"), ("trigger", "start"),
    ("id", "name"), ("title", "name"), ("rename", "name"),
    ("tag", "tags"), ("labels", "tags"), ("label", "tags"), ("groups", "tags"),
    ("limit", "timeout"), ("time_limit", "timeout"), ("max_duration", "timeout"), ("time_box", "stop_after"), ("timebox", "stop_after"), ("soft_timeout", "stop_after"), ("run_for", "stop_after"), ("ttl", "deadline"), ("total_timeout", "deadline"),
    ("grace_period", "grace"), ("shutdown_timeout", "grace"),
    ("retries", "retry"), ("max_retries", "retry"), ("attempts", "retry"), ("max_attempts", "retry"), ("backoff", "retry"), ("retry_delay", "retry"),
    ("restarts", "restart"), ("restart_policy", "restart"), ("restart_delay", "restart"), ("max_restarts", "restart"), ("respawn", "restart"), ("supervise", "restart"), ("supervised", "restart"), ("keep_alive", "restart"), ("keepalive", "restart"), ("service", "restart"), ("daemon", "restart"),
    ("prio", "priority"), ("importance", "priority"),
    ("queue", "pool"), ("semaphore", "pool"), ("lane", "pool"),
    ("concurrency", "max_running"), ("max_concurrent", "max_running"), ("max_concurrency", "max_running"), ("max_instances", "max_running"), ("max_runs", "max_running"), ("instances", "max_running"), ("parallelism", "max_running"),
    ("concurrent", "overlap"), ("allow_overlap", "overlap"), ("singleton", "overlap"), ("exclusive", "overlap"),
    ("critical", "essential"), ("required", "essential"), ("fatal", "essential"), ("vital", "essential"),
    ("depends_on", "after"), ("depends", "after"), ("requires", "after"), ("needs", "after"), ("dependencies", "after"), ("wait_for", "after"),
    ("shutdown", "on_shutdown"), ("on_stop", "on_shutdown"), ("on_cancel", "on_shutdown"), ("shutdown_policy", "on_shutdown"),
    ("stop_timeout", "stop_within"), ("stop_by", "stop_within"), ("stop_before", "stop_within"), ("stop_delay", "stop_within"), ("shutdown_after", "stop_within"),
    ("enable", "enabled"), ("disabled", "enabled"), ("active", "enabled"), ("skip", "enabled"),
    ("krate", "crate"), ("crate_path", "crate"), ("path", "crate"),
];

/// Guesses which option somebody meant. The other attribute's options come
/// second: the right answer to `interval` on a `#[task]` is `every`, elsewhere.
#[must_use]
pub fn meant(word: &str, attribute: Attribute) -> Option<&'static OptionRow> {
    let slip = SLIPS.iter().find(|(slip, _)| slip.eq_ignore_ascii_case(word)).map(|&(_, key)| key);
    slip.or_else(|| tasks_schedule::suggest(word, keys(attribute)))
        .or_else(|| tasks_schedule::suggest(word, OPTIONS.iter().map(|row| row.key)))
        .and_then(option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slip_leads_to_an_option_and_is_none_itself() {
        for (slip, key) in SLIPS {
            assert!(option(key).is_some(), "{slip} leads to {key}, which is no option");
            assert!(option(slip).is_none(), "{slip} is an option");
        }
    }
}
