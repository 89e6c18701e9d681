//! From the tokens of a value to the form that the table reads, and back to the tokens of what is wrong.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use syn::Lit;
use tasks_options::{Form, OptionRow, Value, Written};

use crate::errors::Errors;

/// Reads the value of an option or of a part; every mistake is recorded at its tokens.
pub(super) fn value(row: &OptionRow, tokens: &TokenStream, errors: &mut Errors) -> Option<Value> {
    let mistakes = match tasks_options::read(row, &written(tokens)) {
        Ok(value) => return Some(value),
        Err(mistakes) => mistakes,
    };
    let items = list(tokens).map(|list| items(&list)).unwrap_or_default();
    for mistake in mistakes {
        // An empty item has no tokens of its own.
        let item = mistake.item.and_then(|item| items.get(item)).filter(|item| !item.is_empty());
        errors.over(item.unwrap_or(tokens), mistake.message);
    }
    None
}

/// Returns a value as the table reads it.
pub(super) fn written(tokens: &TokenStream) -> Written {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let form = match trees.as_slice() {
        // What a `macro_rules!` fragment leaves around its tokens.
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => written(&group.stream()).form,
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
            Form::List(items(group).iter().map(written).collect())
        }
        [TokenTree::Literal(value)] => literal(value, ""),
        [TokenTree::Punct(minus), TokenTree::Literal(value)] if minus.as_char() == '-' => literal(value, "-"),
        [TokenTree::Ident(word)] => match word.to_string().as_str() {
            "true" => Form::Bool(true),
            "false" => Form::Bool(false),
            word => Form::Word(word.into()),
        },
        _ => Form::Expression,
    };
    Written { form, text: tokens.to_string() }
}

/// Returns the list that a value is.
fn list(tokens: &TokenStream) -> Option<Group> {
    match tokens.clone().into_iter().next()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => list(&group.stream()),
        TokenTree::Group(group) => Some(group),
        _ => None,
    }
}

fn literal(literal: &Literal, sign: &str) -> Form {
    match Lit::new(literal.clone()) {
        Lit::Str(text) if sign.is_empty() => Form::Text(text.value()),
        Lit::Int(number) if !number.suffix().is_empty() => Form::Suffixed,
        Lit::Float(number) if !number.suffix().is_empty() => Form::Suffixed,
        Lit::Int(number) => {
            let digits = number.base10_digits();
            // A number too long to read is out of every range.
            Form::Integer(format!("{sign}{digits}").parse().unwrap_or(i128::MAX))
        }
        Lit::Float(number) => {
            let digits = number.base10_digits();
            format!("{sign}{digits}").parse().map_or(Form::Expression, Form::Float)
        }
        _ => Form::Expression,
    }
}

/// The tokens of each item of a list.
fn items(group: &Group) -> Vec<TokenStream> {
    let mut items = vec![TokenStream::new()];
    for token in group.stream() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => items.push(TokenStream::new()),
            _ => {
                if let Some(item) = items.last_mut() {
                    item.extend([token]);
                }
            }
        }
    }
    // A comma may stand after the last item.
    if items.last().is_some_and(TokenStream::is_empty) {
        items.pop();
    }
    items
}
