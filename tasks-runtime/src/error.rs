//! Why a program did not start.

use std::{borrow::Cow, cmp::Ordering, error::Error as StdError, fmt};

use tasks_core::BoxError;

use crate::sort;

/// One thing that is wrong with a program, found before any task ran.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Where: a `file:line`, a variable, a builder call. Empty when there is no place.
    pub place: String,
    /// What is wrong, and with what it was found.
    pub problem: String,
    /// What to write instead. Empty when the problem says it all.
    pub remedy: String,
}

impl Problem {
    pub(crate) fn new(
        place: impl fmt::Display,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        // Names and values come from users; a terminal must not obey them.
        let escaped = |text: String| escaped(&text).into_owned();
        Self {
            place: escaped(place.to_string()),
            problem: escaped(problem.into()),
            remedy: escaped(remedy.into()),
        }
    }
}

/// By place, and the lines of a file as numbers: 9 before 10.
impl Ord for Problem {
    fn cmp(&self, other: &Self) -> Ordering {
        let places = numbered(&self.place).cmp(numbered(&other.place));
        places
            .then_with(|| self.place.cmp(&other.place))
            .then_with(|| (&self.problem, &self.remedy).cmp(&(&other.problem, &other.remedy)))
    }
}

impl PartialOrd for Problem {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A place in parts of which those that are numbers compare as such.
fn numbered(place: &str) -> impl Iterator<Item = (Option<u32>, &str)> {
    place.split(':').map(|part| (part.parse().ok(), part))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.problem)?;
        if !self.remedy.is_empty() {
            write!(f, " ({})", self.remedy)?;
        }
        Ok(())
    }
}

/// Why a program did not start, or could not be asked for something.
///
/// # Introspection is limited
///
/// The kinds are private, so that new ones break nobody. Ask with the
/// predicates; [`exit_code`](Self::exit_code) says what the process should end with.
pub struct Error(Box<Kind>);

#[derive(Debug)]
enum Kind {
    Configuration(Vec<Problem>),
    Setup(BoxError),
    AlreadyRunning,
    Usage(String),
    Io(std::io::Error),
}

impl Error {
    pub(crate) fn configuration(mut problems: Vec<Problem>) -> Self {
        sort::all(&mut problems);
        problems.dedup();
        Self(Box::new(Kind::Configuration(problems)))
    }

    pub(crate) fn setup(error: BoxError) -> Self {
        Self(Box::new(Kind::Setup(error)))
    }

    pub(crate) fn already_running() -> Self {
        Self(Box::new(Kind::AlreadyRunning))
    }

    /// Wrong spelling on the command line.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Usage(message.into())))
    }

    pub(crate) fn io(error: std::io::Error) -> Self {
        Self(Box::new(Kind::Io(error)))
    }

    /// Returns true if definitions, options or state are wrong: the program
    /// cannot start until somebody changes them. Exit code 78.
    pub fn is_configuration(&self) -> bool {
        matches!(*self.0, Kind::Configuration(_))
    }

    /// Returns true if set-up failed or panicked: the world may be better at
    /// the next try. Exit code 1.
    pub fn is_setup(&self) -> bool {
        matches!(*self.0, Kind::Setup(_))
    }

    /// Returns true if the command line names something that does not exist. Exit code 2.
    pub fn is_usage(&self) -> bool {
        matches!(*self.0, Kind::Usage(_))
    }

    /// Returns everything that is wrong, sorted by place; empty unless
    /// [`is_configuration`](Self::is_configuration).
    pub fn problems(&self) -> &[Problem] {
        match &*self.0 {
            Kind::Configuration(problems) => problems,
            Kind::Setup(_) | Kind::AlreadyRunning | Kind::Usage(_) | Kind::Io(_) => &[],
        }
    }

    /// Returns the code that the process should end with.
    pub fn exit_code(&self) -> u8 {
        match &*self.0 {
            Kind::Configuration(_) => 78,
            Kind::Usage(_) => 2,
            Kind::Setup(_) | Kind::AlreadyRunning | Kind::Io(_) => 1,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Configuration(problems) => {
                write!(f, "{} problem{} found, nothing was started", problems.len(), plural(problems.len()))?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
            Kind::Setup(error) => write!(f, "set-up failed: {}", tasks_core::__private::chain_text(&**error)),
            Kind::AlreadyRunning => f.write_str(
                "`run_until_signal` already runs in this process; use `start()` for a second set of tasks",
            ),
            Kind::Usage(message) => f.write_str(message),
            Kind::Io(error) => write!(f, "the runtime cannot be set up: {error}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Error> for std::process::ExitCode {
    fn from(error: Error) -> Self {
        Self::from(error.exit_code())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            Kind::Setup(error) => Some(&**error),
            Kind::Io(error) => Some(error),
            Kind::Configuration(_) | Kind::AlreadyRunning | Kind::Usage(_) => None,
        }
    }
}

/// Spells out what a terminal would obey instead of show: control characters,
/// and those that turn the direction of text round.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    let obeyed = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(obeyed) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .fold(String::with_capacity(text.len() + 8), |mut shown, c| {
            if obeyed(c) {
                shown.extend(c.escape_default());
            } else {
                shown.push(c);
            }
            shown
        })
        .into()
}

pub(crate) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
