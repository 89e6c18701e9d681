//! The layer that turns an event and its spans into a line.

use jiff::Timestamp;
use tracing::{
    Event, Level, Subscriber,
    span::{Attributes, Id, Record as SpanRecord},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
    registry::{LookupSpan, Registry},
};

use super::{
    fields::{Fields, Value},
    format::{Format, Record, direct},
    settings::Settings,
};
use crate::list::IntoList as _;

/// Hands each line to `write`.
pub(super) struct Lines<W> {
    format: Format,
    write: W,
}

/// The whole subscriber: the filter, and every event that passes it as a line.
pub(super) fn subscriber(
    settings: &Settings,
    write: impl Fn(&str) + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    Registry::default().with(settings.filter.clone()).with(Lines { format: settings.format, write })
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: Fn(&str) + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        if let Some(span) = cx.span(id) {
            let mut fields = Fields::with_room(attributes.metadata().fields().len());
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &SpanRecord<'_>, cx: Context<'_, S>) {
        if let Some(span) = cx.span(id) {
            // Values are formatted by foreign code, so not while the span is locked.
            let mut new = Fields::default();
            values.record(&mut new);
            if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
                fields.merge(new);
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let at = Timestamp::now();
        let scope = cx.event_scope(event);
        // Nothing of a span is added, so its fields need not be values first.
        let is_alone = scope.is_none() && self.format == Format::Json;
        if is_alone && direct::write(event, at, &self.write) {
            return;
        }
        let mut fields = Fields::of_event();
        event.record(&mut fields);
        let message = match fields.take("message") {
            Some(Value::Text(message)) => message,
            _ => String::new(),
        };
        // From the event's span outwards: what is nearer to the event wins.
        for span in scope.into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.add_missing(outer);
            }
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
