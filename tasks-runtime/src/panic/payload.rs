//! What a payload says, and how to get rid of it.

use std::{
    any::Any,
    error::Error,
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind},
};

use tasks_core::{__private::chain_text, BoxError};

use super::PanicInfo;
use crate::log::clean_text;

/// Reads a payload and drops it. One that is what an inner
/// [`catch`](super::catch) made, and somebody let go on, stays as it is.
pub(super) fn read(payload: Box<dyn Any + Send>) -> Result<PanicInfo, String> {
    payload.downcast::<PanicInfo>().map(|info| *info).map_err(|payload| {
        let message = message(&*payload);
        dispose(payload);
        message
    })
}

/// Returns the text of a payload: a `&str`, a `String` or a boxed error.
fn message(payload: &(dyn Any + Send)) -> String {
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
fn dispose(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        let _ = ManuallyDrop::new(second);
    }
}
