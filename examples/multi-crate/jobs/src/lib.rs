//! The tasks of a program, in a library of their own: annotating them is
//! enough, wherever they are.
#![forbid(unsafe_code)]

mod mail;
mod reports;
