//! Reading the tasks of a program page by page.

use std::{fmt, iter::FusedIterator, sync::Arc};

use super::Handle;
use crate::engine::{Part, snapshot::TaskInfo};

impl Handle {
    /// Returns the tasks after this name, or from the first on: at most
    /// `limit`, sorted by name as [`tasks`](Self::tasks) is. Fewer are returned
    /// only if there are no more.
    ///
    /// However many tasks there are, and however long the page is, the program
    /// is held up for no longer than it takes to look at a few dozen of them.
    /// So a page is no picture of one moment: a task that is there all the
    /// while is on one page exactly, one that is added or removed meanwhile on
    /// one or none. The name needs not be there any more.
    ///
    /// The first page that is read sorts the tasks by their names, which takes
    /// about a second for a million of them, in steps as small; from then on
    /// the order is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use tasks_runtime::{Handle, task};
    ///
    /// #[task(start = "manual")]
    /// async fn compact() {}
    ///
    /// #[task]
    /// async fn list(handle: Handle) {
    ///     let first = handle.tasks_page(None, 1);
    ///     assert_eq!(&*first[0].name, "compact");
    ///     let second = handle.tasks_page(Some("compact"), 10);
    ///     assert_eq!(second.len(), 1);
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> anyhow::Result<()> {
    /// # use tasks_runtime::registration;
    /// # let builder = tasks_runtime::builder().without_discovery();
    /// # let handle = builder.register(registration!(compact)).register(registration!(list)).start().await?;
    /// # while handle.results().is_empty() { tokio::task::yield_now().await }
    /// # assert_eq!(handle.results()[0].error, None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tasks_page(&self, after: Option<&str>, limit: usize) -> Vec<TaskInfo> {
        let mut page: Vec<TaskInfo> = Vec::new();
        while page.len() < limit {
            let last = page.last().map(|task| Arc::clone(&task.name));
            let after = last.as_deref().or(after);
            match self.shared.with(|core, now| core.page(after, limit - page.len(), now)) {
                Part::NotYet => {}
                Part::Tasks(tasks) if tasks.is_empty() => break,
                Part::Tasks(tasks) => page.extend(tasks),
            }
        }
        page
    }

    /// Returns the tasks page by page, of `limit` each, sorted by name:
    /// [`tasks_page`](Self::tasks_page) again and again. A limit of 0 is taken as 1.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> anyhow::Result<()> {
    /// use tasks_runtime::{registration, task};
    ///
    /// #[task(start = "manual")]
    /// async fn compact() {}
    ///
    /// let handle = tasks_runtime::builder()
    ///     .without_discovery()
    ///     .register(registration!(compact))
    ///     .start()
    ///     .await?;
    /// let paused = handle.task_pages(100).flatten().filter(|task| task.paused.is_some()).count();
    /// assert_eq!(paused, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn task_pages(&self, limit: usize) -> TaskPages {
        TaskPages { handle: self.clone(), limit: limit.max(1), after: None, is_over: false }
    }
}

/// The tasks of a program, page by page; made by [`Handle::task_pages`].
#[must_use = "an iterator reads nothing until it is asked"]
pub struct TaskPages {
    handle: Handle,
    limit: usize,
    after: Option<Arc<str>>,
    is_over: bool,
}

impl Iterator for TaskPages {
    type Item = Vec<TaskInfo>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let page = self.handle.tasks_page(self.after.as_deref(), self.limit);
        self.is_over = page.len() < self.limit;
        self.after = Some(Arc::clone(&page.last()?.name));
        Some(page)
    }
}

impl FusedIterator for TaskPages {}

impl fmt::Debug for TaskPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskPages")
            .field("limit", &self.limit)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}
