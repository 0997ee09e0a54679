//! What a shared session has beside its own facts: data that can be replaced, and how far the
//! collection knows it.
//!
//! # Orderings
//!
//! The words are relaxed. What the collection acknowledges is written, and read by ends and
//! rotations, inside the node's lock; so are the data and its version, which belong together. Flags
//! are set at any time: they only have the collection asked once more.

use std::fmt;

use crate::sync::{Arc, AtomicU64, Ordering, Swap};
use crate::tick::Tick;

/// The data of a session that is [shared](crate::shared::SharedSessions): a value that can be
/// replaced, here and on other nodes.
///
/// # Examples
///
/// ```
/// use tenure::collection::{HashKey, MemoryCollection};
/// use tenure::shared::SharedSessions;
/// use tenure::NewSession;
///
/// let key = HashKey::new([1; 32]);
/// let sessions = SharedSessions::builder(MemoryCollection::default(), key).build()?;
/// let session = sessions.create(NewSession::new(String::from("a basket")))?;
/// assert_eq!(*session.data().get(), "a basket");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SharedData<T> {
    data: Swap<T>,
    sync: SyncState,
}

/// How far the collection knows a session.
///
/// The first word has the last-active time that it has acknowledged (48 bits), in which generation
/// it last answered for the session (12 bits), and four flags; the second the nonce and the version
/// of the data.
struct SyncState {
    stored: AtomicU64,
    identity: AtomicU64,
}

const KNOWN: u64 = 1;
const ENDED: u64 = 1 << 1;
const SUSPECT: u64 = 1 << 2;
const INSERTING: u64 = 1 << 3;
const GENERATION: u32 = 4;
const TIME: u32 = 16;
/// The most generations. Then they begin anew: a session that has been suspect for so long that
/// they are equal again is not.
pub(super) const GENERATIONS: u16 = 1 << (TIME - GENERATION);

/// What a node knew when it asked for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AsOf {
    pub(super) generation: u16,
    /// How often a session was suspected.
    pub(super) suspicions: u64,
}

/// How far the collection knew a session at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "the flags of a word, which are independent")]
pub(super) struct Synced {
    /// Whether the collection has acknowledged that it has the session.
    pub(super) known: bool,
    /// Whether the collection knows of its end, so that no request has to carry it.
    pub(super) ended: bool,
    /// Whether the next refresh has to ask whether the collection still has it.
    pub(super) suspect: bool,
    /// Whether the thread that created it is putting it in.
    pub(super) inserting: bool,
    pub(super) generation: u16,
    /// The last-active time that it has acknowledged.
    pub(super) stored: Tick,
}

impl<T> SharedData<T> {
    /// Data of a session that the collection does not know yet. Where the caller is `inserting`
    /// it, no refresh does, until [`end_insertion`](SharedData::end_insertion).
    pub(super) fn new(data: T, nonce: u32, inserting: bool) -> Self {
        Self::with(data, Self::identity(nonce, 0), u64::from(inserting) * INSERTING)
    }

    /// Data of a session that the collection has just given out.
    pub(super) fn loaded(data: T, nonce: u32, version: u32, generation: u16, at: Tick) -> Self {
        Self::with(data, Self::identity(nonce, version), known(generation, at))
    }

    fn with(data: T, identity: u64, stored: u64) -> Self {
        let (stored, identity) = (AtomicU64::new(stored), AtomicU64::new(identity));
        Self { data: Swap::new(data), sync: SyncState { stored, identity } }
    }

    /// The data as it is now. Another node's change is here after the next refresh.
    #[must_use]
    pub fn get(&self) -> Arc<T> {
        self.data.load()
    }

    /// How many times the data was changed, on any node; it wraps around.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the lower half")]
    pub fn version(&self) -> u32 {
        (self.sync.identity.load(Ordering::Relaxed) & u64::from(u32::MAX)) as u32
    }

    pub(super) fn nonce(&self) -> u32 {
        (self.sync.identity.load(Ordering::Relaxed) >> 32) as u32
    }

    /// The data and its version. Inside the node's lock, so that they belong together.
    pub(super) fn versioned(&self) -> (Arc<T>, u32) {
        (self.get(), self.version())
    }

    /// Puts another version of the data in the place of the version that was `seen`. Inside the
    /// node's lock. Returns what is to be dropped outside of it; the error is `new`, where it is
    /// not that version any more.
    pub(super) fn replace(&self, seen: u32, new: Arc<T>, version: u32) -> Result<Arc<T>, Arc<T>> {
        let before = self.data.load();
        if self.version() != seen || self.data.replace(&before, Arc::clone(&new)).is_err() {
            return Err(new);
        }
        self.sync.identity.store(Self::identity(self.nonce(), version), Ordering::Relaxed);
        Ok(before)
    }

