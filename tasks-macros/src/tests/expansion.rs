use tasks_options::Attribute;

use super::{mistakes, tokens};
use crate::expand;

fn expanded(attribute: Attribute, arguments: &str, item: &str) -> String {
    expand::attribute(attribute, &tokens(arguments), tokens(item)).to_string()
}

#[test]
fn the_function_comes_first_and_is_not_changed() {
    let item = "/// Tidies.\n #[inline] pub(crate) async fn tidy(cx: Context) -> Result<(), Error> { not ! even rust }";
    let expanded = expanded(Attribute::Task, "", item);
    assert!(expanded.starts_with(&tokens(item).to_string()), "{expanded}");
}

#[test]
fn nothing_is_emitted_of_the_function_s_name_but_the_function() {
    let expanded = expanded(Attribute::Task, "timeout = \"3s\"", "fn tidy() {}");
    for item in ["struct tidy", "mod tidy", "type tidy", "enum tidy", "trait tidy"] {
        assert!(!expanded.contains(item), "{expanded}");
    }
    assert_eq!(expanded.matches("fn tidy").count(), 1);
    assert_eq!(expanded.matches("static __task_tidy").count(), 1);
}

#[test]
fn each_type_of_the_user_is_mentioned_once_beside_the_function() {
    let item = "async fn tidy(a: First, b: Second) -> Third { }";
    let expanded = expanded(Attribute::Task, "", item);
    for name in ["First", "Second", "Third"] {
        assert_eq!(expanded.matches(name).count(), 2, "{expanded}");
    }
}

#[test]
fn a_correct_annotation_carries_nothing_for_editors() {
    assert!(!expanded(Attribute::Task, "timeout = \"3s\"", "fn tidy() {}").contains("completion"));
    let wrong = expanded(Attribute::Task, "timeo", "fn tidy() {}");
    assert!(wrong.contains("pub mod timeout { }") && wrong.contains("timeo as _"), "{wrong}");
}

#[test]
fn a_wrong_option_leaves_the_static_to_those_who_name_it() {
    let expanded = expanded(Attribute::Task, "timout = \"3s\"", "fn tidy() {}");
    assert!(expanded.contains("static __task_tidy"));
    assert_eq!(expanded.matches("compile_error").count(), 1);
}

#[test]
fn a_second_attribute_is_taken_away_and_reported() {
    for sibling in ["scheduled(every = \"1s\")", "tasks_runtime::task", "::tasks_core::scheduled(at = \"\")"]
    {
        let expanded = expanded(Attribute::Task, "", &format!("#[{sibling}] fn tidy() {{}}"));
        assert_eq!(expanded.matches("compile_error").count(), 1, "{sibling}: {expanded}");
        assert!(!expanded.starts_with('#'), "{expanded}");
    }
    // Attributes of others are theirs.
    for foreign in ["embassy_executor::task", "tracing::instrument", "task_local", "other::scheduled(x)"] {
        let expanded = expanded(Attribute::Task, "", &format!("#[{foreign}] fn tidy() {{}}"));
        assert_eq!(expanded.matches("compile_error").count(), 0, "{foreign}: {expanded}");
        assert!(expanded.starts_with('#'), "{expanded}");
    }
}

#[test]
fn several_schedules_are_one_static_that_mentions_each_type_once() {
    let item = "#[tasks_runtime::scheduled(cron = \"@daily\", name = \"nightly\")] #[inline] \
                #[scheduled(at = \"2030-01-01T00:00:00Z\", name = \"once\", retry(max = 1, on = odd))] \
                async fn tidy(a: First) -> Third { }";
    let expanded = expanded(Attribute::Scheduled, "every = \"1s\"", item);
    assert!(!expanded.contains("compile_error"), "{expanded}");
    assert!(expanded.starts_with("# [inline] async fn tidy"), "{expanded}");
    assert_eq!(expanded.matches("static __task_tidy").count(), 1);
    assert_eq!(expanded.matches("submit !").count(), 1);
    for name in ["First", "Third"] {
        assert_eq!(expanded.matches(name).count(), 2, "{expanded}");
    }
    for (name, named) in [("tidy", false), ("nightly", true), ("once", true)] {
        assert_eq!(expanded.matches(&format!("name : \"{name}\"")).count(), 1, "{expanded}");
        assert!(expanded.contains(&format!("named : {named}")), "{expanded}");
    }
}

