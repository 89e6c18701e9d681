//! Every link to a file or heading of the project leads to one, and every
//! decision has one that leads to it from the list of all documents.

use std::path::Path;

use super::{Faults, File};
use crate::shell::root;

pub(super) fn check(files: &[File], faults: &mut Faults) {
    for file in files.iter().filter(|file| file.is_markdown()) {
        for (line, target) in links(&file.text) {
            if let Some(fault) = fault(files, file, target) {
                faults.push(format!("{}:{line}: {fault}", file.path));
            }
        }
    }
    not_listed(files, faults);
}

const LIST: &str = "docs/README.md";

fn not_listed(files: &[File], faults: &mut Faults) {
    let Some(list) = files.iter().find(|file| file.path == LIST) else { return };
    let listed: Vec<String> = links(&list.text).iter().map(|(_, target)| joined(LIST, target)).collect();
    let decisions = files.iter().filter(|file| file.path.starts_with("docs/decisions/"));
    for decision in decisions.filter(|decision| !listed.contains(&decision.path)) {
        faults.push(format!("{}:1: {LIST} does not list it", decision.path));
    }
}

fn fault(files: &[File], file: &File, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = match path {
        "" => file.path.clone(),
        path => joined(&file.path, path),
    };
    let Some(there) = files.iter().find(|other| other.path == path) else {
        // Folders and files that are no text.
        return (!root().join(&path).exists()).then(|| format!("`{target}` leads to no file"));
    };
    let known =
        anchor.is_empty() || !there.is_markdown() || anchors(&there.text).iter().any(|known| known == anchor);
    (!known).then(|| format!("`{target}` leads to no heading of {path}"))
}

/// A path seen from the folder of a file, without `.` and `..`.
fn joined(from: &str, path: &str) -> String {
    let folder = Path::new(from).parent().unwrap_or(Path::new(""));
    let mut parts: Vec<String> = Vec::new();
    for part in folder.join(path).components() {
        match part.as_os_str().to_string_lossy().as_ref() {
            "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name.to_owned()),
        }
    }
    parts.join("/")
}

/// The lines outside of code blocks, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    text.lines().zip(1..).filter_map(move |(line, number)| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        (!in_code && !fence).then_some((number, line))
    })
}

/// The targets of `[text](target)`, with their lines.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    for (number, line) in prose(text) {
        let mut rest = line;
        while let Some(at) = rest.find("](") {
            let before = &line[..line.len() - rest.len() + at];
            rest = &rest[at + 2..];
            let in_code = before.matches('`').count() % 2 == 1;
            if let (false, Some(end)) = (in_code, rest.find(')')) {
                links.push((number, &rest[..end]));
            }
        }
    }
    links
}

/// What a heading is called in a link, by GitHub's rule.
fn anchors(text: &str) -> Vec<String> {
    prose(text)
        .filter_map(|(_, line)| {
            let heading = line.trim_start_matches('#');
            (heading.len() < line.len() && heading.starts_with(' ')).then(|| slug(heading.trim()))
        })
        .collect()
}

fn slug(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_in_prose_only() {
        let text = "see [a](x.md) and [b](y.md#z)\n```\n[c](no.md)\n```\n`[d](no.md)` [e](#here)";
        assert_eq!(links(text), [(1, "x.md"), (1, "y.md#z"), (5, "#here")]);
    }

    #[test]
    fn paths_are_seen_from_the_folder_of_the_file() {
        assert_eq!(joined("docs/semantics.md", "../README.md"), "README.md");
        assert_eq!(joined("README.md", "./docs/logs.md"), "docs/logs.md");
    }

    #[test]
    fn headings_have_the_names_that_github_gives_them() {
        assert_eq!(
            anchors("# A `b`, and C!\ntext # no\n```\n# no\n```\n## Two  words"),
            ["a-b-and-c", "two--words"]
        );
    }

    #[test]
    fn a_decision_that_is_not_listed_is_a_fault() {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let files = [
            file("docs/README.md", "- 1: [One](decisions/0001-one.md)"),
            file("docs/decisions/0001-one.md", "# 1. One"),
            file("docs/decisions/0002-two.md", "# 2. Two"),
        ];
        let mut faults = Faults::new();
        check(&files, &mut faults);
        assert_eq!(faults, ["docs/decisions/0002-two.md:1: docs/README.md does not list it"]);
    }

    #[test]
    fn a_link_to_nothing_is_a_fault() {
        let readme = File {
            path: "README.md".to_owned(),
            text: "# Here\n[a](nowhere.md)\n[b](#here)\n[c](#there)".to_owned(),
        };
        let mut faults = Faults::new();
        check(&[readme], &mut faults);
        let expected = [
            "README.md:2: `nowhere.md` leads to no file",
            "README.md:4: `#there` leads to no heading of README.md",
        ];
        assert_eq!(faults, expected);
    }
}
