//! Tests of the stages without a compiler; what a compiler makes of them is tested by UI tests.

mod documentation;
mod expansion;
mod parser;
mod soup;

use proc_macro2::TokenStream;
use tasks_options::Attribute;

use crate::expand;

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("the test is written in tokens")
}

/// The messages of an expansion, in order.
fn mistakes(attribute: Attribute, arguments: &str, item: &str) -> Vec<String> {
    let expanded = expand::attribute(attribute, &tokens(arguments), tokens(item)).to_string();
    let parts = expanded.split("compile_error ! {").skip(1);
    let literals = parts.filter_map(|part| Some(part.split_once('}')?.0.trim().to_owned()));
    literals
        .map(|literal| syn::parse_str::<syn::LitStr>(&literal).map_or(literal, |text| text.value()))
        .collect()
}
