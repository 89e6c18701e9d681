//! Errors that say what to do next: [`Fatal`] and [`RetryAfter`].

use std::{error::Error, fmt, time::Duration};

use crate::BoxError;

/// An error that no further attempt can mend: it is not retried, and a service
/// that ends in it is not restarted.
///
/// Works as the error itself, inside `anyhow`, `eyre` or a boxed error, and
/// under any number of `.context(…)`.
///
/// # Examples
///
/// ```
/// use tasks_core::Fatal;
///
/// async fn import() -> Result<(), Fatal> {
///     Err(Fatal::new("the file is not a zip archive"))
/// }
/// ```
#[derive(Debug)]
pub struct Fatal(Marker);

impl Fatal {
    /// Wraps an error.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(Marker { fact: Fact::Fatal, cause: error.into() })
    }
}

/// An error that asks for another attempt after a delay of its own, such as a
/// `Retry-After` header.
///
/// It uses up an attempt, ignores `max_delay`, and respects `deadline`. A
/// service that ends in it is restarted no sooner than that. Works wherever
/// [`Fatal`] does.
#[derive(Debug)]
pub struct RetryAfter(Marker);

impl RetryAfter {
    /// Wraps an error and the time to wait.
    pub fn new(delay: Duration, error: impl Into<BoxError>) -> Self {
        Self(Marker { fact: Fact::RetryAfter(delay), cause: error.into() })
    }
}

macro_rules! transparent {
    ($($wrapper:ty),*) => {$(
        impl fmt::Display for $wrapper {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.cause.fmt(f)
            }
        }

        // `source` answers with the marker, because the conversion into
        // `anyhow::Error` hides the outermost type from `downcast_ref` but keeps
        // what stands below it.
        impl Error for $wrapper {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }
    )*};
}
transparent!(Fatal, RetryAfter);

/// What a wrapper says of its cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    Fatal,
    RetryAfter(Duration),
}

#[derive(Debug)]
struct Marker {
    fact: Fact,
    cause: BoxError,
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl Error for Marker {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

/// Looks for a marker anywhere in the chain; the outermost one counts.
pub(crate) fn fact_of(error: &(dyn Error + 'static)) -> Option<Fact> {
    chain(error).find_map(|link| link.downcast_ref::<Marker>().map(|marker| marker.fact))
}

/// The error and its sources, outermost first. Bounded, because `source` is the
/// user's code and may run in a circle.
pub(crate) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let link = next?;
        next = link.source();
        Some(link)
    })
    .take(64)
}

/// Writes an error and its sources as one line of text, joined by `: `.
///
/// A link that says the same as the one before it (a transparent wrapper) is
/// written once.
pub fn chain_text(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut last: Option<String> = None;
    for link in chain(error) {
        let part = link.to_string();
        if last.as_ref() == Some(&part) {
            continue;
        }
        if last.is_some() {
            text.push_str(": ");
        }
        text.push_str(&part);
        last = Some(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[derive(Debug)]
    struct Typed(Fatal);
    impl fmt::Display for Typed {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("typed")
        }
    }
    impl Error for Typed {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    fn fact(error: impl Into<BoxError>) -> Option<Fact> {
        fact_of(&*error.into())
    }

    #[test]
    fn a_marker_is_found_outermost_and_under_context() {
        let wait = Duration::from_secs(7);
        assert_eq!(fact(Fatal::new("x")), Some(Fact::Fatal));
        assert_eq!(fact(anyhow::Error::new(Fatal::new("x"))), Some(Fact::Fatal));
        let layered = Err::<(), _>(RetryAfter::new(wait, "x")).context("a").context("b").unwrap_err();
        assert_eq!(fact(layered), Some(Fact::RetryAfter(wait)));
        assert_eq!(fact(Typed(Fatal::new("x"))), Some(Fact::Fatal));
        let boxed: BoxError = Fatal::new(anyhow::anyhow!("x")).into();
        assert_eq!(fact(boxed), Some(Fact::Fatal));
        assert_eq!(fact("plain"), None);
    }

    #[test]
    fn the_outermost_marker_counts() {
        let inner = RetryAfter::new(Duration::from_secs(1), "x");
        assert_eq!(fact(Fatal::new(inner)), Some(Fact::Fatal));
    }

    #[test]
    fn a_wrapped_error_reads_as_if_it_were_not_wrapped() {
        let io = std::io::Error::other("disk full");
        let error = anyhow::Error::new(Fatal::new(io)).context("saving");
        let boxed: BoxError = error.into();
        assert_eq!(chain_text(&*boxed), "saving: disk full");
    }

    #[derive(Debug)]
    struct Circle;
    impl fmt::Display for Circle {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("round")
        }
    }
    impl Error for Circle {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&Circle)
        }
    }

    #[test]
    fn an_endless_chain_ends() {
        assert_eq!(chain_text(&Circle), "round");
        assert_eq!(fact_of(&Circle), None);
    }
}
