//! What is asked for when a session is created.

use std::fmt;
use std::time::Duration;

use super::into_name::IntoName;
use super::names::Names;
use super::past::Past;
use super::short_name::Name;
use crate::error::CreateError;
use crate::id::SessionId;
use crate::timeouts::Timeouts;

/// The longest name, in bytes. Names come from clients, and the store remembers who was evicted.
pub(crate) const MAX_NAME: usize = 4_096;

/// A session to be created: who it is for, how it is treated, and the application's own data.
///
/// A name has at most 4,096 bytes. The data is shared, and cannot be replaced: make it of what can
/// be changed behind a reference, as [the guide](crate::guide::data) shows.
///
/// A setter takes a value or an `Option` of one, where `None` is without.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store
///     .create(
///         NewSession::new("the application's own data")
///             .principal("alice")
///             .originator("backup-script")
///             .idle_timeout(Duration::from_secs(300)),
///     )
///     .unwrap();
/// assert_eq!(session.principal(), Some("alice"));
/// assert_eq!(*session.data(), "the application's own data");
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[must_use = "a new session does nothing until a store creates it"]
pub struct NewSession<T> {
    pub(crate) data: T,
    pub(crate) id: Option<SessionId>,
    pub(crate) names: Names<Name>,
    pub(crate) pinned: bool,
    pub(crate) privileged: bool,
    /// Whether it is in use from the first moment on.
    pub(crate) leased: bool,
    pub(crate) past: Past,
    idle: Timeout,
    absolute: Timeout,
}

/// A timeout of one session.
#[derive(Clone, Copy)]
enum Timeout {
    /// The store's.
    Default,
    /// Its own, which may be none.
    Own(Option<Duration>),
}

impl<T> NewSession<T> {
    /// A session without names, with the store's timeouts.
    pub fn new(data: T) -> Self {
        Self {
            data,
            id: None,
            names: Names { principal: None, originator: None, host: None },
            pinned: false,
            privileged: false,
            leased: false,
            past: Past::default(),
            idle: Timeout::Default,
            absolute: Timeout::Default,
        }
    }

    /// Who logs in: a user name, a subject, an API key's owner. Counted by the per-principal limit.
    pub fn principal(mut self, name: impl IntoName) -> Self {
        self.names.principal = name.text().map(|name| Name::new(name.as_ref()));
        self
    }

    /// Which software logs in. Counted by the per-originator limit, and what
    /// [`pressure`](crate::SessionStore::pressure) attributes leaks to.
    pub fn originator(mut self, name: impl IntoName) -> Self {
        self.names.originator = name.text().map(|name| Name::new(name.as_ref()));
        self
    }

    /// The host that the session belongs to, where a store holds the sessions of several.
    pub fn host(mut self, name: impl IntoName) -> Self {
        self.names.host = name.text().map(|name| Name::new(name.as_ref()));
        self
    }

    /// Exempts the session from limits, eviction and idle timeout. Only its absolute timeout,
    /// [`EndAs::pinned_too`](crate::EndAs::pinned_too), the [slot](crate::slot::ReusableSession)
    /// that holds it, the [death](crate::liveness::HostLiveness) of its host and closing the store
    /// end it.
    pub fn pinned(mut self) -> Self {
        self.pinned = true;
        self
    }

    /// Lets the session take a place of the [reserve](crate::Limits::reserve).
    pub fn privileged(mut self) -> Self {
        self.privileged = true;
        self
    }

