//! The command line: choosing tasks, listing them, running one.
//!
//! `main()` and `Builder::main()` read it by themselves. An application with a
//! clap parser of its own flattens [`TaskArgs`] into it (feature `clap`); the flags name what they
//! act on, so that they live beside the application's own.

mod args;
mod flags;
#[cfg(feature = "clap")]
mod flatten;
mod foresight;
mod list;
mod output;
mod parse;
mod print;
#[cfg(test)]
mod tests;
mod words;

pub use self::args::TaskArgs;
pub(crate) use self::{
    args::Command,
    foresight::foresee_to_stdout,
    list::list_to_stdout,
    parse::{Program, parse_main},
    print::print_to_stdout,
};
