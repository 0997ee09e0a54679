//! A snapshot of a session, for lists.

use std::fmt;

use super::handle::Session;
use super::label::Label;
use super::names::Names;
use super::page_cursor::{PageCursor, Place};
use super::record::Record;
use super::word::Seen;
use crate::id::{Track, TrackId, TrackSalt};
use crate::sync::Arc;
use crate::tick::{Packed48, Tick};

/// A snapshot of a session: everything but the secret id and your program's data.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, Selector, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new(()).principal("alice")).unwrap();
/// let lease = store.acquire(&session.id()).unwrap();
/// let listed = &store.list(&Selector::all())[0];
/// assert_eq!((listed.principal(), listed.leases()), (Some("alice"), 1));
///
/// drop(lease);
/// assert_eq!((listed.leases(), session.info().leases()), (1, 0));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone)]
pub struct SessionInfo {
    track_id: Track,
    names: Names<Arc<Label>>,
    created: Tick,
    place: Place,
    leases: u32,
    expires: Option<Packed48>,
    pinned: bool,
    privileged: bool,
}

impl SessionInfo {
    pub(crate) fn new<T>(record: &Record<T>, seen: Seen) -> Self {
        let next = record.deadlines().next(seen.last_active(), seen.in_use());
        let expires = next.filter(|_| !seen.ended());
        Self {
            track_id: record.track(),
            names: record.names.clone(),
            created: record.created(),
            place: Place::of(record, seen),
            leases: seen.leases(),
            expires: expires.map(|(at, _)| Packed48::new(at.as_micros())),
            pinned: record.pinned(),
            privileged: record.privileged(),
        }
    }

    /// The name of the session that is safe to log. Computed on the first call.
    #[must_use]
    pub fn track_id(&self) -> TrackId {
        self.track_id.id()
    }

    /// Whether it is of the store that has this salt.
    pub(crate) fn is_of(&self, store: &TrackSalt) -> bool {
        self.track_id.is_of(store)
    }

    /// The creation number.
    pub(crate) fn number(&self) -> u64 {
        self.place.number
    }

    pub(crate) fn names(&self) -> Names<&str> {
        self.names.as_str()
    }

    /// Who logged in.
    #[must_use]
    pub fn principal(&self) -> Option<&str> {
        self.names.as_str().principal
    }

    /// Which software logged in.
    #[must_use]
    pub fn originator(&self) -> Option<&str> {
        self.names.as_str().originator
    }

    /// The host that the session belongs to.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.names.as_str().host
    }

    /// When it was created.
    #[must_use]
    pub fn created_at(&self) -> Tick {
        self.created
    }

    /// When it was last active.
    #[must_use]
    pub fn last_active(&self) -> Tick {
        self.place.last_active
    }

    /// When it expires if nothing touches it: where both timeouts apply, the earlier deadline. Of a
    /// session in use, which does not idle out, it is the absolute deadline alone. `None` if it has
    /// no deadline, or has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let hour = Duration::from_secs(3_600);
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(())).unwrap();
    /// let created = session.created_at();
    /// assert_eq!(session.info().expires_at(), Some(created + hour));
    ///
    /// let lease = store.acquire(&session).unwrap();
    /// assert_eq!(lease.info().expires_at(), Some(created + 24 * hour));
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub fn expires_at(&self) -> Option<Tick> {
        self.expires.map(|at| Tick::from_micros(at.get()))
    }

    /// How many leases of it were held.
    #[must_use]
    pub fn leases(&self) -> u32 {
        self.leases
    }

    /// Whether it is exempt from limits, eviction and idle timeout.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.pinned
    }

    /// Whether it may take a place of the reserve.
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        self.privileged
    }

    /// Its place in the lists of the store.
    #[must_use]
    pub fn cursor(&self) -> PageCursor {
        PageCursor::new(self.track_id.store(), self.place)
    }
}

impl<T> Session<T> {
    /// A snapshot of the session as it is now, as [lists](crate::SessionStore::list) have them.
    #[must_use]
    pub fn info(&self) -> SessionInfo {
        SessionInfo::new(&self.record, self.record.word.load())
    }
}

impl fmt::Debug for SessionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names();
        f.debug_struct("SessionInfo")
            .field("track_id", &self.track_id)
            .field("principal", &names.principal)
            .field("originator", &names.originator)
            .field("host", &names.host)
            .field("created_at", &self.created)
            .field("last_active", &self.last_active())
            .field("leases", &self.leases)
            .field("pinned", &self.pinned)
            .field("privileged", &self.privileged)
            .finish_non_exhaustive()
    }
}
