//! Terms and schedules that many added tasks share.
//!
//! Who adds a million tasks adds them at a few places of the code, with options
//! that differ little. What was planned for one holds for every other one of
//! which the same is written, so it is planned once and kept once. Only what
//! was found sound is kept, and of that the latest few thousand: more would be
//! a leak in a program whose tasks have nothing in common.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tasks_core::{
    BodyKind, Definition, Needs,
    policy::{Limit, Options, Pool, Schedule},
};

use super::{PlannedSchedule, Terms};
use crate::list::IntoList as _;

/// What was written for a task, but for its name.
#[derive(Debug)]
struct Written {
    /// With nothing where a text or a list of words belongs.
    options: Options<'static>,
    texts: [Option<String>; 6],
    tags: Vec<String>,
    line: u32,
    scheduled: bool,
    listens: bool,
}

/// The texts of a definition: of them options can only be made that live as
/// long as they do.
fn texts<'a>(definition: &Definition<'a>) -> [Option<&'a str>; 6] {
    let Definition { description, location, options, .. } = *definition;
    let pool = match options.pool {
        Some(Pool::Named(pool)) => Some(pool),
        Some(Pool::Off) | None => None,
    };
    let rule = match options.schedule {
        Some(Schedule::Cron(text) | Schedule::At(text)) => Some(text),
        _ => None,
    };
    [Some(description), Some(location.file), Some(location.module_path), pool, rule, options.timezone]
}

/// Options without their texts.
fn bare(options: &Options<'_>) -> Options<'static> {
    let mut bare = Options::NONE;
    bare.timeout = options.timeout;
    bare.deadline = options.deadline;
    bare.grace = options.grace;
    bare.retry = options.retry;
    bare.restart = options.restart;
    bare.priority = options.priority;
    bare.pool = options.pool.map(|pool| match pool {
        Pool::Off => Pool::Off,
        Pool::Named(_) => Pool::Named(""),
    });
    bare.essential = options.essential;
    bare.enabled = options.enabled;
    bare.on_shutdown = options.on_shutdown;
    bare.stop_within = options.stop_within;
    bare.start = options.start;
    bare.schedule = options.schedule.and_then(|schedule| match schedule {
        Schedule::Every(period) => Some(Schedule::Every(period)),
        Schedule::Delay(delay) => Some(Schedule::Delay(delay)),
        Schedule::Cron(_) => Some(Schedule::Cron("")),
        Schedule::At(_) => Some(Schedule::At("")),
        _ => None,
    });
    bare.initial_delay = options.initial_delay;
    bare.on_start = options.on_start;
    bare.overlap = options.overlap;
    bare.misfire = options.misfire;
    bare.align = options.align;
    bare.jitter = options.jitter;
    bare.spread = options.spread;
    bare.stop_after = options.stop_after;
    bare.max_running = options.max_running;
    bare
}

impl Written {
    fn new(definition: &Definition<'_>, needs: &Needs) -> Self {
        Self {
            options: bare(&definition.options),
            texts: texts(definition).map(|text| text.map(str::to_owned)),
            tags: tags(definition).iter().map(|&tag| tag.to_owned()).into_list(),
            line: definition.location.line,
            scheduled: definition.scheduled,
            listens: needs.is_listening(),
        }
    }

    fn is(&self, definition: &Definition<'_>, needs: &Needs) -> bool {
        let texts = texts(definition);
        self.line == definition.location.line
            && (self.scheduled, self.listens) == (definition.scheduled, needs.is_listening())
            && self.texts.iter().map(Option::as_deref).eq(texts)
            && self.tags == tags(definition)
            && self.options == bare(&definition.options)
    }
}

fn tags<'a>(definition: &Definition<'a>) -> &'a [&'a str] {
    definition.options.tags.unwrap_or_default()
}

/// Whether what is written says all that matters of a task, and can be kept.
fn is_plain(definition: &Definition<'_>, needs: &Needs) -> bool {
    let options = &definition.options;
    // A spread is counted from the name. The others are refused, or are no task of code.
    needs.states().next().is_none()
        && needs.__inputs().is_empty()
        && options.spread.unwrap_or_default().is_zero()
        && options.after.is_none()
        && options.restart.is_none()
        && definition.body == BodyKind::Async
}

