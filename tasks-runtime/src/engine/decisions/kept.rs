//! Decisions in as few bytes as they need.

use std::{num::NonZero, time::Duration};

use jiff::Timestamp;
use tasks_core::{RunId, Trigger};

use super::{Decision, DecisionKind, Late, LateReason};
use crate::{clock::Brief, event::SkipReason};

/// A decision as it is kept: of the two kinds of which there is one for each
/// firing, half of the bytes.
#[derive(Debug)]
pub(super) enum Kept {
    Started {
        at: Brief,
        run: RunId,
        scheduled_at: Brief,
        /// By how many nanoseconds it was late.
        late_by: Option<NonZero<u64>>,
        why: LateReason,
        trigger: Trigger,
    },
    Skipped {
        at: Brief,
        count: u64,
        first: Brief,
        last: Brief,
        /// The run in the way; 0 is none.
        behind: u64,
        reason: SkipReason,
    },
    Other(Box<Decision>),
}

// There are 32,768 of them.
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Option<Kept>>() <= 48);

impl Kept {
    pub(super) fn of(at: Timestamp, kind: DecisionKind) -> Self {
        Self::short(at, &kind).unwrap_or_else(|| Self::Other(Box::new(Decision { at, kind })))
    }

    /// None if it is of another kind, or something of it does not fit.
    fn short(at: Timestamp, kind: &DecisionKind) -> Option<Self> {
        let at = Brief::of(Some(at))?;
        match kind {
            DecisionKind::Started { run, trigger, scheduled_at, late } => {
                let (late_by, why) = match late {
                    None => (None, LateReason::Unserved),
                    Some(Late { by, why }) => {
                        let nanos = u64::try_from(by.as_nanos()).ok()?;
                        (Some(NonZero::new(nanos)?), *why)
                    }
                };
                let scheduled_at = Brief::of(*scheduled_at)?;
                Some(Self::Started { at, run: *run, scheduled_at, late_by, why, trigger: *trigger })
            }
            DecisionKind::Skipped { reason, count, first, last, behind } => {
                let (first, last) = (Brief::of(Some(*first))?, Brief::of(Some(*last))?);
                let behind = behind.map_or(0, RunId::get);
                Some(Self::Skipped { at, count: *count, first, last, behind, reason: *reason })
            }
            _ => None,
        }
    }

    pub(super) fn whole(&self) -> Decision {
        let instant = |brief: Brief| brief.get().unwrap_or_default();
        match self {
            Self::Started { at, run, scheduled_at, late_by, why, trigger } => {
                let late = |by: NonZero<u64>| Late { by: Duration::from_nanos(by.get()), why: *why };
                let kind = DecisionKind::Started {
                    run: *run,
                    trigger: *trigger,
                    scheduled_at: scheduled_at.get(),
                    late: late_by.map(late),
                };
                Decision { at: instant(*at), kind }
            }
            Self::Skipped { at, count, first, last, behind, reason } => {
                let kind = DecisionKind::Skipped {
                    reason: *reason,
                    count: *count,
                    first: instant(*first),
                    last: instant(*last),
                    behind: (*behind > 0).then(|| RunId::new(*behind)),
                };
                Decision { at: instant(*at), kind }
            }
            Self::Other(decision) => Decision::clone(decision),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_comes_back_as_it_was() {
        let (now, far) = (Timestamp::from_second(1_800_000_000).unwrap(), Timestamp::MAX);
        let started = |scheduled_at, late| DecisionKind::Started {
            run: RunId::new(7),
            trigger: Trigger::Schedule,
            scheduled_at,
            late,
        };
        let skipped = |first, behind| DecisionKind::Skipped {
            reason: SkipReason::Overlap,
            count: 3,
            first,
            last: now,
            behind,
        };
        let late = |by| Some(Late { by, why: LateReason::Jitter });
        let short = [
            started(None, None),
            started(Some(now), late(Duration::from_nanos(1))),
            skipped(Timestamp::UNIX_EPOCH, None),
            skipped(now, Some(RunId::new(u64::MAX))),
        ];
        let others = [
            started(Some(far), None),
            started(None, late(Duration::ZERO)),
            started(None, late(Duration::MAX)),
            skipped(Timestamp::MIN, None),
            DecisionKind::Resumed { asked: true },
        ];
        let kinds = short.into_iter().map(|kind| (kind, true)).chain(others.map(|kind| (kind, false)));
        for (kind, is_short) in kinds {
            let kept = Kept::of(now, kind.clone());
            assert_eq!(kept.whole(), Decision { at: now, kind: kind.clone() });
            assert_eq!(!matches!(kept, Kept::Other(_)), is_short, "{kind:?}");
            assert_eq!(Kept::of(far, kind.clone()).whole(), Decision { at: far, kind });
        }
    }
}
