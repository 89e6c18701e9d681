//! `docs/semantics.md`: every guarantee names a test, and every named test exists.

use super::{Faults, File};

const DOCUMENT: &str = "docs/semantics.md";

/// Checks the document. Returns how many guarantees it holds.
pub(super) fn check(files: &[File], faults: &mut Faults) -> usize {
    let Some(document) = files.iter().find(|file| file.path == DOCUMENT) else {
        faults.push(format!("{DOCUMENT} is missing"));
        return 0;
    };
    let items = items(&document.text);
    for item in &items {
        let mut report =
            |fault: String| faults.push(format!("{DOCUMENT}:{}: {}: {fault}", item.line, item.number));
        if item.is_guarantee() && item.proofs.is_empty() {
            report("it names no test".to_owned());
        }
        for proof in &item.proofs {
            if let Some(fault) = fault(files, proof) {
                report(fault);
            }
        }
    }
    for kind in ['G', 'N'] {
        check_numbers(kind, &items, faults);
    }
    items.iter().filter(|item| item.is_guarantee()).count()
}

/// Numbers stand for their sentences in code and elsewhere: each is used once.
fn check_numbers(kind: char, items: &[Item], faults: &mut Faults) {
    let mut seen: Vec<&str> = Vec::new();
    for item in items.iter().filter(|item| item.number.starts_with(kind)) {
        if seen.contains(&item.number.as_str()) {
            faults.push(format!("{DOCUMENT}:{}: {} is used twice", item.line, item.number));
        }
        seen.push(&item.number);
    }
}

struct Item {
    line: usize,
    number: String,
    /// `file::test`, or a file that is a test by itself.
    proofs: Vec<String>,
}

impl Item {
    fn is_guarantee(&self) -> bool {
        self.number.starts_with('G')
    }
}

/// Reads items such as `- **G12** …` and the line `Proof: …` that belongs to each.
fn items(text: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for (line, at) in text.lines().zip(1..) {
        if let Some((number, _)) = line.strip_prefix("- **").and_then(|rest| rest.split_once("**")) {
            items.push(Item { line: at, number: number.to_owned(), proofs: Vec::new() });
        } else if let Some(proofs) = line.trim_start().strip_prefix("Proof: ")
            && let Some(item) = items.last_mut()
        {
            let in_code = proofs.split('`').skip(1).step_by(2);
            item.proofs.extend(in_code.map(str::to_owned));
        }
    }
    items
}

fn fault(files: &[File], proof: &str) -> Option<String> {
    let (path, test) = match proof.split_once(".rs::") {
        Some((stem, test)) => (format!("{stem}.rs"), Some(test)),
        None => (proof.to_owned(), None),
    };
    let Some(file) = files.iter().find(|file| file.path == path) else {
        return Some(format!("there is no file `{path}`"));
    };
    let test = test?;
    (!has_test(&file.text, test)).then(|| format!("there is no test `{test}` in `{path}`"))
}

/// Whether a function of this name stands below a `#[…test…]`.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let start = format!("fn {name}(");
    lines.iter().enumerate().filter(|(_, line)| line.contains(&start)).any(|(at, _)| {
        let attributes =
            lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        attributes.into_iter().any(|line| line.starts_with("#[") && line.contains("test"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let test = "#[test]\n#[cfg(unix)]\nfn it_holds() {}\n\nfn helper() {}\n";
        let mut faults = Faults::new();
        check(&[file(DOCUMENT, text), file("a/tests/b.rs", test)], &mut faults);
        faults
    }

    #[test]
    fn a_test_that_exists_proves_and_a_non_guarantee_needs_none() {
        let text =
            "- **G1** It holds.\n  Proof: `a/tests/b.rs::it_holds`, `a/tests/b.rs`.\n- **N1** Not this.\n";
        assert_eq!(faults(text), Faults::new());
    }

    #[test]
    fn what_is_missing_is_told() {
        let text =
            "- **G1** A.\n- **G2** B.\n  Proof: `a/tests/b.rs::helper`.\n- **G2** C.\n  Proof: `c.rs::x`.\n";
        let expected = [
            "docs/semantics.md:1: G1: it names no test",
            "docs/semantics.md:2: G2: there is no test `helper` in `a/tests/b.rs`",
            "docs/semantics.md:4: G2: there is no file `c.rs`",
            "docs/semantics.md:4: G2 is used twice",
        ];
        assert_eq!(faults(text), expected);
    }
}
