//! What each operation does.

use super::head::{End, Head, Note};
use super::slots::{Row, Slot};
use super::table::{Records, Write};
use crate::collection::key::RecordKey;
use crate::collection::op::{Op, Request};
use crate::collection::outcome::Outcome;
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::stamp::{CollectionTime, Epoch};
use crate::end::EndReason;

/// What comes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// This.
    Outcome(Outcome),
    /// [`Live`](Outcome::Live), with the session under the key as it is now.
    Live,
}

impl Records {
    /// Does what a request asks. What it writes is added to `writes`.
    pub(crate) fn apply(
        &mut self,
        now: CollectionTime,
        request: &Request,
        writes: &mut Vec<Write>,
    ) -> Decision {
        let key = request.key;
        let live = match self.slots.find(key).map(|row| (row, self.slots.get(row))) {
            Some((row, Slot::Live(_, live))) => Some((row, live.head)),
            Some((_, Slot::End(_, end))) => return self.apply_to_end(now, end, &request.op),
            _ => None,
        };
        let outcome = match (&request.op, live) {
            (Op::Insert { not_after, epoch, .. }, _) if self.is_stale(now, *not_after, *epoch) => {
                Outcome::Stale
            }
            (Op::Insert { session, .. }, Some((_, head))) if head.nonce == session.nonce => {
                done(head.version)
            }
            (Op::Insert { .. }, Some(_)) => Outcome::Exists,
            (Op::Insert { session, .. }, None) => self.insert(now, key, session, writes),
            (Op::Touch { used, busy_until }, Some((row, head))) => {
                let used = head.used.max((*used).min(now));
                let busy_until = head.busy_until.max(*busy_until);
                self.set(key, row, Head { used, busy_until, ..head }, writes);
                done(head.version)
            }
            (Op::Remove { reason, id, fence }, live) => {
                let end = StoredEnd { id: *id, ..StoredEnd::new(reason, now, 0) };
                match live {
                    Some((row, _)) => self.end(row, end),
                    None if *fence => self.fence(key, end),
                    None => return Decision::Outcome(Outcome::Missing),
                }
                writes.push(Write::End(key));
                done(0)
            }
            (Op::Load, Some((row, head))) if head.is_given_out(now, &self.policy) => {
                self.set(key, row, Head { used: head.used.max(now), ..head }, writes);
                return Decision::Live;
            }
            (Op::Update { nonce, version, token, .. }, Some((row, head))) => {
                let next = version.wrapping_add(1);
                if head.nonce == *nonce && head.version == *version {
                    self.change(now, row, Head { version: next, token: *token, ..head });
                    writes.push(Write::Session(key));
                } else if (head.nonce, head.version, head.token) != (*nonce, next, *token) {
                    return Decision::Live;
                }
                done(next)
            }
            (Op::Rotate { to, .. }, _) if self.slots.find(to.key).is_some() => Outcome::Exists,
            (Op::Rotate { to, id, .. }, Some((row, head))) => {
                let end = StoredEnd::new(EndReason::Replaced.as_str(), now, 0);
                self.rename(row, to.key, StoredEnd { id: *id, successor: Some(*to), ..end });
                writes.push(Write::Moved { from: key, to: to.key });
                done(head.version)
            }
            (Op::Touch { .. } | Op::Load | Op::Update { .. } | Op::Rotate { .. }, _) => {
                Outcome::Missing
            }
        };
        Decision::Outcome(outcome)
    }

    /// An end stays as it is.
    fn apply_to_end(&self, now: CollectionTime, end: &End, op: &Op) -> Decision {
        Decision::Outcome(match op {
            Op::Insert { not_after, epoch, .. } if self.is_stale(now, *not_after, *epoch) => {
                Outcome::Stale
            }
            Op::Rotate { to, .. } if end.successor.as_deref() == Some(to) => {
                done(self.head(to.key).map_or(0, |head| head.version))
            }
            _ => Outcome::Ended(Box::new(end.stored())),
        })
    }

    fn is_stale(&self, now: CollectionTime, not_after: CollectionTime, epoch: Epoch) -> bool {
        epoch != self.meta.epoch || now > not_after
    }

    fn insert(
        &mut self,
        now: CollectionTime,
        key: RecordKey,
        session: &StoredSession,
        writes: &mut Vec<Write>,
    ) -> Outcome {
        let principal = session.principal.as_deref();
        if let Err(full) = self.admit(now, principal, writes) {
            return full;
        }
        self.begin(key, Head::of(session, now), principal);
        writes.push(Write::Session(key));
        done(session.version)
    }

    /// Replaces a head, by one that was used or is busy no less.
    fn set(&mut self, key: RecordKey, row: Row, head: Head, writes: &mut Vec<Write>) {
        if let Some(live) = self.slots.live_mut(row).filter(|live| live.head != head) {
            live.head = head;
            writes.push(Write::Head(key));
        }
    }

    /// Replaces a head, and notes that the data was changed.
    fn change(&mut self, now: CollectionTime, row: Row, head: Head) {
        if let Some(live) = self.slots.live_mut(row) {
            live.head = head;
        }
        let seq = self.next_seq();
        self.note(row, Note { seq, at: now });
    }
}

fn done(version: u32) -> Outcome {
    Outcome::Done { version }
}
