//! Ends that are not acknowledged.

use crate::collection::CollectionError;
use crate::store::EndOutcome;

/// The collection has not acknowledged an end: the session may go on elsewhere.
///
/// # Examples
///
/// ```
/// use tenure::EndOutcome;
/// use tenure::collection::CollectionError;
/// use tenure::shared::Unacknowledged;
///
/// let error = CollectionError::not_applied("connection refused");
/// let end = Unacknowledged { outcome: EndOutcome::Unknown, kept: true, error };
/// let text = "the end is yet to be acknowledged: not applied: connection refused";
/// assert_eq!(end.to_string(), text);
/// let end = Unacknowledged { kept: false, ..end };
/// let text = "the end is not acknowledged, nor kept: not applied: connection refused";
/// assert_eq!(end.to_string(), text);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the end is {}: {error}", fate(*.kept))]
pub struct Unacknowledged {
    /// What became of it here. [`Unknown`](EndOutcome::Unknown) means that no session with this id
    /// was in memory, and says nothing of the collection.
    pub outcome: EndOutcome,
    /// Whether this node remembers it, and the next refresh tells it. If not, repeat the call: a
    /// node remembers some 10,000 ends of sessions that were not in its memory, and each of those
    /// that were.
    pub kept: bool,
    /// Why it is not acknowledged.
    pub error: CollectionError,
}

fn fate(kept: bool) -> &'static str {
    if kept { "yet to be acknowledged" } else { "not acknowledged, nor kept" }
}
