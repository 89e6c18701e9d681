//! What several threads write to, each in lines of memory of its own.

use std::ops::Deref;

/// Keeps what is in it away from its neighbours in memory: a core that writes to
/// one takes the other from a core that only reads it.
///
/// Two lines of 64 bytes, because processors fetch them in pairs, and some have
/// lines of that length.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Apart<T>(pub(crate) T);

impl<T> Deref for Apart<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
