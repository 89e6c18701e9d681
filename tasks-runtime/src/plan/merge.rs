//! What is in force where nothing was written.

use std::{sync::Arc, time::Duration};

use tasks_core::{
    __private::{Facts, Known},
    BodyKind, Needs, Registration,
    policy::{Jitter, OnShutdown, Overlap, Priority, RestartOptions, RestartPolicy, RetryOptions, Start},
};

use super::{
    About, Backoff, Declared, Defaults, Draft, Restart, Retry, Set, Settings, Terms, options,
    same::Same,
    schedule::{self, Zones},
};
use crate::{error::Problem, list::IntoList as _};

/// What is in force where a definition says nothing, and who changed what it says.
#[derive(Debug)]
pub(super) struct Merge<'a> {
    defaults: &'a Defaults,
    /// What `[default]` sets.
    set_by_default: &'a [Set],
    zones: Zones,
    same: Same<'a>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(defaults: &'a Defaults, set_by_default: &'a [Set], zones: Zones) -> Self {
        Self { defaults, set_by_default, zones, same: Same::default(), warnings: Vec::new() }
    }

    /// Merges one definition with what is set for it and with the defaults.
    /// `after` and `pool` need to know the other tasks and are decided later.
    pub(super) fn task(
        &mut self,
        registration: &'a Registration,
        sets: Vec<Set>,
        problems: &mut Vec<Problem>,
    ) -> Draft {
        let mut needs = Needs::new();
        registration.task().needs(&mut needs);
        let known = registration.__known();
        let facts = match &known {
            Known::Annotated(facts) => *facts,
            Known::Static(facts) => facts,
            Known::Asked(_) => {
                return self.apart(registration, &known.facts(), &needs, sets, problems);
            }
        };
        // What `[default]` has all others wait for does not wait for itself.
        let is_awaited =
            self.set_by_default.iter().any(|set| set.row.key == "after" && set.names(facts.name));
        if is_awaited || !sets.is_empty() {
            return self.apart(registration, facts, &needs, sets, problems);
        }
        if let Some(terms) = self.same.find(facts, &needs) {
            return Draft::new(facts.name.into(), terms, Declared::new(registration));
        }
        let complaints = (problems.len(), self.warnings.len());
        let draft = self.apart(registration, facts, &needs, sets, problems);
        if complaints == (problems.len(), self.warnings.len()) {
            self.same.keep(facts, &needs, &draft.terms);
        }
        draft
    }

    /// Merges one definition by itself.
    fn apart(
        &mut self,
        registration: &Registration,
        definition: &Facts<'_>,
        needs: &Needs,
        sets: Vec<Set>,
        problems: &mut Vec<Problem>,
    ) -> Draft {
        let mut settings = Settings::overlay(definition, sets, &mut self.warnings, problems);
        settings.fill(definition, needs.is_listening(), self.set_by_default);
        let words = |key, annotation: Option<&[&str]>| match settings.words(key) {
            Some(words) => words.to_vec(),
            None => annotation.unwrap_or_default().iter().map(|&word| word.to_owned()).into_list(),
        };
        let tags: Vec<String> = words("tags", definition.options.tags);
        let waits_for: Vec<String> = words("after", definition.options.after);
        let mut found = Vec::new();
        let mut planned = if settings.is_empty() {
            // As it was annotated, like nearly every task: nothing to lay upon it.
            self.checked(registration, definition, needs, &settings, &mut found)
        } else {
            let tags: Vec<&str> = tags.iter().map(String::as_str).into_list();
            let waits_for: Vec<&str> = waits_for.iter().map(String::as_str).into_list();
            let mut options = settings.options(*definition.options);
            options.tags = options.tags.map(|_| &*tags);
            options.after = options.after.map(|_| &*waits_for);
            let definition = Facts { options: &options, ..*definition };
            self.checked(registration, &definition, needs, &settings, &mut found)
        };
        problems.extend(found.into_iter().map(|mut problem| {
            settings.locate(&mut problem);
            problem
        }));
        let terms = planned.terms_mut();
        (terms.tags, terms.waits_for, terms.settings) = (tags, waits_for, settings);
        planned
    }

    /// Plans a task whose options are all known, and checks what they mean together.
    fn checked(
        &mut self,
        registration: &Registration,
        definition: &Facts<'_>,
        needs: &Needs,
        settings: &Settings,
        problems: &mut Vec<Problem>,
    ) -> Draft {
        options::check(definition, settings.schedule_is_off(), problems);
        options::check_input(definition, needs, problems);
        let mut planned = plan(registration, definition, needs, self, problems);
        if definition.options.enabled == Some(false) {
            planned.terms_mut().disabled = Some(why_disabled(settings));
        }
        options::check_stop_after(&planned, problems);
        options::check_service(&planned, problems);
        planned
    }
}

