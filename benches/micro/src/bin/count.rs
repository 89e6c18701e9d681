//! Does one piece so many times: `count PIECE TIMES`. Without arguments it
//! lists the pieces. `cargo xtask guards` runs it under callgrind.

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use micro::{PIECES, measured};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [name, times] = &args[..] else {
        let mut out = io::stdout().lock();
        return match PIECES.iter().try_for_each(|piece| writeln!(out, "{}", piece.name)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    };
    let piece = PIECES.iter().find(|piece| piece.name == name);
    let (Some(piece), Ok(times)) = (piece, times.parse()) else {
        let _ = writeln!(io::stderr(), "usage: count PIECE TIMES");
        return ExitCode::FAILURE;
    };
    let mut work = (piece.prepare)(times);
    measured(&mut work, times);
    ExitCode::SUCCESS
}
