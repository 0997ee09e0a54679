//! Which sessions are meant.

use std::fmt;

use crate::id::SessionId;
use crate::session::{IntoName, Names, Pattern, Session};
use crate::sync::Arc;

type Predicate<T> = Arc<dyn Fn(&Session<T>) -> bool + Send + Sync>;

/// A pattern of sessions: those for which every condition holds.
///
/// A name that is `None` asks for sessions without such a name; looking for them costs as much as
/// looking at all sessions that the other conditions leave.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, Selector, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// for (user, occupant) in [("alice", 1), ("bob", 1), ("alice", 2)] {
///     store.create(NewSession::new(occupant).principal(user)).unwrap();
/// }
/// let alice_in_tenant_1 = Selector::all().principal("alice").matching(|s| *s.data() == 1);
/// assert_eq!(store.list(&alice_in_tenant_1).len(), 1);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "a selector does nothing until a store is asked with it"]
pub struct Selector<T> {
    names: Pattern,
    except: Option<SessionId>,
    predicates: Vec<Predicate<T>>,
}

impl<T> Selector<T> {
    /// Every session.
    pub fn all() -> Self {
        Self { names: Pattern::default(), except: None, predicates: Vec::new() }
    }

    /// Only those of this principal.
    pub fn principal(mut self, name: impl IntoName) -> Self {
        self.names.principal = Some(name.text().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Only those of this originator.
    pub fn originator(mut self, name: impl IntoName) -> Self {
        self.names.originator = Some(name.text().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Only those of this host.
    pub fn host(mut self, name: impl IntoName) -> Self {
        self.names.host = Some(name.text().map(|name| name.as_ref().to_owned()));
        self
    }

    /// All but this one, say the caller's own. An id that leads to no session spares none: where
    /// other threads rotate ids, compare track ids in [`matching`](Self::matching) instead.
    pub fn except(mut self, id: SessionId) -> Self {
        self.except = Some(id);
        self
    }

    /// Only those that `predicate` says yes to. It runs outside the store's locks; a panic in it
    /// passes to the caller, and nothing has been ended then.
    pub fn matching(
        mut self,
        predicate: impl Fn(&Session<T>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.predicates.push(Arc::new(predicate));
        self
    }

    /// The names of the groups that it singles out.
    pub(crate) fn names(&self) -> Names<&str> {
        self.names.groups()
    }

    pub(crate) fn excepted(&self) -> Option<SessionId> {
        self.except
    }

    /// Application code: hold no lock.
    pub(crate) fn matches(&self, session: &Session<T>) -> bool {
        self.names.fits(session.record.names.as_str())
            && self.predicates.iter().all(|predicate| predicate(session))
    }
}

impl<T> Clone for Selector<T> {
    fn clone(&self) -> Self {
        Self { names: self.names.clone(), except: self.except, predicates: self.predicates.clone() }
    }
}

impl<T> fmt::Debug for Selector<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selector")
            .field("principal", &self.names.principal)
            .field("originator", &self.names.originator)
            .field("host", &self.names.host)
            .field("except", &self.except)
            .field("predicates", &self.predicates.len())
            .finish()
    }
}
