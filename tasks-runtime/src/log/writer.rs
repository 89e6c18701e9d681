//! A thread that writes lines, so that nobody waits for whoever reads them.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, ErrorKind, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::threads;

/// What may wait to be written, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Lines beyond so many are dropped and counted.
    pub(super) lines: usize,
    /// The same, of their bytes.
    pub(super) bytes: usize,
    /// After a write that ended less than this ago the thread waits up to this for
    /// further lines: else each of thousands would wake it and be written by itself.
    pub(super) linger: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { lines: 8192, bytes: 4 << 20, linger: Duration::from_millis(1) }
    }
}

/// About this much is written at once.
const BATCH: usize = 64 * 1024;

/// Between two tries where the other end takes nothing and says so.
const PAUSE: Duration = Duration::from_millis(10);

/// A queue of lines and the thread that empties it.
///
/// The thread lives as long as the process: it may be inside a write that
/// never ends, and nothing waits for it.
#[derive(Clone)]
pub(super) struct Writer {
    shared: Arc<Shared>,
}

type Out = Box<dyn Write + Send>;
type DroppedLine = Box<dyn Fn(u64) -> String + Send>;

struct Shared {
    queue: Mutex<Queue>,
    bounds: Bounds,
    /// What the thread takes along; nothing once it runs.
    to_start: Mutex<Option<(Out, DroppedLine)>>,
    /// There is something to write.
    work: Condvar,
    /// Everything was written.
    done: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    /// What is written at once, one after the other; none is empty.
    batches: VecDeque<Batch>,
    /// Lines in all of them.
    lines: usize,
    /// What is being written counts until it is written.
    bytes: usize,
    dropped: u64,
    is_writing: bool,
    /// The thread waits for work: nobody else has to be told of it, and to tell is a call of
    /// the system.
    is_waiting: bool,
    /// The thread waits for further lines, until a second batch begins.
    is_lingering: bool,
    /// Somebody waits until everything is written.
    is_awaited: bool,
    /// The memory of a batch that was written.
    spare: String,
}

#[derive(Debug, Default)]
struct Batch {
    text: String,
    lines: usize,
}

impl Queue {
    fn is_done(&self) -> bool {
        self.lines == 0 && self.dropped == 0 && !self.is_writing
    }

    fn push(&mut self, line: &str) {
        self.bytes += line.len();
        self.lines += 1;
        let batch = match self.batches.back_mut() {
            Some(batch) if batch.text.len() + line.len() <= BATCH => batch,
            _ => {
                let text = std::mem::take(&mut self.spare);
                self.batches.push_back(Batch { text, lines: 0 });
                self.batches.back_mut().expect("invariant: it was just added")
            }
        };
        batch.text.push_str(line);
        batch.lines += 1;
    }

    /// Whether there is no reason to wait for further lines.
    fn is_urgent(&self) -> bool {
        self.is_awaited || self.batches.len() > 1
    }

    /// Whether the thread has to be told of what came. It is told once.
    fn has_to_tell(&mut self) -> bool {
        let tells = self.is_waiting || self.is_lingering && self.is_urgent();
        if tells {
            (self.is_waiting, self.is_lingering) = (false, false);
        }
        tells
    }
}

impl Writer {
    /// Makes a queue that nobody empties yet. `dropped_line` says how many lines were dropped.
    pub(super) fn new(
        out: impl Write + Send + 'static,
        bounds: Bounds,
        dropped_line: impl Fn(u64) -> String + Send + 'static,
    ) -> Self {
        let to_start = Mutex::new(Some((Box::new(out) as Out, Box::new(dropped_line) as DroppedLine)));
        let (work, done) = (Condvar::new(), Condvar::new());
        Self { shared: Arc::new(Shared { queue: Mutex::default(), bounds, to_start, work, done }) }
    }

    /// Starts the thread, unless it runs.
    ///
    /// # Errors
    ///
    /// The system has no thread to spare. It can be tried again.
    pub(super) fn start(&self) -> io::Result<()> {
        if self.shared.to_start().is_none() {
            return Ok(());
        }
        let shared = Arc::clone(&self.shared);
        // Of two threads that were started at once one finds nothing to take, and ends.
        let write = move || {
            let taken = shared.to_start().take();
            if let Some((out, dropped_line)) = taken {
                shared.write_all(out, &dropped_line);
            }
        };
        threads::start("tasks-log", Box::new(write)).map(drop)
    }

