//! The one table of the options of the `tasks` framework, and the reading of
//! their values.
//!
//! The macros use it on the build host and the runtime uses it for whatever is
//! configured when a program starts, so that both know the same options, accept
//! the same values and say the same of a wrong one. Nothing in here knows what
//! a token, a file or a variable is: a value comes in as [`Written`], in the
//! form that it was given, and goes out as a [`Value`] or as [`Mistake`]s.
//!
//! | item | answers |
//! |---|---|
//! | [`OPTIONS`], [`option`], [`keys`] | which options are there, and who knows them |
//! | [`meant`] | which option did somebody mean who wrote `interval` |
//! | [`Kind`] | what may stand as a value |
//! | [`PartList`], [`RETRY`], [`RESTART`] | what stands inside of `retry(…)` and `restart(…)` |
//! | [`read`] | what does this value mean, or what is wrong with it |

#![forbid(unsafe_code)]

mod attribute;
mod form;
mod kind;
mod meant;
mod parts;
mod read;
mod table;
mod value;

pub use attribute::Attribute;
pub use form::{Form, Written};
pub use kind::{Counted, CountedWord, Kind};
pub use meant::meant;
pub use parts::{MAX_RESTARTS, PartList, RESTART, RETRY};
pub use read::{Mistake, alternatives, expression, read};
pub use table::{OPTIONS, OptionRow, SCHEDULES, Scope, keys, option};
pub use value::{Max, Value};
