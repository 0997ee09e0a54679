//! The public handle of a store.

use std::fmt;

use time::OffsetDateTime;

use crate::end::EndReason;
use crate::sync::{Arc, Weak};
use crate::table::{CHUNK, Moment, Table};
use crate::tick::Tick;

/// A table of sessions. Cheap to clone: clones are the same store.
///
/// Your program drives it. The store spawns no thread and does no I/O, so a thread of yours must
/// call [`reap`](SessionStore::reap) now and then, or when
/// [`next_deadline`](SessionStore::next_deadline) says. If none does, no expired
/// session is ever returned: the first lookup refuses and ends it. But until then it keeps its
/// memory, and its hooks do not run.
///
/// Hooks, closures, clocks, id sources and drops of session data are application code. The store
/// calls them while it holds none of its locks, so they may call the store in turn.
///
/// When the last clone is dropped, the store closes: every session ends as
/// [`StoreClosed`](crate::EndReason::StoreClosed).
///
/// # Examples
///
/// ```
/// use tenure::{EndReason, LookupError, NewSession, SessionStore};
///
/// let store = SessionStore::builder().max_sessions(2).build()?;
///
/// let busy = store.create(NewSession::new("busy")).unwrap();
/// let idle = store.create(NewSession::new("idle")).unwrap();
/// let lease = store.acquire(&busy.id()).unwrap();
///
/// // The store is full, and `busy` is in use: `idle` makes room.
/// store.create(NewSession::new("new")).unwrap();
/// assert!(!busy.is_ended());
/// let Err(LookupError::Ended(tombstone)) = store.touch(&idle.id()) else { panic!() };
/// assert!(matches!(tombstone.reason(), EndReason::Evicted { .. }));
/// # drop(lease);
/// # Ok::<(), tenure::BuildError>(())
/// ```
pub struct SessionStore<T> {
    pub(crate) table: Arc<Closing<T>>,
}

/// A handle of a store that does not keep it. From [`SessionStore::downgrade`].
///
/// A hook, or the closure of [`on_earlier_deadline`](crate::StoreBuilder::on_earlier_deadline),
/// that captures a [`SessionStore`] keeps the store, and so itself, for ever. One that captures
/// this does not.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(())).unwrap();
/// let weak = store.downgrade();
/// session.on_end(move |_, _| {
///     if let Some(store) = weak.upgrade() {
///         store.create(NewSession::new(())).unwrap();
///     }
/// });
///
/// let weak = store.downgrade();
/// assert!(weak.upgrade().is_some());
/// drop(store);
/// assert!(weak.upgrade().is_none() && session.is_ended());
/// # Ok::<(), tenure::BuildError>(())
/// ```
pub struct WeakSessionStore<T> {
    table: Weak<Closing<T>>,
}

/// A table that is closed when it is dropped.
pub(crate) struct Closing<T>(pub(super) Table<T>);

impl<T> SessionStore<T> {
    /// The time by the store's clock.
    #[must_use]
    pub fn now(&self) -> Tick {
        self.table().context.now()
    }

    /// The time of day at `tick`, going by what the wall clock says now. For display only.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{Clock, ManualClock, NewSession, SessionStore};
    ///
    /// let clock = ManualClock::new();
    /// let store = SessionStore::builder().clock(clock.clone()).build()?;
    /// let session = store.create(NewSession::new(())).unwrap();
    /// let login = clock.wall();
    /// clock.advance(Duration::from_secs(60));
    /// assert_eq!(store.wall_at(session.created_at()), login);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub fn wall_at(&self, tick: Tick) -> OffsetDateTime {
        let Moment { now, wall } = self.table().moment();
        let micros = |tick: Tick| i64::try_from(tick.as_micros()).unwrap_or(i64::MAX);
        // Ticks have 48 bits: the difference fits.
        wall.saturating_add(time::Duration::microseconds(micros(tick) - micros(now)))
    }

    /// A handle that does not keep the store: for closures that the store itself keeps.
    #[must_use]
    pub fn downgrade(&self) -> WeakSessionStore<T> {
        WeakSessionStore { table: Arc::downgrade(&self.table) }
    }

    pub(crate) fn table(&self) -> &Table<T> {
        &self.table.0
    }
}

impl<T> WeakSessionStore<T> {
    /// A handle that leads to no store.
    #[must_use]
    pub fn new() -> Self {
        Self { table: Weak::new() }
    }

    /// The store, unless its last clone has been dropped.
    #[must_use]
    pub fn upgrade(&self) -> Option<SessionStore<T>> {
        self.table.upgrade().map(|table| SessionStore { table })
    }
}

impl<T> Table<T> {
    /// Refuses new sessions and ends all there are, then wakes a thread that sleeps until the next
    /// deadline. Returns how many ended as `StoreClosed`; the expired end for their timeout.
    pub(super) fn close(&self, moment: Moment) -> usize {
        let mut ended = 0;
        let mut more = true;
        while more {
            more = self.visit(moment, |visit| {
                visit.closed = true;
                for _ in 0..CHUNK {
                    let Some(record) = visit.live.last().map(Arc::clone) else {
                        visit.note_close();
                        return false;
                    };
                    let tombstone = visit.end_now(&record, Some(EndReason::StoreClosed));
                    let closed = |tombstone: crate::end::Tombstone| {
                        tombstone.reason() == EndReason::StoreClosed
                    };
                    ended += usize::from(tombstone.is_some_and(closed));
                }
                true
            });
        }
        self.context.tell_earlier();
        ended
    }
}

impl<T> Drop for Closing<T> {
    fn drop(&mut self) {
        // A clock that panics here, perhaps while another panic unwinds, must not abort the
        // process.
        self.0.close(self.0.moment_or_origin());
    }
}

impl<T> Clone for SessionStore<T> {
    fn clone(&self) -> Self {
        Self { table: Arc::clone(&self.table) }
    }
}

impl<T> Clone for WeakSessionStore<T> {
    fn clone(&self) -> Self {
        Self { table: Weak::clone(&self.table) }
    }
}

impl<T> Default for WeakSessionStore<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for WeakSessionStore<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSessionStore").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SessionStore<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionStore").finish_non_exhaustive()
    }
}
