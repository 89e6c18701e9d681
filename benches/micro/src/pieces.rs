//! The list of the pieces.

mod cron;
mod engine;
mod runs;

use crate::{Piece, Work};

const fn piece(name: &'static str, prepare: fn(u32) -> Work) -> Piece {
    Piece { name, prepare, is_once: false }
}

/// Every piece, in the order of the lists.
pub const PIECES: &[Piece] = &[
    piece("cron-simple", cron::simple),
    piece("cron-zone", cron::zone),
    piece("cron-rare", cron::rare),
    piece("step-of-1", |_| engine::step(1)),
    piece("step-of-1000", |_| engine::step(1_000)),
    piece("step-of-100000", |_| engine::step(100_000)),
    piece("look-at-1000", |_| engine::look(1_000)),
    piece("admission", engine::admission),
    piece("admission-in-turns", engine::admission_in_turns),
    piece("event-to-nobody", engine::event_to_nobody),
    piece("event-to-observer", engine::event_to_observer),
    piece("event-to-subscriber", engine::event_to_subscriber),
    piece("run-that-ends", runs::ends),
    piece("run-that-yields", runs::yields),
    Piece { name: "firing", prepare: runs::firing, is_once: true },
];
