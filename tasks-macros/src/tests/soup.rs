//! Whatever stands between the parentheses or below the attribute, the macros
//! answer with tokens, and the item is among them.

use proc_macro2::TokenStream;
use tasks_options::{Attribute, OPTIONS, RETRY};

use crate::{expand, registration};

const SCRAPS: &[&str] = &[
    "=",
    ",",
    ",",
    "=",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "-",
    "::",
    "<",
    ">",
    ":",
    ";",
    "#",
    "!",
    "&",
    "'a",
    "_",
    "?",
    "|",
    "\"5m\"",
    "\"off\"",
    "\"\"",
    "\"0 3 * * *\"",
    "\"2030-01-31T09:00:00Z\"",
    "\"Europe/Madrid\"",
    "\"ünï\\n\"",
    "r\"raw\"",
    "b\"bytes\"",
    "c\"c\"",
    "'c'",
    "b'c'",
    "3",
    "3.5",
    "1e400",
    "30s",
    "0x1F",
    "1_000u64",
    "999999999999999999999999999999999999999999",
    "true",
    "false",
    "r#fn",
    "fn",
    "async",
    "unsafe",
    "const",
    "extern",
    "pub",
    "crate",
    "self",
    "Self",
    "struct",
    "impl",
    "mod",
    "where",
    "dyn",
    "for",
    "->",
    "...",
    "tidy",
    "Context",
    "State<Db>",
    "task",
    "scheduled",
    "doc",
    "cfg",
    "#[task]",
    "#[doc = \"x\"]",
    "#[cfg(unix)]",
    "fn tidy() {}",
    "async fn tidy(cx: Context) -> Result<(), String> {}",
];

/// Draws tokens until they are balanced enough to be a stream.
fn soup(random: &mut fastrand::Rng) -> TokenStream {
    loop {
        let mut text = String::new();
        let mut open = Vec::new();
        for _ in 0..random.usize(0..24) {
            let scrap = match random.u8(0..3) {
                0 => OPTIONS[random.usize(0..OPTIONS.len())].key,
                1 if random.u8(0..4) == 0 => RETRY.parts[random.usize(0..RETRY.parts.len())].key,
                _ => SCRAPS[random.usize(0..SCRAPS.len())],
            };
            match scrap {
                "(" => open.push(')'),
                "[" => open.push(']'),
                "{" => open.push('}'),
                ")" | "]" | "}" => match open.pop() {
                    Some(close) => {
                        text.push(close);
                        continue;
                    }
                    None => continue,
                },
                _ => {}
            }
            text.push_str(scrap);
            text.push(' ');
        }
        text.extend(open.into_iter().rev());
        if let Ok(tokens) = text.parse() {
            return tokens;
        }
    }
}

#[test]
fn no_soup_makes_the_attributes_panic_and_every_item_survives() {
    let mut random = fastrand::Rng::with_seed(0x7461_736b);
    for round in 0..4_000 {
        let arguments = soup(&mut random);
        let item = if random.bool() { soup(&mut random) } else { "async fn tidy() {}".parse().unwrap() };
        let attribute = if random.bool() { Attribute::Task } else { Attribute::Scheduled };
        let text = item.to_string();
        let output = expand::attribute(attribute, &arguments, item).to_string();
        let siblings = ["[task]", "[scheduled"].iter().any(|sibling| text.contains(sibling));
        assert!(siblings || output.starts_with(&text), "round {round}: {arguments}\n{text}\n{output}");
    }
}

#[test]
fn no_soup_makes_registration_panic() {
    let mut random = fastrand::Rng::with_seed(0x6e61_6d65);
    for _ in 0..1_000 {
        assert!(!registration::expand(soup(&mut random)).is_empty());
    }
}
