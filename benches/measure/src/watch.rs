//! The ways in which a workload is measured.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use crate::{Args, Figures, Lag, cpu_time, peak_bytes, resident_bytes, say, switches};

/// W1: from before the first run is started.
#[derive(Debug)]
pub struct Runs {
    n: usize,
    since: Instant,
    cpu: Duration,
}

impl Runs {
    /// Begins to measure.
    pub fn begin(n: usize) -> Self {
        Self { n, since: Instant::now(), cpu: cpu_time() }
    }

    /// Writes the figures: every run has ended and is accounted for.
    pub fn all_ended(&self) {
        let (took, cpu) = (self.since.elapsed(), cpu_time() - self.cpu);
        let each = |whole: Duration| whole.as_nanos() as f64 / self.n as f64;
        Figures::default()
            .with("ns", each(took))
            .with("cpu_ns", each(cpu))
            .with("peak_mb", peak_bytes() as f64 / 1e6)
            .write();
    }
}

/// W3, W4: from before the first entry is added.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    bytes: u64,
    since: Instant,
}

impl Setup {
    /// Begins to measure.
    pub fn begin() -> Self {
        Self { bytes: resident_bytes(), since: Instant::now() }
    }

    fn figures(self, n: usize, took: Duration) -> Figures {
        let bytes = resident_bytes().saturating_sub(self.bytes);
        Figures::default()
            .with("bytes", bytes as f64 / n as f64)
            .with("add_ns", took.as_nanos() as f64 / n as f64)
    }
}

/// W3: every entry was added just now, and the first is due at `first`.
/// Watches from a period and a half after it for `args.extra` seconds, on a
/// thread that is none of the runtime's, and writes the figures.
///
/// # Errors
///
/// Fails if adding took so long that entries were due before.
pub fn watch_firing(args: &Args, lag: &Lag, setup: Setup, first: Instant) -> Result<()> {
    let took = setup.since.elapsed();
    ensure!(Instant::now() < first, "the first entry was due before the last was added, after {took:?}");
    // In the middle between two herds, so that whole herds are counted.
    thread::sleep((first + Duration::from_millis(1500)).saturating_duration_since(Instant::now()));
    let figures = setup.figures(args.n, took);
    let (cpu, wakes, since) = (cpu_time(), switches(), Instant::now());
    lag.watch(true);
    thread::sleep(Duration::from_secs(args.extra as u64));
    lag.watch(false);
    let watched = since.elapsed();
    let (cpu, wakes) = (cpu_time() - cpu, switches().saturating_sub(wakes));
    let fired = lag.count() as f64;
    let ms = |share| lag.quantile(share).as_secs_f64() * 1e3;
    figures
        .with("p50_ms", ms(0.5))
        .with("p99_ms", ms(0.99))
        .with("max_ms", ms(1.0))
        .with("fired_pct", 100.0 * fired / (args.n as f64 * watched.as_secs_f64()))
        .with("early", lag.early() as f64)
        .with("cpu_pct", 100.0 * cpu.as_secs_f64() / watched.as_secs_f64())
        .with("cpu_ns", cpu.as_nanos() as f64 / fired.max(1.0))
        .with("wakes", wakes as f64 / watched.as_secs_f64())
        .write();
    Ok(())
}

/// W4: every entry was added just now. Says `ready`, waits for a line, so that
/// all contenders are watched side by side, watches for `args.extra` seconds
/// and writes the figures.
///
/// # Errors
///
/// Fails if nobody says when to begin.
pub fn watch_idle(args: &Args, setup: Setup) -> Result<()> {
    let took = setup.since.elapsed();
    say("ready");
    ensure!(io::stdin().read_line(&mut String::new())? > 0, "nobody said when to begin");
    let figures = setup.figures(args.n, took);
    let (cpu, wakes, since) = (cpu_time(), switches(), Instant::now());
    thread::sleep(Duration::from_secs(args.extra as u64));
    let watched = since.elapsed().as_secs_f64();
    let (cpu, wakes) = (cpu_time() - cpu, switches().saturating_sub(wakes));
    figures
        .with("cpu_ms", cpu.as_secs_f64() * 1e3 * 30.0 / watched)
        .with("wakes", wakes as f64 / watched)
        .write();
    Ok(())
}

/// W7: says `ready` after a while, from a thread of its own, for when every
/// worker is blocked no timer of the runtime fires.
pub fn ready_after(wait: Duration) {
    thread::spawn(move || {
        thread::sleep(wait);
        say("ready");
    });
}

/// A body that holds its thread and never comes back.
pub fn blocked_for_ever() -> ! {
    loop {
        thread::sleep(Duration::from_millis(50));
    }
}
