//! Options that have parts: `retry(max = 3, delay = "1s")`.

use proc_macro2::{Group, TokenStream};
use syn::ext::IdentExt;
use tasks_options::{Kind, PartList, Value};

use super::{
    Code,
    entries::{self, Form},
    written,
};
use crate::errors::Errors;

/// Reads what stands between the parentheses.
pub(super) fn read(
    list: &'static PartList,
    group: &Group,
    code: &mut Code,
    errors: &mut Errors,
) -> Option<Value> {
    let before = errors.len();
    let mut values = Vec::new();
    let mut places: Vec<(String, TokenStream)> = Vec::new();
    for entry in entries::read(group.stream(), &entries::Place::Parts(list), errors) {
        code.part_keys.push((list, entry.key.clone()));
        let name = entry.key.unraw().to_string();
        if places.iter().any(|(seen, _)| *seen == name) {
            errors.between(entry.key.span(), entry.end, format!("`{name}` is set twice"));
            continue;
        }
        places.push((name.clone(), entry.form.tokens()));
        let Some(part) = list.part(&name) else {
            errors.at(entry.key.span(), list.unknown(&name));
            continue;
        };
        let Form::Value(tokens) = entry.form else {
            errors.between(entry.key.span(), entry.end, format!("write `{name} = …`"));
            continue;
        };
        let value = match part.kind {
            Kind::Function => code.function(tokens, errors),
            _ => {
                code.constant(list.structure, part, &tokens).or_else(|| written::value(part, &tokens, errors))
            }
        };
        values.extend(value.map(|value| (part, value)));
    }
    if let Some((key, message)) = list.check(&values) {
        let place = places.into_iter().find(|(name, _)| name == key);
        errors.over(place.map(|(_, tokens)| tokens), message);
    }
    if errors.len() > before {
        return None;
    }
    if !values.iter().any(|(part, _)| part.key == list.head().key) {
        errors.over(quote::quote!(#group), list.incomplete());
        return None;
    }
    Some(Value::Parts(values))
}
