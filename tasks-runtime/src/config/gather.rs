//! All layers of a program, read in their order.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::{Configurer, Entry, Given, Layer, LayerKind, Origin, Target, configure, environment};
use crate::panic::EarlierHook;

/// Where a program finds its configuration.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// What `Builder::configure` was given.
    pub(crate) configurers: Vec<Configurer>,
    /// Whether `tasks.toml` and the environment are looked at.
    pub(crate) outside: bool,
    /// `--tasks-config`.
    pub(crate) file: Option<PathBuf>,
    /// `--set-task`.
    pub(crate) flags: Vec<Flag>,
}

/// One `--set-task NAME.KEY=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flag {
    pub(crate) task: String,
    pub(crate) key: String,
    pub(crate) part: Option<String>,
    pub(crate) value: String,
}

/// The file that is looked for in the working directory.
const FILE: &str = "tasks.toml";
const FILE_VARIABLE: &str = "TASKS_CONFIG";

impl Sources {
    /// Reads everything, the weakest layer first.
    pub(crate) fn gather(self, hook: EarlierHook) -> Vec<Layer> {
        let named = env::var_os(FILE_VARIABLE).filter(|path| self.outside && !path.is_empty());
        let file = match (self.file, named) {
            (Some(path), _) => read_file(&path, Some("`--tasks-config`")),
            (None, Some(path)) => read_file(Path::new(&path), Some(FILE_VARIABLE)),
            (None, None) if self.outside => read_file(Path::new(FILE), None),
            (None, None) => Layer::default(),
        };
        let environment = match self.outside {
            true => environment::read(env::vars_os()),
            false => Layer::default(),
        };
        vec![configure::run(self.configurers, hook), file, environment, flags(self.flags)]
    }
}

#[cfg(feature = "config")]
fn read_file(path: &Path, asked_by: Option<&str>) -> Layer {
    super::file::read(path, asked_by)
}

/// Without the feature a file that somebody names is a problem, since it would change nothing.
#[cfg(not(feature = "config"))]
fn read_file(path: &Path, asked_by: Option<&str>) -> Layer {
    let problems = asked_by.map(|who| {
        crate::error::Problem::new(
            path.display(),
            format!("{who} names a configuration file, which this program cannot read"),
            "build it with the feature `config` of `tasks-runtime`",
        )
    });
    Layer { problems: problems.into_iter().collect(), ..Layer::default() }
}

pub(super) fn flags(flags: Vec<Flag>) -> Layer {
    let mut layer = Layer::default();
    for Flag { task, key, part, value } in flags {
        let whole = part.as_ref().map_or_else(|| key.clone(), |part| format!("{key}.{part}"));
        let origin = Origin::new(LayerKind::CommandLine, format_args!("--set-task {task}.{whole}={value}"));
        layer.named.push((task.clone(), origin.clone()));
        let target = Target::Task(task);
        layer.entries.push(Entry { target, key, part, given: Given::Text(value), origin, reason: None });
    }
    layer
}
