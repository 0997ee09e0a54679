//! What can go wrong with a collection.

use std::time::Duration;

/// Why a collection did not do what it was asked, or may not have.
///
/// # Examples
///
/// ```
/// use tenure::collection::CollectionError;
///
/// let refused = CollectionError::not_applied("connection refused");
/// assert_eq!(refused.to_string(), "not applied: connection refused");
/// assert!(!refused.may_be_applied());
/// assert!(CollectionError::in_doubt("no answer for 500 ms").may_be_applied());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CollectionError {
    /// Nothing of it was done.
    #[error("not applied: {reason}")]
    NotApplied {
        /// Why.
        reason: String,
    },
    /// No answer came, or an unusable one: it may have been done, be done later, or never.
    #[error("applied or not: {reason}")]
    InDoubt {
        /// Why.
        reason: String,
    },
    /// What is kept there is of another key than this node's: see
    /// [`HashKey`](crate::collection::HashKey).
    #[error("the collection was set up with another hash key than this node's")]
    OtherKey,
    /// What is kept there has a format that this version does not know.
    #[error("the collection has format {found}, and this version knows format {known}")]
    OtherFormat {
        /// The format that was found.
        found: u32,
        /// The format that this version reads and writes.
        known: u32,
    },
    /// It forgets ends while an insertion may still be under way, which could bring the session
    /// back: see [`Policy::keep_ends`](crate::collection::Policy::keep_ends).
    #[error(
        "ends are kept for {keep_ends:?}, less than {least:?}: the insertion window and twice the \
         clock jump"
    )]
    ForgetsTooSoon {
        /// For how long the collection remembers ends.
        keep_ends: Duration,
        /// The node's [`insertion_window`](crate::shared::SharedBuilder::insertion_window), and
        /// twice its [`clock_jump`](crate::shared::SharedBuilder::clock_jump).
        least: Duration,
    },
    /// One record cannot be read. It is kept as it is.
    #[error("record cannot be read: {reason}")]
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
}

impl CollectionError {
    /// Nothing was done, for this reason.
    pub fn not_applied(reason: impl Into<String>) -> Self {
        Self::NotApplied { reason: reason.into() }
    }

    /// Whether it was done is not known, for this reason.
    pub fn in_doubt(reason: impl Into<String>) -> Self {
        Self::InDoubt { reason: reason.into() }
    }

    /// What is wrong, for calls that only read: that they may have been applied says nothing.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::NotApplied { reason } | Self::InDoubt { reason } => reason.clone(),
            other => other.to_string(),
        }
    }

    /// Whether what was asked may have been done, or may yet be.
    #[must_use]
    pub fn may_be_applied(&self) -> bool {
        matches!(self, Self::InDoubt { .. })
    }
}
