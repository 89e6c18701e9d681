//! What the environment says about the log, as a pure function of it.

use std::ffi::OsString;

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::format::Format;

#[derive(Debug, PartialEq)]
pub(super) struct Settings {
    pub(super) format: Format,
    pub(super) filter: Targets,
    /// What could not be used, and what is used instead.
    pub(super) warnings: Vec<String>,
}

impl Settings {
    pub(super) fn read(variable: impl Fn(&str) -> Option<OsString>, is_terminal: bool) -> Self {
        let mut warnings = Vec::new();
        let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
        let dumb = variable("TERM").is_some_and(|term| term == "dumb");
        let pretty = Format::Pretty { colour: is_terminal && !is_set("NO_COLOR") && !dumb };
        let by_itself = if is_terminal { pretty } else { Format::Json };
        let format = variable("TASKS_LOG_FORMAT").filter(|value| !value.is_empty());
        let format = match format.as_ref().map(|value| value.to_str()) {
            None => by_itself,
            Some(Some("pretty")) => pretty,
            Some(Some("json")) => Format::Json,
            Some(_) => {
                let found = format.unwrap_or_default();
                warnings
                    .push(format!("TASKS_LOG_FORMAT is {found:?}, not `pretty` or `json`; it is ignored"));
                by_itself
            }
        };
        let all = Targets::new().with_default(LevelFilter::INFO);
        let filter = variable("RUST_LOG").filter(|value| !value.is_empty());
        let filter = match filter.as_ref().map(|value| value.to_str().map(str::parse)) {
            None => all,
            Some(Some(Ok(filter))) => filter,
            Some(Some(Err(error))) => {
                warnings.push(format!("RUST_LOG cannot be read: {error}; `info` is used"));
                all
            }
            Some(None) => {
                warnings.push("RUST_LOG is not Unicode; `info` is used".to_owned());
                all
            }
        };
        Self { format, filter, warnings }
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    fn read(variables: &[(&str, &str)], is_terminal: bool) -> Settings {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        Settings::read(variable, is_terminal)
    }

    #[test]
    fn a_terminal_gets_text_and_everything_else_gets_json() {
        assert_eq!(read(&[], true).format, Format::Pretty { colour: true });
        assert_eq!(read(&[], false).format, Format::Json);
        assert_eq!(read(&[("TASKS_LOG_FORMAT", "json")], true).format, Format::Json);
        let forced = read(&[("TASKS_LOG_FORMAT", "pretty")], false);
        assert_eq!(forced.format, Format::Pretty { colour: false });
    }

    #[test]
    fn colour_is_for_terminals_and_never_with_no_color() {
        assert_eq!(read(&[("NO_COLOR", "1")], true).format, Format::Pretty { colour: false });
        assert_eq!(read(&[("NO_COLOR", "")], true).format, Format::Pretty { colour: true });
        assert_eq!(read(&[("TERM", "dumb")], true).format, Format::Pretty { colour: false });
    }

    #[test]
    fn the_filter_is_info_unless_rust_log_says_otherwise() {
        let settings = read(&[], false);
        assert!(settings.filter.would_enable("app", &Level::INFO));
        assert!(!settings.filter.would_enable("app", &Level::DEBUG));
        let settings = read(&[("RUST_LOG", "warn,app=trace")], false);
        assert!(settings.filter.would_enable("app::db", &Level::TRACE));
        assert!(!settings.filter.would_enable("tasks", &Level::INFO));
        assert_eq!(settings.warnings, Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_used_is_a_warning() {
        let settings = read(&[("RUST_LOG", "app[span]=very"), ("TASKS_LOG_FORMAT", "yaml")], false);
        assert_eq!(settings.format, Format::Json);
        assert!(settings.filter.would_enable("app", &Level::INFO));
        assert_eq!(settings.warnings.len(), 2);
        assert!(settings.warnings[0].contains("\"yaml\""), "{:?}", settings.warnings);
    }
}
