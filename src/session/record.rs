//! What the store keeps of a session.
//!
//! # Orderings
//!
//! Those of the word are in `word.rs`, those of the id in `id/cell.rs`. The rest is relaxed. `row`
//! is written and read under the store's lock alone, which orders it. `touched` guards no other
//! data: all that matters is which of two swaps came first, and that is one order for all threads.
//! The load before a swap saves the write where the flag is up already, and it never comes down.

use super::cold::Cold;
use super::context::Context;
use super::label::Label;
use super::names::Names;
use super::word::{Seen, SessionWord};
use crate::end::{EndReason, Tombstone};
use crate::id::{IdCell, SessionId, Track, TrackId};
use crate::sync::{Arc, AtomicBool, AtomicU32, Mutex, MutexGuard, Ordering};
use crate::tick::{PackedTick, Tick};
use crate::timeouts::{Deadlines, Timeouts};

/// The rarely used part of a session, once there is one.
pub(crate) type MaybeCold<T> = Option<Box<Cold<Arc<Record<T>>>>>;

/// One session. Its word changes without a lock; the row and the id change under the store's lock.
///
/// In this order, so that what a lookup needs is together, and next to it what an eviction needs:
/// at a million sessions each line of the cache that is not read counts.
#[repr(C)]
pub(crate) struct Record<T> {
    pub(crate) word: SessionWord,
    id: IdCell,
    pub(crate) deadlines: Deadlines,
    row: AtomicU32,
    created: PackedTick,
    touched: AtomicBool,
    /// Pinned, and privileged.
    flags: u8,
    cold: Mutex<MaybeCold<T>>,
    pub(crate) names: Names<Arc<Label>>,
    /// The creation number: the order of sessions that were last active on the same tick.
    pub(crate) number: u64,
    pub(crate) context: Arc<Context>,
    pub(crate) data: T,
}

const PINNED: u8 = 1;
const PRIVILEGED: u8 = 1 << 1;

/// What is known of a session before it has a place.
pub(crate) struct NewRecord<T> {
    pub(crate) id: SessionId,
    pub(crate) pinned: bool,
    pub(crate) privileged: bool,
    pub(crate) context: Arc<Context>,
    pub(crate) data: T,
}

/// What is known of it under the store's lock only.
pub(crate) struct Begun {
    pub(crate) number: u64,
    pub(crate) created: Tick,
    pub(crate) deadlines: Deadlines,
    pub(crate) names: Names<Arc<Label>>,
}

impl<T> Record<T> {
    /// A record that is yet to [begin](Record::begin).
    pub(super) fn new(new: NewRecord<T>) -> Self {
        let NewRecord { id, pinned, privileged, context, data } = new;
        Self {
            word: SessionWord::new(Tick::ZERO),
            number: 0,
            id: IdCell::new(id),
            created: PackedTick::new(Tick::ZERO),
            deadlines: Deadlines::new(Timeouts::none(), Tick::ZERO),
            names: Names::default(),
            context,
            cold: Mutex::new(None),
            row: AtomicU32::new(0),
            touched: AtomicBool::new(false),
            flags: (u8::from(pinned) * PINNED) | (u8::from(privileged) * PRIVILEGED),
            data,
        }
    }

    /// Makes a session of a record that no other thread has yet.
    pub(super) fn begin(&mut self, begun: Begun) {
        let Begun { number, created, deadlines, names } = begun;
        self.word = SessionWord::new(created);
        self.created = PackedTick::new(created);
        (self.number, self.deadlines, self.names) = (number, deadlines, names);
    }

    pub(crate) fn created(&self) -> Tick {
        self.created.get()
    }

    pub(crate) fn pinned(&self) -> bool {
        self.flags & PINNED != 0
    }

    pub(crate) fn privileged(&self) -> bool {
        self.flags & PRIVILEGED != 0
    }

    /// Where the store's lists have it. Means something under the store's lock only.
    pub(crate) fn row(&self) -> usize {
        self.row.load(Ordering::Relaxed) as usize
    }

    pub(crate) fn set_row(&self, row: u32) {
        self.row.store(row, Ordering::Relaxed);
    }

    /// The id as the directory knows it, which holds the record only while the id stands still.
    pub(crate) fn key(&self) -> SessionId {
        self.id.load()
    }

    /// The halves of the key.
    pub(crate) fn key_halves(&self) -> [u64; 2] {
        self.id.halves()
    }

    pub(crate) fn id(&self) -> SessionId {
        let _cold = self.cold.lock();
        self.id.load()
    }

    fn first_id(&self) -> SessionId {
        let cold = self.cold.lock();
        cold.as_ref().and_then(|cold| cold.first_id).unwrap_or_else(|| self.id.load())
    }

    pub(crate) fn track_id(&self) -> TrackId {
        self.context.salt.track_id(self.first_id())
    }

    /// The track id, computed when it is first read.
    pub(crate) fn track(&self) -> Track {
        Track::new(&self.context.salt, self.first_id())
    }

    /// Gives the session another id. Inside [`with_cold`](Record::with_cold), where the first id is
    /// kept; and the directory must not hold the record meanwhile.
    pub(crate) fn set_id(&self, id: SessionId) {
        self.id.store(id);
    }

    /// Runs crate code on the rare part of the session, under the session's own lock.
    pub(crate) fn with_cold<R>(&self, code: impl FnOnce(&mut Cold<Arc<Self>>) -> R) -> R {
        code(self.cold.lock().get_or_insert_default())
    }

    /// How it ended. Waits for a thread that is ending it this moment.
    pub(crate) fn tombstone(&self) -> Option<Tombstone> {
        if self.word.load().ended() {
            self.cold.lock().as_ref().and_then(|cold| cold.tombstone)
        } else {
            None
        }
    }

    /// Why it has expired by `now`, if it has.
    pub(crate) fn expired(&self, seen: Seen, now: Tick) -> Option<EndReason> {
        self.deadlines.expired(seen.last_active(), seen.in_use(), now)
    }

    /// Counts the session as touched, the first time.
    pub(crate) fn note_touched(&self) {
        if !self.touched.load(Ordering::Relaxed) && !self.touched.swap(true, Ordering::Relaxed) {
            self.names.iter().for_each(|label| label.count_touched());
        }
    }

    /// Takes back what [`note_touched`](Record::note_touched) counted, under the store's lock. The
    /// first to swap decides: a first touch that comes after this is not counted any more.
    pub(crate) fn forget_touched(&self) {
        if self.touched.swap(true, Ordering::Relaxed) {
            self.names.iter().for_each(|label| label.count_gone());
        }
    }

    /// The rare part of the session, under the session's own lock.
    pub(crate) fn lock_cold(&self) -> MutexGuard<'_, MaybeCold<T>> {
        self.cold.lock()
    }
}
