//! What a payload says, and how to get rid of it.

use std::{
    any::Any,
    error::Error,
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
};

use tasks_core::{__private::chain_text, BoxError};

use crate::log::clean_text;

/// Returns the text of a payload: a `&str`, a `String` or a boxed error.
pub(super) fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        return clean_text(text);
    }
    if let Some(text) = payload.downcast_ref::<String>() {
        return clean_text(text);
    }
    let error: Option<&dyn Error> = payload
        .downcast_ref::<BoxError>()
        .map(|error| &**error as &dyn Error)
        .or_else(|| payload.downcast_ref::<Box<dyn Error + Send>>().map(|error| &**error as &dyn Error));
    match error {
        Some(error) => {
            catch_unwind(AssertUnwindSafe(|| clean_text(&chain_text(error)))).unwrap_or_else(|payload| {
                dispose(payload);
                "an error whose text panics".to_owned()
            })
        }
        None => "non-string panic payload".to_owned(),
    }
}

/// Drops a payload. If that panics too, the second payload is left undropped,
/// because there is no end to it.
pub(super) fn dispose(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        let _ = ManuallyDrop::new(second);
    }
}
