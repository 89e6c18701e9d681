//! Typed input: [`Input`], and how a value survives until the attempt that needs it.

use std::{
    any::{Any, type_name},
    fmt,
    ops::{Deref, DerefMut},
    ptr,
};

use crate::{BoxError, context::Context, failure::Fatal};

/// The value that a run was started with.
///
/// A task that takes it runs on demand: whoever starts a run gives the value,
/// and the compiler checks its type. At most one parameter of a task is an
/// `Input`, and it stands among the task's own parameters, not inside of
/// another extractor.
///
/// The value itself is handed over, without being copied or serialised. Only a
/// task with `retry` needs a second one for its next attempt: it gets a copy,
/// made through serde as JSON before the first attempt begins. What serde skips
/// is missing from such a copy.
///
/// # Examples
///
/// ```
/// use tasks_core::Input;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Mail {
///     to: String,
///     text: String,
/// }
///
/// async fn send_mail(Input(mail): Input<Mail>) -> Result<(), std::io::Error> {
///     println!("{}: {}", mail.to, mail.text);
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// A value that cannot be copied for a retry (a map whose keys are no strings,
/// for example) fails the first attempt, and no other follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Input<T>(pub T);

impl<T> Deref for Input<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Input<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// A type that an [`Input`] can carry.
#[cfg_attr(
    not(feature = "input"),
    diagnostic::on_unimplemented(
        message = "`{Self}` cannot be the input of a task without the feature `input`",
        label = "an input needs the feature `input`",
        note = "switch it on: `features = [\"input\"]` at the dependency `tasks-runtime`"
    )
)]
#[cfg_attr(
    feature = "input",
    diagnostic::on_unimplemented(
        message = "`{Self}` cannot be the input of a task",
        label = "not `Serialize + DeserializeOwned + Send + 'static`",
        note = "annotate the type with `#[derive(serde::Serialize, serde::Deserialize)]`: a retry gets a copy of the input, and `--task-input` reads one",
        note = "it must own what it holds (`String`, not `&str`) and be `Send`"
    )
)]
pub trait InputValue: Send + Sized + 'static {
    /// Reads a value from JSON.
    fn read(json: &str) -> Result<Self, String>;

    /// Writes a value as JSON.
    fn write(&self) -> Result<Box<str>, String>;

    /// What its JSON looks like.
    fn example() -> String;
}

/// The one value that needs no serde: it stands for "none" where an extractor
/// has no value to read.
#[cfg(not(feature = "input"))]
impl InputValue for () {
    fn read(json: &str) -> Result<Self, String> {
        if json.trim() == "null" { Ok(()) } else { Err("`null` is expected".to_owned()) }
    }

    fn write(&self) -> Result<Box<str>, String> {
        Ok("null".into())
    }

    fn example() -> String {
        "null".to_owned()
    }
}

/// What is known about the input of a task, without its type.
#[derive(Clone, Copy)]
pub struct InputType {
    /// The name of the type.
    pub name: &'static str,
    /// Reads a value from JSON.
    pub read: fn(&str) -> Result<Box<dyn Any + Send>, String>,
    /// What its JSON looks like.
    pub example: fn() -> String,
}

impl InputType {
    pub(super) fn of<T: InputValue>() -> Self {
        Self {
            name: type_name::<T>(),
            read: |json| Ok(Box::new(T::read(json)?)),
            example: <T as InputValue>::example,
        }
    }
}

impl PartialEq for InputType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && ptr::fn_addr_eq(self.read, other.read)
            && ptr::fn_addr_eq(self.example, other.example)
    }
}

impl fmt::Debug for InputType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InputType").field(&self.name).finish()
    }
}

/// The input of a run, as its cell keeps it.
#[expect(missing_debug_implementations, reason = "holds a value of any type")]
pub enum Given {
    /// The value itself.
    Value(Box<dyn Any + Send>),
    /// A copy of it, as JSON.
    Copy(Box<str>),
}

/// Takes the input for an attempt, and leaves a copy behind if another attempt
/// may follow.
pub(super) fn take<T: InputValue>(cx: &Context) -> Result<T, BoxError> {
    let cell = cx.__cell();
    let (value, copy) = match cell.take_input() {
        Some(Given::Value(value)) => {
            let value = value.downcast::<T>().map_err(|_| missing::<T>())?;
            let copy = if cell.may_try_again() { Some(copied(&*value)?) } else { None };
            (*value, copy)
        }
        Some(Given::Copy(copy)) => {
            let value = T::read(&copy).map_err(|error| {
                Fatal::new(format!("a copy of the input cannot be read for another attempt: {error}"))
            })?;
            (value, cell.may_try_again().then_some(copy))
        }
        None => {
            // Whoever has nothing to give gave nothing to keep either.
            let nothing: Box<dyn Any> = Box::new(());
            (*nothing.downcast::<T>().map_err(|_| missing::<T>())?, None)
        }
    };
    if let Some(copy) = copy {
        cell.set_input(Given::Copy(copy));
    }
    Ok(value)
}

fn copied<T: InputValue>(value: &T) -> Result<Box<str>, BoxError> {
    value.write().map_err(|error| {
        Fatal::new(format!("the input cannot be copied, as `retry` needs it to be: {error}")).into()
    })
}

/// Start-up and `Handle` see to it that nobody comes here; what is left is an
/// attempt that panicked while it copied the value.
fn missing<T>() -> BoxError {
    Fatal::new(format!("the run has no input of type `{}`", type_name::<T>())).into()
}
