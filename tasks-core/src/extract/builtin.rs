use std::ops::{Deref, DerefMut};

use tokio_util::sync::CancellationToken;

use super::{FromContext, Needs};
use crate::{BoxError, context::Context};

/// A clone of a value that the application gave to the builder.
///
/// # Examples
///
/// ```
/// use tasks_core::State;
/// # #[derive(Clone)] struct Db;
/// # impl Db { async fn prune(&self) {} }
///
/// async fn prune(State(db): State<Db>) {
///     db.prune().await;
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State<T>(pub T);

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for State<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Clone + Send + Sync + 'static> FromContext for State<T> {
    type Needs = ();

    async fn from_context((): ()) -> Result<Self, BoxError> {
        Err("state is taken from the application, not built".into())
    }

    fn __needs(needs: &mut Needs) {
        needs.state::<T>();
    }

    const __READY: bool = true;

    async fn __extract(cx: &Context) -> Result<Self, BoxError> {
        Self::__at_once(cx)
    }

    fn __at_once(cx: &Context) -> Result<Self, BoxError> {
        let states = cx.__cell().host().map(|host| host.states());
        match states.as_ref().and_then(|states| states.get::<T>()) {
            Some(value) => Ok(Self(value.clone())),
            // Start-up checked it; only a hand-written `Task` that declares
            // nothing can come here.
            None => {
                Err(format!("no state of type `{}` was given to the builder", std::any::type_name::<T>())
                    .into())
            }
        }
    }
}

impl FromContext for Context {
    type Needs = ();

    async fn from_context((): ()) -> Result<Self, BoxError> {
        Err("the context is taken from the run, not built".into())
    }

    fn __needs(needs: &mut Needs) {
        needs.listens();
    }

    const __READY: bool = true;

    async fn __extract(cx: &Context) -> Result<Self, BoxError> {
        Self::__at_once(cx)
    }

    fn __at_once(cx: &Context) -> Result<Self, BoxError> {
        Ok(cx.clone())
    }
}

impl FromContext for CancellationToken {
    type Needs = Context;

    const __READY: bool = true;

    async fn from_context(cx: Context) -> Result<Self, BoxError> {
        Ok(cx.token())
    }

    fn __at_once(cx: &Context) -> Result<Self, BoxError> {
        Ok(cx.token())
    }
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($name: FromContext),*> FromContext for ($($name,)*) {
            type Needs = ();

            async fn from_context((): ()) -> Result<Self, BoxError> {
                Err("a tuple is built from its members".into())
            }

            #[allow(unused_variables, reason = "the empty tuple needs nothing")]
            fn __needs(needs: &mut Needs) {
                $(needs.nested($name::__needs);)*
            }

            #[allow(unused_variables, reason = "the empty tuple takes nothing")]
            async fn __extract(cx: &Context) -> Result<Self, BoxError> {
                Ok(($($name::__extract(cx).await?,)*))
            }
        }
    )*};
}
tuples! {
    ()
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
    (A, B, C, D, E, F)
    (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
}
