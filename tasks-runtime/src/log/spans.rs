//! The spans that are open, and which of them each thread is in.
//!
//! A place that a span has left is taken by the next one, with the memory of
//! its fields, so a span costs no allocation once as many have been open.

use std::{
    cell::{Cell, RefCell},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tracing::{Id, Metadata};

use super::kept::Kept;

/// Threads open their spans in different shards, as long as there are not more.
const SHARDS: usize = 16;
/// Places in one piece of memory, so that none is ever moved.
const PIECE: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Spans {
    shards: [Shard; SHARDS],
}

/// Locks of different threads do not lie side by side.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Shard(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    pieces: Vec<Vec<Place>>,
    /// How many places there are.
    count: u32,
    /// The one that was left last, if any was.
    free: Option<u32>,
}

#[derive(Debug)]
struct Place {
    /// Of whom it is: an id that is over means nobody.
    turn: u32,
    /// How often it is held; 0 if it is free.
    held: u32,
    metadata: &'static Metadata<'static>,
    parent: Option<Id>,
    fields: Kept,
    /// The one that was left before it, as long as it is free.
    next_free: Option<u32>,
}

/// An id is its shard in 4 bits, its place in 32, and the turn of the place.
const TURNS: u32 = u32::MAX >> 4;

fn id_of(shard: usize, place: u32, turn: u32) -> Id {
    Id::from_u64(u64::from(turn) << 36 | u64::from(place) << 4 | shard as u64)
}

fn parts_of(id: &Id) -> (usize, u32, u32) {
    let id = id.into_u64();
    ((id as usize) % SHARDS, (id >> 4) as u32, (id >> 36) as u32)
}

impl Places {
    fn get(&mut self, place: u32) -> Option<&mut Place> {
        self.pieces.get_mut(place as usize / PIECE)?.get_mut(place as usize % PIECE)
    }

    /// The place of a span that is open.
    fn open(&mut self, place: u32, turn: u32) -> Option<&mut Place> {
        self.get(place).filter(|place| place.turn == turn && place.held > 0)
    }

    /// The number of a free place.
    fn free_place(&mut self, metadata: &'static Metadata<'static>) -> u32 {
        if let Some(number) = self.free {
            self.free = self.get(number).and_then(|place| place.next_free.take());
            return number;
        }
        let number = self.count;
        if (number as usize).is_multiple_of(PIECE) {
            self.pieces.push(Vec::with_capacity(PIECE));
        }
        let empty = Place { turn: 1, held: 0, metadata, parent: None, fields: Kept::new(), next_free: None };
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(empty);
        }
        self.count += 1;
        number
    }

    /// Lets go of a span once. Returns what it leaves behind if it is over: its parent, if it has one.
    fn let_go(&mut self, number: u32, turn: u32) -> Option<Option<Id>> {
        let free = self.free;
        let place = self.open(number, turn)?;
        place.held -= 1;
        if place.held > 0 {
            return None;
        }
        place.turn = place.turn % TURNS + 1;
        place.fields.clear();
        place.next_free = free;
        let parent = place.parent.take();
        self.free = Some(number);
        Some(parent)
    }
}

impl Spans {
    fn lock(&self, shard: usize) -> MutexGuard<'_, Places> {
        self.shards[shard].0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<R>(&self, id: &Id, act: impl FnOnce(&mut Place) -> R) -> Option<R> {
        let (shard, place, turn) = parts_of(id);
        self.lock(shard).open(place, turn).map(act)
    }

    /// Opens a span, which holds its parent.
    pub(super) fn open(&self, metadata: &'static Metadata<'static>, parent: Option<Id>, fields: &Kept) -> Id {
        let parent = parent.filter(|parent| self.hold(parent));
        let shard = SHARD.try_with(Cell::get).unwrap_or_default();
        let mut places = self.lock(shard);
        let number = places.free_place(metadata);
        let Some(place) = places.get(number) else { unreachable!("a free place is there") };
        (place.held, place.metadata, place.parent) = (1, metadata, parent);
        place.fields.begin(fields, metadata.fields().len());
        id_of(shard, number, place.turn)
    }

    /// Takes what was recorded later.
    pub(super) fn record(&self, id: &Id, fields: &Kept) {
        self.with(id, |place| place.fields.merge(fields));
    }

    /// Holds a span once more. Returns whether it is open.
    pub(super) fn hold(&self, id: &Id) -> bool {
        self.with(id, |place| place.held += 1).is_some()
    }

    /// Lets go of a span once. Returns whether it is over.
    pub(super) fn let_go(&self, id: &Id) -> bool {
        let one = |id: &Id| {
            let (shard, place, turn) = parts_of(id);
            self.lock(shard).let_go(place, turn)
        };
        let Some(mut parent) = one(id) else { return false };
        // A span that is over lets go of its parent.
        while let Some(outer) = parent {
            parent = one(&outer).flatten();
        }
        true
    }

    pub(super) fn metadata(&self, id: &Id) -> Option<&'static Metadata<'static>> {
        self.with(id, |place| place.metadata)
    }

    /// Shows the fields of a span and of those around it, from the inside out.
    pub(super) fn outwards(&self, id: Id, mut show: impl FnMut(&Kept)) {
        let mut next = Some(id);
        while let Some(id) = next {
            next = self
                .with(&id, |place| {
                    show(&place.fields);
                    place.parent.clone()
                })
                .flatten();
        }
    }
}

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SHARD: Cell<usize> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS);
    /// The spans that this thread is in, the innermost last, and whether it was in it already.
    static ENTERED: RefCell<Vec<(Id, bool)>> = const { RefCell::new(Vec::new()) };
}

/// This thread enters a span.
pub(super) fn enter(id: &Id) {
    // At the end of a thread there is nothing to remember it in.
    let _ = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let again = entered.iter().any(|(known, _)| known == id);
        entered.push((id.clone(), again));
    });
}

/// This thread leaves a span, perhaps not the innermost.
pub(super) fn leave(id: &Id) {
    let _ = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        if let Some(at) = entered.iter().rposition(|(known, _)| known == id) {
            entered.remove(at);
        }
    });
}

/// The innermost span that this thread is in.
pub(super) fn innermost() -> Option<Id> {
    let innermost = |entered: &RefCell<Vec<(Id, bool)>>| {
        let entered = entered.borrow();
        entered.iter().rfind(|(_, again)| !again).map(|(id, _)| id.clone())
    };
    ENTERED.try_with(innermost).ok().flatten()
}
