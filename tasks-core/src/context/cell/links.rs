//! What a run's cell leads to: whom to wake, the token, and what few runs have.

use std::{
    any::Any,
    sync::atomic::{AtomicU8, Ordering},
    task::Waker,
};

use tokio_util::sync::CancellationToken;

use super::{
    super::{Progress, children::Children},
    mark,
};
use crate::extract::Given;

/// Most runs need no more than a waker and a token; those that do have it all
/// in a box, so that it costs the others not even the pointer.
pub(super) enum Links {
    Usual(Usual),
    Rare(Box<Rare>),
}

/// What most runs have.
pub(super) struct Usual {
    /// Wakes the supervisor of the run; nobody before there is one.
    pub(super) waker: Waker,
    /// The token of the attempt, made when it is first asked for, and none any
    /// more once the attempt was asked to stop.
    pub(super) token: Option<CancellationToken>,
}

/// What few runs have.
#[derive(Default)]
pub(super) struct Rare {
    usual: Usual,
    pub(super) input: Option<Given>,
    pub(super) progress: Option<Progress>,
    pub(super) children: Children,
    /// Closures on the blocking pool that have not come back.
    pub(super) threads: u32,
    /// When a closure of this attempt came back from the blocking pool.
    pub(super) returned: u64,
    /// What the runtime wants at hand on the threads of the run.
    pub(super) attachment: Option<std::sync::Arc<dyn Any + Send + Sync>>,
    /// The due instant of a scheduled run, if no `Moment` can hold it.
    pub(super) scheduled_at: Option<jiff::Timestamp>,
    /// When the first attempt was first polled, if no `Moment` can hold it.
    pub(super) started_at: Option<jiff::Timestamp>,
    pub(super) end: End,
}

/// What a run leaves for whoever awaits it.
#[derive(Default)]
pub(super) struct End {
    /// The value of a successful attempt.
    pub(super) value: Option<Box<dyn Any + Send>>,
    /// The runtime's record, once the run is over.
    pub(super) record: Option<Box<dyn Any + Send>>,
    /// The program is gone, and the run with it.
    pub(super) is_lost: bool,
    /// Whoever awaits it.
    pub(super) waker: Option<Waker>,
}

impl Default for Usual {
    fn default() -> Self {
        // Not `None`: what tells the two kinds of links apart needs its room.
        Self { waker: Waker::noop().clone(), token: None }
    }
}

impl Default for Links {
    fn default() -> Self {
        Self::Usual(Usual::default())
    }
}

impl Links {
    pub(super) fn usual(&mut self) -> &mut Usual {
        match self {
            Self::Usual(usual) => usual,
            Self::Rare(rare) => &mut rare.usual,
        }
    }

    pub(super) fn rare_if_any(&mut self) -> Option<&mut Rare> {
        match self {
            Self::Usual(_) => None,
            Self::Rare(rare) => Some(rare),
        }
    }

    /// What few runs have, made when it is first needed and marked as there.
    pub(super) fn rare(&mut self, marks: &AtomicU8) -> &mut Rare {
        if let Self::Usual(usual) = self {
            let usual = std::mem::take(usual);
            *self = Self::Rare(Box::new(Rare { usual, ..Rare::default() }));
            marks.fetch_or(mark::RARE, Ordering::AcqRel);
        }
        match self {
            Self::Rare(rare) => rare,
            Self::Usual(_) => unreachable!("it was made above"),
        }
    }
}
