//! Whether a figure may be as it is.

use super::baseline::{Kind, grouped};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As the baseline says, or near enough.
    Holds,
    /// Better than the tolerance explains: worth a new baseline.
    Better,
    Fails(Why),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Grew,
    /// Measured, and not in the baseline.
    IsNew,
    /// In the baseline, and not measured any more.
    IsGone,
}

pub(super) fn compare(kind: Kind, old: Option<u64>, new: Option<u64>) -> Verdict {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (None, _) => return Verdict::Fails(Why::IsNew),
        (_, None) => return Verdict::Fails(Why::IsGone),
    };
    let apart = old.abs_diff(new) * 100;
    if apart <= old * kind.tolerance() {
        Verdict::Holds
    } else if new > old {
        Verdict::Fails(Why::Grew)
    } else {
        Verdict::Better
    }
}

impl Verdict {
    /// Says it in one line.
    pub(super) fn line(self, old: Option<u64>, new: Option<u64>) -> String {
        let shown = |value: Option<u64>| value.map_or_else(|| "none".to_owned(), grouped);
        let change = match (old, new) {
            (Some(old), Some(new)) if old > 0 => {
                format!(" ({:+.1} %)", (new as f64 - old as f64) * 100.0 / old as f64)
            }
            _ => String::new(),
        };
        let words = match self {
            Self::Holds => "",
            Self::Better => ", BETTER: keep it with `cargo xtask guards --update`",
            Self::Fails(Why::Grew) => ", TOO MUCH",
            Self::Fails(Why::IsNew) => ", NOT IN THE BASELINE",
            Self::Fails(Why::IsGone) => ", NO LONGER MEASURED",
        };
        format!("{:>9}, was {:>9}{change}{words}", shown(new), shown(old))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_per_cent_are_allowed_and_more_is_not() {
        let of = |new| compare(Kind::Instructions, Some(1000), Some(new));
        assert_eq!([of(950), of(1000), of(1050)], [Verdict::Holds; 3]);
        assert_eq!([of(949), of(1051)], [Verdict::Better, Verdict::Fails(Why::Grew)]);
    }

    #[test]
    fn not_one_crate_more_is_allowed() {
        let of = |new| compare(Kind::Crates, Some(55), Some(new));
        assert_eq!([of(54), of(55), of(56)], [Verdict::Better, Verdict::Holds, Verdict::Fails(Why::Grew)]);
    }

    #[test]
    fn what_is_only_on_one_side_fails() {
        assert_eq!(compare(Kind::Bytes, None, Some(1)), Verdict::Fails(Why::IsNew));
        assert_eq!(compare(Kind::Bytes, Some(1), None), Verdict::Fails(Why::IsGone));
    }

    #[test]
    fn a_failure_says_how_much() {
        let line = Verdict::Fails(Why::Grew).line(Some(1000), Some(1100));
        assert!(line.contains("1_100, was     1_000 (+10.0 %), TOO MUCH"), "{line}");
    }
}
