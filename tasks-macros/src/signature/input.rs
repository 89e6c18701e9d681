//! The one parameter that carries a value: `Input<T>`.
//!
//! Only its name is seen here. Behind an alias it is found when the program starts.

use syn::{FnArg, GenericArgument, Path, PathArguments, Signature, Type};
use tasks_options::Attribute;

use crate::errors::Errors;

/// Checks that a function takes at most one input, and that somebody can give it.
pub(super) fn check(attribute: Attribute, signature: &Signature, errors: &mut Errors) {
    let mut inputs = inputs(signature);
    let Some(first) = inputs.next() else { return };
    for second in inputs {
        let message = "a task takes at most one `Input`, since a run is started with one value: put them into \
                       one struct, or take a tuple, `Input<(A, B)>`";
        errors.over(second, message);
    }
    if attribute == Attribute::Scheduled {
        let message = "a scheduled task cannot take an `Input`: a schedule has none to give. Make this a `#[task]`, \
                       and let a scheduled one start it with `handle.spawn`";
        errors.over(first, message);
    }
}

/// Whether a function takes an input.
pub(crate) fn is_taken(signature: &Signature) -> bool {
    inputs(signature).next().is_some()
}

fn inputs(signature: &Signature) -> impl Iterator<Item = &Type> {
    signature.inputs.iter().filter_map(|parameter| match parameter {
        FnArg::Typed(parameter) if is_input(&parameter.ty) => Some(&*parameter.ty),
        FnArg::Typed(_) | FnArg::Receiver(_) => None,
    })
}

fn is_input(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_input(&group.elem),
        Type::Paren(paren) => is_input(&paren.elem),
        Type::Path(path) => path.qself.is_none() && names_input(&path.path),
        _ => false,
    }
}

/// `Input<T>`, alone or as `tasks_runtime::Input<T>`. A type of this name from
/// elsewhere is the user's.
fn names_input(path: &Path) -> bool {
    let Some(last) = path.segments.last() else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    let of_one_type =
        arguments.args.len() == 1 && matches!(arguments.args.first(), Some(GenericArgument::Type(_)));
    let is_ours = match path.segments.len() {
        1 => path.leading_colon.is_none(),
        2 => path.segments.first().is_some_and(|of| of.ident.to_string().starts_with("tasks_")),
        _ => false,
    };
    last.ident == "Input" && of_one_type && is_ours
}
