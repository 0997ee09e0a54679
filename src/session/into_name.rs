//! What a name can be given as.

use std::borrow::Cow;

use crate::sync::Arc;

/// What the name of a principal, an originator or a host can be given as: `&str`, `String`, a
/// reference to either, `Box<str>`, `Arc<str>`, `Cow<str>`, or an `Option` of one of these.
///
/// `None` means *no such name*, everywhere: [`NewSession`](crate::NewSession) creates a session
/// without one, and [`Selector`](crate::Selector) and [`Filter`](crate::events::Filter) ask for
/// sessions without one, never for all. Leave the condition out to ask for all.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, Selector, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let users = [Some("alice"), None, Some("bob")];
/// for user in users {
///     store.create(NewSession::new(()).principal(user)).unwrap();
/// }
/// let alice = String::from("alice");
/// assert_eq!(store.list(&Selector::principal(&alice)).len(), 1);
/// assert_eq!(store.list(&Selector::principal(users[1])).len(), 1);
/// assert_eq!(store.list(&Selector::all()).len(), 3);
/// # Ok::<(), tenure::BuildError>(())
/// ```
pub trait IntoName: Text {}

/// Seals [`IntoName`].
pub trait Text {
    /// The name, if there is one.
    fn text(self) -> Option<impl AsRef<str>>;
}

impl<N: Text> IntoName for N {}

impl<S: AsRef<str> + ?Sized> Text for &S {
    fn text(self) -> Option<impl AsRef<str>> {
        Some(self)
    }
}

impl<N: Text> Text for Option<N> {
    fn text(self) -> Option<impl AsRef<str>> {
        self.and_then(N::text)
    }
}

macro_rules! owned {
    ($($name:ty),*) => {$(
        impl Text for $name {
            fn text(self) -> Option<impl AsRef<str>> {
                Some(self)
            }
        }
    )*};
}

owned!(String, Box<str>, Arc<str>, Cow<'_, str>);
