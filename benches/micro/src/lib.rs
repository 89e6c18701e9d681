//! The hot pieces of the framework, each made ready to be done again and again.
//!
//! `benches/pieces.rs` measures their time, and `src/bin/count.rs` does one of
//! them under callgrind, whose counts `cargo xtask guards` compares with
//! `baseline.toml`. [docs/guards.md](../../../docs/guards.md) has the rest.

mod pieces;

pub use pieces::PIECES;

/// One piece of work that is done often, or at a moment that matters.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// Its name in lists and in the baseline.
    pub name: &'static str,
    /// Makes everything ready. The argument says how often it will be done at most.
    pub prepare: fn(u32) -> Work,
    /// It can be done at most as often as was said, and is waited for: counted, not timed.
    pub is_once: bool,
}

/// Does a piece so many times in a row.
pub type Work = Box<dyn FnMut(u32)>;

/// Does a piece. Callgrind counts between its begin and its end, on this thread
/// alone, so that no name may be lost by inlining.
#[inline(never)]
pub fn measured(work: &mut Work, times: u32) {
    work(std::hint::black_box(times));
}
