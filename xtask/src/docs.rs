//! What a compiler does not check: the documents against the files around them.

mod links;
mod paths;
mod semantics;

use std::fs;

use crate::shell::{Result, output, root, say};

/// One thing that is wrong, as `file:line: what`.
type Faults = Vec<String>;

pub(crate) fn run(_: &[String]) -> Result {
    let files = files()?;
    let mut faults = Faults::new();
    links::check(&files, &mut faults);
    paths::check(&files, &mut faults);
    let guarantees = semantics::check(&files, &mut faults);
    faults.iter().for_each(|fault| say(fault));
    match faults.len() {
        0 => {
            say(&format!("{guarantees} guarantees are named with their tests; links and paths are right"));
            Ok(())
        }
        1 => Err("one fault in the documents".into()),
        count => Err(format!("{count} faults in the documents").into()),
    }
}

/// A text file of the project.
struct File {
    /// From the folder of the workspace, with `/`.
    path: String,
    text: String,
}

impl File {
    fn is_markdown(&self) -> bool {
        self.path.ends_with(".md")
    }
}

/// Every text file that belongs to the project, committed or about to be.
fn files() -> Result<Vec<File>> {
    let mut git = std::process::Command::new("git");
    // A checkout that belongs to somebody else is read all the same.
    git.current_dir(root()).args(["-c", "safe.directory=*"]);
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let list = output(&mut git)?;
    let mut paths: Vec<&str> = list.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    // A file that was removed and not yet committed is gone; a binary is no text.
    let read =
        |path: &str| Some(File { path: path.to_owned(), text: fs::read_to_string(root().join(path)).ok()? });
    Ok(paths.into_iter().filter_map(read).collect())
}
