//! Which sessions are meant.

use std::fmt;

use crate::id::{TrackId, TrackSalt};
use crate::session::{IntoName, Names, Pattern, Session};
use crate::sync::Arc;

type Predicate<T> = Arc<dyn Fn(&Session<T>) -> bool + Send + Sync>;

/// A pattern of sessions: those for which every condition holds.
///
/// It begins with a condition, or with [`all`](Self::all), which has to be said: a condition that
/// is forgotten does not end everybody. Each condition has a method that adds it to others, whose
/// name begins with `and_`. Conditions that contradict one another, as two principals do, leave no
/// session.
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
/// let [_, _, mine] = [("alice", 1), ("bob", 1), ("alice", 1)]
///     .map(|(user, tenant)| store.create(NewSession::new(tenant).principal(user)).unwrap());
///
/// let alice_in_tenant_1 = Selector::principal("alice").and_matching(|s| *s.data() == 1);
/// assert_eq!(store.list(&alice_in_tenant_1).len(), 2);
/// assert_eq!(store.end_where(&alice_in_tenant_1.except(&mine)).ended, 1);
///
/// assert!(store.list(&Selector::principal("alice").and_principal("bob")).is_empty());
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "a selector does nothing until a store is asked with it"]
pub struct Selector<T> {
    names: Pattern,
    track: Option<TrackId>,
    except: Vec<Spared>,
    predicates: Vec<Predicate<T>>,
    /// Whether there are conditions that no session can fulfil together.
    contradicts: bool,
}

/// A session that is spared. Keeps none of its data in memory.
#[derive(Clone)]
struct Spared {
    store: TrackSalt,
    number: u64,
}

impl<T> Selector<T> {
    /// Every session of the store.
    pub fn all() -> Self {
        Self {
            names: Pattern::default(),
            track: None,
            except: Vec::new(),
            predicates: Vec::new(),
            contradicts: false,
        }
    }

    /// The sessions of this principal.
    pub fn principal(name: impl IntoName) -> Self {
        Self::all().and_principal(name)
    }

    /// The sessions of this originator.
    pub fn originator(name: impl IntoName) -> Self {
        Self::all().and_originator(name)
    }

    /// The sessions of this host.
    pub fn host(name: impl IntoName) -> Self {
        Self::all().and_host(name)
    }

    /// The session with this track id.
    ///
    /// It is found by computing the track id of each session: at 100,000 sessions that takes
    /// milliseconds, in the thread that asks and outside the store's lock. Where the selector names
    /// a principal, an originator or a host, too, it computes those of that group alone.
    ///
    /// There is more than one only where an id was [given](crate::NewSession::id) again after its
    /// tombstone was gone, while the session that had it first goes on under another id.
    ///
    /// # Examples
    ///
    /// An administrator's `DELETE /sessions/{track}`:
    ///
    /// ```
    /// use tenure::{NewSession, Selector, SessionStore, TrackId};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(())).unwrap();
    /// let text = session.track_id().to_string();
    ///
    /// let track: TrackId = text.parse().unwrap();
    /// assert_eq!(store.end_where(&Selector::track_id(track)).ended, 1);
    /// assert_eq!(store.end_where(&Selector::track_id(track)).ended, 0);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn track_id(track_id: TrackId) -> Self {
        Self::all().and_track_id(track_id)
    }

    /// The sessions for which `predicate` returns true. It runs outside the store's locks; a panic
    /// in it passes to the caller, and nothing has been ended then.
    pub fn matching(predicate: impl Fn(&Session<T>) -> bool + Send + Sync + 'static) -> Self {
        Self::all().and_matching(predicate)
    }

    /// Only those of this principal.
    pub fn and_principal(mut self, name: impl IntoName) -> Self {
        self.contradicts |= contradicts(&mut self.names.principal, owned(name));
        self
    }

    /// Only those of this originator.
    pub fn and_originator(mut self, name: impl IntoName) -> Self {
        self.contradicts |= contradicts(&mut self.names.originator, owned(name));
        self
    }

    /// Only those of this host.
    pub fn and_host(mut self, name: impl IntoName) -> Self {
        self.contradicts |= contradicts(&mut self.names.host, owned(name));
        self
    }

    /// Only the one with this track id. See [`track_id`](Self::track_id).
    pub fn and_track_id(mut self, track_id: TrackId) -> Self {
        self.contradicts |= contradicts(&mut self.track, track_id);
        self
    }

    /// Only those for which `predicate` returns true. See [`matching`](Self::matching). It is
    /// called for sessions that fulfil the other conditions.
    pub fn and_matching(
        mut self,
        predicate: impl Fn(&Session<T>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.predicates.push(Arc::new(predicate));
        self
    }

    /// All but this session, say the caller's own, whatever its id is by then. May be given for
    /// several. Keeps nothing of the session in memory. A session of another store spares none.
    ///
    /// # Examples
    ///
    /// Log a user out everywhere but here:
    ///
    /// ```
    /// use tenure::{NewSession, Selector, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let [here, there] = [(); 2].map(|()| {
    ///     store.create(NewSession::new(()).principal("alice")).unwrap()
    /// });
    /// let lease = store.acquire(&here.id()).unwrap();
    /// let others = Selector::principal("alice").except(&lease);
    /// store.rotate(&here.id()).unwrap();
    /// assert_eq!(store.end_where(&others).ended, 1);
    /// assert!(there.is_ended() && !here.is_ended());
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn except(mut self, session: &Session<T>) -> Self {
        let record = &session.record;
        self.except.push(Spared { store: record.context.salt.clone(), number: record.number() });
        self
    }

    /// The names of the groups that it singles out; `None` if it means no session at all.
    pub(super) fn names(&self) -> Option<Names<&str>> {
        (!self.contradicts).then(|| self.names.groups())
    }

    pub(super) fn track(&self) -> Option<TrackId> {
        self.track
    }

    /// Whether a session fulfils all conditions, where it is known to have the track id.
    /// Application code: hold no lock.
    pub(super) fn matches(&self, session: &Session<T>) -> bool {
        let record = &session.record;
        let spared = |spared: &Spared| {
            spared.number == record.number() && spared.store.is(&record.context.salt)
        };
        self.names.fits(record.names.as_str())
            && !self.except.iter().any(spared)
            && self.predicates.iter().all(|predicate| predicate(session))
    }
}

fn owned(name: impl IntoName) -> Option<String> {
    name.text().map(|name| name.as_ref().to_owned())
}

/// Adds a condition, and returns whether there was another of its kind.
fn contradicts<V: Clone + PartialEq>(condition: &mut Option<V>, value: V) -> bool {
    let before = condition.get_or_insert_with(|| value.clone());
    *before != value
}

impl<T> Clone for Selector<T> {
    fn clone(&self) -> Self {
        Self {
            names: self.names.clone(),
            track: self.track,
            except: self.except.clone(),
            predicates: self.predicates.clone(),
            contradicts: self.contradicts,
        }
    }
}

#[allow(clippy::missing_fields_in_debug, reason = "predicates are closures")]
impl<T> fmt::Debug for Selector<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selector")
            .field("principal", &self.names.principal)
            .field("originator", &self.names.originator)
            .field("host", &self.names.host)
            .field("track_id", &self.track)
            .field("except", &self.except.len())
            .field("predicates", &self.predicates.len())
            .finish()
    }
}
