//! The collection.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::inspect::RedbRecords;
use super::options::RedbOptions;
use super::source::Source;
use super::state::State;
use crate::clock::Clock;
use crate::collection::contract::Collection;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::Request;
use crate::collection::outcome::{Answer, Expired, Feed, Opened, PrincipalEnded};
use crate::collection::stamp::Cursor;
use crate::sync::{Arc, Mutex};
use crate::tick::Tick;

/// A collection in a file, for one process, which may restart. Clones share it.
///
/// What decides about sessions is in memory too, some 150 bytes for each; names and data are in
/// the file alone. Each call that changes anything is one commit, so that a batch takes effect as a
/// whole or not at all, and is acknowledged when it is on the disk, or
/// [before](crate::collection::RedbDurability).
///
/// The first [`end_principal`](Collection::end_principal) reads all names once, unless principals
/// are limited: some seconds for each million sessions.
///
/// Calls wait for the disk. Asynchronous code asks for them where waiting is allowed, as in tokio's
/// `spawn_blocking`.
///
/// # Time
///
/// Its time is that of the day when it is opened, and from then on that of a monotonic clock: a
/// time of day that jumps while the program runs changes nothing. It does not go back from one
/// opening to the next. The time while the program is down counts as idle, as far as
/// [`most_downtime`](RedbOptions::most_downtime) allows; where the time of day was set back
/// meanwhile, it does not count.
///
/// # Failures
///
/// Where a commit fails, the file is opened again and the memory made anew of it, within the call,
/// so that both always agree. Then the error says that nothing was done, or, where the commit is in
/// the file but may not be on the disk, that this is not known. Where failures come soon after each
/// other, as on a full disk, calls are refused for a while before the next is tried: a second, and
/// 20 s for each million sessions.
///
/// # Size
///
/// A session with 200 bytes of data takes about 1 KiB of the file, and 600 bytes after
/// [compaction](Self::compact). Without that, a file does not get smaller.
///
/// # Security
///
/// The file has names and data as they are, and no ids but those of ended sessions, sealed. On
/// Unix, it is made readable for its owner alone.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::collection::{Collection, HashKey, Policy, RedbCollection, RedbOptions};
///
/// # let path = std::env::temp_dir().join(format!("tenure-doc-{}.redb", std::process::id()));
/// let options = RedbOptions::new(Policy::new(Duration::from_secs(300)));
/// let collection = RedbCollection::create(&path, options.clone())?;
/// let fingerprint = HashKey::new([1; 32]).fingerprint();
/// let epoch = collection.open(fingerprint)?.stamp.epoch;
/// drop(collection);
///
/// let again = RedbCollection::create(&path, options)?;
/// assert_eq!(again.open(fingerprint)?.stamp.epoch, epoch);
/// # drop(again);
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), tenure::collection::CollectionError>(())
/// ```
#[derive(Clone)]
pub struct RedbCollection {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    keep_ends: Duration,
    /// Held while waiting for the state, so that callers get it in turn: a refresh that locks it
    /// for batch after batch cannot keep a logout waiting.
    turn: Mutex<()>,
    state: Mutex<State>,
}

impl RedbCollection {
    /// Opens the file at this path, or makes it. A file that was not closed is repaired.
    ///
    /// # Errors
    ///
    /// [`NotApplied`](CollectionError::NotApplied) if another process has the file open, if it is
    /// corrupt or of another program, or cannot be read or written;
    /// [`OtherFormat`](CollectionError::OtherFormat) if another version of this crate made it;
    /// [`Unreadable`](CollectionError::Unreadable) if the end of a session cannot be read.
    pub fn create(path: impl AsRef<Path>, options: RedbOptions) -> Result<Self, CollectionError> {
        let source = Source::file(path.as_ref(), options.cache_bytes)?;
        Self::from_source(source, &options)
    }

    pub(super) fn from_source(
        source: Source,
        options: &RedbOptions,
    ) -> Result<Self, CollectionError> {
        let clock = Arc::clone(&options.clock);
        let state = State::new(source, options, (clock.now(), clock.wall()))?;
        let (turn, state) = (Mutex::new(()), Mutex::new(state));
        let keep_ends = options.policy.keep_ends;
        Ok(Self { shared: Arc::new(Shared { clock, keep_ends, turn, state }) })
    }

    /// Makes the file smaller, if it can be. Returns whether that was so. Other calls wait
    /// meanwhile, some seconds for each 100 MiB.
    ///
    /// # Errors
    ///
    /// [`NotApplied`](CollectionError::NotApplied) while its [records](Self::records) are listed,
    /// or if the file cannot be written.
    pub fn compact(&self) -> Result<bool, CollectionError> {
        self.act(State::compact)
    }

    /// What is in it now, without secrets. What changes meanwhile is not seen, and the file does
    /// not give its room back until the list is dropped.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn records(&self) -> Result<RedbRecords, CollectionError> {
        self.act(|state, tick| RedbRecords::of(&state.ready(tick)?.1.db))
    }

    #[cfg(test)]
    pub(super) fn with_state<R>(&self, act: impl FnOnce(&mut State, Tick) -> R) -> R {
        self.act(act)
    }

    fn act<R>(&self, act: impl FnOnce(&mut State, Tick) -> R) -> R {
        let tick = self.shared.clock.now();
        let turn = self.shared.turn.lock();
        let mut state = self.shared.state.lock();
        drop(turn);
        act(&mut state, tick)
    }
}

impl Collection for RedbCollection {
    fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.act(|state, tick| state.open_as(tick, fingerprint))
    }

    fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        self.act(|state, tick| state.apply(tick, requests))
    }

    fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        self.act(|state, tick| {
            let (now, open) = state.ready(tick)?;
            Ok(open.records.feed(now, after, at_most))
        })
    }

    fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        self.act(|state, tick| state.expire(tick, at_most))
    }

    fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        self.act(|state, tick| state.end_principal(tick, (principal, reason), except, at_most))
    }

    fn keep_ends(&self) -> Option<Duration> {
        Some(self.shared.keep_ends)
    }
}

impl fmt::Debug for RedbCollection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbCollection").finish_non_exhaustive()
    }
}
