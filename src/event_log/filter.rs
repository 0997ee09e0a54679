//! Which events a subscriber wants.

use std::collections::BTreeSet;

use super::event::Event;
use super::kind::EventKind;
use super::subject::Subject;
use crate::session::{IntoName, Names, Pattern, Session, SessionInfo, WeakSession};

/// Which events a subscriber wants: those for which every condition holds.
///
/// A condition that is given again takes the place of the one before.
///
/// A name that is `None` asks for events of sessions without such a name. An event that is about no
/// session passes no condition on the principal, the originator or the session.
///
/// # Examples
///
/// ```
/// use tenure::events::{EventKind, Filter};
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let alice_left = Filter::all().kinds([EventKind::Ended]).principal("alice");
/// let mut events = store.subscribe(alice_left);
/// for user in ["alice", "bob"] {
///     let session = store.create(NewSession::new(()).principal(user)).unwrap();
///     store.end(&session.id());
/// }
/// assert_eq!(events.try_recv().unwrap().unwrap().session().unwrap().principal(), Some("alice"));
/// assert!(events.try_recv().unwrap().is_none());
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a filter does nothing until somebody subscribes with it"]
pub struct Filter {
    kinds: Option<Vec<EventKind>>,
    names: Pattern,
    session: Option<WeakSession>,
}

impl Filter {
    /// Every event.
    pub fn all() -> Self {
        Self::default()
    }

    /// Only events of these kinds.
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        // In order and once each: filters that want the same are equal.
        let kinds: BTreeSet<_> = kinds.into_iter().collect();
        self.kinds = Some(kinds.into_iter().collect());
        self
    }

    /// Only events of this principal's sessions.
    pub fn principal(mut self, name: impl IntoName) -> Self {
        self.names.principal = Some(name.text().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Only events of this originator's sessions.
    pub fn originator(mut self, name: impl IntoName) -> Self {
        self.names.originator = Some(name.text().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Only events of this host and of its sessions.
    pub fn host(mut self, name: impl IntoName) -> Self {
        self.names.host = Some(name.text().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Only events of this session. Does not keep its data in memory. A store that the session is
    /// not of has no such events.
    ///
    /// Without a handle of the session, take all events, and compare the
    /// [track id](SessionInfo::track_id) of each in your own thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::events::{EventKind, Filter};
    /// use tenure::{NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let [own, other] = [(); 2].map(|()| store.create(NewSession::new(())).unwrap());
    /// let (live, mut events) = store.subscribe_with_snapshot(Filter::all().session(&own));
    /// assert_eq!(live.len(), 1);
    /// store.end(&other.id());
    /// store.end(&own.id());
    /// assert_eq!(events.try_recv().unwrap().unwrap().kind(), EventKind::Ended);
    /// assert!(events.try_recv().unwrap().is_none());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn session<T: Send + Sync + 'static>(mut self, session: &Session<T>) -> Self {
        self.session = Some(WeakSession::new(session));
        self
    }

    /// The names of the groups that it singles out.
    pub(crate) fn names(&self) -> Names<&str> {
        self.names.groups()
    }

    /// The session that it singles out.
    pub(crate) fn only(&self) -> Option<&WeakSession> {
        self.session.as_ref()
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        let session = self.session.as_ref().map(WeakSession::number);
        Subject::new(self.names(), session)
    }

    /// Whether it wants the events of this session, whatever kind they are.
    pub(crate) fn wants(&self, info: &SessionInfo) -> bool {
        self.names.fits(info.names()) && self.session.as_ref().is_none_or(|only| only.is(info))
    }

    pub(super) fn matches(&self, event: &Event) -> bool {
        if self.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&event.kind())) {
            return false;
        }
        if let Some(info) = event.session() {
            return self.wants(info);
        }
        let of_sessions = self.names.principal.is_some() || self.names.originator.is_some();
        let its = Names { host: event.host(), ..Names::default() };
        self.session.is_none() && !of_sessions && self.names.fits(its)
    }
}
