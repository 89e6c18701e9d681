//! What the pieces take: `cargo bench -p micro`, or only those named after `--`.

use micro::PIECES;

/// How often a piece is done in each sample, so that what surrounds it does not count.
const TIMES: u32 = 100;

fn main() {
    divan::main();
}

fn names() -> impl Iterator<Item = &'static str> {
    PIECES.iter().filter(|piece| !piece.is_once).map(|piece| piece.name)
}

/// A hundred of each: hundredths of the times are those of one.
#[divan::bench(args = names())]
fn hundred(bencher: divan::Bencher<'_, '_>, name: &str) {
    let piece = PIECES.iter().find(|piece| piece.name == name);
    let mut work = piece.map_or_else(|| unreachable!("it is in the list"), |piece| (piece.prepare)(TIMES));
    bencher.counter(divan::counter::ItemsCount::new(TIMES)).bench_local(|| work(TIMES));
}
