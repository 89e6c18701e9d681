use std::sync::{Arc, Mutex};

use tracing::{Subscriber, span};

use super::*;
use crate::log::{
    fields::{Fields, Value},
    format::{Format, Record},
};

/// Lines made straight from an event, if they could be, and by way of values.
type Lines = Vec<(Option<String>, String)>;

/// Makes the line of each event in both ways.
#[derive(Clone, Default)]
struct Both(Arc<Mutex<Lines>>);

impl Subscriber for Both {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let at = "2026-07-25T04:05:06.000123Z".parse().unwrap();
        let mut direct = None;
        let is_whole = write(event, at, |line| direct = Some(line.to_owned()));
        assert_eq!(is_whole, direct.is_some());
        let mut fields = Fields::of_event();
        event.record(&mut fields);
        let message = match fields.take("message") {
            Some(Value::Text(message)) => message,
            _ => String::new(),
        };
        let (metadata, fields) = (event.metadata(), fields.iter().collect());
        let (level, target) = (*metadata.level(), metadata.target());
        let line = Format::Json.line(&Record { at, level, target, message: &message, fields });
        self.0.lock().unwrap().push((direct, line));
    }
}

fn lines(act: impl FnOnce()) -> Lines {
    let both = Both::default();
    tracing::subscriber::with_default(both.clone(), act);
    both.0.lock().unwrap().drain(..).collect()
}

/// Somebody's value that gives up while it is shown.
struct Rude;

impl fmt::Debug for Rude {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half")?;
        Err(fmt::Error)
    }
}

#[test]
fn it_is_the_same_line_as_by_way_of_values() {
    let error = tasks_core::Fatal::new(std::io::Error::other("disk \"on\" fire"));
    let error = &error as &(dyn Error + 'static);
    let hostile = "a\nb\u{1b}[31m\u{9b}\u{202e}\u{e0041}\"\\é漢";
    let seen = lines(|| {
        tracing::info!("plain");
        tracing::warn!(target: "tasks", text = "x", none = None::<u64>, some = Some(3_u64), "with {}", hostile);
        tracing::error!(hostile, debug = ?hostile, display = %hostile, error);
        tracing::info!(r#type = "t", level = "mine", timestamp = 1, truncated = true, "own keys");
        tracing::debug!(
            a = u64::MAX,
            b = i64::MIN,
            c = -1,
            d = 0,
            e = 0.5,
            f = f64::NAN,
            g = f64::MAX,
            h = false
        );
        tracing::trace!(message = 5, left = "out");
        tracing::info!(rude = ?Rude, after = 1, "rude");
        tracing::info!("{:?}", Rude);
    });
    assert_eq!(seen.len(), 8);
    for (direct, by_values) in seen {
        assert_eq!(direct.as_ref(), Some(&by_values));
    }
}

#[test]
fn a_name_that_comes_twice_is_left_to_the_other_way() {
    let seen = lines(|| tracing::info!(x = 1, r#x = 2, "m"));
    assert_eq!(seen[0].0, None);
    assert!(seen[0].1.ends_with("\"x\":2}\n"), "{}", seen[0].1);
    let seen = lines(|| tracing::info!(x = 1, "what follows is as ever"));
    assert_eq!(seen[0].0.as_ref(), Some(&seen[0].1));
}

#[test]
fn more_callsites_than_are_kept_have_their_own_lines_each_time() {
    macro_rules! each {
        ($($name:ident)*) => {
            for turn in 0..3 {
                $(tracing::info!(target: stringify!($name), $name = turn, other = "o", "m {turn}");)*
            }
        };
    }
    let seen = lines(|| each!(a b c d e f g h i j k l m n o p q r s t));
    assert_eq!(seen.len(), 60);
    for (direct, by_values) in seen {
        assert_eq!(direct.as_ref(), Some(&by_values));
    }
}

#[test]
fn what_does_not_fit_into_a_line_is_left_to_the_other_way() {
    for long in ["x".repeat(MAX_LINE), "\u{1b}".repeat(MAX_LINE / 6), "é".repeat(MAX_LINE)] {
        let seen = lines(|| {
            tracing::info!(long, "m");
            tracing::info!("{long}");
            tracing::info!(half = &long[..long.len() / 2], other = %&long[..long.len() / 2], "m");
        });
        for (direct, by_values) in seen {
            assert_eq!(direct, None, "{}", by_values.len());
        }
    }
    // The longest that fits.
    let room = |seen: &[(Option<String>, String)]| MAX_LINE - seen[0].1.len();
    let room = room(&lines(|| tracing::info!(x = "", "m")));
    let seen = lines(|| {
        tracing::info!(x = "x".repeat(room), "m");
        tracing::info!(x = "x".repeat(room + 1), "m");
    });
    assert_eq!(seen[0].0.as_ref(), Some(&seen[0].1));
    assert_eq!((seen[0].1.len(), seen[1].0.as_ref()), (MAX_LINE, None));
}

#[test]
fn an_instant_is_written_as_it_shows_itself() {
    let mut kept = None;
    for second in [0, 1, -1, 59, 1_700_000_000, 1_700_000_000, 253_402_207_200, -62_135_596_800] {
        for nanos in [0, 1, 999, 1000, 123_456_789, 999_999_999] {
            for nanos in [nanos, -nanos] {
                let Ok(at) = Timestamp::new(second, nanos) else { continue };
                let mut line = String::new();
                push_instant(&mut line, at, &mut kept);
                assert_eq!(line, format!("{at:.6}"));
            }
        }
    }
}
