//! Code of the application's around each attempt.

use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{self, Poll},
};

use tasks_core::{Context, Failure, TaskFuture};

use crate::{
    panic::{EarlierHook, PanicInfo, catch},
    plan::Planned,
    probe::Probe,
    run::Joined,
};

type Wrapped = Pin<Box<dyn Future<Output = Attempted> + Send>>;

/// A hook of [`Builder::around`](crate::Builder::around).
type Hook = Box<dyn Fn(Context, Attempt) -> Wrapped + Send + Sync>;

/// Every hook of a program, the outermost first.
#[derive(Default)]
pub(crate) struct Hooks(Vec<Hook>);

impl Hooks {
    pub(crate) fn add<H, F>(&mut self, hook: H)
    where
        H: Fn(Context, Attempt) -> F + Send + Sync + 'static,
        F: Future<Output = Attempted> + Send + 'static,
    {
        self.0.push(Box::new(move |cx, attempt| Box::pin(hook(cx, attempt))));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// An attempt inside all of the hooks.
pub(crate) struct Around {
    pub(crate) future: TaskFuture,
    /// Set when the task's own part is over, and only hooks go on.
    pub(crate) body_is_over: Arc<AtomicBool>,
}

/// Puts all of the hooks around an attempt.
pub(crate) fn wrap(
    hooks: Arc<Hooks>,
    task: Arc<Planned>,
    probe: Probe,
    cx: Context,
    earlier_hook: EarlierHook,
) -> Around {
    let body_is_over = Arc::new(AtomicBool::new(false));
    let begin = Begin { hooks, inside: 0, task, probe, cx, body_is_over: Arc::clone(&body_is_over) };
    let attempt = Attempt { stage: Stage::Begin(begin), earlier_hook };
    let future = Box::pin(async move {
        match attempt.await.end {
            Ok(returned) => returned,
            // Whoever polls this tells it apart from a panic of anybody else's.
            Err(panic) => std::panic::resume_unwind(Box::new(panic)),
        }
    });
    Around { future, body_is_over }
}

/// One attempt of a run, for a hook of [`Builder::around`](crate::Builder::around)
/// to await: the task's body, inside the hooks that were given later.
///
/// It begins with its first poll. It never panics: a panic in it is an end like
/// any other, which [`Attempted`] shows.
///
/// # Cancel safety
///
/// Dropping it drops the body where it is.
#[must_use = "the run does nothing until its attempt is awaited"]
pub struct Attempt {
    stage: Stage,
    earlier_hook: EarlierHook,
}

enum Stage {
    Begin(Begin),
    Hook(Wrapped),
    Body(Joined, Arc<AtomicBool>),
    Over,
}

struct Begin {
    hooks: Arc<Hooks>,
    /// How many hooks are around this already.
    inside: usize,
    task: Arc<Planned>,
    probe: Probe,
    cx: Context,
    body_is_over: Arc<AtomicBool>,
}

impl Begin {
    /// Runs code of the application's.
    fn begin(self, earlier_hook: EarlierHook) -> Stage {
        if self.inside == self.hooks.0.len() {
            // Hooks are around the children too.
            let cell = Arc::clone(self.cx.__cell());
            return Stage::Body(Joined::new(self.probe.begin(&self.task, self.cx), cell), self.body_is_over);
        }
        let (hooks, cx, this) = (Arc::clone(&self.hooks), self.cx.clone(), self.inside);
        let inner = Stage::Begin(Self { inside: this + 1, ..self });
        Stage::Hook(hooks.0[this](cx, Attempt { stage: inner, earlier_hook }))
    }
}

impl Future for Attempt {
    type Output = Attempted;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Attempted> {
        let this = &mut *self;
        if matches!(this.stage, Stage::Begin(_))
            && let Stage::Begin(begin) = std::mem::replace(&mut this.stage, Stage::Over)
        {
            this.stage = match catch(this.earlier_hook, || begin.begin(this.earlier_hook)) {
                Ok(stage) => stage,
                Err(panic) => return Poll::Ready(Attempted { end: Err(panic) }),
            };
        }
        let polled = catch(this.earlier_hook, || match &mut this.stage {
            Stage::Body(body, _) => Pin::new(body).poll(cx).map(Ok),
            Stage::Hook(hook) => hook.as_mut().poll(cx).map(|attempted| attempted.end),
            Stage::Begin(_) | Stage::Over => panic!("an attempt was polled after its end"),
        });
        let end = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(end)) => end,
            Err(panic) => Err(panic),
        };
        // What is over is dropped inside the hooks that are around it. A panic
        // that was noted already is the first cause.
        let over = std::mem::replace(&mut this.stage, Stage::Over);
        if let Stage::Body(_, is_over) = &over {
            is_over.store(true, Ordering::Release);
        }
        let end = match (end, catch(this.earlier_hook, || drop(over))) {
            (Ok(_), Err(panic)) => Err(panic),
            (end, _) => end,
        };
        Poll::Ready(Attempted { end })
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Begin(_) => "not begun",
            Stage::Hook(_) | Stage::Body(..) => "under way",
            Stage::Over => "over",
        };
        f.debug_tuple("Attempt").field(&stage).finish()
    }
}

/// What became of an [`Attempt`] that was awaited to its end.
///
/// It comes from nowhere else, so a hook that returns one has awaited the
/// attempt. What it shows is what the body returned: whether that came too
/// late, or after somebody asked for the end of the run, is decided afterwards
/// and told to [observers](crate::Observer).
#[must_use = "the hook has to return it"]
pub struct Attempted {
    end: Result<Result<(), Failure>, PanicInfo>,
}

impl Attempted {
    /// Returns true if the body returned `()` or `Ok`.
    pub fn is_ok(&self) -> bool {
        matches!(self.end, Ok(Ok(())))
    }

    /// Returns the error that the body returned, to look at or to downcast.
    pub fn error(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        match &self.end {
            Ok(Err(failure)) => Some(failure.error()),
            Ok(Ok(())) | Err(_) => None,
        }
    }

    /// Returns what the body, or a hook inside this one, said in a panic: one
    /// line, cut at 4 KiB.
    pub fn panic_message(&self) -> Option<&str> {
        self.end.as_ref().err().map(|panic| &*panic.message)
    }

    /// Returns where the panic was: `file:line:column`.
    pub fn panic_location(&self) -> Option<&str> {
        self.end.as_ref().err()?.location.as_deref()
    }
}

impl fmt::Debug for Attempted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Attempted");
        match &self.end {
            Ok(returned) => shown.field("returned", returned),
            Err(panic) => shown.field("panic", &panic.message),
        };
        shown.finish()
    }
}
