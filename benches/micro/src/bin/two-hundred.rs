//! A program of two hundred annotated functions. Only its size matters.

/// A module for each name, each with the same ten functions.
macro_rules! tens {
    ($($name:ident)*) => { $(mod $name { include!("../ten.rs"); })* };
}

tens! { a b c d e f g h i j k l m n o p q r s t }

fn main() -> std::process::ExitCode {
    tasks_runtime::main()
}
