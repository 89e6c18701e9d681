//! The annotated item, as far as the expansion looks at it: never into its body.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::{
    Signature, Visibility,
    parse::{Parse, ParseStream, Parser},
};
use tasks_options::Attribute;

use crate::{crate_path::CratePath, errors::Errors};

/// What an attribute stands on.
pub(crate) struct Item {
    /// What is emitted: the item as it was written, but for the other
    /// attributes of ours, which are expanded with this one.
    pub(crate) tokens: TokenStream,
    /// The other attributes of ours on the same item.
    pub(crate) siblings: Vec<Sibling>,
    /// The first paragraph of the documentation.
    pub(crate) description: String,
    /// Whether using the function is a warning.
    pub(crate) deprecated: bool,
    /// The function, unless the item is something else.
    pub(crate) function: Option<Function>,
}

/// Another `#[task]` or `#[scheduled]` on the same function.
///
/// The compiler has applied every `cfg_attr` by now, so it is seen here too.
pub(crate) struct Sibling {
    pub(crate) attribute: Attribute,
    pub(crate) arguments: TokenStream,
    pub(crate) tokens: TokenStream,
}

/// The head of a function.
pub(crate) struct Function {
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
}

struct Head {
    function: Function,
    has_body: bool,
}

impl Parse for Head {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let function = Function { visibility: input.parse()?, signature: input.parse()? };
        let has_body = input.peek(syn::token::Brace);
        input.parse::<TokenStream>()?;
        Ok(Self { function, has_body })
    }
}

impl Item {
    /// Looks at an item. What is wrong with its kind is recorded; the tokens survive all the same.
    pub(crate) fn read(
        attribute: Attribute,
        item: TokenStream,
        crate_path: &CratePath,
        errors: &mut Errors,
    ) -> Self {
        let mut read = Self {
            tokens: TokenStream::new(),
            siblings: Vec::new(),
            description: String::new(),
            deprecated: false,
            function: None,
        };
        let mut paragraph = Paragraph::default();
        let mut rest = item.into_iter().peekable();
        while let Some(TokenTree::Punct(hash)) = rest.next_if(|token| is_punct(token, '#')) {
            let Some(TokenTree::Group(group)) = rest.next_if(|token| is_group(token, Delimiter::Bracket))
            else {
                read.tokens.extend([TokenTree::Punct(hash)]);
                break;
            };
            if let Some(sibling) = Sibling::read(&group, crate_path) {
                read.siblings.push(sibling);
                continue;
            }
            paragraph.read(&group);
            read.deprecated |= first_word(&group).is_some_and(|word| word == "deprecated");
            read.tokens.extend([TokenTree::Punct(hash), TokenTree::Group(group)]);
        }
        read.description = paragraph.text;
        let mut rest: Vec<TokenTree> = rest.collect();
        let body = rest.pop();
        let head: TokenStream = rest.into_iter().collect();
        read.tokens.extend(head.clone());
        read.function = function(attribute, with_end(head, body.as_ref()), errors);
        read.tokens.extend(body);
        read
    }
}

/// Puts the last token of an item behind its head, without what is inside of a body:
/// to hand all of its tokens to the parser is most of what an expansion would cost.
fn with_end(mut head: TokenStream, last: Option<&TokenTree>) -> TokenStream {
    head.extend(last.map(|last| match last {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
            let mut end = Group::new(Delimiter::Brace, TokenStream::new());
            end.set_span(body.span());
            TokenTree::Group(end)
        }
        other => other.clone(),
    }));
    head
}

fn function(attribute: Attribute, item: TokenStream, errors: &mut Errors) -> Option<Function> {
    if let Some((found, span)) = other_kind(&item) {
        errors.at(span, format!("`#[{attribute}]` goes on a function, not on {found}"));
        return None;
    }
    match Head::parse.parse2(item) {
        Ok(head) if head.has_body => Some(head.function),
        Ok(head) => {
            let message = format!("`#[{attribute}]` goes on a function with a body");
            errors.over(&head.function.signature, message);
            None
        }
        Err(error) => {
            errors.at(error.span(), format!("`#[{attribute}]` goes on a function: {error}"));
            None
        }
    }
}

/// Returns what an item is that is no function.
fn other_kind(item: &TokenStream) -> Option<(&'static str, Span)> {
    let mut constant = None;
    for token in item.clone() {
        let TokenTree::Ident(word) = &token else {
            if is_group(&token, Delimiter::Parenthesis) || is_group(&token, Delimiter::None) {
                continue;
            }
            return None;
        };
        let found = match word.to_string().as_str() {
            "struct" => "a struct",
            "enum" => "an enum",
            "union" => "a union",
            "trait" => "a trait",
            "impl" => "an `impl` block; annotate a free function",
            "mod" => "a module; annotate each function",
            "static" => "a static",
            "type" => "a type",
            "use" => "an import",
            "let" => "a variable",
            "macro_rules" => "a macro",
            "const" => {
                constant = Some(word.span());
                continue;
            }
            "fn" => return None,
            "pub" | "crate" | "async" | "unsafe" | "extern" | "default" => continue,
            _ => return constant.map(|span| ("a constant", span)),
        };
        return Some((found, word.span()));
    }
    None
}

impl Sibling {
    fn read(group: &Group, crate_path: &CratePath) -> Option<Self> {
        let mut attribute = None;
        let mut arguments = TokenStream::new();
        let mut first = None;
        for token in content(group) {
            match token {
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    attribute = Attribute::by_name(&word);
                    if attribute.is_none() {
                        let ours = word.starts_with("tasks_") || crate_path.leads_through(&word);
                        if (first.is_some() || !ours) && word != "crate" {
                            return None;
                        }
                    }
                    first = Some(word);
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {}
                TokenTree::Group(group) => {
                    arguments = group.stream();
                    break;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => return None,
            }
        }
        let mut tokens = TokenStream::new();
        tokens.extend([TokenTree::Group(group.clone())]);
        Some(Self { attribute: attribute?, arguments, tokens })
    }
}

/// The first paragraph of a documentation, line after line.
#[derive(Default)]
struct Paragraph {
    text: String,
    ended: bool,
}

impl Paragraph {
    fn read(&mut self, group: &Group) {
        let mut tokens = content(group).into_iter();
        if !matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == "doc") {
            return;
        }
        if !tokens.next().is_some_and(|token| is_punct(&token, '=')) {
            return;
        }
        let value: TokenStream = tokens.collect();
        let Ok(value) = syn::parse2::<syn::LitStr>(value) else { return };
        for line in value.value().split('\n') {
            // A block comment decorates its lines with stars.
            let line = line.trim().trim_start_matches('*').trim();
            if line.is_empty() {
                self.ended |= !self.text.is_empty();
            } else if !self.ended {
                if !self.text.is_empty() {
                    self.text.push(' ');
                }
                self.text.push_str(line);
            }
        }
    }
}

/// What stands between the brackets of an attribute, without what a
/// `macro_rules!` fragment leaves around its tokens.
fn content(group: &Group) -> TokenStream {
    let stream = group.stream();
    let mut tokens = stream.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(inner)), None) if inner.delimiter() == Delimiter::None => content(&inner),
        _ => stream,
    }
}

fn first_word(group: &Group) -> Option<String> {
    match content(group).into_iter().next()? {
        TokenTree::Ident(word) => Some(word.to_string()),
        _ => None,
    }
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}
