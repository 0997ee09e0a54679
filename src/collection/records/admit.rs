//! Room for a new session under the limits.

use super::basis::Basis;
use super::ending::end;
use crate::collection::key::RecordKey;
use crate::collection::outcome::Outcome;
use crate::collection::stamp::CollectionTime;
use crate::end::{EndReason, LimitKind};
use crate::limits::{Limit, OnFull};

/// Makes room for a session of this principal, the narrowest limit first. Where there is none under
/// one of them, nothing has changed.
pub(super) fn admit<T: Basis>(
    table: &mut T,
    now: CollectionTime,
    principal: Option<&str>,
) -> Result<Result<(), Outcome>, T::Error> {
    let policy = table.policy();
    let own = policy.per_principal.filter(|_| principal.is_some());
    let limits = [(LimitKind::Principal, own, principal), (LimitKind::Global, policy.global, None)];
    let mut victims: Vec<(RecordKey, LimitKind)> = Vec::new();
    for (kind, limit, of) in limits {
        let Some(limit) = limit else { continue };
        // The first victim makes room under both.
        let live = table.live(of)?.saturating_sub(victims.len());
        match room(table, now, (kind, limit, of), live)? {
            Ok(Some(key)) if victims.iter().all(|(victim, _)| *victim != key) => {
                victims.push((key, kind));
            }
            Ok(_) => {}
            Err(full) => return Ok(Err(full)),
        }
    }
    for (key, limit) in victims {
        end(table, now, key, EndReason::Evicted { limit }.as_str())?;
    }
    Ok(Ok(()))
}

/// Which session to evict so that one more fits under this limit, if any.
fn room<T: Basis>(
    table: &mut T,
    now: CollectionTime,
    (kind, limit, of): (LimitKind, Limit, Option<&str>),
    live: usize,
) -> Result<Result<Option<RecordKey>, Outcome>, T::Error> {
    if live < limit.max() {
        return Ok(Ok(None));
    }
    let full = |all_busy| Outcome::Full { limit: kind, live, max: limit.max(), all_busy };
    let OnFull::EvictOldest { min_idle } = limit.on_full() else { return Ok(Err(full(false))) };
    Ok(match table.oldest(of, now)? {
        None => Err(full(true)),
        Some((_, used)) if now.since(used) < min_idle => Err(full(false)),
        Some((key, _)) => Ok(Some(key)),
    })
}
