//! Starting runs from code, typed.

use std::{
    any::{Any, TypeId},
    sync::Arc,
};

use tasks_core::{
    __private::{Given, Output},
    TaskFunction, TaskReturn, Trigger,
};
use tokio::sync::oneshot;

use super::{Handle, Reason, RunHandle, SpawnError, index_of_function};
use crate::engine::Wish;

impl Handle {
    /// Starts a run of an annotated function.
    ///
    /// The function itself is the key, so the compiler checks what goes in and
    /// what comes out. `input` is what its [`Input`](crate::Input) carries, `()`
    /// for a function without one. The run passes the same admission as any
    /// other: it may wait for its pool. Of a function with several `#[scheduled]`
    /// it starts the task that bears the function's own name, the one without
    /// `name`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tasks_runtime::{Handle, Input, task};
    ///
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct Mail {
    ///     to: String,
    /// }
    ///
    /// #[task(retry = 3)]
    /// async fn send_mail(Input(mail): Input<Mail>) -> anyhow::Result<usize> {
    ///     Ok(mail.to.len())
    /// }
    ///
    /// #[task]
    /// async fn greet(handle: Handle) -> anyhow::Result<()> {
    ///     match handle.spawn(send_mail, Mail { to: "ann@example.org".to_owned() }) {
    ///         Ok(run) => println!("{} bytes sent", run.await?),
    ///         Err(refused) => println!("{refused}; {} waits", refused.into_input().to),
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the function is not a registered task or is several of which
    /// none bears its name, the task is disabled or
    /// its `overlap` lets no further run in, too many of its runs wait, or the
    /// program is shutting down. The error gives the input back.
    pub fn spawn<F, M>(
        &self,
        function: F,
        input: F::Input,
    ) -> Result<RunHandle<F::Return>, SpawnError<F::Input>>
    where
        F: TaskFunction<M>,
    {
        // The function is the key by its type; its value has nothing to say.
        let _ = function;
        let key = TypeId::of::<F>();
        let (sender, receiver) = oneshot::channel();
        let output = Arc::new(Output::<<F::Return as TaskReturn>::Ok>::new());
        let slot = Arc::clone(&output) as Arc<dyn Any + Send + Sync>;
        // Boxed here, since nothing of the user's is touched under the lock. A
        // box of `()` is free.
        let mut input = Some(Box::new(input));
        let admitted = self.shared.with(|core, now| {
            let index = index_of_function(core, key, std::any::type_name::<F>())?;
            let wish = Wish { waiter: Some(sender), output: Some(slot), ..Wish::default() };
            let run = core
                .want(index, Trigger::Spawn, wish, now)
                .map_err(|refusal| Reason::Refused(core.name_of(index), refusal))?;
            if let Some(input) = input.take() {
                core.give_input(run, Given::Value(input));
            }
            Ok(run)
        });
        match (admitted, input) {
            (Err(reason), Some(input)) => Err(SpawnError { reason, input: *input }),
            (Ok(run), _) => Ok(RunHandle::new(run, receiver, output)),
            (Err(_), None) => unreachable!("the input is taken only by a run that was admitted"),
        }
    }
}
