//! A value as it was written, before it is known what it should be.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use syn::Lit;

/// A value as it was written, with its tokens.
pub(super) struct Written {
    pub(super) form: WrittenForm,
    pub(super) tokens: TokenStream,
}

/// The forms that a value can have.
pub(super) enum WrittenForm {
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i128),
    /// A number with a point.
    Float(f64),
    /// A number with something at its end: `5m`.
    Suffixed,
    /// `true` or `false`.
    Bool(bool),
    /// `[a, b]`.
    List(Vec<Written>),
    /// One word without quotes.
    Word(String),
    /// Anything else.
    Expression,
}

impl Written {
    pub(super) fn read(tokens: TokenStream) -> Self {
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let form = match trees.as_slice() {
            // What a `macro_rules!` fragment leaves around its tokens.
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::None => {
                return Self { form: Self::read(group.stream()).form, tokens };
            }
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
                WrittenForm::List(list(group))
            }
            [TokenTree::Literal(literal)] => WrittenForm::literal(literal, ""),
            [TokenTree::Punct(minus), TokenTree::Literal(literal)] if minus.as_char() == '-' => {
                WrittenForm::literal(literal, "-")
            }
            [TokenTree::Ident(word)] => match word.to_string().as_str() {
                "true" => WrittenForm::Bool(true),
                "false" => WrittenForm::Bool(false),
                word => WrittenForm::Word(word.into()),
            },
            _ => WrittenForm::Expression,
        };
        Self { form, tokens }
    }
}

impl WrittenForm {
    fn literal(literal: &Literal, sign: &str) -> Self {
        match Lit::new(literal.clone()) {
            Lit::Str(text) if sign.is_empty() => Self::Text(text.value()),
            Lit::Int(number) if !number.suffix().is_empty() => Self::Suffixed,
            Lit::Float(number) if !number.suffix().is_empty() => Self::Suffixed,
            Lit::Int(number) => {
                let digits = number.base10_digits();
                // A number too long to read is out of every range.
                Self::Integer(format!("{sign}{digits}").parse().unwrap_or(i128::MAX))
            }
            Lit::Float(number) => {
                let digits = number.base10_digits();
                format!("{sign}{digits}").parse().map_or(Self::Expression, Self::Float)
            }
            _ => Self::Expression,
        }
    }
}

fn list(group: &Group) -> Vec<Written> {
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
    items.into_iter().map(Written::read).collect()
}
