//! Tokio's clock: held still, put on a whole tick, and whether anything can still happen on it.

use std::{panic::Location, time::Duration};

use tokio::{runtime::RuntimeFlavor, time::Instant};

/// The resolution of Tokio's timers.
const TICK: Duration = Duration::from_millis(1);

/// Pauses Tokio's clock, unless the test has. Returns whether it did.
pub(super) async fn pause(caller: &Location<'_>) -> bool {
    let runtime = tokio::runtime::Handle::try_current().map(|runtime| runtime.runtime_flavor());
    assert!(
        matches!(runtime, Ok(RuntimeFlavor::CurrentThread)),
        "the test kit needs a Tokio runtime of the kind `current_thread`, whose clock can be paused: \
         write `#[tokio::test]` without `flavor` (at {caller})"
    );
    let paused_here = !is_paused();
    if paused_here {
        tokio::time::pause();
        // A runtime that was built paused is on a tick.
        align().await;
    }
    paused_here
}

/// Whether Tokio's clock stands still. Tokio has no way to ask.
fn is_paused() -> bool {
    let (still, real) = (Instant::now(), std::time::Instant::now());
    while real.elapsed() < Duration::from_micros(10) {
        std::hint::spin_loop();
    }
    Instant::now() == still
}

/// Waits until the runtime has nothing to do, and no time passes meanwhile.
///
/// A closure on the blocking pool holds the paused clock, so a runtime without
/// anything to do sleeps in earnest, which its metrics show: an odd number of
/// times that its thread has gone to sleep and been woken.
pub(super) async fn idle() {
    let runtime = tokio::runtime::Handle::current().metrics();
    let sleeper = tokio::task::spawn_blocking(move || {
        let mut looks = 0_u32;
        while runtime.worker_park_unpark_count(0).is_multiple_of(2) {
            looks += 1;
            match looks {
                0..1_000 => std::thread::yield_now(),
                // A body keeps the thread of the runtime busy: leave it the processor.
                _ => std::thread::sleep(Duration::from_micros(100)),
            }
        }
    });
    // It panics nowhere, and nobody aborts it.
    let _ = sleeper.await;
}

/// Moves the clock onto a tick of the timers.
///
/// Paused between two ticks it stays between two for ever, since it moves by
/// whole ones; every timer, rounded up to a tick, would then be a millisecond
/// late, and no firing on its instant. Where the ticks are is found by halving:
/// a sleep takes one tick if it ends at or before the next one, else two.
async fn align() {
    let (mut shortest, mut longest) = (0, TICK.as_nanos() as u64);
    while shortest < longest {
        let guess = (shortest + longest).div_ceil(2);
        let before = Instant::now();
        tokio::time::sleep_until(before + Duration::from_nanos(guess)).await;
        if before.elapsed() <= TICK {
            shortest = guess;
        } else {
            longest = guess - 1;
        }
    }
    tokio::time::advance(Duration::from_nanos(shortest)).await;
}