/// What was planned for a task.
pub(crate) type Kept = (Arc<Terms>, Option<Arc<PlannedSchedule>>);

/// So many are kept, and at most as many again that were used before them.
const MOST: usize = 1024;

/// Terms that are looked through for equal ones.
const RECENT: usize = 16;

/// What was planned before, by what was written.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    hashing: RandomState,
    tasks: Mutex<Generations<Kept>>,
    schedules: Mutex<Generations<Arc<PlannedSchedule>>>,
    /// The latest terms, whatever schedule came with them.
    recent: Mutex<Vec<Arc<Terms>>>,
}

#[derive(Debug)]
struct Generations<T> {
    new: HashMap<u64, (Written, T)>,
    old: HashMap<u64, (Written, T)>,
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing of it is ever half done, so a poisoned one is as good as any.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// What was planned for another task of which the same is written.
    pub(super) fn task(&self, definition: &Definition<'_>, needs: &Needs) -> Option<Kept> {
        let plain = is_plain(definition, needs);
        plain.then(|| lock(&self.tasks).find(self.hash(definition), definition, needs))?
    }

    /// Keeps what was planned for a task, with terms that were equal before if
    /// there are any.
    pub(super) fn keep_task(
        &self,
        definition: &Definition<'_>,
        needs: &Needs,
        (terms, schedule): Kept,
    ) -> Kept {
        let kept = (self.equal(terms), schedule);
        if is_plain(definition, needs) {
            lock(&self.tasks).keep(self.hash(definition), Written::new(definition, needs), kept.clone());
        }
        kept
    }

    /// What was read for another task that was given the same schedule.
    pub(super) fn schedule(&self, definition: &Definition<'_>) -> Option<Arc<PlannedSchedule>> {
        let needs = Needs::new();
        let plain = is_plain(definition, &needs);
        plain.then(|| lock(&self.schedules).find(self.hash(definition), definition, &needs))?
    }

    /// Keeps a schedule that was read.
    pub(super) fn keep_schedule(&self, definition: &Definition<'_>, schedule: &Arc<PlannedSchedule>) {
        let needs = Needs::new();
        if is_plain(definition, &needs) {
            let written = Written::new(definition, &needs);
            lock(&self.schedules).keep(self.hash(definition), written, Arc::clone(schedule));
        }
    }

    fn equal(&self, terms: Arc<Terms>) -> Arc<Terms> {
        let mut recent = lock(&self.recent);
        if let Some(at) = recent.iter().position(|other| **other == *terms) {
            recent[..=at].rotate_right(1);
            return Arc::clone(&recent[0]);
        }
        recent.truncate(RECENT - 1);
        recent.insert(0, Arc::clone(&terms));
        terms
    }

    /// Of what tells most definitions apart; the rest is compared.
    fn hash(&self, definition: &Definition<'_>) -> u64 {
        let options = &definition.options;
        let every = match options.schedule {
            Some(Schedule::Every(length) | Schedule::Delay(length)) => Some(length),
            _ => None,
        };
        let limit = |limit: Option<Limit>| limit.map(Limit::duration);
        let numbers = (
            (definition.location.line, every, options.initial_delay, options.jitter, options.grace),
            (limit(options.timeout), limit(options.deadline), limit(options.stop_after), options.max_running),
        );
        self.hashing.hash_one((texts(definition), tags(definition), numbers))
    }
}

impl<T> Default for Generations<T> {
    fn default() -> Self {
        Self { new: HashMap::new(), old: HashMap::new() }
    }
}

impl<T: Clone> Generations<T> {
    fn find(&mut self, hash: u64, definition: &Definition<'_>, needs: &Needs) -> Option<T> {
        if let Some((written, kept)) = self.new.get(&hash) {
            return written.is(definition, needs).then(|| kept.clone());
        }
        let (written, kept) = self.old.remove(&hash)?;
        let found = written.is(definition, needs).then(|| kept.clone());
        self.keep(hash, written, kept);
        found
    }

    fn keep(&mut self, hash: u64, written: Written, kept: T) {
        if self.new.len() >= MOST {
            self.old = std::mem::take(&mut self.new);
        }
        self.new.insert(hash, (written, kept));
    }
}
