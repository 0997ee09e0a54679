//! What the store keeps of a session.
//!
//! # Orderings
//!
//! Those of the word are in `word.rs`, those of the id in `id/cell.rs`, those of the terms in
//! `terms.rs`. `row` is relaxed: it is written and read under the store's lock alone, which orders
//! it.

use super::cold::Cold;
use super::context::Context;
use super::label::Label;
use super::names::Names;
use super::terms::Terms;
use super::word::{Seen, SessionWord};
use crate::end::{EndReason, Tombstone};
use crate::id::{IdCell, Origin, SessionId, Track, TrackId};
use crate::sync::{Arc, AtomicU32, Mutex, MutexGuard, Ordering};
use crate::tick::{Packed48, Tick};
use crate::timeouts::Deadlines;

/// The rarely used part of a session, once there is one.
pub(crate) type MaybeCold<T> = Option<Box<Cold<Arc<Record<T>>>>>;

/// One session. Its word changes without a lock; the row, the id and the deadlines change under the
/// store's lock.
///
/// In this order, so that what a lookup needs is together, and next to it what an eviction needs:
/// at a million sessions each line of the cache that is not read counts.
#[repr(C)]
pub(crate) struct Record<T> {
    pub(crate) word: SessionWord,
    id: IdCell,
    terms: Terms,
    row: AtomicU32,
    created: Packed48,
    number: Packed48,
    cold: Mutex<MaybeCold<T>>,
    pub(crate) names: Names<Arc<Label>>,
    pub(crate) context: Arc<Context>,
    pub(crate) data: T,
}

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
    pub(crate) last_active: Tick,
    pub(crate) deadlines: Deadlines,
    pub(crate) names: Names<Arc<Label>>,
}

impl<T> Record<T> {
    /// A record that is yet to [begin](Record::begin).
    pub(super) fn new(new: NewRecord<T>) -> Self {
        let NewRecord { id, pinned, privileged, context, data } = new;
        Self {
            word: SessionWord::new(Tick::ZERO),
            number: Packed48::new(0),
            id: IdCell::new(id),
            created: Packed48::new(0),
            terms: Terms::new(pinned, privileged),
            names: Names::default(),
            context,
            cold: Mutex::new(None),
            row: AtomicU32::new(0),
            data,
        }
    }

    /// Makes a session of a record that no other thread has yet.
    pub(super) fn begin(&mut self, begun: Begun) {
        let Begun { number, created, last_active, deadlines, names } = begun;
        self.word = SessionWord::new(last_active);
        self.created = Packed48::new(created.as_micros());
        self.number = Packed48::new(number);
        self.terms = self.terms.with(deadlines);
        self.names = names;
    }

    pub(crate) fn created(&self) -> Tick {
        Tick::from_micros(self.created.get())
    }

    /// The creation number: the order of sessions that were last active on the same tick.
    pub(crate) fn number(&self) -> u64 {
        self.number.get()
    }

    pub(crate) fn pinned(&self) -> bool {
        self.terms.pinned()
    }

    pub(crate) fn privileged(&self) -> bool {
        self.terms.privileged()
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

    /// Whether the session is live in the store that has this context. Reads the first part of the
    /// record and the last.
    pub(crate) fn is_live_in(&self, context: &Arc<Context>) -> bool {
        Arc::ptr_eq(&self.context, context) & !self.word.load().ended()
    }

    fn origin(&self) -> Origin {
        let cold = self.cold.lock();
        let known = cold.as_ref().and_then(|cold| cold.origin);
        known.unwrap_or_else(|| Origin::FirstId(self.id.load()))
    }

    pub(crate) fn track_id(&self) -> TrackId {
        self.context.salt.track_id(self.origin())
    }

    /// The track id, computed when it is first read.
    pub(crate) fn track(&self) -> Track {
        Track::new(&self.context.salt, self.origin())
    }

    /// Gives the session another id. Inside [`with_cold`](Record::with_cold), where the first id is
    /// kept as the [origin](Cold::origin); and the directory must not hold the record meanwhile.
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

    /// The deadlines, as they were last moved.
    #[inline]
    pub(crate) fn deadlines(&self) -> Deadlines {
        self.terms.deadlines().unwrap_or_else(|| self.moved_deadlines())
    }

    /// The same, once the thread that moves them has done so.
    #[cold]
    fn moved_deadlines(&self) -> Deadlines {
        loop {
            drop(self.cold.lock());
            if let Some(deadlines) = self.terms.deadlines() {
                return deadlines;
            }
        }
    }

    /// Whether there is an absolute deadline.
    #[inline]
    pub(crate) fn has_absolute_deadline(&self) -> bool {
        self.terms.has_absolute_deadline()
    }

    /// Moves the deadlines, under the store's lock. Change the word after that: see `terms.rs`.
    pub(crate) fn set_deadlines(&self, deadlines: Deadlines) {
        let _cold = self.cold.lock();
        self.terms.set(deadlines);
    }

    /// Why it has expired by `now`, if it has.
    #[inline]
    pub(crate) fn expired(&self, seen: Seen, now: Tick) -> Option<EndReason> {
        self.deadlines().expired(seen.last_active(), seen.in_use(), now)
    }

    /// Counts the session as touched, the first time.
    pub(crate) fn note_touched(&self) {
        if !self.terms.touched() && !self.terms.note_touched() {
            self.names.iter().for_each(|label| label.count_touched());
        }
    }

    /// Takes back what [`note_touched`](Record::note_touched) counted, under the store's lock. The
    /// first to swap decides: a first touch that comes after this is not counted any more.
    pub(crate) fn forget_touched(&self) {
        if self.terms.note_touched() {
            self.names.iter().for_each(|label| label.count_gone());
        }
    }

    /// The rare part of the session, under the session's own lock.
    pub(crate) fn lock_cold(&self) -> MutexGuard<'_, MaybeCold<T>> {
        self.cold.lock()
    }
}

#[cfg(test)]
#[cfg(all(target_pointer_width = "64", not(any(loom, shuttle))))]
mod tests {
    use super::*;

    /// With the counts of its `Arc` it fills two lines of the cache.
    #[test]
    fn a_record_takes_112_bytes() {
        assert_eq!(size_of::<Record<u64>>(), 112);
    }
}
