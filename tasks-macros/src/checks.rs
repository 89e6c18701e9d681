//! What the parts of an annotation say together, and with their function.

use proc_macro2::Span;
use quote::quote;
use syn::{ReturnType, Signature, Type, ext::IdentExt};
use tasks_options::{Attribute, SCHEDULES, Value};
use tasks_schedule::{check_divides_day, format_duration, name};

use crate::{
    attr::{Setting, Settings},
    errors::Errors,
    expand::Annotation,
    item::Sibling,
    signature,
};

/// Checks that the options fit each other.
pub(crate) fn combinations(attribute: Attribute, annotation: &Annotation<'_>, errors: &mut Errors) {
    let settings = &annotation.settings;
    if attribute == Attribute::Scheduled {
        schedule(annotation, errors);
    }
    running(attribute, settings, errors);
    never_reached("timeout", settings, errors);
    never_reached("deadline", settings, errors);
    service(settings, errors);
}

/// The policy of `restart`, by the name of its variant.
fn restart_policy(settings: &Settings) -> Option<&str> {
    let Some(Value::Parts(parts)) = &settings.get("restart")?.value else { return None };
    parts.iter().find_map(|(_, value)| match value {
        Value::Choice("RestartPolicy", variant) => Some(*variant),
        _ => None,
    })
}

/// Checks that a service is meant to go on.
fn service(settings: &Settings, errors: &mut Errors) {
    if let Some(Setting { key, value: Some(Value::Limit(Some(_))), .. }) = settings.get("stop_after")
        && restart_policy(settings) == Some("OnFailure")
    {
        let message = "`stop_after` asks the service to end, and under `restart = \"on-failure\"` it is not \
                       started again when it has ended well: write `restart = \"always\"`";
        errors.at(key.span(), message);
    }
}

/// Checks that `max_running` can be reached under `overlap`.
fn running(attribute: Attribute, settings: &Settings, errors: &mut Errors) {
    let Some(Setting { value: Some(Value::Count(most)), written, .. }) = settings.get("max_running") else {
        return;
    };
    let overlap = settings.get("overlap");
    let message = match overlap.map(|overlap| &overlap.value) {
        // What is wrong with it is said by then.
        Some(None) => return,
        Some(Some(Value::Counted(_, overlap))) => match (overlap.variant, overlap.number) {
            ("AllowUpTo", Some(allowed)) if *most > allowed => format!(
                "`overlap = \"allow({allowed})\"` lets at most {allowed} run at once, so `max_running = {most}` \
                 is never reached: write the smaller number, or leave one of them out"
            ),
            ("Skip" | "Queue" | "Replace", _) if *most > 1 => format!(
                "this `overlap` lets one run go on at a time, so `max_running = {most}` is never reached: write \
                 `overlap = \"allow\"`, or leave `max_running` out"
            ),
            _ => return,
        },
        _ if *most > 1 && restart_policy(settings).is_some_and(|policy| policy != "Never") => format!(
            "a service runs once at a time, so `max_running = {most}` is never reached: write \
             `overlap = \"allow\"` beside it"
        ),
        _ if attribute == Attribute::Scheduled && *most > 1 => format!(
            "a scheduled task skips a firing while it runs, so `max_running = {most}` is never reached: write \
             `overlap = \"allow\"` beside it"
        ),
        _ => return,
    };
    errors.over(written, message);
}

/// Checks that `stop_after` comes before a limit that ends the run.
fn never_reached(limit: &str, settings: &Settings, errors: &mut Errors) {
    if let Some(Setting { value: Some(Value::Limit(Some(stop))), written, .. }) = settings.get("stop_after")
        && let Some(Setting { value: Some(Value::Limit(Some(length))), .. }) = settings.get(limit)
        && stop >= length
    {
        let length = format_duration(*length);
        let message = format!("`stop_after` is never reached: `{limit}` ends the body after {length}");
        errors.over(written, message);
    }
}

