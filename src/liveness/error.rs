//! Why a host cannot be had.

use std::convert::Infallible;
use std::time::Duration;

use crate::slot::LoginError;

/// Why a host, or a session with it, cannot be had. `E` is what the application's login fails with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError<E = Infallible> {
    /// Nobody has heard of it.
    #[error("there is no host {host:?}")]
    UnknownHost {
        /// Its name.
        host: String,
    },
    /// It is assumed dead. It was not tried, or it died during the login. XenAPI's `HOST_OFFLINE`.
    #[error("host {host:?} is offline: nothing was heard of it for {silent_for:?}")]
    HostOffline {
        /// Its name.
        host: String,
        /// For how long nothing was heard of it.
        silent_for: Duration,
    },
    /// It is live as far as is known, and could not be talked to. XenAPI's `CANNOT_CONTACT_HOST`.
    #[error("cannot contact host {host:?}: {error}")]
    CannotContact {
        /// Its name.
        host: String,
        /// What the application met with.
        error: E,
    },
    /// The login's session could not be kept.
    #[error(transparent)]
    Login(LoginError),
    /// There are as many hosts as there may be.
    #[error("there are {max} hosts already")]
    TooManyHosts {
        /// The most there may be.
        max: usize,
    },
    /// The name is longer than a store keeps.
    #[error("the name of the host has {bytes} bytes, more than {max}")]
    NameTooLong {
        /// How long it is.
        bytes: usize,
        /// The most bytes that a name may have.
        max: usize,
    },
}

/// Why a login did not happen, or failed.
pub(super) enum Refused<E> {
    /// The host is not to be had.
    Host(HostError),
    /// The login failed.
    Login(E),
}

impl<E> HostError<E> {
    /// The same error among those of a login.
    pub(super) fn widen(error: HostError) -> Self {
        match error {
            HostError::UnknownHost { host } => Self::UnknownHost { host },
            HostError::HostOffline { host, silent_for } => Self::HostOffline { host, silent_for },
            HostError::CannotContact { error, .. } => match error {},
            HostError::Login(error) => Self::Login(error),
            HostError::TooManyHosts { max } => Self::TooManyHosts { max },
            HostError::NameTooLong { bytes, max } => Self::NameTooLong { bytes, max },
        }
    }

    /// What a slot's error means for a host.
    pub(super) fn of_login(host: &str, error: LoginError<Refused<E>>) -> Self {
        Self::Login(match error {
            LoginError::Login(Refused::Host(error)) => return Self::widen(error),
            LoginError::Login(Refused::Login(error)) => {
                return Self::CannotContact { host: host.to_owned(), error };
            }
            LoginError::Create(error) => LoginError::Create(error),
            LoginError::Contended { tries } => LoginError::Contended { tries },
            LoginError::TimedOut { waited } => LoginError::TimedOut { waited },
            LoginError::TooMany { max } => LoginError::TooMany { max },
        })
    }
}
