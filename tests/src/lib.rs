//! A harness for tests of whole programs: real processes, signals and exit codes.
//!
//! A test starts a fixture with [`fixture!`], waits for what its log says,
//! never for time to pass, sends signals and looks at how it ended:
//!
//! ```ignore
//! let mut program = fixture!("many").tasks("deaf").start();
//! program.wait_for_start_of("deaf");
//! program.signal(SIGTERM);
//! program.ends_within(Duration::from_secs(5)).with_code(124);
//! ```
//!
//! The tests are for Linux: `env` of the GNU core utilities sets what a child
//! inherits, and `/proc` tells what it uses.
//!
//! Fixtures stand in `src/bin`. What they have to tell apart from their log
//! they write with [`mark`].

#[cfg(unix)]
mod launch;
#[cfg(unix)]
mod lines;
mod marks;
#[cfg(unix)]
mod running;

#[cfg(unix)]
pub use nix::sys::signal::Signal;

pub use crate::marks::{mark, mark_with};
#[cfg(unix)]
pub use crate::{
    launch::Launch,
    lines::{Event, Lines},
    running::{End, Running},
};

/// What a machine that is shared with others may add to any time.
pub const SLACK: std::time::Duration = std::time::Duration::from_millis(300);

/// Prepares the start of a fixture of this package.
#[macro_export]
macro_rules! fixture {
    ($name:literal) => {
        $crate::Launch::new(env!(concat!("CARGO_BIN_EXE_", $name)))
    };
}
