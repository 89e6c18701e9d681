//! Building the contenders, and finding them.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

/// Returns the folder of this workspace.
pub(crate) fn benches() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Returns the folder of the project.
pub(crate) fn project() -> PathBuf {
    let benches = benches();
    benches.parent().unwrap_or(&benches).to_owned()
}

/// Returns the cargo that started this.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Of what `cargo run` tells its program, the next cargo must hear nothing:
    // it would take it for a change of the environment, and build again.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG") || name == "CARGO_MANIFEST_DIR") {
            command.env_remove(name);
        }
    }
    command
}

/// Builds these packages of this workspace as released, each by itself: what a
/// peer wants of Tokio must not change how another contender is built, nor
/// whether it must be built again.
pub(crate) fn packages(packages: &[&str]) -> Result<()> {
    for package in packages {
        eprintln!("building {package}");
        let mut command = cargo();
        command.current_dir(benches()).args(["build", "--quiet", "--release", "--package", package]);
        ensure!(command.status()?.success(), "{package} is not built");
    }
    Ok(())
}

/// Returns a program of this workspace: all lie beside this one.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let own = env::current_exe()?;
    Ok(own.parent().context("a program lies in a folder")?.join(name))
}

/// Returns a folder for what is built and thrown away.
pub(crate) fn scratch(name: &str) -> Result<PathBuf> {
    let release = env::current_exe()?;
    let target = release.ancestors().nth(2).context("a target folder")?;
    Ok(target.join("bench").join(name))
}