fn schedule(annotation: &Annotation<'_>, errors: &mut Errors) {
    let settings = &annotation.settings;
    let mut schedules = settings.iter().filter(|setting| SCHEDULES.contains(&setting.row.key));
    let Some(first) = schedules.next() else {
        if !settings.incomplete {
            let message = "`#[scheduled]` needs one of `every`, `delay`, `cron` and `at`, as in \
                           `#[scheduled(every = \"5m\")]`; without a schedule use `#[task]`";
            match annotation.written {
                None => errors.at(Span::call_site(), message),
                Some(sibling) => errors.over(&sibling.tokens, message),
            }
        }
        return;
    };
    let mut alone = true;
    for second in schedules {
        alone = false;
        let message = format!(
            "`{}` and `{}` exclude each other: a task has one schedule",
            first.row.key, second.row.key
        );
        errors.at(second.key.span(), message);
    }
    // With two schedules nobody knows which one the rest belongs to.
    if !alone {
        return;
    }
    let kind = first.row.key;
    only_with("timezone", &["cron"], kind, settings, errors);
    only_with("initial_delay", &["every", "delay"], kind, settings, errors);
    only_with("align", &["every"], kind, settings, errors);
    if kind == "every" {
        aligned(first, settings, errors);
    }
    if let Some(misfire) = settings.get("misfire")
        && kind == "delay"
    {
        let message = "`misfire` has no meaning with `delay`, which never misfires: it counts from the end of the \
                       run before";
        errors.at(misfire.key.span(), message);
    }
}

/// Checks that a grid on the wall clock is the same on each day.
fn aligned(every: &Setting, settings: &Settings, errors: &mut Errors) {
    let Some(Setting { value: Some(Value::Bool(true)), .. }) = settings.get("align") else { return };
    if let Some(first) = settings.get("initial_delay") {
        let message = "`initial_delay` does not go with `align`: the wall clock says when it is due first";
        errors.at(first.key.span(), message);
    }
    if let Some(Value::Period(_, period)) = every.value
        && let Err(error) = check_divides_day(period)
    {
        errors.over(&every.written, format!("`align` puts the grid on the wall clock, and {error}"));
    }
}

fn only_with(key: &str, kinds: &[&str], kind: &str, settings: &Settings, errors: &mut Errors) {
    if let Some(setting) = settings.get(key)
        && !kinds.contains(&kind)
    {
        let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let hint = match (key, kind) {
            ("timezone", "at") => "; the instant has an offset of its own",
            ("align", "cron") => "; a cron expression stands on the wall clock anyway",
            ("align", "at") => "; an instant stands on the wall clock anyway",
            ("initial_delay", "cron" | "at") => "; the wall clock says when it is due first",
            _ => "",
        };
        let message = format!("`{key}` goes with {}, not with `{kind}`{hint}", kinds.join(" or "));
        errors.at(setting.key.span(), message);
    }
}

