//! Mistakes made on purpose, one at a time, in a copy of the tree: each must be
//! caught by the simulator or by a named test of the engine.

mod list;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use self::list::MUTANTS;
use crate::shell::{Result, cargo, output, root, say};

struct Mutant {
    name: &'static str,
    /// Below `tasks-runtime/src`.
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

/// What has to catch them.
const TESTS: [&str; 5] = ["simulator::", "scheduler::", "admission::", "engine::", "run::"];

/// Lets every mutant live, or only those whose names hold one of the words.
pub(crate) fn run(words: &[String]) -> Result {
    let strangers = those_that_no_longer_fit();
    if !strangers.is_empty() {
        return Err(format!("no longer in the code: {}", strangers.join(", ")).into());
    }
    let copy = copy()?;
    if let Some(failed) = caught(&copy)? {
        return Err(format!("without any mutant {failed} fails").into());
    }
    let chosen: Vec<_> = MUTANTS
        .iter()
        .filter(|mutant| words.is_empty() || words.iter().any(|word| mutant.name.contains(word)))
        .collect();
    let mut survivors = Vec::new();
    for mutant in &chosen {
        let path = mutant.path(&copy);
        let text = fs::read_to_string(&path)?;
        fs::write(&path, text.replacen(mutant.from, mutant.to, 1))?;
        let by = caught(&copy);
        fs::write(&path, text)?;
        match by? {
            Some(by) => say(&format!("{:<55} caught by {by}", mutant.name)),
            None => {
                say(&format!("{:<55} SURVIVES", mutant.name));
                survivors.push(mutant.name);
            }
        }
    }
    match survivors.is_empty() {
        true => Ok(()),
        false => {
            Err(format!("{} of {} survive: {}", survivors.len(), chosen.len(), survivors.join(", ")).into())
        }
    }
}

impl Mutant {
    fn path(&self, root: &Path) -> PathBuf {
        root.join("tasks-runtime/src").join(self.file)
    }

    /// Its text is in the file once.
    fn fits(&self) -> bool {
        let text = fs::read_to_string(self.path(&root())).unwrap_or_default();
        text.matches(self.from).count() == 1
    }
}

fn those_that_no_longer_fit() -> Vec<&'static str> {
    MUTANTS.iter().filter(|mutant| !mutant.fits()).map(|mutant| mutant.name).collect()
}

#[test]
fn every_mutant_fits_the_code() {
    assert_eq!(those_that_no_longer_fit(), Vec::<&str>::new());
}

/// Copies what git knows, and what it would, to a folder beside the artifacts.
fn copy() -> Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let copy = target.join("mutants");
    let mut git = Command::new("git");
    git.current_dir(root()).args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    for file in output(&mut git)?.lines() {
        // A file that is deleted and not yet committed is still listed.
        let Ok(bytes) = fs::read(root().join(file)) else { continue };
        let to = copy.join(file);
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(to, bytes)?;
    }
    Ok(copy)
}

/// Runs the tests in the copy. Returns those that fail.
fn caught(copy: &Path) -> Result<Option<String>> {
    let mut command = cargo();
    command
        .current_dir(copy)
        .args(["test", "--quiet", "--package", "tasks-runtime", "--lib", "--"])
        .args(TESTS);
    // The same artifacts for each mutant, and none of those outside of the copy.
    command.env("CARGO_TARGET_DIR", copy.join("target")).env("RUST_BACKTRACE", "0");
    let output = command.output()?;
    if output.status.success() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut failed: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----")).collect();
    failed.sort_unstable();
    match failed.is_empty() {
        // It did not compile, or ended otherwise: that shows nothing.
        true => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        false => Ok(Some(failed.join(", "))),
    }
}
