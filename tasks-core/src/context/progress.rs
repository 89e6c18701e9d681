//! How far a run has come, in its own words.

use std::borrow::Cow;

/// How far a run has come, as its body said last: see [`Context::progress`](super::Context::progress).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// From 0 (nothing is done) to 1 (all is done); never NaN.
    pub fraction: f64,
    /// What the body does now. As it was written: escape it for where it is
    /// shown. At most 4 KiB.
    pub message: Cow<'static, str>,
}

/// Longer messages are cut, since each living run keeps one.
const LONGEST: usize = 4096;

impl Progress {
    pub(super) fn new(fraction: f64, mut message: Cow<'static, str>) -> Self {
        if message.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|end| message.is_char_boundary(*end)).unwrap_or_default();
            message.to_mut().truncate(end);
        }
        // None of none is a fraction without a value, and no progress.
        let fraction = if fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) };
        Self { fraction, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_is_between_nothing_and_all() {
        let fraction = |fraction| Progress::new(fraction, "".into()).fraction;
        let (none, inf) = (0.0, f64::INFINITY);
        assert_eq!(
            [-0.1, -inf, none / none, 0.25, 1.0, 1.1, inf].map(fraction),
            [0., 0., 0., 0.25, 1., 1., 1.]
        );
    }

    #[test]
    fn a_long_message_is_cut_between_two_characters() {
        let message = Progress::new(0.5, format!("x{}", "é".repeat(4096)).into()).message;
        assert_eq!(message.len(), 4095);
        assert!(message.ends_with('é'));
        assert_eq!(Progress::new(0.5, "short".into()).message, "short");
    }
}