/// Checks that the options fit the function, and finds the name of each of its tasks.
pub(crate) fn names(
    annotations: &[Annotation<'_>],
    signature: &Signature,
    errors: &mut Errors,
) -> Vec<String> {
    let function = signature.ident.unraw().to_string();
    let mut names: Vec<String> = Vec::new();
    let mut checked = false;
    for annotation in annotations {
        let settings = &annotation.settings;
        let given = settings.name();
        // A name that is wrong, or a key that may be meant for it, is said by then.
        let known = given.is_some() || (settings.get("name").is_none() && !settings.incomplete);
        if given.is_none()
            && known
            && !std::mem::replace(&mut checked, true)
            && let Err(error) = name::check(&function)
        {
            let message = format!("{error}: give it another one with `name = \"…\"`");
            errors.at(signature.ident.span(), message);
        }
        let name = given.unwrap_or(&function).to_owned();
        if known && names.iter().any(|other| name::fold(other) == name::fold(&name)) {
            name_again(annotation, &name, names.len(), errors);
        }
        if let Some(Setting { value: Some(Value::Words(words)), written, .. }) = settings.get("after")
            && words.iter().any(|word| name::fold(word) == name::fold(&name))
        {
            errors.over(written, "a task cannot be `after` itself");
        }
        names.push(name);
    }
    names
}

/// Says that two tasks of one function would have one name.
fn name_again(annotation: &Annotation<'_>, name: &str, before: usize, errors: &mut Errors) {
    if let Some(given) = annotation.settings.get("name") {
        let message = format!("another task of this function is called `{name}`: each has a name of its own");
        errors.over(&given.written, message);
        return;
    }
    let Some(sibling) = annotation.written else { return };
    let arguments = sibling.arguments.to_string();
    let arguments = arguments.trim_end_matches([',', ' ']);
    let message = format!(
        "each `#[scheduled]` is a task of its own, and `{name}` is the name of another one: give this one a name, \
         such as `#[scheduled({arguments}, name = \"{name}-{}\")]`",
        before + 1
    );
    errors.over(&sibling.tokens, message);
}

/// Checks that the predicate of a retry has an error to look at.
pub(crate) fn predicate(settings: &Settings, signature: &Signature, errors: &mut Errors) {
    if let Some(on) = &settings.code.predicate
        && returns_nothing(signature)
    {
        let message = "`on` looks at the errors of the function, which returns none: return `Result<(), E>`";
        errors.over(quote!(#on), message);
    }
}

/// Checks that a task that takes a value never starts without one.
pub(crate) fn input(settings: &Settings, signature: &Signature, errors: &mut Errors) {
    if !signature::input::is_taken(signature) {
        return;
    }
    if let Some(Setting { key, .. }) = settings.get("restart")
        && restart_policy(settings).is_some_and(|policy| policy != "Never")
    {
        let message = "this task takes an `Input`, and a restart has none to give: leave `restart` out. With `retry` \
                       each attempt has a copy of it";
        errors.at(key.span(), message);
    }
    if let Some(Setting { value: Some(Value::Choice(_, "Boot")), written, .. }) = settings.get("start") {
        let message = "this task takes an `Input`, and the start of the program has none to give: leave `start` out, \
                       such a task starts when somebody calls `handle.spawn`";
        errors.over(written, message);
    }
}

/// Whether a function returns `()`, and so no error.
pub(crate) fn returns_nothing(signature: &Signature) -> bool {
    match &signature.output {
        ReturnType::Default => true,
        ReturnType::Type(_, returned) => matches!(&**returned, Type::Tuple(tuple) if tuple.elems.is_empty()),
    }
}

/// Checks that no attribute of ours stands on the function that excludes this one.
pub(crate) fn siblings(
    attribute: Attribute,
    arguments: &proc_macro2::TokenStream,
    siblings: &[Sibling],
    errors: &mut Errors,
) {
    for sibling in siblings {
        let message = match (attribute, sibling.attribute) {
            // Each is a task of its own.
            (Attribute::Scheduled, Attribute::Scheduled) => continue,
            (Attribute::Task, Attribute::Task) => "`#[task]` stands on this function twice".to_owned(),
            (first, _) => {
                let (task, scheduled) = match first {
                    Attribute::Task => (arguments, &sibling.arguments),
                    Attribute::Scheduled => (&sibling.arguments, arguments),
                };
                let both = [scheduled.to_string(), task.to_string(), "on_start = true".to_owned()];
                let both: Vec<&str> = both
                    .iter()
                    .map(|part| part.trim_end_matches([',', ' ']))
                    .filter(|part| !part.is_empty())
                    .collect();
                format!(
                    "`#[task]` and `#[scheduled]` exclude each other: a scheduled task can be triggered by hand as \
                     well, and `on_start` runs it when the program starts: `#[scheduled({})]`",
                    both.join(", ")
                )
            }
        };
        errors.over(&sibling.tokens, message);
    }
}