fn why_disabled(settings: &Settings) -> String {
    match settings.find("enabled") {
        Some(Set { reason: Some(reason), .. }) => reason.clone(),
        Some(Set { origin, .. }) => format!("enabled = false, {origin}"),
        None => "enabled = false".to_owned(),
    }
}

fn plan(
    registration: &Registration,
    definition: &Facts<'_>,
    needs: &Needs,
    merge: &mut Merge<'_>,
    problems: &mut Vec<Problem>,
) -> Draft {
    let Merge { defaults, zones, .. } = merge;
    let written = definition.options;
    let scheduled = written.schedule.is_some() || definition.scheduled;
    let implicit_timeout = match definition.body {
        BodyKind::Async if scheduled && written.timeout.is_none() => defaults.scheduled_timeout,
        BodyKind::Async | BodyKind::Blocking => None,
    };
    let restart = restart(
        written.restart.unwrap_or_default(),
        match scheduled {
            // Its schedule starts it again.
            true => Restart { policy: RestartPolicy::Never, ..defaults.restart },
            false => defaults.restart,
        },
    );
    let is_service = restart.policy != RestartPolicy::Never;
    let terms = Terms {
        settings: Settings::default(),
        about: registration.task().__facts().is_none().then(|| Box::new(About::new(definition))),
        states: needs.states().collect(),
        tags: Vec::new(),
        body: definition.body,
        listens: needs.is_listening(),
        input: needs.__inputs().first().copied(),
        disabled: None,
        timeout: written.timeout.map_or(implicit_timeout, |limit| limit.duration()),
        timeout_is_implicit: implicit_timeout.is_some(),
        deadline: written.deadline.and_then(|limit| limit.duration()),
        grace: written.grace.unwrap_or(defaults.grace),
        retry: retry(written.retry.unwrap_or_default(), defaults.retry),
        restart,
        priority: written.priority.unwrap_or(Priority::Normal),
        pool: None,
        essential: written.essential.unwrap_or(false),
        on_shutdown: written.on_shutdown.unwrap_or(match needs.is_listening() {
            true => OnShutdown::Cancel,
            // It would never finish.
            false if is_service => OnShutdown::Drop,
            false => OnShutdown::Finish,
        }),
        stop_within: written.stop_within,
        start: written.start.unwrap_or(match needs.__inputs() {
            [] => Start::Boot,
            _ => Start::Manual,
        }),
        waits_for: Vec::new(),
        after: Vec::new(),
        is_scheduled: scheduled,
        schedule_at_start: schedule::plan(definition, defaults, zones, problems).map(Arc::new),
        overlap: written.overlap.unwrap_or(match scheduled || is_service {
            true => Overlap::Skip,
            false => Overlap::Allow,
        }),
        max_running: written.max_running,
        stop_after: written.stop_after.and_then(|limit| limit.duration()),
    };
    Draft::new(definition.name.into(), Arc::new(terms), Declared::new(registration))
}

fn retry(written: RetryOptions, default: Retry) -> Retry {
    Retry {
        max: written.max.unwrap_or(default.max),
        backoff: backoff(written.delay, written.factor, written.max_delay, written.jitter, default.backoff),
        panics: written.panics.unwrap_or(default.panics),
    }
}

fn restart(written: RestartOptions, default: Restart) -> Restart {
    Restart {
        policy: written.policy.unwrap_or(default.policy),
        backoff: backoff(written.delay, written.factor, written.max_delay, written.jitter, default.backoff),
        max: written.max.unwrap_or(default.max),
        within: written.within.unwrap_or(default.within),
    }
}

fn backoff(
    delay: Option<Duration>,
    factor: Option<f64>,
    max_delay: Option<Duration>,
    jitter: Option<Jitter>,
    default: Backoff,
) -> Backoff {
    let delay = delay.unwrap_or(default.delay);
    Backoff {
        delay,
        factor: factor.unwrap_or(default.factor),
        // Who writes `retry(delay = "5m")` does not mean the minute that nobody wrote.
        max_delay: max_delay.unwrap_or(default.max_delay.max(delay)),
        jitter: jitter.unwrap_or(default.jitter),
    }
}
