//! Why a slot has no session to give.

use std::convert::Infallible;
use std::time::Duration;

use crate::error::CreateError;

/// Why a slot has no session to give. `E` is what the application's login fails with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError<E = Infallible> {
    /// The host's login failed.
    #[error("the login failed: {0}")]
    Login(E),
    /// The store has no place for the session.
    #[error("the login's session was not created: {0}")]
    Create(#[source] CreateError),
    /// Each time that it was tried, the slot was invalidated during the login, or pushed out by
    /// other keys.
    #[error("the slot was taken away each of {tries} times")]
    Contended {
        /// How often it was tried.
        tries: u32,
    },
    /// Another login was under way for too long. Only with single flight.
    #[error("another login was still under way after {waited:?}")]
    TimedOut {
        /// How long this one waited for it.
        waited: Duration,
    },
    /// There are as many keyed slots as there may be, and the session of each is in use.
    #[error("all {max} slots are in use")]
    TooMany {
        /// The most slots there may be.
        max: usize,
    },
}

/// Why a slot gave no session.
pub(crate) enum Attempt<E> {
    Failed(LoginError<E>),
    /// The slot is out of use; there may be another.
    Retired,
}

impl<E> Attempt<E> {
    /// The error, where nobody takes the slot out of use.
    pub(super) fn into_error(self) -> LoginError<E> {
        match self {
            Self::Failed(error) => error,
            Self::Retired => LoginError::Contended { tries: 0 },
        }
    }
}
