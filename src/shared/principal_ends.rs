//! What came of ending the sessions of a principal.

use crate::collection::CollectionError;

/// What an [`end_principal`](crate::shared::SharedSessions::end_principal) did.
///
/// # Examples
///
/// ```
/// use tenure::shared::PrincipalEnds;
///
/// let ends = PrincipalEnds::default();
/// assert_eq!((ends.here, ends.elsewhere, ends.kept), (0, 0, 0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrincipalEnds {
    /// How many sessions ended that were in this node's memory.
    pub here: usize,
    /// How many others ended in the collection, as far as it answered.
    pub elsewhere: usize,
    /// How many are pinned here, and go on.
    pub kept: usize,
}

/// Not every session of a principal is known to have ended. Those that were in this node's memory
/// have, and the next refresh tells the collection of them. Of the others, `elsewhere` have ended;
/// what the collection did not answer may have ended more. Ask again for the rest.
///
/// # Examples
///
/// ```
/// use tenure::collection::CollectionError;
/// use tenure::shared::{PartlyEnded, PrincipalEnds};
///
/// let error = CollectionError::not_applied("connection refused");
/// let partly = PartlyEnded { ends: PrincipalEnds::default(), error };
/// let text = "0 sessions ended here and 0 elsewhere, then: not applied: connection refused";
/// assert_eq!(partly.to_string(), text);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} sessions ended here and {} elsewhere, then: {error}", .ends.here, .ends.elsewhere)]
pub struct PartlyEnded {
    /// How far it came.
    pub ends: PrincipalEnds,
    /// What failed.
    pub error: CollectionError,
}
