//! `tasks.toml` as a layer.

use std::{fs, io, ops::Range, path::Path};

use tasks_options::{Form, Written};
use tasks_schedule::{parse_duration, suggest};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Entry, Given, GivenPool, Layer, LayerKind, Origin, Target};
use crate::{error::Problem, list::IntoList as _, sort, text::joined};

/// The tables that a file may have.
const TABLES: [&str; 4] = ["task", "default", "pools", "shutdown"];

/// Reads a file. `asked_by` names who wants it; without anybody it need not be there.
pub(crate) fn read(path: &Path, asked_by: Option<&str>) -> Layer {
    let mut layer = Layer::default();
    let place = path.display().to_string();
    let text = match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && asked_by.is_none() => return layer,
        Err(error) if is_passing(&error) => {
            layer.failure = Some(format!("{place} cannot be read: {error}"));
            return layer;
        }
        Err(error) => Err(error.to_string()),
    };
    match text {
        Ok(text) => Reader { file: &place, text: &text, layer: &mut layer }.read(),
        Err(error) => {
            let asked = asked_by.map(|who| format!(", which {who} names,")).unwrap_or_default();
            let problem = format!("the configuration file{asked} cannot be read: {error}");
            layer.problems.push(Problem::new(&place, problem, ""));
        }
    }
    layer
}

/// Whether the machine is short of something, and the file may be as it should.
#[cfg(unix)]
fn is_passing(error: &io::Error) -> bool {
    use nix::errno::Errno;
    let errors = [Errno::EMFILE, Errno::ENFILE, Errno::ENOMEM];
    error.raw_os_error().is_some_and(|raw| errors.contains(&Errno::from_raw(raw)))
}

#[cfg(not(unix))]
fn is_passing(_: &io::Error) -> bool {
    false
}

/// A table, its entries in the order of the file.
type Entries<'a> = Vec<(&'a str, Range<usize>, &'a Spanned<DeValue<'a>>)>;

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    layer: &'a mut Layer,
}

impl Reader<'_> {
    fn read(&mut self) {
        // What editors of one system put before the text.
        self.text = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
        let table = match DeTable::parse(self.text) {
            Ok(table) => table,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let message = joined(error.message().lines(), ", ");
                return self.wrong(at, format!("this is not TOML: {message}"), "");
            }
        };
        for (name, span, value) in entries(table.get_ref()) {
            match (name, value.get_ref()) {
                ("task", DeValue::Table(tasks)) => self.tasks(tasks),
                ("default", DeValue::Table(options)) => self.options(&Target::Default, options),
                ("pools", DeValue::Table(pools)) => self.pools(pools),
                ("shutdown", DeValue::Table(shutdown)) => self.shutdown(shutdown),
                (name, DeValue::Table(_)) => {
                    let known = joined(TABLES.map(|table| format!("[{table}]")), ", ");
                    let hint = match suggest(name, TABLES) {
                        Some(meant) => format!("did you mean `[{meant}]`?"),
                        None => {
                            format!("the tables are [task.NAME], {}", known.trim_start_matches("[task], "))
                        }
                    };
                    self.wrong(span.start, format!("unknown table `{name}`"), &hint);
                }
                (name, _) if TABLES.contains(&name) => {
                    let example = if name == "task" { "[task.NAME]" } else { &format!("[{name}]") };
                    self.wrong(span.start, format!("`{name}` is a table"), &format!("write `{example}`"));
                }
                (name, _) => self.wrong(
                    span.start,
                    format!("`{name}` stands in no table"),
                    "options stand below `[task.NAME]` or `[default]`",
                ),
            }
        }
    }

    fn tasks(&mut self, tasks: &DeTable<'_>) {
        for (name, span, value) in entries(tasks) {
            match value.get_ref() {
                DeValue::Table(options) => {
                    let origin = self.origin(span.start);
                    self.layer.named.push((name.to_owned(), origin));
                    self.options(&Target::Task(name.to_owned()), options);
                }
                _ => self.wrong(
                    span.start,
                    format!("`task.{name}` is the table of a task"),
                    &format!("write `[task.{name}]` and its options below it"),
                ),
            }
        }
    }

    fn options(&mut self, target: &Target, options: &DeTable<'_>) {
        for (key, span, value) in entries(options) {
            match value.get_ref() {
                DeValue::Table(parts) => {
                    for (part, span, value) in entries(parts) {
                        self.option(target, key, Some(part), span.start, value);
                    }
                }
                _ => self.option(target, key, None, span.start, value),
            }
        }
    }

    fn option(
        &mut self,
        target: &Target,
        key: &str,
        part: Option<&str>,
        at: usize,
        value: &Spanned<DeValue<'_>>,
    ) {
        let entry = Entry {
            target: target.clone(),
            key: key.to_owned(),
            part: part.map(str::to_owned),
            given: Given::Written(self.written(value)),
            origin: self.origin(at),
            reason: None,
        };
        self.layer.entries.push(entry);
    }

    fn pools(&mut self, pools: &DeTable<'_>) {
        for (name, span, value) in entries(pools) {
            let size = match self.written(value).form {
                Form::Integer(size) => u32::try_from(size).ok(),
                _ => None,
            };
            match size {
                Some(size) => {
                    let origin = self.origin(span.start);
                    self.layer.pools.push(GivenPool { name: name.to_owned(), size, origin });
                }
                None => self.wrong(
                    span.start,
                    format!("the size of the pool `{name}` is a whole number from 1 to {}", u32::MAX),
                    &format!("write for example `{name} = 4`"),
                ),
            }
        }
    }

    fn shutdown(&mut self, shutdown: &DeTable<'_>) {
        const EXAMPLE: &str = "write for example `budget = \"10s\"`";
        for (key, span, value) in entries(shutdown) {
            if key != "budget" {
                let problem = format!("unknown key `{key}` in [shutdown]");
                self.wrong(span.start, problem, "its one key is `budget`");
                continue;
            }
            let written = self.written(value);
            let read = match &written.form {
                Form::Text(text) => parse_duration(text).map_err(|error| error.to_string()),
                _ => Err("it is a duration in quotes".to_owned()),
            };
            match read {
                Ok(budget) => self.layer.budget = Some((budget, self.origin(span.start))),
                Err(error) => {
                    let problem = format!("`budget` cannot be `{}`: {error}", written.text);
                    self.wrong(span.start, problem, EXAMPLE);
                }
            }
        }
    }

    /// Returns a value in the form in which it stands in the file.
    fn written(&self, value: &Spanned<DeValue<'_>>) -> Written {
        let text = self.text.get(value.span()).unwrap_or_default();
        let form = match value.get_ref() {
            DeValue::String(text) => Form::Text(text.to_string()),
            DeValue::Integer(number) => {
                let digits = number.as_str();
                Form::Integer(i128::from_str_radix(digits, number.radix()).unwrap_or(i128::MAX))
            }
            DeValue::Float(number) => number.as_str().parse().map_or(Form::Expression, Form::Float),
            DeValue::Boolean(flag) => Form::Bool(*flag),
            // An instant needs no quotes in TOML.
            DeValue::Datetime(_) => Form::Text(text.to_owned()),
            DeValue::Array(items) => Form::List(items.iter().map(|item| self.written(item)).into_list()),
            DeValue::Table(_) => Form::Suffixed,
        };
        Written { form, text: text.to_owned() }
    }

    fn origin(&self, at: usize) -> Origin {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Origin::new(LayerKind::File, format_args!("{}:{line}:{column}", self.file))
    }

    fn wrong(&mut self, at: usize, problem: String, remedy: &str) {
        let origin = self.origin(at);
        self.layer.problems.push(Problem::new(origin, problem, remedy));
    }
}

