//! Which spans and events are logged: by target and level.

use tracing::{Level, Metadata, level_filters::LevelFilter};

/// Levels for targets, as `RUST_LOG` has them.
#[derive(Debug, PartialEq)]
pub(super) struct Filter {
    /// The longest target first, since it says more; that of all others is empty.
    rules: Vec<(String, LevelFilter)>,
}

impl Filter {
    /// Whatever the target.
    pub(super) fn all(level: LevelFilter) -> Self {
        Self { rules: vec![(String::new(), level)] }
    }

    /// Reads levels, targets and `target=level`, separated by commas. A target alone has all levels.
    ///
    /// # Errors
    ///
    /// Returns what cannot be read, and why.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut rules = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (target, level) = match (part.split_once('='), part.parse()) {
                (Some((target, level)), _) => {
                    (target.trim(), level.trim().parse().map_err(|error| format!("`{part}`: {error}"))?)
                }
                (None, Ok(level)) => ("", level),
                (None, Err(_)) => (part, LevelFilter::TRACE),
            };
            if target.contains(['[', '{']) {
                return Err(format!("`{part}` names a span or a field, and only targets are known"));
            }
            // What was said last of a target counts.
            rules.retain(|(known, _)| known != target);
            rules.push((target.to_owned(), level));
        }
        crate::sort::by_key(&mut rules, |(target, _)| std::cmp::Reverse(target.len()));
        Ok(Self { rules })
    }

    /// Whether this level of a target is logged.
    pub(super) fn lets(&self, target: &str, level: Level) -> bool {
        let rule = self.rules.iter().find(|(of, _)| target.starts_with(&**of));
        rule.is_some_and(|(_, most)| level <= *most)
    }

    pub(super) fn lets_through(&self, metadata: &Metadata<'_>) -> bool {
        self.lets(metadata.target(), *metadata.level())
    }

    /// Beyond this level nothing is logged at all.
    pub(super) fn most(&self) -> LevelFilter {
        self.rules.iter().map(|(_, level)| *level).max().unwrap_or(LevelFilter::OFF)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_target_that_fits_decides() {
        let filter = Filter::read("warn, app=debug,app::db=off,hyper,tasks = 4,app=trace,").unwrap();
        assert_eq!(filter.most(), LevelFilter::TRACE);
        for (target, level, lets) in [
            ("other", Level::WARN, true),
            ("other", Level::INFO, false),
            ("app", Level::TRACE, true),
            ("app::db", Level::ERROR, false),
            ("app::db::pool", Level::ERROR, false),
            ("application", Level::TRACE, true),
            ("hyper", Level::TRACE, true),
            ("tasks", Level::DEBUG, true),
            ("tasks", Level::TRACE, false),
        ] {
            assert_eq!(filter.lets(target, level), lets, "{target} {level}");
        }
    }

    #[test]
    fn what_no_rule_speaks_of_is_not_logged() {
        let filter = Filter::read("app=info").unwrap();
        assert!(filter.lets("app", Level::INFO) && !filter.lets("tasks", Level::ERROR));
        assert_eq!(filter.most(), LevelFilter::INFO);
        assert_eq!(Filter::read("").unwrap().most(), LevelFilter::OFF);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, part) in [
            ("info,app=loud", "app=loud"),
            ("app=info=debug", "app=info=debug"),
            ("app[span]=info", "app[span]=info"),
            ("app[{field}]=info", "names a span or a field"),
        ] {
            let error = Filter::read(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
