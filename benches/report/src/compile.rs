//! W6: what it costs to compile a program. Each is written into a folder of its
//! own, below the target folder, with the versions of this workspace.

mod programs;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};

use self::programs::{Program, THOUSAND, hello_of};
use crate::{build, numbers::Sample};

/// A hello world of this framework, by hand, and with Tokio alone.
pub(crate) fn hello(rep: usize) -> Result<Vec<Sample>> {
    let built = |name: &str| {
        let mut project = Project::new(name, &hello_of(name)?)?;
        project.clean_builds()
    };
    let (own, bare, hand, raw) = (built("tasks")?, built("tasks-bare")?, built("hand")?, built("raw")?);
    let mut samples = Vec::new();
    for (title, own) in
        [("W6 hello world, default features", own), ("W6 hello world, no default features", bare)]
    {
        for (who, costs) in [("tasks", &own), ("hand", &hand), ("raw", &raw)] {
            samples.push(costs.sample(title, who, rep));
        }
    }
    Ok(samples)
}

/// A hello world of each peer.
pub(crate) fn peers(rep: usize) -> Result<Vec<Sample>> {
    let peers = ["task-supervisor", "tokio-graceful-shutdown", "ractor", "apalis", "tokio-cron-scheduler"];
    let who = ["hand", "tasks"].into_iter().chain(peers);
    who.map(|who| {
        let costs = Project::new(who, &hello_of(who)?)?.clean_builds()?;
        Ok(costs.sample("W6 hello world, peers", who, rep))
    })
    .collect()
}

/// A crate of 1,000 annotated functions, and one in which a macro by example
/// does what it can. Only that crate is built, and built again after an edit.
pub(crate) fn thousand(rep: usize) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for (who, program) in [("tasks", THOUSAND[0]), ("hand", THOUSAND[1])] {
        let project = Project::kept(&format!("thousand-{who}"), &program(2 * rep))?;
        // Everything but the crate itself, which is thrown away.
        project.timed("build", &[])?;
        project.cargo("clean", &["--package", "hello"])?;
        let clean = project.timed("build", &[])?;
        project.write(&program(2 * rep + 1))?;
        let edited = project.timed("build", &[])?;
        let title = "W6 1,000 functions";
        samples.push(Sample::new(title, who, rep).with("clean_s", clean).with("incremental_s", edited));
    }
    Ok(samples)
}

/// What two clean builds cost.
struct Costs {
    debug: f64,
    release: f64,
    crates: usize,
    bytes: u64,
}

impl Costs {
    fn sample(&self, title: &str, who: &str, rep: usize) -> Sample {
        Sample::new(title, who, rep)
            .with("debug_s", self.debug)
            .with("release_s", self.release)
            .with("crates", self.crates as f64)
            .with("kb", self.bytes as f64 / 1e3)
    }
}

struct Project {
    folder: PathBuf,
    /// Whether cargo may keep what a later build can use.
    incremental: bool,
}

impl Project {
    /// A folder in which nothing was built yet.
    fn new(name: &str, program: &Program) -> Result<Self> {
        let folder = build::scratch(name)?;
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        Self::kept(name, program)
    }

    /// A folder in which something may have been built.
    fn kept(name: &str, program: &Program) -> Result<Self> {
        let project = Self { folder: build::scratch(name)?, incremental: true };
        fs::create_dir_all(&project.folder)?;
        fs::copy(build::benches().join("Cargo.lock"), project.folder.join("Cargo.lock"))?;
        project.write(program)?;
        // Not part of the build.
        project.cargo("fetch", &[])?;
        Ok(project)
    }

    fn write(&self, program: &Program) -> Result<()> {
        for (path, text) in &program.files {
            let path = self.folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn cargo(&self, command: &str, args: &[&str]) -> Result<String> {
        let mut cargo = build::cargo();
        cargo.current_dir(&self.folder).env("CARGO_TARGET_DIR", self.folder.join("target"));
        if !self.incremental {
            cargo.env("CARGO_INCREMENTAL", "0");
        }
        let output = cargo.arg(command).arg("--quiet").args(args).output()?;
        if !output.status.success() {
            bail!("{}: {}", self.folder.display(), String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Returns the seconds that a command of cargo takes.
    fn timed(&self, command: &str, args: &[&str]) -> Result<f64> {
        let since = Instant::now();
        self.cargo(command, &[&["--offline"], args].concat())?;
        Ok(since.elapsed().as_secs_f64())
    }

    /// Builds twice from nothing, and throws all of it away.
    ///
    /// Not incrementally: whoever depends on this framework takes it from a
    /// registry, and what comes from there is not compiled so. Here it is a path.
    fn clean_builds(&mut self) -> Result<Costs> {
        self.incremental = false;
        let debug = self.timed("build", &[])?;
        let release = self.timed("build", &["--release"])?;
        let tree = self.cargo("tree", &["--edges", "normal,build", "--prefix", "none", "--offline"])?;
        let crates: BTreeSet<&str> =
            tree.lines().filter_map(|line| line.split(" (").next()).filter(|line| !line.is_empty()).collect();
        let bytes = fs::metadata(self.folder.join("target/release/hello"))?.len();
        fs::remove_dir_all(&self.folder)?;
        // Without the program itself.
        Ok(Costs { debug, release, crates: crates.len() - 1, bytes })
    }
}
