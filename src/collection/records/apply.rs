//! What each operation does.

use super::admit::admit;
use super::basis::{Basis, Found};
use super::head::{Head, Note};
use crate::collection::key::RecordKey;
use crate::collection::op::{Op, Request};
use crate::collection::outcome::Outcome;
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::stamp::CollectionTime;
use crate::end::EndReason;

/// What comes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// This.
    Outcome(Outcome),
    /// [`Live`](Outcome::Live), with the session under the key as it is now.
    Live,
}

/// Does what a request asks.
pub(crate) fn apply<T: Basis>(
    table: &mut T,
    now: CollectionTime,
    request: &Request,
) -> Result<Decision, T::Error> {
    let key = request.key;
    if let Op::Insert { not_after, epoch, .. } = &request.op
        && (*epoch != table.meta().epoch || now > *not_after)
    {
        return Ok(Decision::Outcome(Outcome::Stale));
    }
    let live = match table.find(key)? {
        Found::Ended(end) => return apply_to_end(table, end, &request.op),
        Found::Live(row, head) => Some((row, head)),
        Found::Nothing => None,
    };
    let outcome = match (&request.op, live) {
        (Op::Insert { session, .. }, Some((_, head))) if head.nonce == session.nonce => {
            done(head.version)
        }
        (Op::Insert { .. }, Some(_)) => Outcome::Exists,
        (Op::Insert { session, .. }, None) => insert(table, now, key, session)?,
        (Op::Touch { used, busy_until }, Some((row, head))) => {
            let used = head.used.max((*used).min(now));
            let busy_until = head.busy_until.max(*busy_until);
            set(table, row, head, Head { used, busy_until, ..head })?;
            done(head.version)
        }
        (Op::Remove { reason, id, fence }, live) => {
            if live.is_none() && !*fence {
                return Ok(Decision::Outcome(Outcome::Missing));
            }
            let seq = table.meta().next_seq();
            let end = StoredEnd { id: *id, ..StoredEnd::new(reason, now, seq) };
            match live {
                Some((row, _)) => table.end(row, end)?,
                None => table.fence(key, end)?,
            }
            done(0)
        }
        (Op::Load, Some((row, head))) if head.is_given_out(now, &table.policy()) => {
            set(table, row, head, Head { used: head.used.max(now), ..head })?;
            return Ok(Decision::Live);
        }
        (Op::Update { nonce, version, token, data }, Some((row, head))) => {
            let next = version.wrapping_add(1);
            if head.nonce == *nonce && head.version == *version {
                let note = Note { seq: table.meta().next_seq(), at: now };
                let head = Head { version: next, token: *token, ..head };
                table.change(row, head, note, data)?;
            } else if (head.nonce, head.version, head.token) != (*nonce, next, *token) {
                return Ok(Decision::Live);
            }
            done(next)
        }
        (Op::Rotate { to, track, id }, live) => match (table.find(to.key)?, live) {
            (Found::Nothing, Some((row, head))) => {
                let seq = table.meta().next_seq();
                let end = StoredEnd::new(EndReason::Replaced.as_str(), now, seq);
                let end = StoredEnd { id: *id, successor: Some(*to), ..end };
                table.rename(row, (to.key, *track), end)?;
                done(head.version)
            }
            (Found::Nothing, None) => Outcome::Missing,
            _ => Outcome::Exists,
        },
        (Op::Touch { .. } | Op::Load | Op::Update { .. }, _) => Outcome::Missing,
    };
    Ok(Decision::Outcome(outcome))
}

/// An end stays as it is.
fn apply_to_end<T: Basis>(table: &mut T, end: StoredEnd, op: &Op) -> Result<Decision, T::Error> {
    Ok(Decision::Outcome(match op {
        Op::Rotate { to, .. } if end.successor == Some(*to) => match table.find(to.key)? {
            Found::Live(_, head) => done(head.version),
            _ => done(0),
        },
        _ => Outcome::Ended(Box::new(end)),
    }))
}

fn insert<T: Basis>(
    table: &mut T,
    now: CollectionTime,
    key: RecordKey,
    session: &StoredSession,
) -> Result<Outcome, T::Error> {
    if let Err(full) = admit(table, now, session.principal.as_deref())? {
        return Ok(full);
    }
    table.begin(key, session, Head::of(session, now))?;
    Ok(done(session.version))
}

fn set<T: Basis>(table: &mut T, row: T::Row, old: Head, new: Head) -> Result<(), T::Error> {
    if old == new { Ok(()) } else { table.set(row, new) }
}

fn done(version: u32) -> Outcome {
    Outcome::Done { version }
}