    fn identity(nonce: u32, version: u32) -> u64 {
        u64::from(nonce) << 32 | u64::from(version)
    }

    #[allow(clippy::cast_possible_truncation, reason = "12 bits")]
    pub(super) fn synced(&self) -> Synced {
        let word = self.sync.stored.load(Ordering::Relaxed);
        Synced {
            known: word & KNOWN != 0,
            ended: word & ENDED != 0,
            suspect: word & SUSPECT != 0,
            inserting: word & INSERTING != 0,
            generation: (word >> GENERATION & u64::from(GENERATIONS - 1)) as u16,
            stored: Tick::from_micros(word >> TIME),
        }
    }

    /// The collection has answered for the session: it has it, last active at `stored` or later.
    /// Unless that `clears` what was suspected, it is to be asked once more.
    pub(super) fn acknowledge(&self, generation: u16, stored: Tick, clears: bool) {
        let kept = if clears { ENDED | INSERTING } else { ENDED | INSERTING | SUSPECT };
        self.change(|word| {
            known(generation, stored.max(Tick::from_micros(word >> TIME))) | word & kept
        });
    }

    /// The collection may have it, or know more of it than this node: it is asked at the next
    /// refresh.
    pub(super) fn suspect(&self) {
        self.change(|word| word | SUSPECT);
    }

    /// The collection told of the session's end, or has nothing of it: its end need not be told.
    pub(super) fn note_ended(&self) {
        self.change(|word| word | ENDED);
    }

    /// The thread that created it has put it in, or leaves that to the refresh.
    pub(super) fn end_insertion(&self) {
        self.change(|word| word & !INSERTING);
    }

    fn change(&self, change: impl Fn(u64) -> u64) {
        let change = |word| Some(change(word));
        let _always = self.sync.stored.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
    }
}

/// The word of a session for which the collection answered in this generation.
fn known(generation: u16, stored: Tick) -> u64 {
    stored.as_micros() << TIME | u64::from(generation) << GENERATION | KNOWN
}

impl Synced {
    /// Whether the collection may have it, so that it must not be put in again before that is
    /// known.
    pub(super) fn may_be_known(self) -> bool {
        self.known || self.suspect
    }

    /// Whether it may have ended, for all that this node knows in this generation.
    pub(super) fn may_have_ended(self, generation: u16) -> bool {
        if self.known { self.generation != generation } else { self.suspect }
    }

    /// Whether the collection is yet to be told something of a session that was last active then.
    pub(super) fn is_dirty(self, last_active: Tick, in_use: bool, generation: u16) -> bool {
        !self.known
            || in_use
            || self.suspect
            || last_active > self.stored
            || self.generation != generation
    }
}

impl<T: fmt::Debug> fmt::Debug for SharedData<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version();
        f.debug_struct("SharedData").field("version", &version).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_collection_knows_takes_two_words() {
        assert_eq!(size_of::<SharedData<[u8; 100]>>(), size_of::<Swap<u8>>() + 16);
        let shared = SharedData::loaded("data", 7, u32::MAX, GENERATIONS - 1, Tick::MAX);
        assert_eq!((shared.nonce(), shared.version()), (7, u32::MAX));
        let synced = shared.synced();
        assert_eq!((synced.known, synced.ended, synced.stored), (true, false, Tick::MAX));
        assert_eq!(synced.generation, GENERATIONS - 1);
        shared.note_ended();
        shared.acknowledge(3, Tick::ZERO, true);
        let synced = shared.synced();
        assert_eq!((synced.ended, synced.generation, synced.stored), (true, 3, Tick::MAX));
        shared.suspect();
        shared.acknowledge(3, Tick::ZERO, false);
        assert!(shared.synced().is_dirty(Tick::ZERO, false, 3));
        shared.acknowledge(3, Tick::ZERO, true);
        assert!(!shared.synced().is_dirty(Tick::ZERO, false, 3));
        assert!(shared.replace(0, Arc::new("older"), 1).is_err());
        assert!(shared.replace(u32::MAX, Arc::new("other"), 0).is_ok_and(|old| *old == "data"));
        assert_eq!((*shared.get(), shared.nonce(), shared.version()), ("other", 7, 0));
    }

    #[test]
    fn dirty_is_what_the_collection_does_not_know() {
        let at = Tick::from_micros(5);
        let later = Tick::from_micros(6);
        assert!(SharedData::new((), 1, false).synced().is_dirty(at, false, 0));
        let synced = SharedData::loaded((), 1, 0, 2, at).synced();
        assert!(!synced.is_dirty(at, false, 2));
        assert!(synced.is_dirty(later, false, 2) && synced.is_dirty(at, true, 2));
        assert!(synced.is_dirty(at, false, 3));
    }
}
