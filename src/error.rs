//! What can go wrong, one enum an operation.
//!
//! An error that is caused by another has that one's text in its message, and no
//! [`source`](std::error::Error::source): whichever way it is printed, nothing comes twice.

mod build;
mod create;

use crate::end::Tombstone;
use crate::id::IdError;
pub use build::BuildError;
pub use create::{CreateError, Shortage};

/// Why a key does not lead to a session.
///
/// # Examples
///
/// ```
/// use tenure::{LookupError, NewSession, SessionId, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// let never = SessionId::from_bytes([7; 16]);
/// assert_eq!(store.touch(&never).unwrap_err(), LookupError::Unknown);
///
/// let session = store.create(NewSession::new(())).unwrap();
/// store.end(&session.id());
/// assert!(matches!(store.touch(&session.id()), Err(LookupError::Ended(_))));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// There is no such session, and no memory of one.
    #[error("no such session")]
    Unknown,
    /// There was one, and it has ended.
    #[error("the session {0}")]
    Ended(Tombstone),
}

/// Why a session cannot be used.
///
/// # Examples
///
/// ```
/// use tenure::{AcquireError, LookupError, SessionId, SessionStore};
///
/// let store = SessionStore::<()>::builder().build()?;
/// let refused = store.acquire(&SessionId::from_bytes([7; 16])).unwrap_err();
/// assert_eq!(refused, AcquireError::from(LookupError::Unknown));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AcquireError {
    /// There is no such session, and no memory of one.
    #[error("no such session")]
    Unknown,
    /// There was one, and it has ended.
    #[error("the session {0}")]
    Ended(Tombstone),
    /// Every lease that a session can give is taken.
    #[error("all {max} leases of the session are taken")]
    TooManyLeases {
        /// The most that one session gives.
        max: u32,
    },
}

impl LookupError {
    /// How the session ended, if it did and that is remembered.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure::{EndReason, NewSession, SessionStore};
    ///
    /// let store = SessionStore::builder().build()?;
    /// let session = store.create(NewSession::new(())).unwrap();
    /// store.end(&session);
    /// let ended = store.touch(session.id()).unwrap_err().tombstone().unwrap();
    /// assert_eq!(ended.reason(), EndReason::LoggedOut);
    /// # Ok::<(), tenure::BuildError>(())
    /// ```
    #[must_use]
    pub const fn tombstone(&self) -> Option<Tombstone> {
        match self {
            Self::Ended(tombstone) => Some(*tombstone),
            Self::Unknown => None,
        }
    }
}

impl AcquireError {
    /// How the session ended, if it did and that is remembered.
    #[must_use]
    pub const fn tombstone(&self) -> Option<Tombstone> {
        match self {
            Self::Ended(tombstone) => Some(*tombstone),
            Self::Unknown | Self::TooManyLeases { .. } => None,
        }
    }
}

impl From<LookupError> for AcquireError {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Unknown => Self::Unknown,
            LookupError::Ended(tombstone) => Self::Ended(tombstone),
        }
    }
}

/// Why a session keeps its old id.
///
/// # Examples
///
/// ```
/// use tenure::{LookupError, RotateError, SessionId, SessionStore};
///
/// let store = SessionStore::<()>::builder().build()?;
/// let refused = store.rotate(&SessionId::from_bytes([7; 16])).unwrap_err();
/// assert_eq!(refused, RotateError::Lookup(LookupError::Unknown));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// The key leads to no session; a rotated id in its grace is one of those.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// A live session has the new id, perhaps this one.
    #[error("a live session has the new id")]
    IdInUse,
    /// A session had the new id, and has ended, or has another id since.
    #[error("a session had the new id: it {0}")]
    IdEnded(Tombstone),
    /// The id source had no id to give.
    #[error("no session id could be drawn: {0}")]
    IdSource(IdError),
}

impl RotateError {
    /// How the session ended that the key or, for [`IdEnded`](Self::IdEnded), the new id leads to.
    #[must_use]
    pub const fn tombstone(&self) -> Option<Tombstone> {
        match self {
            Self::Lookup(error) => error.tombstone(),
            Self::IdEnded(tombstone) => Some(*tombstone),
            Self::IdInUse | Self::IdSource(_) => None,
        }
    }
}
