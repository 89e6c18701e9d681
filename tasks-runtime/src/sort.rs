//! Sorting that is compiled once.
//!
//! `slice::sort` is some two thousand lines of LLVM IR for each type and each
//! order. Here the numbers of the items are sorted, by a comparison behind a
//! pointer, and the items follow. Where many are sorted at a time that matters,
//! the standard library's own is the one to use.

use std::cmp::Ordering;

/// Up to here items are compared one by one, and nothing is allocated.
const FEW: usize = 16;

/// Sorts by an order; equal items stay as they are.
pub(crate) fn by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let compare = |items: &[T], a: usize, b: usize| compare(&items[a], &items[b]);
    if items.len() <= FEW {
        for end in 1..items.len() {
            let mut at = end;
            while at > 0 && compare(items, at, at - 1) == Ordering::Less {
                items.swap(at, at - 1);
                at -= 1;
            }
        }
        return;
    }
    for (one, other) in swaps(items.len(), &|a, b| compare(items, a, b)) {
        items.swap(one, other);
    }
}

/// Sorts by a key; items of equal keys stay as they are.
pub(crate) fn by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts; equal items stay as they are.
pub(crate) fn all<T: Ord>(items: &mut [T]) {
    by(items, T::cmp);
}

/// What has to change places, one pair after the other, so that as many items are in order.
fn swaps(number: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<(usize, usize)> {
    let mut wanted: Vec<usize> = (0..number).collect();
    wanted.sort_by(|a, b| compare(*a, *b));
    let mut swaps = Vec::new();
    for first in 0..number {
        // Around one circle of items of which each belongs where another is.
        let mut at = first;
        loop {
            let from = std::mem::replace(&mut wanted[at], at);
            if from == first {
                break;
            }
            swaps.push((at, from));
            at = from;
        }
    }
    swaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_where_the_standard_library_would_put_them() {
        let mut random = fastrand::Rng::with_seed(7);
        for number in (0..40).chain([1000]) {
            for kinds in [1, 3, 2000] {
                // The second half says which of equal ones came first.
                let mut ours: Vec<(u32, usize)> = (0..number).map(|at| (random.u32(..kinds), at)).collect();
                let mut theirs = ours.clone();
                by_key(&mut ours, |(kind, _)| *kind);
                theirs.sort_by_key(|(kind, _)| *kind);
                assert_eq!(ours, theirs, "by a key");

                by(&mut ours, |a, b| b.cmp(a));
                theirs.sort_by(|a, b| b.cmp(a));
                assert_eq!(ours, theirs, "the other way round");

                random.shuffle(&mut ours);
                all(&mut ours);
                theirs.sort();
                assert_eq!(ours, theirs, "shuffled");
            }
        }
    }
}
