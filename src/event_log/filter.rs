//! Which events a subscriber wants.

use super::event::{Event, EventKind};
use crate::id::TrackId;
use crate::session::{Names, SessionInfo};

/// Which events a subscriber wants: those for which every condition holds.
///
/// A condition that is given again takes the place of the one before.
///
/// An event that is about no session passes no condition on the principal, the originator or the
/// session.
///
/// # Examples
///
/// ```
/// use tenure::{EventKind, Filter, NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let alice_left = Filter::all().kinds([EventKind::Ended]).principal("alice");
/// let mut events = store.subscribe(alice_left);
/// for user in ["alice", "bob"] {
///     let session = store.create(NewSession::new(()).principal(user)).unwrap();
///     store.end(&session.id());
/// }
/// assert_eq!(events.try_next().unwrap().unwrap().session().unwrap().principal(), Some("alice"));
/// assert!(events.try_next().unwrap().is_none());
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a filter does nothing until somebody subscribes with it"]
pub struct Filter {
    kinds: Option<Vec<EventKind>>,
    names: Names<String>,
    session: Option<TrackId>,
}

impl Filter {
    /// Every event.
    pub fn all() -> Self {
        Self::default()
    }

    /// Only events of these kinds.
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        self.kinds = Some(kinds.into_iter().collect());
        self
    }

    /// Only events of this principal's sessions.
    pub fn principal(mut self, name: impl Into<String>) -> Self {
        self.names.principal = Some(name.into());
        self
    }

    /// Only events of this originator's sessions.
    pub fn originator(mut self, name: impl Into<String>) -> Self {
        self.names.originator = Some(name.into());
        self
    }

    /// Only events of this host and of its sessions.
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.names.host = Some(name.into());
        self
    }

    /// Only events of this session.
    pub fn session(mut self, track_id: TrackId) -> Self {
        self.session = Some(track_id);
        self
    }

    /// The names of the groups that it singles out.
    pub(crate) fn names(&self) -> Names<&str> {
        self.names.as_str()
    }

    /// Whether it wants the events of this session, whatever kind they are.
    pub(crate) fn wants(&self, info: &SessionInfo) -> bool {
        self.names.fits(info.names())
            && self.session.is_none_or(|session| session == info.track_id())
    }

    pub(super) fn matches(&self, event: &Event) -> bool {
        if self.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&event.kind())) {
            return false;
        }
        if let Some(info) = event.session() {
            return self.wants(info);
        }
        self.session.is_none() && self.names.fits(Names { host: event.host(), ..Names::default() })
    }
}
