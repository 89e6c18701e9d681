//! Starting runs from code, typed.

use std::{any::TypeId, time::Duration};

use tasks_core::{__private::Given, RunId, TaskFunction, Trigger};

use super::{Handle, Reason, RunHandle, SpawnError, index_of_function};
use crate::{
    admission::Refusal,
    clock::Now,
    engine::{Core, Wish},
    plan::TaskIndex,
};

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
    ///         Err(refused) => {
    ///             println!("not now: {refused}");
    ///             let mail = refused.into_input();
    ///             println!("the mail to {} is kept", mail.to);
    ///         }
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
        self.start(function, input, |core, index, wish, now| core.want(index, Trigger::Spawn, wish, now))
    }

    /// Starts a run of an annotated function after a delay.
    ///
    /// Until then the run is *delayed*: [`running`](Self::running) shows it,
    /// [`cancel`](Self::cancel) ends it, the program is not idle, and it counts
    /// among the 10,000 runs of its task that may wait. A shutdown ends it at
    /// once as `interrupted`. The delay is measured by the monotonic clock, and
    /// is forgotten when the process ends.
    ///
    /// When the delay is over the run asks for admission as if it were spawned
    /// at that moment, so `overlap` is decided then. If it is refused it ends as
    /// `failed` without an attempt, and its error says why.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use tasks_runtime::{Handle, Input, task};
    ///
    /// #[task]
    /// async fn remind(Input(who): Input<String>) {
    ///     println!("{who}, your basket is waiting");
    /// }
    ///
    /// #[task]
    /// async fn basket_was_filled(handle: Handle) -> anyhow::Result<()> {
    ///     let reminder = handle.spawn_after(Duration::from_secs(3600), remind, "Ann".to_owned())?;
    ///     // Ann has paid after all.
    ///     handle.cancel(reminder.run());
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Fails as [`spawn`](Self::spawn) does, but for `overlap`. The error gives
    /// the input back.
    pub fn spawn_after<F, M>(
        &self,
        delay: Duration,
        function: F,
        input: F::Input,
    ) -> Result<RunHandle<F::Return>, SpawnError<F::Input>>
    where
        F: TaskFunction<M>,
    {
        self.start(function, input, |core, index, wish, now| core.want_later(index, delay, wish, now))
    }

    fn start<F, M>(
        &self,
        function: F,
        input: F::Input,
        ask: impl FnOnce(&mut Core, TaskIndex, Wish, Now) -> Result<RunId, Refusal>,
    ) -> Result<RunHandle<F::Return>, SpawnError<F::Input>>
    where
        F: TaskFunction<M>,
    {
        // The function is the key by its type; its value has nothing to say.
        let _ = function;
        let key = TypeId::of::<F>();
        // A function without an `Input` takes nothing, and gets nothing to keep.
        let is_nothing = TypeId::of::<F::Input>() == TypeId::of::<()>();
        // Boxed here, since nothing of the user's is touched under the lock. A
        // box of `()` is free.
        let mut input = Some(Box::new(input));
        let find = |core: &Core| index_of_function(core, key, std::any::type_name::<F>());
        let admitted = self.shared.with_run(find, |core, index, now| {
            let run = ask(core, index, Wish::default(), now)
                .map_err(|refusal| Reason::Refused(core.name_of(index), refusal))?;
            if let Some(input) = input.take()
                && !is_nothing
            {
                core.give_input(run, Given::Value(input));
            }
            Ok(core.await_run(run))
        });
        match (admitted, input) {
            (Err(reason), Some(input)) => Err(SpawnError { reason, input: *input }),
            (Ok(end), _) => Ok(RunHandle::new(end)),
            (Err(_), None) => unreachable!("the input is taken only by a run that was admitted"),
        }
    }
}
