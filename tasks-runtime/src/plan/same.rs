//! Terms that many declared tasks share.
//!
//! A program has thousands of functions and few ways of writing their options.
//! What was planned for one holds for every other one of which the same is
//! written, so it is planned, checked and kept once. Where anything is wrong
//! with a task nothing is shared: its problems name it.

use std::{any::TypeId, sync::Arc};

use tasks_core::{__private::Facts, BodyKind, Needs, policy::Options};

use super::Terms;

/// What was planned, by what was written: the latest first.
#[derive(Debug, Default)]
pub(super) struct Same<'a>(Vec<Found<'a>>);

/// So many are kept and looked through.
const MOST: usize = 32;

#[derive(Debug)]
struct Found<'a> {
    options: &'a Options<'a>,
    body: BodyKind,
    scheduled: bool,
    listens: bool,
    states: Vec<(TypeId, &'static str)>,
    terms: Arc<Terms>,
}

impl Found<'_> {
    /// Whether the same is written, and needed, as here.
    fn is(&self, facts: &Facts<'_>, needs: &Needs) -> bool {
        (self.body, self.scheduled, self.listens) == (facts.body, facts.scheduled, needs.is_listening())
            && self.states.iter().copied().eq(needs.states())
            // Often they are there once in the program.
            && (std::ptr::eq(self.options, facts.options) || self.options == facts.options)
    }
}

/// Two types of input may have the same name, and no other mark.
fn is_plain(needs: &Needs) -> bool {
    needs.__inputs().is_empty()
}

impl<'a> Same<'a> {
    /// What was planned for another task of which the same is written.
    pub(super) fn find(&mut self, facts: &Facts<'a>, needs: &Needs) -> Option<Arc<Terms>> {
        let at = self.0.iter().position(|found| is_plain(needs) && found.is(facts, needs))?;
        self.0[..=at].rotate_right(1);
        Some(Arc::clone(&self.0[0].terms))
    }

    /// Keeps what was planned for a task with which nothing is wrong.
    pub(super) fn keep(&mut self, facts: &Facts<'a>, needs: &Needs, terms: &Arc<Terms>) {
        // A spread is counted from the name.
        let is_spread = terms.schedule_at_start.as_ref().is_some_and(|schedule| !schedule.spread.is_zero());
        if !is_plain(needs) || is_spread {
            return;
        }
        self.0.truncate(MOST - 1);
        let found = Found {
            options: facts.options,
            body: facts.body,
            scheduled: facts.scheduled,
            listens: needs.is_listening(),
            states: needs.states().collect(),
            terms: Arc::clone(terms),
        };
        self.0.insert(0, found);
    }
}