/// The entries of a table in the order of the file.
fn entries<'a>(table: &'a DeTable<'a>) -> Entries<'a> {
    let mut entries: Entries<'a> =
        table.iter().map(|(key, value)| (key.get_ref().as_ref(), key.span(), value)).into_list();
    sort::by_key(&mut entries, |(_, span, _)| span.start);
    entries
}

/// Reads a text as if it stood in `tasks.toml`.
#[cfg(test)]
pub(crate) fn parse(text: &str) -> Layer {
    let mut layer = Layer::default();
    Reader { file: "tasks.toml", text, layer: &mut layer }.read();
    layer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        parse(text).problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn options_parts_pools_and_budget_are_read_with_their_places() {
        let layer = parse(
            "\u{feff}[default]\ntimeout = \"1m\"\n[task.send-mail]\nretry = { max = 7 }\nafter = [\"a\", 'b']\n\
             at = 2030-01-31T09:00:00Z\n[task.send-mail.restart]\nmax = 0x1F\n[pools]\nmail = 4\n\
             [shutdown]\nbudget = \"10s\"\n",
        );
        assert_eq!(layer.problems, []);
        let shown: Vec<String> = layer
            .entries
            .iter()
            .map(|entry| {
                let part = entry.part.as_deref().unwrap_or("-");
                let Given::Written(written) = &entry.given else { panic!("a form") };
                format!("{} {} {part} {}", entry.origin, entry.key, written.text)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "tasks.toml:2:1 timeout - \"1m\"",
                "tasks.toml:4:11 retry max 7",
                "tasks.toml:5:1 after - [\"a\", 'b']",
                "tasks.toml:6:1 at - 2030-01-31T09:00:00Z",
                "tasks.toml:8:1 restart max 0x1F",
            ]
        );
        assert_eq!(
            layer.pools.iter().map(|pool| (&*pool.name, pool.size)).collect::<Vec<_>>(),
            [("mail", 4)]
        );
        assert_eq!(layer.budget.map(|(budget, _)| budget.as_secs()), Some(10));
        assert_eq!(layer.named.len(), 1);
    }

    #[test]
    fn every_problem_has_its_line_and_column() {
        let found = problems(
            "timeout = \"1m\"\ntask = 3\n[defaults]\n[pool]\n[nothing]\n[pools]\nmail = 0.5\n[shutdown]\n  bugdet = \"1s\"\n  budget = 10\n",
        );
        let expected = [
            "tasks.toml:1:1: `timeout` stands in no table",
            "tasks.toml:2:1: `task` is a table",
            "tasks.toml:3:2: unknown table `defaults` (did you mean `[default]`?)",
            "tasks.toml:4:2: unknown table `pool` (did you mean `[pools]`?)",
            "tasks.toml:5:2: unknown table `nothing` (the tables are [task.NAME], [default], [pools], [shutdown])",
            "tasks.toml:7:1: the size of the pool `mail`",
            "tasks.toml:9:3: unknown key `bugdet` in [shutdown]",
            "tasks.toml:10:3: `budget` cannot be `10`: it is a duration in quotes",
        ];
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{found}\n{expected}");
        }
    }

    #[test]
    fn a_text_that_is_no_toml_is_one_problem() {
        for text in ["[task", "[task.a]\nevery = 5m\n", "[default]\ntimeout = \"1m\"\ntimeout = \"2m\"\n"] {
            let found = problems(text);
            assert!(found.len() == 1 && found[0].contains("this is not TOML: "), "{found:?}");
            assert!(parse(text).entries.is_empty());
        }
        assert!(problems("[task.a]\nevery = 5m\n")[0].starts_with("tasks.toml:2:"));
    }
}
