//! How each figure comes about.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    process::Command,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::baseline::{Figure, Kind};
use crate::shell::{Result, cargo, execute, output, root, say};

/// A piece is done this often, and then so many times more; what the
/// difference costs is what it costs without the way to it.
const FEW: u64 = 1_000;
const MORE: u64 = 10_000;

/// The functions in the smaller of the two programs whose sizes are compared;
/// the other has twice as many.
const FUNCTIONS: u64 = 100;

/// What instructions and bytes depend on beside the code and `Cargo.lock`.
pub(super) fn toolchain() -> Result<Vec<String>> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let about = output(Command::new(rustc).arg("-vV"))?;
    let of = |key: &str| about.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("unknown").trim();
    let libc = output(Command::new("getconf").arg("GNU_LIBC_VERSION")).unwrap_or_default();
    let libc = if libc.trim().is_empty() { "unknown" } else { libc.trim() };
    Ok(vec![
        format!("rustc = \"{}\"", of("release:")),
        format!("host = \"{}\"", of("host:")),
        format!("libc = \"{libc}\""),
    ])
}

/// Measures every figure whose name is chosen.
pub(super) fn figures(chosen: impl Fn(&str) -> bool) -> Result<Vec<Figure>> {
    let mut build = cargo();
    execute(build.args(["build", "--quiet", "--locked", "--profile", "guards", "--package", "micro"]))?;
    let mut figures = instructions(&chosen)?;
    for (name, column) in [("code-of-a-task", 0), ("data-of-a-task", 1)] {
        if chosen(name) {
            figures.push(Figure::new(Kind::Bytes, name, bytes(column)?));
        }
    }
    for (name, features) in [("default-features", None), ("no-features", Some("--no-default-features"))] {
        if chosen(name) {
            figures.push(Figure::new(Kind::Crates, name, crates(features)?));
        }
    }
    match figures.is_empty() {
        true => Err("no figure has such a name".into()),
        false => Ok(figures),
    }
}

fn built(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    root().join(target).join("guards").join(name)
}

fn instructions(chosen: impl Fn(&str) -> bool) -> Result<Vec<Figure>> {
    let pieces: Vec<String> = output(&mut Command::new(built("count")))?
        .lines()
        .filter(|name| chosen(name))
        .map(str::to_owned)
        .collect();
    if pieces.is_empty() {
        return Ok(Vec::new());
    }
    output(Command::new("valgrind").arg("--version"))
        .map_err(|error| format!("{error}; it counts the instructions: `apt-get install valgrind`"))?;
    let jobs: Vec<(&str, u64)> =
        pieces.iter().flat_map(|name| [FEW, FEW + MORE].map(|times| (name.as_str(), times))).collect();
    say(&format!("$ valgrind --tool=callgrind … count, for {} pieces", pieces.len()));
    let counts = side_by_side(&jobs, |(name, times)| callgrind(name, *times))?;
    let figures = pieces.iter().zip(counts.chunks(2)).map(|(name, counts)| {
        let one = (counts[1].saturating_sub(counts[0]) + MORE / 2) / MORE;
        Figure::new(Kind::Instructions, name, one)
    });
    Ok(figures.collect())
}

/// Does each job on one of as many threads as there are processors.
fn side_by_side<J: Sync>(
    jobs: &[J],
    job: impl Fn(&J) -> std::result::Result<u64, String> + Sync,
) -> Result<Vec<u64>> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(vec![0; jobs.len()]));
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(of) = jobs.get(place) else { return Ok(()) };
            let count = job(of)?;
            done.lock().unwrap_or_else(PoisonError::into_inner)[place] = count;
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(end) => end,
            Err(_) => Err("a thread that measures panicked".to_owned()),
        })
    })?;
    Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Counts the instructions of a piece on its own thread, set-up left out.
fn callgrind(name: &str, times: u64) -> std::result::Result<u64, String> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.args(["--collect-atstart=no", "--toggle-collect=*micro*measured*"]);
    // Nothing of this machine: of the C library's functions the ones that every
    // x86-64 has, and no variable that somebody set.
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path);
    command.env(
        "GLIBC_TUNABLES",
        "glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-BMI2,-ERMS,-FSRM,-LZCNT,-MOVBE",
    );
    command.arg(built("count")).args([name, &times.to_string()]);
    let output = command.output().map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match collected {
        // Nothing at all: the function between whose ends it counts is not there.
        Some(count) if output.status.success() && count > 0 => Ok(count),
        _ => Err(format!("callgrind counted nothing of `{name}`:\n{said}")),
    }
}

/// What each annotated function adds to a column of `size`: code with data that
/// is never written, or data that is.
fn bytes(column: usize) -> Result<u64> {
    let of = |program: &str| -> Result<u64> {
        let sizes = output(Command::new("size").arg(built(program)))?;
        let value = sizes.lines().nth(1).and_then(|line| line.split_whitespace().nth(column)?.parse().ok());
        value.ok_or_else(|| format!("`size` said: {sizes}").into())
    };
    Ok(of("two-hundred")?.saturating_sub(of("hundred")?) / FUNCTIONS)
}

/// How many crates an application compiles with ours.
fn crates(features: Option<&str>) -> Result<u64> {
    let mut command = cargo();
    // The same wherever it is asked.
    command.args(["tree", "--locked", "--package", "tasks-runtime", "--target", "x86_64-unknown-linux-gnu"]);
    let tree = output(command.args(["--edges", "normal", "--prefix", "none"]).args(features))?;
    let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(" (").next()).collect();
    Ok(crates.len() as u64)
}
