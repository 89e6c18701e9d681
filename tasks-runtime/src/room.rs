//! Which emptied buffers are kept to be used again.

/// So many entries are kept in any case.
const FEW: usize = 128;

/// More than this never are: a burst is no reason to hold its memory for ever.
const MOST: usize = 4096;

/// Returns whether a buffer of this capacity is worth keeping after so many
/// entries of it were used: a long one only as long as that much is needed.
pub(crate) fn is_worth_keeping(capacity: usize, used: usize) -> bool {
    capacity <= FEW || capacity <= MOST && capacity / 4 <= used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_buffer_is_kept_while_it_is_needed() {
        assert!(is_worth_keeping(FEW, 0));
        assert!(is_worth_keeping(MOST, MOST / 4) && !is_worth_keeping(MOST, MOST / 4 - 1));
        assert!(!is_worth_keeping(2 * MOST, 2 * MOST));
    }
}
