//! What is set outside of the annotations: by `configure`, by a file, by the
//! environment and by the command line.
//!
//! Each of them is read into a [`Layer`], with names, keys and values as they
//! were written; [`crate::plan`] finds out what they mean, so that an unknown
//! name, a wrong value and a contradiction are found at one place and reported
//! together, whoever wrote them.

mod configure;
#[cfg(test)]
mod documented;
mod entry;
mod environment;
#[cfg(feature = "config")]
mod file;
mod gather;
mod origin;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod value;

#[cfg(feature = "cli")]
pub(crate) use self::gather::Flag;
pub(crate) use self::{
    configure::Configurer,
    entry::{Entry, Given, GivenPool, Layer, Target},
    environment::variable,
    gather::Sources,
    origin::{LayerKind, Origin},
    text::example,
};
pub use self::{
    configure::{Configure, TaskSettings},
    value::SettingValue,
};
