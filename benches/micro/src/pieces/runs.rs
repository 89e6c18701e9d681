//! Whole runs through the public API, on a runtime of one thread.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context as Polled, Poll},
    time::Duration,
};

use tasks_runtime::{
    Builder, Context, Definition, Handle, Location, Registration, Task, TaskFuture, policy::Options,
    policy::Schedule, registration, task,
};
use tokio::{runtime::Runtime, sync::Notify};

use crate::Work;

#[task(start = "manual", timeout = "30s")]
async fn ends_at_once() -> Result<(), std::io::Error> {
    Ok(())
}

#[task(start = "manual", timeout = "30s")]
async fn yields_once() -> Result<(), std::io::Error> {
    Yield::default().await;
    Ok(())
}

/// Pending once, and woken at once.
#[derive(Default)]
struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Polled<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

fn program() -> Builder {
    tasks_runtime::builder().without_configuration().without_discovery()
}

fn started(program: Builder) -> (Runtime, Handle) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    let handle = runtime.block_on(program.start()).unwrap_or_else(|error| panic!("{error}"));
    (runtime, handle)
}

/// A run that is spawned, ends in its first poll and is waited for.
pub(super) fn ends(_: u32) -> Work {
    let (runtime, handle) = started(program().register(registration!(ends_at_once)));
    Box::new(move |times| {
        runtime.block_on(async {
            for _ in 0..times {
                let run = handle.spawn(ends_at_once, ()).unwrap_or_else(|error| panic!("{error}"));
                run.await.unwrap_or_else(|error| panic!("{error}"));
            }
        });
    })
}

/// A run that is pending once: its limit is armed, and it is polled twice.
pub(super) fn yields(_: u32) -> Work {
    let (runtime, handle) = started(program().register(registration!(yields_once)));
    Box::new(move |times| {
        runtime.block_on(async {
            for _ in 0..times {
                let run = handle.spawn(yields_once, ()).unwrap_or_else(|error| panic!("{error}"));
                run.await.unwrap_or_else(|error| panic!("{error}"));
            }
        });
    })
}

/// One of many schedules that are due at one moment, each run of which ends at once.
pub(super) fn firing(most: u32) -> Work {
    let seen = Arc::new(Seen { left: AtomicU32::new(most), all: Notify::new() });
    let tasks = (0..most).map(|number| Tick { name: format!("t{number:07}"), seen: Arc::clone(&seen) });
    let program = tasks.fold(program(), |program, task| program.register(Registration::new(task)));
    let (runtime, handle) = started(program);
    Box::new(move |times| {
        assert_eq!(times, most, "each of them fires once");
        // Kept until here: without a handle the program goes on, but nobody holds it.
        let _ = &handle;
        runtime.block_on(seen.all.notified());
    })
}

struct Seen {
    left: AtomicU32,
    all: Notify,
}

/// A task that is due a while after the start, once while it is watched.
struct Tick {
    name: String,
    seen: Arc<Seen>,
}

impl Task for Tick {
    fn definition(&self) -> Definition<'_> {
        let mut options = Options::NONE;
        options.schedule = Some(Schedule::Every(Duration::from_secs(3600)));
        options.initial_delay = Some(Duration::from_secs(1));
        Definition {
            name: &self.name,
            description: "",
            location: Location { file: file!(), line: line!(), module_path: module_path!() },
            body: tasks_runtime::BodyKind::Async,
            scheduled: true,
            options,
        }
    }

    fn run(&self, _: Context) -> TaskFuture {
        let seen = Arc::clone(&self.seen);
        Box::pin(async move {
            if seen.left.fetch_sub(1, Ordering::Relaxed) == 1 {
                seen.all.notify_one();
            }
            Ok(())
        })
    }
}
