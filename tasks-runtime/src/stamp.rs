//! Who is inside a poll, and for how long, without reading a clock for each poll.
//!
//! Every thread that polls a body has a slot. Entering a poll writes the run
//! and a number that no other poll of the thread has; leaving clears it, or
//! brings back the outer poll when polls are nested. Nobody measures time on
//! that path: the [`Watch`] looks at the slots now and then, and a number that
//! it has seen before belongs to a poll that has lasted at least since then.
//! So every duration here is a lower bound, short by at most half a second.
//!
//! Run ids are unique in the process, so the slots and the one watching thread
//! serve every set of tasks in it.

mod slot;
mod watch;

pub(crate) use self::{slot::during, watch::Watch};
