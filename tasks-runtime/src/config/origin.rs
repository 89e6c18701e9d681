//! Where a value comes from.

use std::{fmt, sync::Arc};

/// The layers, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    not(all(feature = "cli", feature = "config")),
    expect(dead_code, reason = "listings name the annotations, and without the feature there is no file")
)]
pub(crate) enum LayerKind {
    /// The attribute at the function, or the builder.
    Annotation,
    /// `Builder::configure`.
    Configure,
    /// `tasks.toml`.
    File,
    /// Variables whose names begin with `TASKS_`.
    Environment,
    /// `--set-task`.
    CommandLine,
}

impl LayerKind {
    /// Returns the word that listings use.
    #[cfg(feature = "cli")]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Annotation => "annotation",
            Self::Configure => "configure",
            Self::File => "file",
            Self::Environment => "environment",
            Self::CommandLine => "command_line",
        }
    }

    /// Whether a value that is set twice is a mistake: code and command lines
    /// may say a thing again, and the last word counts.
    pub(crate) const fn is_one_text(self) -> bool {
        matches!(self, Self::File | Self::Environment)
    }
}

/// Where a value comes from. It shows as its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    pub(crate) layer: LayerKind,
    /// `file:line`, `file:line:column`, the name of a variable, or a flag.
    pub(crate) place: Arc<str>,
    /// Set for every task that does not set it itself.
    pub(crate) by_default: bool,
}

impl Origin {
    pub(crate) fn new(layer: LayerKind, place: impl fmt::Display) -> Self {
        Self { layer, place: place.to_string().into(), by_default: false }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}
