//! What may stand as a value.

use crate::PartList;

/// What the value of an option may be, and so what the expansion makes of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    /// A name by the rule for task names.
    Name,
    /// One word, or a list of words; the text says what a word is.
    Words(&'static str),
    /// A duration.
    Duration {
        /// Whether zero is one.
        zero: bool,
    },
    /// A duration that zero and `off` switch off.
    Spread,
    /// A duration, or `off`.
    Limit,
    /// A list of parts, or a lone value for the first of them.
    Parts(&'static PartList),
    /// A number of attempts, or `unlimited`; the text says what is counted and how it is written.
    Max(&'static str),
    /// By how much something grows.
    Factor,
    /// One of some words: the type in `tasks-core`, and each word with its variant.
    Choice(&'static str, &'static [(&'static str, &'static str)]),
    /// One of some words, some of which take a number: the type in `tasks-core`, and the words.
    Counted(&'static str, &'static [CountedWord]),
    /// A whole number from 1 to this one.
    Count(u32),
    /// The name of a pool, or `off`.
    Pool,
    /// `true` or `false`.
    Bool,
    /// A fixed period: a variant of `Schedule`.
    Period(&'static str),
    /// A cron expression.
    Cron,
    /// An RFC 3339 instant.
    Instant,
    /// The name of a time zone.
    Zone,
    /// The path of a crate: only in source code.
    Crate,
    /// The path of a function: only in source code.
    Function,
}

impl Kind {
    /// What a constant in source code may be whose value is of this kind.
    /// Nothing where the macros have to know the value itself.
    #[must_use]
    pub fn constant(self) -> Option<&'static str> {
        match self {
            Self::Duration { .. } | Self::Spread | Self::Limit | Self::Period(_) => {
                Some("a `Duration` or a `&str`")
            }
            Self::Cron | Self::Instant | Self::Zone | Self::Pool => Some("a `&str`"),
            Self::Max(_) => Some("a whole number or a `&str`"),
            Self::Factor => Some("a number"),
            Self::Count(_) => Some("a whole number"),
            Self::Bool => Some("a `bool`"),
            Self::Parts(list) => list.head().kind.constant(),
            Self::Name
            | Self::Words(_)
            | Self::Choice(..)
            | Self::Counted(..)
            | Self::Crate
            | Self::Function => None,
        }
    }
}

/// A word that may stand alone, with a number, or both: `queue`, `queue(2)`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CountedWord {
    /// The word.
    pub word: &'static str,
    /// What it means alone.
    pub alone: Option<Counted>,
    /// The variant that holds its number.
    pub counted: Option<&'static str>,
}

/// A variant, and the number in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counted {
    /// The variant.
    pub variant: &'static str,
    /// The number in it.
    pub number: Option<u32>,
}

const fn plain(word: &'static str, variant: &'static str) -> CountedWord {
    CountedWord { word, alone: Some(Counted { variant, number: None }), counted: None }
}

pub(crate) const OVERLAP: &[CountedWord] = &[
    plain("skip", "Skip"),
    CountedWord {
        word: "queue",
        alone: Some(Counted { variant: "Queue", number: Some(1) }),
        counted: Some("Queue"),
    },
    plain("replace", "Replace"),
    CountedWord {
        word: "allow",
        alone: Some(Counted { variant: "Allow", number: None }),
        counted: Some("AllowUpTo"),
    },
];

pub(crate) const MISFIRE: &[CountedWord] = &[
    plain("once", "Once"),
    plain("skip", "Skip"),
    CountedWord { word: "all", alone: None, counted: Some("All") },
];
