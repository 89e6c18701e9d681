//! Which functions can be tasks, as far as their heads say it.

pub(crate) mod input;
mod types;

use quote::quote;
use syn::{FnArg, Meta, ReturnType, Safety, Signature, Type};
use tasks_options::Attribute;

use crate::errors::Errors;

/// One more needs an extractor that bundles some of them.
const MAX_PARAMETERS: usize = 8;

/// Checks a head; each rule that it breaks is recorded.
pub(crate) fn check(attribute: Attribute, signature: &Signature, errors: &mut Errors) {
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first() {
        let message = "a task is a free function, not a method: take what it needs as parameters, such as \
                       `State<T>`";
        errors.over(receiver, message);
        // What else a method does, such as borrowing, follows from this.
        return;
    }
    modifiers(attribute, signature, errors);
    generics(signature, errors);
    parameters(signature, errors);
    input::check(attribute, signature, errors);
    returns(signature, errors);
}

fn modifiers(attribute: Attribute, signature: &Signature, errors: &mut Errors) {
    if let Some(constness) = &signature.constness {
        errors.over(constness, format!("`#[{attribute}]` does not go on a `const fn`: remove `const`"));
    }
    if let Safety::Unsafe(unsafety) = &signature.safety {
        let message = "a task cannot be `unsafe`: nobody could promise what its caller has to; put the \
                       unsafe part into a block of its body";
        errors.over(unsafety, message);
    }
    if let Some(abi) = &signature.abi {
        errors.over(abi, "a task cannot be `extern`: it is called from Rust only");
    }
    if let Some(variadic) = &signature.variadic {
        errors.over(variadic, "a task cannot be variadic");
    }
}

fn generics(signature: &Signature, errors: &mut Errors) {
    let generics = &signature.generics;
    let lifetimes_only = generics.lifetimes().count() == generics.params.len();
    if !generics.params.is_empty() {
        let message = if lifetimes_only {
            "a task cannot have lifetime parameters: its parameters are built for the run and owned by it"
        } else {
            "a task cannot be generic: the runtime would not know the types; write a function for each"
        };
        errors.over(quote!(#generics), message);
    }
    if let Some(clause) = &generics.where_clause
        && generics.params.is_empty()
    {
        errors.over(clause, "a task cannot have a `where` clause");
    }
}

fn parameters(signature: &Signature, errors: &mut Errors) {
    for input in &signature.inputs {
        let FnArg::Typed(parameter) = input else { continue };
        for attribute in &parameter.attrs {
            if is_cfg(&attribute.meta) {
                let message = "a parameter of a task cannot depend on `cfg`: write two functions, each under its \
                               own `#[cfg]`";
                errors.over(attribute, message);
            }
        }
        // What the types of a generic function lack follows from that.
        if signature.generics.params.is_empty() {
            types::check_parameter(&parameter.ty, errors);
        }
    }
    if let Some(extra) = signature.inputs.iter().nth(MAX_PARAMETERS) {
        let message = format!(
            "a task has at most {MAX_PARAMETERS} parameters: put some into a type that implements `FromContext`"
        );
        errors.over(extra, message);
    }
}

fn is_cfg(meta: &Meta) -> bool {
    meta.path().is_ident("cfg") || meta.path().is_ident("cfg_attr")
}

fn returns(signature: &Signature, errors: &mut Errors) {
    let ReturnType::Type(_, returned) = &signature.output else { return };
    match &**returned {
        Type::Never(never) => {
            errors
                .over(never, "a task cannot return `!`: leave the return type out, also if it never returns");
        }
        other if signature.generics.params.is_empty() => types::check_return(other, errors),
        _ => {}
    }
}