    /// An idle timeout of the session's own in place of the store's; `None` for none at all.
    pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.idle = Timeout::Own(timeout.into());
        self
    }

    /// An absolute timeout of the session's own in place of the store's; `None` for none at all.
    pub fn absolute_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.absolute = Timeout::Own(timeout.into());
        self
    }

    /// Restores a session that was created so long ago, as after a restart, or into a cache; unless
    /// [`idle_for`](Self::idle_for) says otherwise, it was last active now.
    ///
    /// From then on it is as if it had been there all the time: its absolute timeout counts from
    /// its creation, its idle timeout from its last activity, and the order in which sessions are
    /// evicted is by last activity as ever. Into a full store it comes as any new session does: the
    /// oldest of those that are there makes room, even if that was active later than the restored
    /// one, which may be the next to go. So restore what has been idle the longest first, and those
    /// remain that were active last.
    ///
    /// [`create`](crate::SessionStore::create) refuses a session that has expired, one that is
    /// idle for longer than it is old, and one that began before the clock's origin
    /// ([`Tick::START`](crate::Tick::START): with this crate's clocks a session may be a year old).
    ///
    /// With [host liveness](crate::liveness): a host's death ends the sessions that were created
    /// before it. So a session that is restored for a host that has been silent for too long, but
    /// whose death no sweep has noticed yet, ends when one does. Restore such sessions by
    /// [`HostLiveness::create`](crate::liveness::HostLiveness::create), which refuses them at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tenure::{Clock, ManualClock, NewSession, SessionStore};
    ///
    /// let clock = ManualClock::new();
    /// let hours = |hours: u64| Duration::from_secs(hours * 3600);
    /// let store = SessionStore::builder().clock(clock.clone()).build()?;
    /// let saved = || NewSession::new("data").idle_timeout(Some(hours(2)));
    ///
    /// let session = store.create(saved().age(hours(8)).idle_for(hours(1))).unwrap();
    /// assert_eq!(store.wall_at(session.created_at()), clock.wall() - hours(8));
    /// assert_eq!(session.expires_in(), Some(hours(1)));
    ///
    /// let expired = store.create(saved().age(hours(8)).idle_for(hours(3))).unwrap_err();
    /// let message = "the restored session has expired: 3600s past its idle timeout of 7200s";
    /// assert_eq!(expired.to_string(), message);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    pub fn age(mut self, age: Duration) -> Self {
        self.past.age = Some(age);
        self
    }

    /// Restores a session that was last active so long ago. If no [`age`](Self::age) is given, it
    /// was created then.
    pub fn idle_for(mut self, idle: Duration) -> Self {
        self.past.idle = idle;
        self
    }

    /// The same, with other data.
    #[cfg(feature = "shared")]
    pub(crate) fn map<U>(self, data: impl FnOnce(T) -> U) -> NewSession<U> {
        NewSession {
            data: data(self.data),
            id: self.id,
            names: self.names,
            pinned: self.pinned,
            privileged: self.privileged,
            leased: self.leased,
            past: self.past,
            idle: self.idle,
            absolute: self.absolute,
        }
    }

    /// Refuses names that are too long.
    pub(crate) fn check_names(&self) -> Result<(), CreateError> {
        let names = [
            ("principal", &self.names.principal),
            ("originator", &self.names.originator),
            ("host", &self.names.host),
        ];
        for (which, name) in names {
            let bytes = name.as_ref().map_or(0, Name::len);
            if bytes > MAX_NAME {
                return Err(CreateError::NameTooLong { which, bytes, max: MAX_NAME });
            }
        }
        Ok(())
    }

    /// The timeouts that hold for it in a store with these defaults.
    pub(crate) fn timeouts(&self, defaults: Timeouts) -> Result<Timeouts, CreateError> {
        let idle = self.idle.or(defaults.idle, "idle")?.filter(|_| !self.pinned);
        Ok(Timeouts { idle, absolute: self.absolute.or(defaults.absolute, "absolute")? })
    }
}

impl Timeout {
    fn or(
        self,
        default: Option<Duration>,
        which: &'static str,
    ) -> Result<Option<Duration>, CreateError> {
        match self {
            Self::Default => Ok(default),
            Self::Own(Some(Duration::ZERO)) => Err(CreateError::ZeroTimeout { which }),
            Self::Own(own) => Ok(own),
        }
    }
}

impl<T> fmt::Debug for NewSession<T> {
    /// Leaves out the application's data, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSession")
            .field("id", &self.id)
            .field("principal", &self.names.principal)
            .field("originator", &self.names.originator)
            .field("host", &self.names.host)
            .field("pinned", &self.pinned)
            .field("privileged", &self.privileged)
            .finish_non_exhaustive()
    }
}
