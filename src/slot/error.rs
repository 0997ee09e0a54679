//! Why a slot has no session to give.

use std::convert::Infallible;
use std::time::Duration;

use crate::error::CreateError;
use crate::session::{MAX_LEASES, Refusal};

/// Why a slot has no session to give. `E` is what the application's login fails with.
///
/// # Examples
///
/// ```
/// use tenure::slot::{LoginError, ReusableSession};
/// use tenure::{CreateError, NewSession, SessionStore};
///
/// let store = SessionStore::<()>::builder().build()?;
/// let slot = ReusableSession::new(&store);
/// let refused = slot.try_get_or_login(|| Err("wrong password")).unwrap_err();
/// assert_eq!(refused, LoginError::Login("wrong password"));
///
/// store.close();
/// let refused = slot.get_or_login(|| NewSession::new(())).unwrap_err();
/// assert_eq!(refused, LoginError::Create(CreateError::Closed));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError<E = Infallible> {
    /// The application's login failed.
    #[error("the login failed: {0}")]
    Login(E),
    /// The store has no place for the session.
    #[error("the login's session was not created: {0}")]
    Create(CreateError),
    /// Each time that it was tried, the slot was invalidated during the login, or pushed out by
    /// other keys.
    #[error("gave up after {tries} attempts: the slot was invalidated or evicted each time")]
    Contended {
        /// How often it was tried.
        tries: u32,
    },
    /// Other logins were under way all the time, the last of them not for long enough to be taken
    /// over. Only with single flight.
    #[error("another login was still under way after {waited:?}")]
    TimedOut {
        /// How long this call waited.
        waited: Duration,
    },
    /// There are as many keyed slots, or sessions of a pool, as there may be, and all are in use.
    #[error("all {max} places are in use")]
    TooMany {
        /// The most there may be.
        max: usize,
    },
    /// The session in the slot has no lease left to give.
    #[error("all {max} leases of the session are taken")]
    TooManyLeases {
        /// The most leases that one session can give.
        max: u32,
    },
}

/// The session in the slot is good, and has no lease left to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooManyLeases;

impl TooManyLeases {
    /// Tells this refusal from those of sessions that are no good.
    pub(super) fn check(refusal: Refusal) -> Result<(), Self> {
        if refusal == Refusal::TooManyLeases { Err(Self) } else { Ok(()) }
    }
}

impl<E> From<TooManyLeases> for LoginError<E> {
    fn from(TooManyLeases: TooManyLeases) -> Self {
        Self::TooManyLeases { max: MAX_LEASES }
    }
}
