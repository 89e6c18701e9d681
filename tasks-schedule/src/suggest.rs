//! "Did you mean": the one place that guesses which word a user had in mind.

/// Finds the candidate that `word` was most probably meant to be, or `None`
/// when no candidate is near.
///
/// Case does not count. A candidate is near when at most a third of the word
/// has to be inserted, deleted, replaced or swapped with its neighbour, and
/// less than the whole of it; or when it has the same parts in another order
/// (`delay_initial` for `initial_delay`). Of equally near candidates the first
/// one is taken.
///
/// ```
/// use tasks_schedule::suggest;
///
/// assert_eq!(suggest("timout", ["timeout", "timezone"]), Some("timeout"));
/// assert_eq!(suggest("colour", ["timeout", "timezone"]), None);
/// ```
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = normalized(word);
    let limit = (word.len().max(3) / 3).min(word.len().saturating_sub(1));
    let sorted = sorted_parts(&word);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let other = normalized(candidate);
        let Some(distance) = distance_within(&word, &other, limit)
            .or_else(|| (sorted.len() > 1 && sorted == sorted_parts(&other)).then_some(limit))
        else {
            continue;
        };
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn normalized(word: &str) -> Vec<char> {
    word.chars().flat_map(char::to_lowercase).collect()
}

fn sorted_parts(word: &[char]) -> Vec<&[char]> {
    let mut parts: Vec<&[char]> = word.split(|c| matches!(c, '_' | '-')).collect();
    parts.sort_unstable();
    parts
}

/// The optimal string alignment distance, or `None` if it is more than
/// `limit`.
fn distance_within(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    // Lengths that differ by more than the limit decide without a table, which
    // keeps a search through hundreds of zone names cheap and makes the work
    // for hostile input proportional to the square of the candidate's length.
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, &y) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(x != y);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = last;
        last = row;
    }
    last.last().copied().filter(|&distance| distance <= limit)
}
