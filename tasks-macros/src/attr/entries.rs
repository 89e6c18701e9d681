//! The shape of a list of arguments: keys, values, commas.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use tasks_options::{Attribute, PartList, option};

use super::written::written;
use crate::errors::Errors;

/// Where a list stands, for the wording of its errors.
pub(super) enum Place {
    Attribute(Attribute),
    Parts(&'static PartList),
}

impl Place {
    fn example(&self) -> String {
        match self {
            Self::Attribute(attribute) => attribute.example().into(),
            Self::Parts(list) => format!("{} = {}", list.head().key, list.head().example),
        }
    }

    /// What to write instead of a value without a key.
    fn keyless(&self, value: &TokenTree) -> String {
        let text = value.to_string();
        match self {
            Self::Parts(list)
                if tasks_options::read(list.head(), &written(&value.clone().into())).is_ok() =>
            {
                format!("write `{} = {text}`", list.head().key)
            }
            Self::Attribute(Attribute::Scheduled) => {
                let inner = text.trim_matches('"');
                let key = if tasks_schedule::parse_duration(inner).is_ok() { "every" } else { "cron" };
                format!("write `{key} = {text}`")
            }
            Self::Attribute(Attribute::Task) if text.starts_with('"') => format!("write `name = {text}`"),
            _ => format!("write `{}`", self.example()),
        }
    }
}

/// A key with what follows it.
pub(super) struct Entry {
    pub(super) key: Ident,
    pub(super) form: Form,
    /// The last token.
    pub(super) end: Span,
}

/// What follows a key.
pub(super) enum Form {
    /// Nothing.
    Missing,
    /// `= value`; there is at least one token.
    Value(TokenStream),
    /// `(…)`.
    List(Group),
}

impl Form {
    pub(super) fn tokens(&self) -> TokenStream {
        match self {
            Self::Missing => TokenStream::new(),
            Self::Value(tokens) => tokens.clone(),
            Self::List(group) => TokenTree::Group(group.clone()).into(),
        }
    }
}

/// Reads a list. A part that makes no sense is recorded and left out; reading goes on after the
/// next comma.
pub(super) fn read(list: TokenStream, place: &Place, errors: &mut Errors) -> Vec<Entry> {
    let mut reader = Reader { tokens: list.into_iter().collect(), at: 0 };
    let mut entries = Vec::new();
    while reader.at < reader.tokens.len() {
        if let Some(entry) = reader.entry(place, errors) {
            entries.push(entry);
        }
    }
    entries
}

struct Reader {
    tokens: Vec<TokenTree>,
    at: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<&TokenTree> {
        self.tokens.get(self.at + ahead)
    }

    fn peek_punct(&self, ahead: usize) -> Option<char> {
        match self.peek(ahead) {
            Some(TokenTree::Punct(punct)) => Some(punct.as_char()),
            _ => None,
        }
    }

    /// Whether a new entry begins here: `key =` or `key (`.
    fn at_entry(&self) -> bool {
        let next = self.peek(1);
        matches!(self.peek(0), Some(TokenTree::Ident(_)))
            && ((self.peek_punct(1) == Some('=') && self.peek_punct(2) != Some('='))
                || matches!(next, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis))
    }

    /// Takes everything up to the next comma, or what stands for one, that is not inside `::<…>`.
    fn until_comma(&mut self) -> Vec<TokenTree> {
        let mut taken: Vec<TokenTree> = Vec::new();
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.at) {
            if let TokenTree::Punct(punct) = token {
                match punct.as_char() {
                    ',' | ';' if depth == 0 => break,
                    '<' if depth > 0 || ends_with_colon(&taken) => depth += 1,
                    '>' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            taken.push(token.clone());
            self.at += 1;
        }
        taken
    }

    fn skip_comma(&mut self, errors: &mut Errors) {
        match self.peek(0) {
            Some(TokenTree::Punct(punct)) if punct.as_char() == ',' => self.at += 1,
            Some(TokenTree::Punct(punct)) if punct.as_char() == ';' => {
                errors.at(punct.span(), "options are separated by `,`, not by `;`");
                self.at += 1;
            }
            _ => {}
        }
    }

    fn entry(&mut self, place: &Place, errors: &mut Errors) -> Option<Entry> {
        let key = match self.peek(0)? {
            TokenTree::Ident(key) => key.clone(),
            other => {
                let message = match (other, self.peek_punct(1)) {
                    (TokenTree::Literal(literal), Some('=' | ':')) => {
                        let key = literal.to_string();
                        format!("a key is written without quotes: `{} = …`", key.trim_matches('"'))
                    }
                    (TokenTree::Literal(_), _) => {
                        format!("a value needs a key: {}", place.keyless(other))
                    }
                    _ => format!("expected an option, such as `{}`", place.example()),
                };
                let span = other.span();
                errors.at(span, message);
                self.until_comma();
                // A lone separator is this mistake, not a second one.
                self.at += usize::from(self.at < self.tokens.len());
                return None;
            }
        };
        self.at += 1;
        let form = self.form(&key, errors);
        let end = self.at.checked_sub(1).map_or(key.span(), |last| self.tokens[last].span());
        if !self.at_entry() {
            let rest = self.until_comma();
            if let (Some(extra), Some(_)) = (rest.first(), &form) {
                errors.at(extra.span(), format!("expected `,` after the value of `{}`", key.unraw()));
            }
            self.skip_comma(errors);
        } else if let (Some(next), Some(_)) = (self.peek(0), &form) {
            errors.at(next.span(), format!("a comma is missing before `{next}`"));
        }
        Some(Entry { key, form: form?, end })
    }

    /// Reads what follows a key, or records what is wrong with it.
    fn form(&mut self, key: &Ident, errors: &mut Errors) -> Option<Form> {
        let name = key.unraw().to_string();
        let example = option(&name).map_or("…", |row| row.example);
        match self.peek(0) {
            None => Some(Form::Missing),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                let group = group.clone();
                self.at += 1;
                Some(Form::List(group))
            }
            Some(TokenTree::Punct(punct)) => match punct.as_char() {
                ',' => Some(Form::Missing),
                '=' => {
                    let span = punct.span();
                    self.at += 1;
                    let value = self.value();
                    if value.is_empty() {
                        errors.at(span, format!("`{name}` needs a value: `{name} = {example}`"));
                        return None;
                    }
                    Some(Form::Value(value.into_iter().collect()))
                }
                _ => {
                    errors.at(punct.span(), format!("expected `=`: write `{name} = {example}`"));
                    self.until_comma();
                    None
                }
            },
            Some(other) => {
                errors.at(other.span(), format!("expected `=` after `{name}`: write `{name} = {example}`"));
                self.until_comma();
                None
            }
        }
    }

    /// Takes a value, but not the entry after it if only the comma between the two is missing.
    fn value(&mut self) -> Vec<TokenTree> {
        let start = self.at;
        let mut value = self.until_comma();
        let end = self.at;
        let first_is_path = matches!(value.first(), Some(TokenTree::Ident(_)));
        for next in start + 1..end {
            self.at = next;
            // A call such as `from_secs(5)` or `.len()` is one value, not a path and an entry.
            if self.at_entry()
                && !is_dot(&self.tokens[next - 1])
                && (!first_is_path || self.peek_punct(1) == Some('='))
            {
                value.truncate(next - start);
                return value;
            }
        }
        self.at = end;
        value
    }
}

fn is_dot(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == '.')
}

fn ends_with_colon(tokens: &[TokenTree]) -> bool {
    matches!(tokens.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}
