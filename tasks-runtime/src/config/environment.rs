//! The environment as a layer.
//!
//! Two underscores separate a task, an option and its part, since a name may
//! hold one: `TASKS__SEND_MAIL__RETRY__MAX=7`. What is not about one task has
//! one underscore behind `TASKS`. Kubernetes sets such variables for a Service
//! called `tasks`, so unknown ones of these are nobody's mistake.

use std::ffi::OsString;

use tasks_schedule::{name::fold, parse_duration};

use super::{Entry, Given, GivenPool, Layer, LayerKind, Origin, Target};
use crate::{error::Problem, list::IntoList as _, sort};

const TASK: &str = "TASKS__";
const DEFAULT: &str = "TASKS_DEFAULT__";
const POOLS: &str = "TASKS_POOLS__";
const BUDGET: &str = "TASKS_SHUTDOWN_BUDGET";

/// Reads the variables that concern the tasks, in the order of their names.
pub(crate) fn read(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Layer {
    let mut layer = Layer::default();
    let mut variables: Vec<_> = variables.into_iter().into_list();
    sort::all(&mut variables);
    for (name, value) in variables {
        let shown = name.to_string_lossy();
        let ours = [TASK, DEFAULT, POOLS, BUDGET].iter().any(|prefix| shown.starts_with(prefix));
        if !ours {
            continue;
        }
        match (name.to_str(), value.to_str()) {
            (Some(name), Some(value)) => layer.variable(name, value),
            (None, _) => layer.wrong(&shown, "the name of the variable is not UTF-8", ""),
            (_, None) => layer.wrong(&shown, "its value is not UTF-8", ""),
        }
    }
    layer
}

/// Returns the variable that sets an option of a task.
pub(crate) fn variable(target: &Target, key: &str, part: Option<&str>) -> String {
    let prefix = match target {
        Target::Task(name) => format!("{TASK}{}__", upper(name)),
        Target::Default => DEFAULT.to_owned(),
    };
    let part = part.map(|part| format!("__{}", upper(part))).unwrap_or_default();
    format!("{prefix}{}{part}", upper(key))
}

fn upper(name: &str) -> String {
    fold(name).to_ascii_uppercase()
}

impl Layer {
    fn wrong(&mut self, name: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.problems.push(Problem::new(name, problem, remedy));
    }

    fn variable(&mut self, name: &str, value: &str) {
        let origin = Origin::new(LayerKind::Environment, name);
        if name == BUDGET && value.is_empty() {
            // As with the variables of the log: what composes environments has no other way to say nothing.
        } else if name == BUDGET {
            match parse_duration(value.trim()) {
                Ok(budget) => self.budget = Some((budget, origin)),
                Err(error) => self.wrong(
                    name,
                    format!("{value:?} is no shutdown budget: {error}"),
                    format!("write for example `{BUDGET}=10s`"),
                ),
            }
        } else if let Some(pool) = name.strip_prefix(POOLS) {
            match value.trim().parse() {
                Ok(size) => self.pools.push(GivenPool { name: fold(pool), size, origin }),
                Err(_) => self.wrong(
                    name,
                    format!("{value:?} is no size of a pool: it is a whole number from 1 to {}", u32::MAX),
                    format!("write for example `{name}=4`"),
                ),
            }
        } else if let Some(rest) = name.strip_prefix(DEFAULT) {
            let words: Vec<&str> = rest.split("__").into_list();
            self.option(Target::Default, &words, value, origin);
        } else if let Some((task, rest)) = name.strip_prefix(TASK).and_then(|rest| rest.split_once("__")) {
            let words: Vec<&str> = rest.split("__").into_list();
            self.named.push((task.to_owned(), origin.clone()));
            self.option(Target::Task(task.to_owned()), &words, value, origin);
        } else if name.starts_with(TASK) {
            self.wrong(
                name,
                "it names a task and no option",
                format!(
                    "write for example `{name}__TIMEOUT=30s`; other variables must not begin with `{TASK}`"
                ),
            );
        }
    }

    fn option(&mut self, target: Target, words: &[&str], value: &str, origin: Origin) {
        let (key, part) = match *words {
            [key] => (fold(key), None),
            [key, part] => (fold(key), Some(fold(part))),
            _ => {
                let problem = "it names more than a task, an option and its part";
                return self.wrong(
                    &origin.place,
                    problem,
                    "write for example `TASKS__SEND_MAIL__RETRY__MAX=7`",
                );
            }
        };
        let given = Given::Text(value.to_owned());
        self.entries.push(Entry { target, key, part, given, origin, reason: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(variables: &[(&str, &str)]) -> Layer {
        read(variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn problems(variables: &[(&str, &str)]) -> Vec<String> {
        layer(variables).problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_underscore_belongs_to_a_name_and_two_separate() {
        let layer = layer(&[("TASKS__SEND_MAIL__RETRY__MAX_DELAY", "7m"), ("TASKS_DEFAULT__GRACE", "1s")]);
        let found: Vec<_> = layer
            .entries
            .iter()
            .map(|entry| (entry.target.clone(), entry.key.as_str(), entry.part.as_deref()))
            .collect();
        let send = Target::Task("SEND_MAIL".to_owned());
        assert_eq!(found, [(Target::Default, "grace", None), (send, "retry", Some("max_delay"))]);
    }

    #[test]
    fn what_kubernetes_sets_is_ignored() {
        let layer = layer(&[
            ("TASKS_SERVICE_HOST", "10.0.0.1"),
            ("TASKS_PORT_80_TCP", "tcp://10.0.0.1:80"),
            ("TASKS_POOLS_SERVICE_HOST", "10.0.0.2"),
            ("TASKS_DEFAULT_PORT", "1"),
            ("TASKS_SHUTDOWN_BUDGET", ""),
            ("PATH", "/bin"),
        ]);
        assert!(layer.entries.is_empty() && layer.pools.is_empty() && layer.problems.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_a_problem_that_names_the_variable() {
        let found = problems(&[
            ("TASKS_SHUTDOWN_BUDGET", "ten"),
            ("TASKS_POOLS__MAIL", "-1"),
            ("TASKS__CLEANUP", "5m"),
            ("TASKS__A__RETRY__MAX__MORE", "5"),
        ]);
        assert_eq!(found.len(), 4, "{found:#?}");
        for (problem, variable) in
            found.iter().zip(["_POOLS__MAIL", "_SHUTDOWN_BUDGET", "__A__RETRY", "__CLEANUP"])
        {
            assert!(problem.starts_with(&format!("TASKS{variable}")), "{problem}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_text_is_a_problem_where_it_is_ours() {
        use std::os::unix::ffi::OsStringExt;
        let bad = || OsString::from_vec(vec![b'a', 0xff]);
        let named = OsString::from_vec(b"TASKS__A\xff__EVERY".to_vec());
        let layer = read([("TASKS__A__EVERY".into(), bad()), (named, "5m".into()), ("OTHER".into(), bad())]);
        let found: Vec<_> = layer.problems.iter().map(|problem| problem.problem.as_str()).collect();
        assert_eq!(found, ["its value is not UTF-8", "the name of the variable is not UTF-8"]);
    }

    #[test]
    fn a_task_and_its_variable_belong_together() {
        let target = Target::Task("send-Mail".to_owned());
        assert_eq!(variable(&target, "retry", Some("max")), "TASKS__SEND_MAIL__RETRY__MAX");
        assert_eq!(variable(&Target::Default, "timeout", None), "TASKS_DEFAULT__TIMEOUT");
    }
}
