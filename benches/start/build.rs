//! Writes the tasks of each program.

use std::{
    env,
    fmt::{self, Write as _},
    fs, io,
    path::PathBuf,
};

const SIZES: [usize; 3] = [1, 1_000, 10_000];

/// One task that starts with the program, and others that only could be started.
fn annotated(n: usize) -> Result<String, fmt::Error> {
    let mut code = String::new();
    for task in 1..n {
        writeln!(
            code,
            "#[task(start = \"manual\", timeout = \"30s\")]\nasync fn task_{task}() -> std::io::Result<()> {{ Ok(()) }}"
        )?;
    }
    Ok(code)
}

fn submitted(n: usize) -> Result<String, fmt::Error> {
    let mut code = String::new();
    for task in 0..n {
        writeln!(
            code,
            "inventory::submit! {{ Entry {{ name: \"task_{task}\", timeout_ms: 30_000, run: first }} }}"
        )?;
    }
    Ok(code)
}

fn table(n: usize) -> Result<String, fmt::Error> {
    let mut code = String::from("static TABLE: &[Entry] = &[\n");
    for task in 0..n {
        writeln!(code, "    Entry {{ name: \"task_{task}\", timeout_ms: 30_000, run: first }},")?;
    }
    code.push_str("];\n");
    Ok(code)
}

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    for n in SIZES {
        for (name, code) in [("annotated", annotated(n)), ("inventory", submitted(n)), ("table", table(n))] {
            fs::write(folder.join(format!("{name}_{n}.rs")), code.map_err(io::Error::other)?)?;
        }
    }
    Ok(())
}