    /// Puts a line into the queue, or drops it if the queue is full. Never waits.
    pub(super) fn send(&self, line: &str) {
        let Bounds { lines, bytes, .. } = self.shared.bounds;
        let mut queue = self.shared.lock();
        if queue.lines >= lines || queue.bytes + line.len() > bytes {
            queue.dropped += 1;
            return;
        }
        queue.push(line);
        let has_to_tell = queue.has_to_tell();
        drop(queue);
        if has_to_tell {
            self.shared.work.notify_one();
        }
    }

    /// Waits until everything sent so far was written, at most for `limit`.
    /// Returns whether it was.
    pub(super) fn flush(&self, limit: Duration) -> bool {
        let until = Instant::now() + limit;
        let mut queue = self.shared.lock();
        if !queue.is_done() {
            drop(queue);
            // If there is no thread to spare, the limit ends the wait.
            let _ = self.start();
            queue = self.shared.lock();
        }
        while !queue.is_done() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            queue.is_awaited = true;
            if queue.has_to_tell() {
                self.shared.work.notify_one();
            }
            queue = self.shared.done.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.lock().fmt(f)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn to_start(&self) -> MutexGuard<'_, Option<(Out, DroppedLine)>> {
        self.to_start.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all(&self, mut out: Out, dropped_line: &DroppedLine) {
        let mut written = None;
        loop {
            let (mut batch, dropped) = self.take(written);
            let taken = batch.len();
            if dropped > 0 {
                batch.push_str(&dropped_line(dropped));
            }
            write(&mut out, batch.as_bytes());
            written = Some(Instant::now());
            batch.clear();
            let mut queue = self.lock();
            queue.bytes -= taken;
            queue.is_writing = false;
            if batch.capacity() <= 2 * BATCH {
                queue.spare = batch;
            }
        }
    }

    /// Waits for lines and takes a batch, after the one that was `written` then. What
    /// was dropped is told after the batch, when there is room again.
    fn take(&self, written: Option<Instant>) -> (String, u64) {
        let mut queue = self.lock();
        while queue.lines == 0 && queue.dropped == 0 {
            queue.is_awaited = false;
            self.done.notify_all();
            queue.is_waiting = true;
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.is_waiting = false;
        let linger = self.bounds.linger;
        if written.is_some_and(|written| written.elapsed() < linger) && !queue.is_urgent() {
            queue.is_lingering = true;
            let lingers = |queue: &mut Queue| queue.is_lingering;
            let waited = self.work.wait_timeout_while(queue, linger, lingers);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
            queue.is_lingering = false;
        }
        queue.is_writing = true;
        let Batch { text, lines } = queue.batches.pop_front().unwrap_or_default();
        queue.lines -= lines;
        (text, std::mem::take(&mut queue.dropped))
    }
}

/// Writes what can be written. An error costs the rest of the batch: there is
/// nobody to tell.
fn write(out: &mut impl Write, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return,
            Ok(count) => bytes = &bytes[count..],
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => {}
                // Whoever shares our stderr made it non-blocking.
                ErrorKind::WouldBlock => thread::sleep(PAUSE),
                _ => return,
            },
        }
    }
    // Nothing is buffered here, and an error would change nothing.
    let _ = out.flush();
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Each write waits for a permit, and is told.
    struct Gate {
        permits: Receiver<()>,
        written: Sender<String>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.permits.recv().is_ok() {
                let _ = self.written.send(String::from_utf8_lossy(bytes).into_owned());
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gated(bounds: Bounds) -> (Writer, Sender<()>, Receiver<String>) {
        let ((permit, permits), (written, seen)) = (channel(), channel());
        let gate = Gate { permits, written };
        let writer = Writer::new(gate, bounds, |count| format!("{count} dropped\n"));
        writer.start().unwrap();
        (writer, permit, seen)
    }

    const LONG: Duration = Duration::from_secs(10);

    #[test]
    fn lines_are_written_in_order_and_flush_waits_for_them() {
        let (writer, permit, seen) = gated(Bounds::default());
        writer.send("a\n");
        writer.send("b\n");
        assert!(!writer.flush(Duration::from_millis(20)));
        drop(permit);
        assert!(writer.flush(LONG));
        drop(seen);
    }

    #[test]
    fn what_was_logged_before_there_was_a_thread_is_written_by_the_first_flush() {
        let ((permit, permits), (written, seen)) = (channel(), channel());
        let writer = Writer::new(Gate { permits, written }, Bounds::default(), |_| String::new());
        assert!(writer.flush(LONG), "there is nothing to write");
        writer.send("a\n");
        assert!(writer.shared.to_start().is_some(), "nobody has asked for a thread yet");
        permit.send(()).unwrap();
        assert!(writer.flush(LONG));
        assert_eq!(seen.try_recv().as_deref(), Ok("a\n"));
        assert!(writer.shared.to_start().is_none());
    }

    #[test]
    fn a_full_queue_drops_and_says_so_when_there_is_room() {
        let (writer, permit, seen) = gated(Bounds { lines: 2, bytes: 1000, ..Bounds::default() });
        writer.send("first\n");
        // It is out of the queue once the thread is inside the write.
        while !writer.shared.lock().is_writing {
            thread::sleep(Duration::from_millis(1));
        }
        for line in ["a\n", "b\n", "c\n", "d\n"] {
            writer.send(line);
        }
        permit.send(()).unwrap();
        assert_eq!(seen.recv_timeout(LONG).as_deref(), Ok("first\n"));
        permit.send(()).unwrap();
        assert_eq!(seen.recv_timeout(LONG).as_deref(), Ok("a\nb\n2 dropped\n"));
        assert!(writer.flush(LONG));
    }

    #[test]
    fn bytes_are_bounded_too_also_those_being_written() {
        let (writer, permit, seen) = gated(Bounds { lines: 100, bytes: 10, ..Bounds::default() });
        writer.send("12345678\n");
        while !writer.shared.lock().is_writing {
            thread::sleep(Duration::from_millis(1));
        }
        writer.send("xy\n");
        permit.send(()).unwrap();
        permit.send(()).unwrap();
        assert_eq!(seen.recv_timeout(LONG).as_deref(), Ok("12345678\n"));
        assert_eq!(seen.recv_timeout(LONG).as_deref(), Ok("1 dropped\n"));
    }

    #[test]
    fn what_was_written_takes_no_room() {
        let (writer, permit, _seen) = gated(Bounds { lines: 1, bytes: 10, ..Bounds::default() });
        drop(permit);
        for _ in 0..10 {
            writer.send("1234567\n");
            assert!(writer.flush(LONG));
            let queue = writer.shared.lock();
            assert_eq!((queue.dropped, queue.bytes), (0, 0));
        }
    }

    #[test]
    fn of_many_lines_the_first_is_written_at_once_and_others_together() {
        let (writer, permit, seen) = gated(Bounds { linger: LONG, ..Bounds::default() });
        (0..4).for_each(|_| permit.send(()).unwrap());
        writer.send("first\n");
        assert_eq!(seen.recv_timeout(LONG / 2).as_deref(), Ok("first\n"));
        writer.send("a\n");
        assert!(seen.recv_timeout(Duration::from_millis(50)).is_err(), "it waits for others");
        writer.send("b\n");
        let asked = Instant::now();
        assert!(writer.flush(LONG));
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["a\nb\n"]);
        // A batch waits for nobody.
        writer.send(&"long".repeat(BATCH / 4));
        writer.send("more\n");
        assert_eq!(seen.recv_timeout(LONG / 2).map(|text| text.len()), Ok(BATCH));
        assert!(writer.flush(LONG));
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), ["more\n"]);
        assert!(asked.elapsed() < LONG, "nobody waited for the moment to pass");
    }

    #[test]
    fn errors_are_nobodys_trouble() {
        struct Broken(u32);
        impl Write for Broken {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 => Err(ErrorKind::Interrupted.into()),
                    2 => Err(ErrorKind::WouldBlock.into()),
                    3 => Ok(bytes.len().min(1)),
                    _ => Err(ErrorKind::BrokenPipe.into()),
                }
            }

            fn flush(&mut self) -> io::Result<()> {
                Err(ErrorKind::StorageFull.into())
            }
        }
        let writer = Writer::new(Broken(0), Bounds::default(), |_| String::new());
        for _ in 0..3 {
            writer.send("line\n");
            assert!(writer.flush(LONG));
        }
    }
}
