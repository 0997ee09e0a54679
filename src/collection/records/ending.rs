//! Ends that no request asked for by key.

use super::basis::{Basis, Found};
use crate::collection::key::RecordKey;
use crate::collection::record::StoredEnd;
use crate::collection::stamp::CollectionTime;

/// Ends the session under a key for a reason of the collection's own. Returns its end.
pub(super) fn end<T: Basis>(
    table: &mut T,
    now: CollectionTime,
    key: RecordKey,
    reason: &str,
) -> Result<Option<StoredEnd>, T::Error> {
    let Found::Live(row, _) = table.find(key)? else { return Ok(None) };
    let end = StoredEnd::new(reason, now, table.meta().next_seq());
    table.end(row, end.clone())?;
    Ok(Some(end))
}
