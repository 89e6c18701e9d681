//! The file of the figures: a line for each, as people read and change it.

use std::fmt;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Instructions,
    Bytes,
    Crates,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Instructions, Self::Bytes, Self::Crates];

    /// Its table in the file.
    fn table(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Bytes => "bytes",
            Self::Crates => "crates",
        }
    }

    /// How far it may be off, in per cent.
    pub(super) fn tolerance(self) -> u64 {
        match self {
            Self::Instructions | Self::Bytes => 5,
            Self::Crates => 0,
        }
    }

    /// Another compiler or C library has figures of its own.
    pub(super) fn is_of_a_toolchain(self) -> bool {
        self != Self::Crates
    }

    fn head(self) -> &'static str {
        match self {
            Self::Instructions => "of one of each piece, under callgrind",
            Self::Bytes => "that each annotated function adds to a release build",
            Self::Crates => "that are compiled for `tasks-runtime` on Linux, itself included",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) kind: Kind,
    pub(super) of: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.of, self.kind.table())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Figure {
    pub(super) name: Name,
    pub(super) value: u64,
}

impl Figure {
    pub(super) fn new(kind: Kind, of: impl Into<String>, value: u64) -> Self {
        Self { name: Name { kind, of: of.into() }, value }
    }
}

/// What is committed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Baseline {
    /// What the figures depend on beside the code: `key = "value"`.
    pub(super) toolchain: Vec<String>,
    pub(super) figures: Vec<Figure>,
}

impl Baseline {
    /// Reads the file.
    ///
    /// # Errors
    ///
    /// The line that is none of its kind.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut read = Self::default();
        let mut kind = None;
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let wrong = || format!("line {} cannot be read: {line}", number + 1);
            if line.is_empty() {
                continue;
            }
            if let Some(table) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                kind = Some(Kind::ALL.into_iter().find(|kind| kind.table() == table).ok_or_else(wrong)?);
                continue;
            }
            let Some(kind) = kind else {
                read.toolchain.push(line.to_owned());
                continue;
            };
            let (of, value) = line.split_once('=').ok_or_else(wrong)?;
            let value = value.trim().replace('_', "").parse().map_err(|_| wrong())?;
            read.figures.push(Figure::new(kind, of.trim(), value));
        }
        Ok(read)
    }

    /// These figures, with those of the baseline that are not among them.
    pub(super) fn with(&self, newer: Vec<Figure>) -> Vec<Figure> {
        let mut all = self.figures.clone();
        for new in newer {
            match all.iter_mut().find(|old| old.name == new.name) {
                Some(old) => *old = new,
                None => all.push(new),
            }
        }
        all
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Written by `cargo xtask guards --update`; docs/guards.md explains the figures.\n")?;
        self.toolchain.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        for kind in Kind::ALL {
            writeln!(f, "\n# {}\n[{}]", kind.head(), kind.table())?;
            for figure in self.figures.iter().filter(|figure| figure.name.kind == kind) {
                writeln!(f, "{} = {}", figure.name.of, grouped(figure.value))?;
            }
        }
        Ok(())
    }
}

/// A number with its thousands apart, as Rust and TOML write it.
pub(super) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let written = Baseline {
            toolchain: vec!["rustc = \"1.95.0\"".to_owned()],
            figures: vec![
                Figure::new(Kind::Instructions, "step-of-1", 1_234_567),
                Figure::new(Kind::Crates, "default-features", 55),
            ],
        };
        assert!(written.to_string().contains("\nstep-of-1 = 1_234_567\n"));
        assert_eq!(Baseline::read(&written.to_string()), Ok(written));
        assert_eq!([1, 12, 123, 1234].map(grouped), ["1", "12", "123", "1_234"]);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for line in ["[seconds]", "[bytes]\ntext", "[bytes]\ntext = many"] {
            let error = Baseline::read(line).unwrap_err();
            assert!(error.contains(line.lines().last().unwrap()), "{error}");
        }
    }

    #[test]
    fn what_was_not_measured_stays() {
        let [a, b] = ["a", "b"].map(|of| Figure::new(Kind::Bytes, of, 1));
        let old = Baseline { toolchain: Vec::new(), figures: vec![a.clone(), b] };
        let renewed = Figure::new(Kind::Bytes, "b", 2);
        assert_eq!(old.with(vec![renewed.clone()]), [a, renewed]);
    }
}
