//! Room for a new session under the limits of the policy.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tenure::collection::{CollectionError, CollectionTime, Outcome, Policy, RecordKey};
use tenure::store::OnFull;
use tenure::{Limit, LimitKind};

use crate::sql::{failed, micros};

/// Who must end for a new session, each with the name of its reason; or why there is no room.
pub(crate) type Room = Result<Vec<(RecordKey, &'static str)>, Outcome>;

/// Makes sure of room for a session of this principal. Ends nobody yet: if one limit has no room,
/// nobody ends.
pub(crate) fn room(
    tx: &Transaction<'_>,
    policy: &Policy,
    principal: Option<&str>,
    now: CollectionTime,
) -> Result<Room, CollectionError> {
    let own = principal.and(policy.per_principal);
    let limits = [
        (LimitKind::Principal, own, principal, "evicted_principal"),
        (LimitKind::Global, policy.global, None, "evicted_global"),
    ];
    let mut victims = Vec::new();
    for (kind, limit, of, reason) in limits {
        let Some(limit) = limit else { continue };
        // A victim of the principal's makes room under the global limit too.
        let live = count(tx, of)? - victims.len();
        if live < limit.max() {
            continue;
        }
        let full = |all_busy| Outcome::Full { limit: kind, live, max: limit.max(), all_busy };
        let OnFull::EvictOldest { min_idle } = limit.on_full() else { return Ok(Err(full(false))) };
        match oldest(tx, of, now)? {
            _ if limit == Limit::evict_oldest(0) => return Ok(Err(full(false))),
            Some((key, used)) if now.since(used) >= min_idle => victims.push((key, reason)),
            found => return Ok(Err(full(found.is_none()))),
        }
    }
    Ok(Ok(victims))
}

/// How many sessions there are, in all or of one principal.
fn count(tx: &Transaction<'_>, of: Option<&str>) -> Result<usize, CollectionError> {
    let select = "SELECT count(*) FROM records WHERE live AND (?1 IS NULL OR principal = ?1)";
    let counted = tx
        .prepare_cached(select)
        .and_then(|mut select| select.query_row(params![of], |row| row.get::<_, i64>(0)));
    counted.map(|count| usize::try_from(count).unwrap_or(0)).map_err(failed)
}

/// The session that was used the longest ago and is not busy.
fn oldest(
    tx: &Transaction<'_>,
    of: Option<&str>,
    now: CollectionTime,
) -> Result<Option<(RecordKey, CollectionTime)>, CollectionError> {
    let select = "SELECT key, used FROM records
        WHERE live AND busy_until <= ?2 AND (?1 IS NULL OR principal = ?1)
        ORDER BY used, key LIMIT 1";
    let row = |row: &Row<'_>| {
        let used = CollectionTime::from_micros(row.get::<_, i64>(1)?.cast_unsigned());
        Ok((RecordKey::from_bytes(row.get(0)?), used))
    };
    let found = tx
        .prepare_cached(select)
        .and_then(|mut select| select.query_row(params![of, micros(now)], row).optional());
    found.map_err(failed)
}