#[test]
fn the_tasks_of_one_function_have_names_of_their_own() {
    for (first, second, count) in [
        ("every = \"1s\"", "cron = \"@daily\"", 1),
        ("every = \"1s\", name = \"a-b\"", "cron = \"@daily\", name = \"A_b\"", 1),
        ("every = \"1s\", name = \"Tidy\"", "cron = \"@daily\"", 1),
        ("every = \"1s\"", "cron = \"@daily\", name = \"nightly\"", 0),
        // A key that may be meant for the name is one mistake, not two.
        ("every = \"1s\"", "cron = \"@daily\", nmae = \"nightly\"", 1),
        ("every = \"1s\"", "cron = \"@daily\", name = \"at night\"", 1),
    ] {
        let found = mistakes(Attribute::Scheduled, first, &format!("#[scheduled({second})] fn tidy() {{}}"));
        assert_eq!(found.len(), count, "{first} and {second}: {found:#?}");
    }
    // What is wrong with the function's own name is said once.
    let found = mistakes(
        Attribute::Scheduled,
        "every = \"1s\"",
        "#[scheduled(every = \"2s\", name = \"a\")] fn _tidy() {}",
    );
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[test]
fn each_rule_for_signatures_is_one_mistake() {
    for item in [
        "async fn tidy(&self) {}",
        "async fn tidy(self: Box<Self>, other: &str) {}",
        "async fn tidy<T>(of: &T) {}",
        "async fn tidy<'a>(of: &'a str) -> &'a str {}",
        "async fn tidy<const N: usize>() {}",
        "async fn tidy() where String: Clone {}",
        "async fn tidy(of: Vec<impl Clone>) {}",
        "fn tidy() -> impl Sized {}",
        "unsafe fn tidy() {}",
        "extern \"C\" fn tidy() {}",
        "const fn tidy() {}",
        "fn tidy(#[cfg(unix)] cx: Context) {}",
        "fn tidy(cx: (Context, &Context)) {}",
        "fn tidy(cx: Option<Cow<'_, str>>) {}",
        "fn tidy(cx: _) {}",
        "fn tidy() -> ! { loop {} }",
        "fn tidy() -> Result<&str, String> {}",
        "fn tidy(a: A, b: A, c: A, d: A, e: A, f: A, g: A, h: A, i: A, j: A) {}",
        "fn tidy();",
        "fn _tidy() {}",
        "fn größe() {}",
        "struct Tidy;",
        "pub(crate) enum Tidy {}",
        "union Tidy {}",
        "trait Tidy {}",
        "impl Tidy {}",
        "mod tidy {}",
        "const TIDY: u8 = 1;",
        "static TIDY: u8 = 1;",
        "type Tidy = u8;",
        "use tidy as other;",
        "macro_rules! tidy { () => {} }",
        "extern \"C\" { fn tidy(); }",
        "extern crate tidy;",
        "tidy!();",
        "",
    ] {
        let found = mistakes(Attribute::Task, "", item);
        assert_eq!(found.len(), 1, "{item}: {found:#?}");
    }
}

#[test]
fn what_only_looks_like_borrowing_is_allowed() {
    for item in [
        "fn tidy(of: State<&'static str>) {}",
        "fn tidy(of: State<fn(&str) -> &str>) {}",
        "fn tidy(of: State<Arc<dyn for<'a> Fn(&'a str) -> &'a str + Send>>) {}",
        "fn tidy(of: State<Cow<'static, str>>) -> Result<&'static str, String> {}",
    ] {
        assert_eq!(mistakes(Attribute::Task, "", item), Vec::<String>::new(), "{item}");
    }
}

#[test]
fn what_a_macro_leaves_around_its_fragments_is_looked_through() {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

    let fragment =
        |text: &str| TokenStream::from(TokenTree::Group(Group::new(Delimiter::None, tokens(text))));
    let (attribute, visibility, ty, body) =
        (fragment("doc = \"Tidies.\""), fragment("pub (crate)"), fragment("Context"), fragment("{ }"));
    let limit = fragment("\"3s\"");
    let item = quote::quote!(#[#attribute] #visibility async fn tidy(cx: #ty) -> () #body);
    let expanded = expand::attribute(Attribute::Task, &quote::quote!(timeout = #limit), item).to_string();
    assert!(!expanded.contains("compile_error"), "{expanded}");
    assert!(expanded.contains("description : \"Tidies.\""), "{expanded}");
    assert!(expanded.contains("Duration :: new (3u64 , 0u32)"), "{expanded}");
}
