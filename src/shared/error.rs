//! What can go wrong with shared sessions.

use std::time::Duration;

use super::report::RefreshReport;
use crate::collection::CollectionError;
use crate::end::{LimitKind, Tombstone};
use crate::error::{AcquireError, BuildError, CreateError, RotateError};
use crate::id::TrackId;

/// Why shared sessions cannot be built.
///
/// # Examples
///
/// ```
/// use tenure::collection::{HashKey, MemoryCollection};
/// use tenure::shared::{SharedBuildError, SharedSessions};
/// use tenure::{Limit, Limits, SessionStore};
///
/// let limits = Limits::default().per_principal(Limit::reject(3));
/// let store = SessionStore::builder().limits(limits);
/// let (collection, key) = (MemoryCollection::default(), HashKey::new([1; 32]));
/// let builder = SharedSessions::<(), _>::builder(collection, key);
/// let refused = builder.store(store).build().unwrap_err();
/// assert_eq!(refused, SharedBuildError::LimitOfOneNode { what: "per principal" });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SharedBuildError {
    /// The store cannot be built.
    #[error("{0}")]
    Store(BuildError),
    /// A limit on logins is no matter of one node.
    #[error("a limit {what} is the collection's: set it in the collection's policy")]
    LimitOfOneNode {
        /// Which limit.
        what: &'static str,
    },
}

/// Why a refresh is not good. What it did stays done, and the next one does the rest.
///
/// # Examples
///
/// ```
/// use tenure::shared::RefreshError;
///
/// assert_eq!(RefreshError::UnderWay.to_string(), "another refresh is under way");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// One runs at a time.
    #[error("another refresh is under way")]
    UnderWay,
    /// Something failed.
    #[error("{}", failed(.0))]
    Failed(Box<RefreshReport>),
}

fn failed(report: &RefreshReport) -> String {
    let (step, error) = match &report.failure {
        Some((step, error)) => (step.as_str(), error.to_string()),
        None => return format!("{} sessions are left in doubt", report.suspect),
    };
    format!("{} failures, the first at {step}: {error}", report.failures)
}

/// Why a session was not created.
///
/// # Examples
///
/// ```
/// use tenure::shared::SharedCreateError;
/// use tenure::CreateError;
///
/// let error = SharedCreateError::from(CreateError::IdInUse);
/// assert_eq!(error.to_string(), CreateError::IdInUse.to_string());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SharedCreateError {
    /// This node refuses.
    #[error("{0}")]
    Here(CreateError),
    /// A limit of the collection is full.
    #[error("{limit} limit is full: {live} of {max} sessions{}", busy(*.all_busy))]
    Full {
        /// Which limit.
        limit: LimitKind,
        /// How many sessions there are under it.
        live: usize,
        /// How many there may be.
        max: usize,
        /// Whether it evicts, and each is in use.
        all_busy: bool,
    },
    /// There is or was a session with this id.
    #[error("the id is taken")]
    IdTaken,
    /// The collection cannot be reached, or did not say whether it did it. The session is ended
    /// here, and there too if it ever arrives.
    #[error("{0}")]
    Collection(CollectionError),
}

fn busy(all: bool) -> &'static str {
    if all { ", all in use" } else { "" }
}

impl From<CreateError> for SharedCreateError {
    fn from(error: CreateError) -> Self {
        Self::Here(error)
    }
}

/// Why a session cannot be used.
///
/// # Examples
///
/// ```
/// use tenure::shared::SharedAcquireError;
/// use tenure::AcquireError;
///
/// assert_eq!(SharedAcquireError::from(AcquireError::Unknown), SharedAcquireError::Unknown);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SharedAcquireError {
    /// There is no such session, here or in the collection.
    #[error("no such session")]
    Unknown,
    /// There was one, and it has ended.
    #[error("the session {0}")]
    Ended(Tombstone),
    /// It has no lease left to give.
    #[error("the session is in use {max} times, which is the most")]
    TooManyLeases {
        /// The most leases of one session.
        max: u32,
    },
    /// It is not in memory, and the collection cannot be asked.
    #[error("the collection is unavailable: {}", .0.reason())]
    Unavailable(CollectionError),
    /// It is in the collection, and its data cannot be read. It stays there.
    #[error("the data of session {track} cannot be read: {reason}")]
    Unreadable {
        /// Which session, by its name for logs.
        track: TrackId,
        /// What is wrong with its data.
        reason: String,
    },
    /// There is no room for it in this node's memory, or something else is wrong here.
    #[error("{0}")]
    Here(CreateError),
    /// This node heard of all ends longer ago than the application allows.
    #[error("the ends of other nodes were last heard of {ago:?} ago, more than {max:?}")]
    Stale {
        /// How long ago it was.
        ago: Duration,
        /// How long ago it may be.
        max: Duration,
    },
}

impl From<AcquireError> for SharedAcquireError {
    fn from(error: AcquireError) -> Self {
        match error {
            AcquireError::Ended(tombstone) => Self::Ended(tombstone),
            AcquireError::TooManyLeases { max } => Self::TooManyLeases { max },
            _ => Self::Unknown,
        }
    }
}

impl From<CollectionError> for SharedAcquireError {
    fn from(error: CollectionError) -> Self {
        Self::Unavailable(error)
    }
}

/// Why the data of a session was not changed, or a session not given another id.
///
/// # Examples
///
/// ```
/// use tenure::shared::{SharedAcquireError, UpdateError};
///
/// let error = UpdateError::from(SharedAcquireError::Unknown);
/// assert_eq!(error.to_string(), "no such session");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The session cannot be used.
    #[error("{0}")]
    Acquire(SharedAcquireError),
    /// The collection refused, or did not say whether it did it.
    #[error("{0}")]
    Collection(CollectionError),
    /// Others changed it each time meanwhile.
    #[error("others changed the data {tries} times meanwhile")]
    Contended {
        /// How often it was tried.
        tries: u32,
    },
    /// The codec cannot encode the new data.
    #[error("the new data of session {track} cannot be written: {reason}")]
    Unwritable {
        /// Which session, by its name for logs.
        track: TrackId,
        /// What is wrong with its data.
        reason: String,
    },
    /// The session cannot be given another id here.
    #[error("{0}")]
    Rotate(RotateError),
}

impl From<SharedAcquireError> for UpdateError {
    fn from(error: SharedAcquireError) -> Self {
        Self::Acquire(error)
    }
}

impl From<CollectionError> for UpdateError {
    fn from(error: CollectionError) -> Self {
        Self::Collection(error)
    }
}
