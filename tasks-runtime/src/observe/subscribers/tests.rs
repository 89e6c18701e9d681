//! Readers of all kinds.

use std::thread;

use tasks_core::RunId;

use super::*;
use crate::clock::{Mono, Now};

fn event(number: u64) -> Event {
    Event::new(EventKind::Idle, Now { mono: Mono(number), wall: jiff::Timestamp::UNIX_EPOCH })
}

fn last() -> Event {
    let kind = EventKind::ShutdownEnded { clean: true, cut: vec![], took: std::time::Duration::ZERO };
    Event::new(kind, Now { mono: Mono(0), wall: jiff::Timestamp::UNIX_EPOCH })
}

/// Takes what is there now.
fn now(events: &mut Events) -> Poll<Option<Result<u64, Missed>>> {
    let next = events.poll_recv(&mut Context::from_waker(Waker::noop()));
    next.map(|next| next.map(|next| next.map(|event| event.mono.0)))
}

#[test]
fn a_reader_is_told_what_comes_after_it_subscribed() {
    let subscribers = Arc::new(Subscribers::default());
    subscribers.tell(event(1));
    let mut events = subscribers.subscribe();
    assert_eq!(now(&mut events), Poll::Pending);
    subscribers.tell(event(2));
    subscribers.tell(event(3));
    assert_eq!(now(&mut events), Poll::Ready(Some(Ok(2))));
    assert_eq!(now(&mut events), Poll::Ready(Some(Ok(3))));
    assert_eq!(now(&mut events), Poll::Pending);
}

#[test]
fn a_slow_reader_keeps_the_newest_and_is_told_how_many_it_missed() {
    let subscribers = Arc::new(Subscribers::default());
    let (mut slow, mut quick) = (subscribers.subscribe(), subscribers.subscribe());
    let more = 10;
    for number in 0..KEPT as u64 + more {
        subscribers.tell(event(number));
        assert_eq!(now(&mut quick), Poll::Ready(Some(Ok(number))));
    }
    assert_eq!(slow.ring.kept().events.len(), KEPT, "the ring is bounded");
    assert_eq!(now(&mut slow), Poll::Ready(Some(Err(Missed { count: more }))));
    for number in more..KEPT as u64 + more {
        assert_eq!(now(&mut slow), Poll::Ready(Some(Ok(number))));
    }
    assert_eq!(now(&mut slow), Poll::Pending);
}

#[test]
fn nothing_is_told_after_the_last_event_and_the_stream_ends() {
    let subscribers = Arc::new(Subscribers::default());
    let mut events = subscribers.subscribe();
    subscribers.tell(last());
    subscribers.tell(event(7));
    assert_eq!(now(&mut events), Poll::Ready(Some(Ok(0))));
    assert_eq!(now(&mut events), Poll::Ready(None));
    assert_eq!(now(&mut events), Poll::Ready(None));
    assert_eq!(now(&mut subscribers.subscribe()), Poll::Ready(None));
}

#[test]
fn a_program_that_is_gone_ends_the_stream() {
    let mut observers = super::super::Observers::default();
    observers.add(|_: &Event| {});
    let mut events = observers.subscribers().subscribe();
    drop(observers);
    assert_eq!(now(&mut events), Poll::Ready(None));
}

#[test]
fn a_dropped_reader_leaves_nothing_behind() {
    let subscribers = Arc::new(Subscribers::default());
    let (first, second) = (subscribers.subscribe(), subscribers.subscribe());
    subscribers.tell(event(1));
    let ring = Arc::downgrade(&first.ring);
    drop(first);
    assert!(ring.upgrade().is_none());
    assert!(subscribers.is_anybody.load(Ordering::Acquire));
    drop(second);
    assert!(!subscribers.is_anybody.load(Ordering::Acquire));
    assert_eq!(subscribers.list().rings.capacity(), 0);
}

#[tokio::test]
async fn nothing_is_lost_between_threads_but_what_is_counted() {
    const EACH: u64 = 20_000;
    const THREADS: u64 = 4;
    let subscribers = Arc::new(Subscribers::default());
    let mut events = subscribers.subscribe();
    let tellers: Vec<_> = (0..THREADS)
        .map(|teller| {
            let subscribers = Arc::clone(&subscribers);
            thread::spawn(move || {
                (0..EACH).for_each(|number| subscribers.tell(event(teller * EACH + number)));
            })
        })
        .collect();
    let teller = {
        let subscribers = Arc::clone(&subscribers);
        thread::spawn(move || {
            tellers.into_iter().for_each(|teller| teller.join().unwrap());
            subscribers.tell(last());
        })
    };
    let (mut told, mut missed, mut latest) = (0, 0, [None; THREADS as usize]);
    while let Some(next) = events.recv().await {
        match next {
            Ok(event) if event.name() == "idle" => {
                told += 1;
                let (teller, number) = (event.mono.0 / EACH, event.mono.0 % EACH);
                let latest = &mut latest[teller as usize];
                assert!(latest.is_none_or(|latest| latest < number), "in the order of each thread");
                *latest = Some(number);
            }
            Ok(event) => assert_eq!((event.name(), event.run()), ("shutdown_ended", None::<RunId>)),
            Err(Missed { count }) => missed += count,
        }
    }
    teller.join().unwrap();
    assert_eq!(told + missed, EACH * THREADS);
}
