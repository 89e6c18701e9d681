//! A stream of events for running code.

use super::Handle;
use crate::observe::Events;

impl Handle {
    /// Returns the events of the program from now on, for a reader that may
    /// take its time: it never makes a task wait, and is told how many events it
    /// missed if it is too slow.
    ///
    /// Subscribe first and ask for [`running`](Self::running) afterwards, and
    /// nothing falls between the two.
    ///
    /// A task that reads on until the stream ends waits for its own end, as the
    /// stream ends after the last task: let it stop at
    /// [`cx.cancelled()`](crate::Context::cancelled).
    ///
    /// # Examples
    ///
    /// ```
    /// use tasks_runtime::{Context, Handle, task};
    ///
    /// /// Tells whoever is on call.
    /// #[task]
    /// async fn page(cx: Context, handle: Handle) {
    ///     let mut events = handle.subscribe();
    ///     while let Some(Some(event)) = cx.token().run_until_cancelled(events.recv()).await {
    ///         match event {
    ///             Ok(event) if event.name() == "stuck" => eprintln!("page: {:?}", event.task()),
    ///             Ok(_) => {}
    ///             Err(missed) => eprintln!("{missed}"),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn subscribe(&self) -> Events {
        self.shared.observers().subscribers().subscribe()
    }
}
