//! A snapshot of a session, for lists.

use super::label::Label;
use super::names::Names;
use super::record::Record;
use super::word::Seen;
use crate::id::{Track, TrackId, TrackSalt};
use crate::sync::Arc;
use crate::tick::Tick;

/// What a list says about a session: everything but the secret id and the application's data.
#[derive(Clone, Debug)]
pub struct SessionInfo {
    track_id: Track,
    names: Names<Arc<Label>>,
    created: Tick,
    cursor: PageCursor,
    leases: u32,
    pinned: bool,
    privileged: bool,
}

/// A place in a list of sessions ordered by age. See
/// [`list_page`](crate::SessionStore::list_page).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageCursor {
    last_active: Tick,
    number: u64,
}

impl PageCursor {
    pub(crate) const fn new(last_active: Tick, number: u64) -> Self {
        Self { last_active, number }
    }
}

impl SessionInfo {
    pub(crate) fn new<T>(record: &Record<T>, seen: Seen) -> Self {
        Self {
            track_id: record.track(),
            names: record.names.clone(),
            created: record.created(),
            cursor: PageCursor::new(seen.last_active(), record.number()),
            leases: seen.leases(),
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
        self.cursor.number
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
        self.cursor.last_active
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

    /// Its place in the order by age.
    #[must_use]
    pub fn cursor(&self) -> PageCursor {
        self.cursor
    }
}
