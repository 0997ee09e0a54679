//! A login for each of many peers.

use std::fmt;
use std::hash::Hash;
use std::time::Duration;

use super::engine::Engine;
use super::error::LoginError;
use super::leaving::Leaving;
use super::login::TRIES;
use super::options::Options;
use super::slots::{NoSlot, Slots};
use crate::end::{EndReason, Tombstone};
use crate::session::{NewSession, Session};
use crate::store::SessionStore;
use crate::sync::Arc;
use crate::tick::Tick;

/// Slots as [`ReusableSession`](crate::slot::ReusableSession) is one, by key: one for each host,
/// one for each storage repository.
///
/// There are never more of them than a maximum. A further one takes the place of an empty one, else
/// of the one that was asked for longest ago and is not in use: its session has no lease, and no
/// login for it is under way. That session is logged out, before it is known whether the login for
/// the new key works. Use [`lease_or_login`](Self::lease_or_login) where the session must not end
/// while you work with it. [`sweep`](Self::sweep) drops the slots that went unused for long.
///
/// Keys are looked up without a lock, so hashing and comparing them may be slow, or panic. Adding a
/// key copies the map of keys: it is made for hundreds of peers.
///
/// # Examples
///
/// ```
/// use tenure::slot::ReusableSessions;
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let peers = ReusableSessions::new(&store, 2);
/// for peer in ["ada", "ada", "bob", "cyd", "bob"] {
///     let session = peers.get_or_login(&peer, || NewSession::new(()).principal(peer))?;
///     assert_eq!(session.principal(), Some(peer));
/// }
/// assert_eq!((peers.len(), store.stats().created), (2, 3));
/// assert!(peers.get(&"ada").is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ReusableSessions<K, T> {
    pub(super) store: SessionStore<T>,
    max: usize,
    unused_for: Duration,
    options: Options<T>,
    pub(super) slots: Slots<K, T>,
}

impl<K: Clone + Eq + Hash, T: Send + Sync + 'static> ReusableSessions<K, T> {
    /// No slots yet, and never more than `max`, which is at least 1.
    #[must_use]
    pub fn new(store: &SessionStore<T>, max: usize) -> Self {
        Self {
            store: store.clone(),
            max: max.max(1),
            unused_for: Duration::from_secs(3_600),
            options: Options::default(),
            slots: Slots::new(),
        }
    }

    /// How long a slot may go without being asked for until [`sweep`](Self::sweep) drops it. An
    /// hour by default.
    #[must_use]
    pub fn unused_for(mut self, time: Duration) -> Self {
        self.unused_for = time;
        self
    }

    /// As [`ReusableSession::validate_with`](crate::slot::ReusableSession::validate_with).
    #[must_use]
    pub fn validate_with(
        mut self,
        check: impl Fn(&Session<T>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.validate_with(check);
        self
    }

    /// As [`ReusableSession::on_end`](crate::slot::ReusableSession::on_end). A hook that logs in
    /// anew under the same key keeps its slot from making room for another: such a call fails with
    /// [`LoginError::Contended`].
    #[must_use]
    pub fn on_end(
        mut self,
        hook: impl Fn(&Session<T>, &Tombstone) + Send + Sync + 'static,
    ) -> Self {
        self.options.on_end(hook);
        self
    }

    /// As [`ReusableSession::single_flight`](crate::slot::ReusableSession::single_flight), for each
    /// slot.
    #[must_use]
    pub fn single_flight(mut self, wait: Duration) -> Self {
        self.options.single_flight = Some(wait);
        self
    }

    /// Puts a new session, pinned, in the place of that of this key, which ends as
    /// [`Replaced`](crate::EndReason::Replaced).
    ///
    /// # Errors
    ///
    /// [`LoginError::Create`] or [`LoginError::TooMany`]; the old session stays. Or
    /// [`LoginError::Contended`], where the slot was taken out of use at the same moment.
    pub fn replace(&self, key: &K, new: NewSession<T>) -> Result<Session<T>, LoginError> {
        let fresh = self.options.create(&self.store, new).map_err(LoginError::Create)?;
        // The key and the clock are application code, and may panic.
        let (store, sessions) = (&self.store, vec![fresh]);
        let mut leaving = Leaving { store, sessions, reason: EndReason::Replaced };
        let slot = self.slot(key)?;
        // If not, the slot was taken out of use this moment.
        let installed = leaving.sessions.pop_if(|fresh| slot.put(fresh));
        installed.ok_or(LoginError::Contended { tries: 1 })
    }

    /// Empties the slot of this key, as
    /// [`ReusableSession::invalidate`](crate::slot::ReusableSession::invalidate) does.
    pub fn invalidate(&self, key: &K) -> bool {
        self.slots.get(key).is_some_and(|slot| slot.invalidate())
    }

    /// As
    /// [`ReusableSession::invalidate_session`](crate::slot::ReusableSession::invalidate_session).
    pub fn invalidate_session(&self, key: &K, session: &Session<T>) -> bool {
        self.slots.get(key).is_some_and(|slot| slot.invalidate_session(session))
    }

    /// Empties every slot. Returns how many held a live session.
    pub fn invalidate_all(&self) -> usize {
        self.slots.all().iter().filter(|slot| slot.invalidate()).count()
    }

    /// Drops the slots that were not asked for during the [set time](Self::unused_for) and whose
    /// session has no lease. Their sessions are logged out. A login that is under way for that long
    /// without another call for its key counts as abandoned; should it return, it logs in anew.
    /// Returns how many. Looks at every slot, so call it about as often as the time is long.
    pub fn sweep(&self) -> usize {
        let now = self.store.now();
        self.slots.retire(|slot| self.is_unused(slot, now))
    }

    /// How many slots there are, empty ones too.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is no slot.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The slot of this key, which is made if there is none.
    pub(super) fn slot<E>(&self, key: &K) -> Result<Arc<Engine<T>>, LoginError<E>> {
        let now = self.store.now();
        let make = || {
            let slot = Engine::new(self.store.clone(), self.options.clone());
            slot.note_asked(now);
            slot
        };
        let unused = |slot: &Engine<T>| self.is_unused(slot, now);
        let slot = self.slots.get_or_add(key, self.max, now, unused, make);
        let slot = slot.map_err(|why| match why {
            NoSlot::AllInUse => LoginError::TooMany { max: self.max },
            NoSlot::Contended => LoginError::Contended { tries: TRIES },
        })?;
        slot.note_asked(now);
        Ok(slot)
    }

    fn is_unused(&self, slot: &Engine<T>, now: Tick) -> bool {
        now.since(slot.last_asked(now)) >= self.unused_for
    }
}

impl<K, T> Drop for ReusableSessions<K, T> {
    fn drop(&mut self) {
        // A login that was abandoned may keep its slot.
        for slot in self.slots.all() {
            slot.retire(EndReason::LoggedOut);
        }
    }
}

impl<K, T> fmt::Debug for ReusableSessions<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReusableSessions")
            .field("len", &self.slots.len())
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}
