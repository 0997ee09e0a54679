//! What is listed, what ends by itself or with others, and what is forgotten.

use super::basis::{Basis, Found};
use super::ending::end;
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::outcome::{Expired, Feed, Opened, PrincipalEnded};
use crate::collection::stamp::{CollectionTime, Cursor};
use crate::end::EndReason;

/// How the collection stands. The first fingerprint is kept.
pub(crate) fn open(
    table: &mut impl Basis,
    now: CollectionTime,
    fingerprint: Fingerprint,
) -> Result<Opened, CollectionError> {
    let meta = table.meta();
    if *meta.fingerprint.get_or_insert(fingerprint) != fingerprint {
        return Err(CollectionError::OtherKey);
    }
    Ok(Opened { stamp: meta.stamp(now), floor: meta.floor })
}

/// What ended and what changed after a place.
pub(crate) fn feed<T: Basis>(
    table: &mut T,
    now: CollectionTime,
    after: Cursor,
    at_most: usize,
) -> Result<Feed, T::Error> {
    let meta = *table.meta();
    let stamp = meta.stamp(now);
    let known = meta.floor..=meta.seq;
    if after.epoch != meta.epoch || !known.contains(&after.seq) {
        return Ok(Feed { stamp, changes: Vec::new(), upto: stamp.seq, more: false, gap: true });
    }
    let (entries, more) = table.entries(after.seq, at_most)?;
    let last = entries.last().map_or(after.seq, |(seq, ..)| *seq);
    let upto = if more { last } else { stamp.seq };
    let changes = entries.into_iter().map(|(_, key, change)| (key, change)).collect();
    Ok(Feed { stamp, changes, upto, more, gap: false })
}

/// Ends what is past its timeouts, and forgets what is old, at most `at_most` records.
pub(crate) fn expire<T: Basis>(
    table: &mut T,
    now: CollectionTime,
    at_most: usize,
) -> Result<Expired, T::Error> {
    let stamp = table.meta().stamp(now);
    let mut expired = Expired { stamp, ended: 0, forgotten: 0, more: false };
    for _ in 0..at_most {
        if is_anything_old(table, now)? {
            forget_first(table)?;
            expired.forgotten += 1;
        } else if let Some(key) = table.next_due(now)? {
            expired.ended += u64::from(end_due(table, now, key)?);
        } else {
            return Ok(expired);
        }
    }
    expired.more = is_anything_old(table, now)? || table.next_due(now)?.is_some();
    Ok(expired)
}

/// Ends the sessions of a principal, at most `at_most`, except those under these keys.
pub(crate) fn end_principal<T: Basis>(
    table: &mut T,
    now: CollectionTime,
    (principal, reason): (&str, &str),
    except: &[RecordKey],
    at_most: usize,
) -> Result<PrincipalEnded, T::Error> {
    let stamp = table.meta().stamp(now);
    let mut ended = Vec::new();
    while let Some(key) = table.next_of(principal, except)? {
        if ended.len() == at_most {
            return Ok(PrincipalEnded { stamp, ended, more: true });
        }
        let Some(end) = end(table, now, key, reason)? else { break };
        ended.push((key, end));
    }
    Ok(PrincipalEnded { stamp, ended, more: false })
}

/// Forgets every end and every note of a change.
pub(crate) fn prune<T: Basis>(table: &mut T) -> Result<(), T::Error> {
    while table.first_entry()?.is_some() {
        forget_first(table)?;
    }
    Ok(())
}

/// Ends a session that is due, and returns whether it did.
fn end_due<T: Basis>(table: &mut T, now: CollectionTime, key: RecordKey) -> Result<bool, T::Error> {
    let Found::Live(row, head) = table.find(key)? else { return Ok(false) };
    if head.due(&table.policy()) > now.as_micros() {
        // It was written under another policy; now it is written under this one.
        table.set(row, head)?;
        return Ok(false);
    }
    let past = head.is_past_deadline(now);
    let reason = if past { EndReason::AbsoluteTimeout } else { EndReason::IdleTimeout };
    Ok(end(table, now, key, reason.as_str())?.is_some())
}

fn is_anything_old<T: Basis>(table: &mut T, now: CollectionTime) -> Result<bool, T::Error> {
    let keep = table.policy().keep_ends;
    Ok(table.first_entry()?.is_some_and(|(_, at)| now.since(at) > keep))
}

/// Forgets the oldest entry of the feed.
fn forget_first<T: Basis>(table: &mut T) -> Result<(), T::Error> {
    let Some((seq, _)) = table.first_entry()? else { return Ok(()) };
    table.forget_first()?;
    table.meta().floor = seq;
    Ok(())
}
