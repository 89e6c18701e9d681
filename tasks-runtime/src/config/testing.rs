//! Layers for tests.

use super::{Configure, Configurer, Flag, Layer, configure, environment, gather::flags};
use crate::panic::EarlierHook;

/// The text of a `tasks.toml`.
pub(crate) fn file(text: &str) -> Layer {
    super::file::parse(text)
}

/// Variables.
pub(crate) fn variables(variables: &[(&str, &str)]) -> Layer {
    environment::read(variables.iter().map(|(name, value)| (name.into(), value.into())))
}

/// What an application's own code sets.
#[track_caller]
pub(crate) fn code(set: impl FnOnce(&mut Configure) + Send + 'static) -> Layer {
    let run = Box::new(|configure: &mut Configure| {
        set(configure);
        Ok(())
    });
    configure::run(vec![Configurer { run, place: std::panic::Location::caller() }], EarlierHook::Called)
}

/// `--set-task` of a task, a key and a value.
pub(crate) fn set_task(task: &str, key: &str, value: &str) -> Layer {
    flags(vec![Flag { task: task.into(), key: key.into(), part: None, value: value.into() }])
}
