//! What can go wrong with hosts.

use std::convert::Infallible;
use std::time::Duration;

use crate::error::CreateError;
use crate::slot::LoginError;

/// Why a [`HostLiveness`](crate::liveness::HostLiveness) cannot be built. Each names the setting at
/// fault.
///
/// # Examples
///
/// ```
/// use tenure::SessionStore;
/// use tenure::liveness::{HostLiveness, LivenessBuildError};
///
/// let store = SessionStore::<()>::builder().build()?;
/// let refused = HostLiveness::builder(&store, "ada").max_hosts(0).build().unwrap_err();
/// assert_eq!(refused, LivenessBuildError::NoHosts);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LivenessBuildError {
    /// Every host would be dead at once.
    #[error("`assumed_dead_after` is zero: make it several heartbeats long")]
    ZeroSilence,
    /// The local host is one of the hosts.
    #[error("`max_hosts` is zero: the local host needs a place")]
    NoHosts,
    /// No session could belong to the local host.
    #[error("the name of the local host has {bytes} bytes, more than {max}")]
    NameTooLong {
        /// How long it is.
        bytes: usize,
        /// The most bytes that a name may have.
        max: usize,
    },
}

/// Why there is no such host, or no session with it. `E` is the error of your login.
///
/// # Examples
///
/// ```
/// use tenure::SessionStore;
/// use tenure::liveness::{HostError, HostLiveness};
///
/// let store = SessionStore::<()>::builder().build()?;
/// let hosts = HostLiveness::new(&store, "ada");
/// let refused = hosts.get("bob").unwrap_err();
/// assert_eq!(refused, HostError::UnknownHost { host: "bob".into() });
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError<E = Infallible> {
    /// The host was never added, or was forgotten.
    #[error("unknown host {host:?}")]
    UnknownHost {
        /// Its name.
        host: String,
    },
    /// The host is assumed dead: before the call, which did nothing then, or since it began.
    /// XenAPI's `HOST_OFFLINE`.
    #[error("host {host:?} is offline: no heartbeat for {silent_for:?}")]
    HostOffline {
        /// Its name.
        host: String,
        /// The time since its last heartbeat.
        silent_for: Duration,
    },
    /// The host is live, as far as its heartbeats say, and the login failed. XenAPI's
    /// `CANNOT_CONTACT_HOST`.
    #[error("cannot contact host {host:?}: {error}")]
    CannotContact {
        /// Its name.
        host: String,
        /// Your login's error.
        error: E,
    },
    /// The store refused the session.
    #[error(transparent)]
    Create(CreateError),
    /// The session of a login could not be created or kept.
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
    /// The host is unknown or offline.
    Host(HostError),
    /// The login failed.
    Login(E),
}

impl<E> HostError<E> {
    /// The same error, as one of a login.
    pub(super) fn widen(error: HostError) -> Self {
        match error {
            HostError::UnknownHost { host } => Self::UnknownHost { host },
            HostError::HostOffline { host, silent_for } => Self::HostOffline { host, silent_for },
            HostError::CannotContact { error, .. } => match error {},
            HostError::Create(error) => Self::Create(error),
            HostError::Login(error) => Self::Login(error),
            HostError::TooManyHosts { max } => Self::TooManyHosts { max },
            HostError::NameTooLong { bytes, max } => Self::NameTooLong { bytes, max },
        }
    }

    /// The error of a login in a host's slot.
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
            LoginError::TooManyLeases { max } => LoginError::TooManyLeases { max },
        })
    }
}
