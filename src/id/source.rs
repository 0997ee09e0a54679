//! Where fresh session ids come from.

use super::session_id::SessionId;
use crate::sync::Arc;

/// Draws the secret ids of new sessions. A closure is one, and an `Arc<S>` or `Box<dyn IdSource>`.
///
/// The default takes 128 bits from the operating system for each id. It keeps no buffer in user
/// space, so two processes after a `fork` never draw the same id.
///
/// # Security
///
/// Ids must be unpredictable and must not repeat, not even after their session ended: the store
/// refuses an id that is live ([`IdInUse`](crate::CreateError::IdInUse)), or that it still has a
/// tombstone of ([`IdEnded`](crate::CreateError::IdEnded)), but it cannot remember forever.
///
/// # Panics
///
/// A source may panic: the store calls it before it changes anything and holds no lock meanwhile.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tenure::store::{IdError, IdSource};
/// use tenure::{NewSession, SessionId, SessionStore};
///
/// let broken = || Err(IdError::new("the hardware token is unplugged"));
/// let store = SessionStore::builder().id_source(broken).build()?;
/// let refused = store.create(NewSession::new(())).unwrap_err();
/// let message = "no session id could be drawn: the hardware token is unplugged";
/// assert_eq!(refused.to_string(), message);
/// assert_eq!(store.stats().live, 0);
///
/// // A type of one's own, shared:
/// struct Token(u8);
/// impl IdSource for Token {
///     fn next_id(&self) -> Result<SessionId, IdError> {
///         Ok(SessionId::from_bytes([self.0; 16]))
///     }
/// }
/// let token: Arc<dyn IdSource> = Arc::new(Token(7));
/// let store = SessionStore::<()>::builder().id_source(token).build()?;
/// # Ok::<(), tenure::BuildError>(())
/// ```
pub trait IdSource: Send + Sync + 'static {
    /// A fresh id.
    ///
    /// # Errors
    ///
    /// [`IdError`] if there is none to be had now, say because the operating system gave no
    /// randomness. The store then refuses the session.
    fn next_id(&self) -> Result<SessionId, IdError>;
}

impl<F> IdSource for F
where
    F: Fn() -> Result<SessionId, IdError> + Send + Sync + 'static,
{
    fn next_id(&self) -> Result<SessionId, IdError> {
        self()
    }
}

impl<S: IdSource + ?Sized> IdSource for Arc<S> {
    fn next_id(&self) -> Result<SessionId, IdError> {
        (**self).next_id()
    }
}

/// No `Box<S>`: one of a closure is a closure.
impl IdSource for Box<dyn IdSource> {
    fn next_id(&self) -> Result<SessionId, IdError> {
        (**self).next_id()
    }
}

/// Where the ids of a store come from.
pub(crate) enum Ids {
    /// 128 bits from the operating system for each id, the default.
    Drawn,
    /// The application.
    Given(Box<dyn IdSource>),
}

impl Ids {
    /// A fresh id. Application code: hold no lock.
    pub(crate) fn next_id(&self) -> Result<SessionId, IdError> {
        match self {
            Self::Drawn => random_bytes().map(SessionId::from_bytes),
            Self::Given(source) => source.next_id(),
        }
    }

    /// Whether an id may come a second time. Of 2^64 that were drawn, one pair is expected to be
    /// equal: they are not looked up before use.
    pub(crate) fn may_repeat(&self) -> bool {
        matches!(self, Self::Given(_))
    }
}

/// As many random bytes from the operating system as the caller's array holds.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], IdError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| IdError::new(error.to_string()))?;
    Ok(bytes)
}

/// Why an id source, or the operating system, had nothing to give.
///
/// # Examples
///
/// ```
/// use tenure::store::IdError;
///
/// assert_eq!(IdError::new("the token is unplugged").to_string(), "the token is unplugged");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct IdError {
    reason: String,
}

impl IdError {
    /// An error with a reason for people to read. The reason must not contain an id.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_differ_and_use_all_128_bits() {
        let ids: Vec<SessionId> = (0..2_000).map(|_| Ids::Drawn.next_id().unwrap()).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        for bit in 0..128 {
            let ones = ids.iter().filter(|id| id.as_bytes()[bit / 8] >> (bit % 8) & 1 == 1).count();
            // A fair bit strays by more than 500 from 1,000 about once in 10^110 runs.
            assert!((500..1_500).contains(&ones), "bit {bit} is set {ones} times of 2,000");
        }
    }
}
