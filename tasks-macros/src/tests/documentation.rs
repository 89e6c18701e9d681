use tasks_options::{Attribute, Kind, OPTIONS, OptionRow};

const SOURCE: &str = include_str!("../lib.rs");

fn line(row: &OptionRow) -> String {
    let default = if row.default.is_empty() { "—" } else { row.default };
    format!("/// | `{}` | `{}` | {default} | {} |", row.key, row.example, row.meaning)
}

/// The documentation of an attribute, as its source has it.
fn documentation(attribute: Attribute) -> &'static str {
    let end = SOURCE.find(&format!("pub fn {attribute}(")).expect("the attribute is in lib.rs");
    let start = SOURCE[..end].rfind("\n\n").expect("something stands before it");
    &SOURCE[start..end]
}

#[test]
fn the_documentation_of_each_attribute_has_the_rows_of_its_options() {
    for attribute in [Attribute::Task, Attribute::Scheduled] {
        let rows: Vec<&str> =
            documentation(attribute).lines().filter(|line| line.starts_with("/// | `")).collect();
        let table: Vec<String> = OPTIONS.iter().filter(|row| row.scope.covers(attribute)).map(line).collect();
        assert_eq!(rows, table, "the table of #[{attribute}] should be:\n{}\n", table.join("\n"));
    }
}

#[test]
fn the_documentation_names_every_part_of_an_option_that_has_parts() {
    for row in OPTIONS {
        let Kind::Parts(list) = row.kind else { continue };
        for part in list.parts {
            assert!(row.meaning.contains(&format!("{} = ", part.key)), "{} of {}", part.key, row.key);
        }
    }
}
