//! Observers that do what foreign code does.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use super::*;
use crate::{
    clock::{Mono, Now},
    event::EventKind,
};

/// Counts the warnings of target `tasks`.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        if event.metadata().target() == "tasks" && *event.metadata().level() == tracing::Level::WARN {
            self.0.fetch_add(1, SeqCst);
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn an_observer_that_panics_is_told_again_and_logged_once() {
    let told = Arc::new(AtomicUsize::new(0));
    let after = Arc::new(Mutex::new(Vec::new()));
    let mut observers = Observers::default();
    observers.add({
        let told = Arc::clone(&told);
        move |_: &Event| {
            told.fetch_add(1, SeqCst);
            panic!("observed");
        }
    });
    observers.add({
        let after = Arc::clone(&after);
        move |event: &Event| after.lock().unwrap().push(event.name())
    });
    let warnings = Warnings::default();
    tracing::subscriber::with_default(warnings.clone(), || {
        for _ in 0..3 {
            let now = Now { mono: Mono(0), wall: jiff::Timestamp::UNIX_EPOCH };
            observers.tell(Event::new(EventKind::Idle, now), EarlierHook::Skipped);
        }
    });
    assert_eq!(told.load(SeqCst), 3);
    assert_eq!(*after.lock().unwrap(), ["idle"; 3]);
    assert_eq!(warnings.0.load(SeqCst), 1);
}
