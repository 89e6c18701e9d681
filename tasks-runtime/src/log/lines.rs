//! The subscriber: every event that passes the filter becomes a line.

use std::cell::Cell;

use jiff::Timestamp;
use tracing::{
    Event, Level, Metadata, Subscriber,
    level_filters::LevelFilter,
    span::{Attributes, Id, Record as SpanRecord},
    subscriber::Interest,
};
use tracing_core::span::Current;

use super::{
    fields::{Fields, Value},
    filter::Filter,
    format::{Format, Record, direct},
    kept::Kept,
    spans::{self, Spans},
};
use crate::list::IntoList as _;

/// Hands each line to `write`.
pub(super) struct Lines<W> {
    format: Format,
    filter: Filter,
    spans: Spans,
    write: W,
}

thread_local! {
    /// What a span records, before it is kept.
    static RECORDED: Cell<Kept> = const { Cell::new(Kept::new()) };
}

/// Calls `keep` with what was recorded. Values are shown by foreign code, so no lock is held meanwhile.
fn recorded<R>(record: impl FnOnce(&mut Kept), keep: impl FnOnce(&Kept) -> R) -> R {
    // Taken, not borrowed: to show a value may open a span. At the end of a thread there is none.
    let mut fields = RECORDED.try_with(Cell::take).unwrap_or_default();
    record(&mut fields);
    let kept = keep(&fields);
    fields.clear();
    let _ = RECORDED.try_with(|recorded| recorded.set(fields));
    kept
}

impl<W: Fn(&str)> Lines<W> {
    pub(super) fn new(format: Format, filter: Filter, write: W) -> Self {
        Self { format, filter, spans: Spans::default(), write }
    }

    /// The line of an event that stands in a span, or that is not written straight from its fields.
    fn by_values(&self, event: &Event<'_>, at: Timestamp, span: Option<Id>) {
        let mut fields = Fields::of_event();
        event.record(&mut fields);
        let message = match fields.take("message") {
            Some(Value::Text(message)) => message,
            _ => String::new(),
        };
        if let Some(span) = span {
            // From the event's span outwards: what is nearer to the event wins.
            self.spans.outwards(span, |outer| fields.add_missing(outer));
        }
        let metadata = event.metadata();
        (self.write)(&self.format.line(&Record {
            at,
            level: *metadata.level(),
            target: metadata.target(),
            message: &message,
            fields: fields.iter().into_list(),
        }));
    }
}

impl<W: Fn(&str) + Send + Sync + 'static> Subscriber for Lines<W> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.filter.lets_through(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.filter.lets_through(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.filter.most())
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let parent =
            if attributes.is_contextual() { spans::innermost() } else { attributes.parent().cloned() };
        recorded(
            |fields| attributes.record(fields),
            |fields| self.spans.open(attributes.metadata(), parent, fields),
        )
    }

    fn record(&self, id: &Id, values: &SpanRecord<'_>) {
        recorded(|fields| values.record(fields), |fields| self.spans.record(id, fields));
    }

    /// What follows from what is shown on no line.
    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let at = Timestamp::now();
        let span = if event.is_contextual() { spans::innermost() } else { event.parent().cloned() };
        // Nothing of a span is added, so its fields need not be values first.
        let is_alone = span.is_none() && self.format == Format::Json;
        if !is_alone || !direct::write(event, at, &self.write) {
            self.by_values(event, at, span);
        }
    }

    fn enter(&self, id: &Id) {
        spans::enter(id);
    }

    fn exit(&self, id: &Id) {
        spans::leave(id);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.spans.hold(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        self.spans.let_go(&id)
    }

    fn current_span(&self) -> Current {
        let known = spans::innermost().and_then(|id| Some((self.spans.metadata(&id)?, id)));
        known.map_or_else(Current::none, |(metadata, id)| Current::new(id, metadata))
    }
}

/// The line that says how many lines the writer had to drop.
pub(super) fn dropped_line(format: Format, dropped: u64) -> String {
    let (event, count) = (Value::Text("log_dropped".to_owned()), Value::Unsigned(dropped));
    format.line(&Record {
        at: Timestamp::now(),
        level: Level::WARN,
        target: "tasks",
        message: "log lines were dropped, because nobody read them fast enough",
        fields: vec![("event", &event), ("count", &count)],
    })
}
