//! `docs/configuration.md` is held to the table of options.

use tasks_options::{Kind, OPTIONS, OptionRow};

use super::{Target, example, variable};

const DOCUMENT: &str = include_str!("../../../docs/configuration.md");

fn line(row: &OptionRow, part: Option<&OptionRow>) -> String {
    let of = part.unwrap_or(row);
    let key = part.map_or_else(|| row.key.to_owned(), |part| format!("{}.{}", row.key, part.key));
    let name = variable(&Target::Task("NAME".to_owned()), row.key, part.map(|part| part.key));
    format!("| `{key} = {}` | `{name}={}` |", of.example, example(of))
}

#[test]
fn the_documentation_has_a_row_for_each_option_that_can_be_configured() {
    let rows: Vec<&str> = DOCUMENT.lines().filter(|line| line.contains("`TASKS__NAME__")).collect();
    let expected: Vec<String> = OPTIONS
        .iter()
        .filter(|row| !matches!(row.kind, Kind::Name | Kind::Crate))
        .flat_map(|row| match row.kind {
            Kind::Parts(list) => {
                let parts = list.parts.iter().filter(|part| !matches!(part.kind, Kind::Function));
                parts.map(|part| line(row, Some(part))).collect()
            }
            _ => vec![line(row, None)],
        })
        .collect();
    let table: Vec<&str> = rows.into_iter().filter(|row| row.starts_with("| `")).collect();
    assert_eq!(table, expected, "the table should be:\n{}\n", expected.join("\n"));
}
