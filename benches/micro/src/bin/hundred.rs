//! A program of a hundred annotated functions. Only its size matters.

/// A module for each name, each with the same ten functions.
macro_rules! tens {
    ($($name:ident)*) => { $(mod $name { include!("../ten.rs"); })* };
}

tens! { a b c d e f g h i j }

fn main() -> std::process::ExitCode {
    tasks_runtime::main()
}
