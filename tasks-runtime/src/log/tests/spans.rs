//! What lines say of the spans around their events.

use tracing::{Span, debug_span, field::Empty};

use super::*;

/// What each line says of a key.
fn values(lines: &[Map<String, Json>], key: &str) -> Vec<Option<Json>> {
    lines.iter().map(|line| line.get(key).cloned()).collect()
}

#[test]
fn a_span_that_others_stand_in_is_there_as_long_as_they_are() {
    let lines = json(|| {
        let outer = info_span!("outer", a = 1);
        let inner = outer.in_scope(|| info_span!("inner", b = "two"));
        let twin = inner.clone();
        drop((outer, inner));
        twin.in_scope(|| info!("inside"));
        let current = twin.in_scope(Span::current);
        drop(twin);
        std::thread::scope(|scope| {
            let dispatch = tracing::dispatcher::get_default(Clone::clone);
            scope.spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || current.in_scope(|| info!("elsewhere")));
            });
        });
        info!("outside");
    });
    assert_eq!(values(&lines, "a"), [Some(1.into()), Some(1.into()), None]);
    assert_eq!(values(&lines, "b"), [Some("two".into()), Some("two".into()), None]);
}

#[test]
fn a_place_that_a_span_has_left_says_nothing_of_it() {
    let lines = json(|| {
        for turn in 0..600 {
            let spans = [info_span!("one", turn, first = "x", late = Empty), info_span!("two", second = "y")];
            if turn % 2 == 0 {
                spans[0].record("late", "z");
            }
            spans[0].in_scope(|| info!("in one"));
            spans[1].in_scope(|| info!("in two"));
        }
    });
    for (turn, lines) in lines.chunks(2).enumerate() {
        let late = (turn % 2 == 0).then(|| "z".into());
        assert_eq!(values(lines, "turn"), [Some(turn.into()), None]);
        assert_eq!(values(lines, "late"), [late, None]);
        assert_eq!(values(lines, "first"), [Some("x".into()), None]);
        assert_eq!(values(lines, "second"), [None, Some("y".into())]);
    }
}

#[test]
fn a_thread_leaves_spans_in_any_order_and_enters_one_twice() {
    let lines = json(|| {
        let (one, two) = (info_span!("one", at = 1), info_span!("two", at = 2));
        let outer = one.enter();
        let inner = two.enter();
        let again = one.enter();
        info!("one is around two still");
        drop(inner);
        info!("two is left");
        drop((outer, again));
        info!("both are left");
    });
    assert_eq!(values(&lines, "at"), [Some(2.into()), Some(1.into()), None]);
}

#[test]
fn a_span_says_itself_where_it_stands() {
    let lines = json(|| {
        let (one, two) = (info_span!("one", one = true), info_span!("two", two = true));
        let _entered = one.enter();
        info_span!(parent: &two, "three").in_scope(|| info!("in two"));
        info_span!(parent: None, "four").in_scope(|| info!("in none"));
        info!(parent: &two, "in two again");
        info!(parent: None, "in none again");
        debug_span!("five", one = false).in_scope(|| info!("in one, for the other is not let through"));
    });
    assert_eq!(values(&lines, "one"), [None, None, None, None, Some(true.into())]);
    assert_eq!(values(&lines, "two"), [Some(true.into()), None, Some(true.into()), None, None]);
}

#[test]
fn what_is_recorded_later_replaces_what_was_there_however_often() {
    let lines = json(|| {
        let span = info_span!("span", before = "b", state = "new", count = 0, after = "a");
        for count in 0..5000 {
            span.record("state", format!("state {count}"));
            span.record("count", count);
        }
        span.in_scope(|| info!("done"));
    });
    let line = &lines[0];
    assert_eq!((&line["state"], &line["count"]), (&Json::from("state 4999"), &Json::from(4999)));
    assert_eq!((&line["before"], &line["after"]), (&Json::from("b"), &Json::from("a")));
}

/// Its text is made while a span is opened, and opens spans and logs itself.
struct Talkative;

impl std::fmt::Debug for Talkative {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let span = info_span!("meanwhile", inner = "i");
        span.in_scope(|| info!("meanwhile"));
        f.write_str("said")
    }
}

#[test]
fn a_value_may_log_while_it_is_recorded() {
    let lines = json(|| {
        let span = info_span!("span", first = "f", value = ?Talkative, last = Empty);
        span.record("last", tracing::field::debug(Talkative));
        span.in_scope(|| info!("after"));
    });
    // Whether what it logs becomes a line itself is for `tracing` to decide.
    let line = lines.last().unwrap();
    assert_eq!((&line["message"], &line["first"]), (&Json::from("after"), &Json::from("f")));
    assert_eq!((&line["value"], &line["last"]), (&Json::from("said"), &Json::from("said")));
    assert!(!line.contains_key("inner"));
}
