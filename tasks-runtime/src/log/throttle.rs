//! Skips of one task for one reason: at once, then at 1, 2, 4 … minutes.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    event::{EventKind, SkipReason},
    list::IntoList as _,
    sort,
};

const FIRST_PAUSE: Duration = Duration::from_secs(60);

/// Which skips were told and which wait to be told.
///
/// Time comes in as the monotonic time since any fixed moment. There is no
/// timer: what waits is told with the next skip that is due, or at the end.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    open: HashMap<Arc<str>, Vec<Open>>,
}

/// Skips of one task for one reason that have not ended.
#[derive(Debug)]
struct Open {
    reason: SkipReason,
    /// When the first of them was told.
    since: Duration,
    /// How long after `since` they are told next.
    pause: Duration,
    waiting: Option<Waiting>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

impl Waiting {
    fn with(self, more: Self) -> Self {
        Self {
            count: self.count.saturating_add(more.count),
            first: self.first.min(more.first),
            last: self.last.max(more.last),
        }
    }

    fn event(self, task: &Arc<str>, reason: SkipReason) -> EventKind {
        let Self { count, first, last } = self;
        EventKind::FiringSkipped { task: Arc::clone(task), reason, count, first, last }
    }
}

impl Throttle {
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Takes a skip, or several at once. Returns what is to be told: the
    /// counts of all that is ever returned add up to the skips taken.
    pub(super) fn skipped(
        &mut self,
        task: &Arc<str>,
        reason: SkipReason,
        (count, first, last): (u64, Timestamp, Timestamp),
        now: Duration,
    ) -> Option<EventKind> {
        let new = Waiting { count, first, last };
        if !self.open.contains_key(task) {
            self.open.insert(Arc::clone(task), Vec::new());
        }
        let open = self.open.get_mut(task)?;
        let Some(open) = open.iter_mut().find(|open| open.reason == reason) else {
            open.push(Open { reason, since: now, pause: FIRST_PAUSE, waiting: None });
            return Some(new.event(task, reason));
        };
        let waiting = open.waiting.map_or(new, |waiting| waiting.with(new));
        let lasted = now.saturating_sub(open.since);
        if lasted < open.pause {
            open.waiting = Some(waiting);
            return None;
        }
        open.waiting = None;
        while open.pause <= lasted {
            open.pause = open.pause.saturating_mul(2);
        }
        Some(waiting.event(task, reason))
    }

    /// The task runs again: what waits is told, and the next skip is told at once.
    pub(super) fn ended(&mut self, task: &str) -> Vec<EventKind> {
        let Some((task, open)) = self.open.remove_entry(task) else { return Vec::new() };
        open.into_iter().filter_map(|open| Some(open.waiting?.event(&task, open.reason))).into_list()
    }

    /// Skips for one reason have ended: what waits of them is told.
    pub(super) fn ended_as(&mut self, task: &str, reason: SkipReason) -> Option<EventKind> {
        let place = self.open.get(task)?.iter().position(|open| open.reason == reason)?;
        let (task, mut open) = self.open.remove_entry(task)?;
        let ended = open.swap_remove(place);
        let told = ended.waiting.map(|waiting| waiting.event(&task, reason));
        if !open.is_empty() {
            self.open.insert(task, open);
        }
        told
    }

    /// Nothing runs again: what waits is told.
    pub(super) fn all_ended(&mut self) -> Vec<EventKind> {
        let mut tasks: Vec<_> = self.open.keys().map(Arc::clone).into_list();
        sort::all(&mut tasks);
        tasks.iter().flat_map(|task| self.ended(task)).into_list()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn counts(event: EventKind) -> (SkipReason, u64, i64, i64) {
        match event {
            EventKind::FiringSkipped { reason, count, first, last, .. } => {
                (reason, count, first.as_second(), last.as_second())
            }
            other => panic!("{other:?}"),
        }
    }

    struct Clock(Throttle);

    impl Clock {
        fn skip(&mut self, reason: SkipReason, second: i64) -> Option<(SkipReason, u64, i64, i64)> {
            let now = Duration::from_secs(u64::try_from(second).unwrap());
            self.0.skipped(&Arc::from("t"), reason, (1, at(second), at(second)), now).map(counts)
        }
    }

    #[test]
    fn skips_are_told_at_once_and_then_at_1_2_4_minutes() {
        let mut clock = Clock(Throttle::default());
        let told: Vec<_> = (0..600).filter_map(|second| clock.skip(SkipReason::Overlap, second)).collect();
        let overlap = |count, first, last| (SkipReason::Overlap, count, first, last);
        assert_eq!(
            told,
            [
                overlap(1, 0, 0),
                overlap(60, 1, 60),
                overlap(60, 61, 120),
                overlap(120, 121, 240),
                overlap(240, 241, 480),
            ]
        );
        let rest: Vec<_> = clock.0.ended("t").into_iter().map(counts).collect();
        assert_eq!(rest, [overlap(119, 481, 599)]);
    }

    #[test]
    fn rare_skips_are_told_when_their_pause_is_over() {
        let mut clock = Clock(Throttle::default());
        // Hourly: far beyond each pause until it has grown past an hour.
        let told: Vec<_> = (0..9).filter_map(|hour| clock.skip(SkipReason::Overlap, hour * 3600)).collect();
        let hours: Vec<_> = told.iter().map(|(_, _, _, last)| last / 3600).collect();
        assert_eq!(hours, [0, 1, 2, 3, 5]);
        assert_eq!(told.iter().map(|(_, count, ..)| count).sum::<u64>(), 6);
    }

    #[test]
    fn after_their_end_skips_are_told_at_once_again() {
        let mut clock = Clock(Throttle::default());
        assert!(clock.skip(SkipReason::Overlap, 0).is_some());
        assert_eq!(clock.0.ended("t").len(), 0);
        assert!(clock.0.is_empty());
        assert!(clock.skip(SkipReason::Overlap, 1).is_some());
    }

    #[test]
    fn each_reason_and_each_task_has_its_own_pause() {
        let mut clock = Clock(Throttle::default());
        assert!(clock.skip(SkipReason::Overlap, 0).is_some());
        assert!(clock.skip(SkipReason::Capacity, 1).is_some());
        assert!(clock.skip(SkipReason::Overlap, 2).is_none());
        let other =
            clock.0.skipped(&Arc::from("u"), SkipReason::Overlap, (7, at(1), at(9)), Duration::from_secs(3));
        assert_eq!(other.map(counts), Some((SkipReason::Overlap, 7, 1, 9)));
        assert_eq!(clock.0.ended("u").len(), 0);
        assert_eq!(clock.0.all_ended().len(), 1);
        assert!(clock.0.is_empty());
    }
}
