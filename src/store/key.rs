//! The ways to name a session.

use crate::id::SessionId;
use crate::session::{Lease, Session};
use crate::sync::Arc;

/// What names a session to [`touch`](crate::SessionStore::touch),
/// [`acquire`](crate::SessionStore::acquire), [`end`](crate::SessionStore::end) and every other
/// operation on one session: its id, a handle of it, or the text that a client sent.
///
/// - **An id**, `SessionId` or `&SessionId`: the session that has it. A rotated id leads on within
///   its [grace](crate::StoreBuilder::rotation_grace).
/// - **A handle**, `&Session<T>`, `&Lease<T>`, `&Arc<Lease<T>>` or
///   [`&PooledSession<T>`](crate::slot::PooledSession): that session, whatever its id is now;
///   another thread may rotate it at any time. One of another store is unknown here. How the
///   session ended is never forgotten.
/// - **The text of an id**, `&str`, `String` or `&String`, such as a cookie: as for the id. Text of
///   any other form is unknown.
///
/// Reading the text does not take constant time, and need not: which characters an id can have is
/// no secret. The trait is sealed: your program uses it, and does not implement it.
///
/// # Examples
///
/// ```
/// use tenure::{LookupError, NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let session = store.create(NewSession::new("data")).unwrap();
/// let (id, cookie) = (session.id(), session.id().expose());
///
/// // A request comes with its cookie; nonsense leads to no session.
/// let lease = store.acquire(&cookie).unwrap();
/// assert_eq!(store.touch("nonsense").unwrap_err(), LookupError::Unknown);
///
/// // The id changes, and what is in hand does not care.
/// store.rotate(&lease).unwrap();
/// assert!(store.touch(id).is_err() && store.touch(cookie).is_err());
/// assert!(store.touch(&session).is_ok() && store.touch(&lease).is_ok());
/// store.end(&session);
/// assert!(matches!(store.touch(&session), Err(LookupError::Ended(_))));
///
/// let elsewhere = SessionStore::<&str>::builder().build()?;
/// assert_eq!(elsewhere.touch(&session).unwrap_err(), LookupError::Unknown);
/// # Ok::<(), tenure::BuildError>(())
/// ```
pub trait SessionKey<T>: Key<T> {}

/// The sealed part of [`SessionKey`].
#[doc(hidden)]
pub trait Key<T> {
    /// Which session is meant.
    #[doc(hidden)]
    fn named(&self) -> Opaque<'_, T>;
}

/// What only the crate can look into.
#[doc(hidden)]
#[derive(Debug)]
pub struct Opaque<'a, T>(pub(crate) Named<'a, T>);

/// How a key names its session.
#[derive(Debug)]
pub(crate) enum Named<'a, T> {
    /// By the id.
    Id(SessionId),
    /// By a handle, of this store or another.
    Handle(&'a Session<T>),
    /// By text that is no id.
    Nonsense,
}

impl<'a, T> Opaque<'a, T> {
    #[inline]
    pub(crate) fn handle(session: &'a Session<T>) -> Self {
        Self(Named::Handle(session))
    }

    fn text(text: &str) -> Self {
        Self(text.parse().map_or(Named::Nonsense, Named::Id))
    }
}

impl<T> SessionKey<T> for SessionId {}
impl<T> SessionKey<T> for &SessionId {}
impl<T> SessionKey<T> for &Session<T> {}
impl<T> SessionKey<T> for &Lease<T> {}
impl<T> SessionKey<T> for &Arc<Lease<T>> {}
impl<T> SessionKey<T> for &str {}
impl<T> SessionKey<T> for String {}
impl<T> SessionKey<T> for &String {}

impl<T> Key<T> for SessionId {
    #[inline]
    fn named(&self) -> Opaque<'_, T> {
        Opaque(Named::Id(*self))
    }
}

impl<T> Key<T> for &SessionId {
    #[inline]
    fn named(&self) -> Opaque<'_, T> {
        Opaque(Named::Id(**self))
    }
}

impl<T> Key<T> for &Session<T> {
    #[inline]
    fn named(&self) -> Opaque<'_, T> {
        Opaque::handle(self)
    }
}

impl<T> Key<T> for &Lease<T> {
    #[inline]
    fn named(&self) -> Opaque<'_, T> {
        Opaque::handle(self.session())
    }
}

impl<T> Key<T> for &Arc<Lease<T>> {
    #[inline]
    fn named(&self) -> Opaque<'_, T> {
        Opaque::handle(self.session())
    }
}

impl<T> Key<T> for &str {
    fn named(&self) -> Opaque<'_, T> {
        Opaque::text(self)
    }
}

impl<T> Key<T> for String {
    fn named(&self) -> Opaque<'_, T> {
        Opaque::text(self)
    }
}

impl<T> Key<T> for &String {
    fn named(&self) -> Opaque<'_, T> {
        Opaque::text(self)
    }
}
