//! What follows from the outcome of a write.

use super::data::Shared;
use super::inner::Inner;
use super::pending::{PendingEnd, PendingRotation};
use super::reasons;
use super::refresh::Write;
use crate::collection::{CollectionError, Op, Outcome, RecordKey, Request, Successor};
use crate::end::EndReason;
use crate::session::Session;
use crate::tick::Tick;

/// What a write is about.
pub(super) enum About<T> {
    /// The end that is pending with this number.
    End(u64),
    /// A rotation that is pending.
    Rotation(PendingRotation),
    /// A session, last active then, in this generation.
    Session { session: Session<Shared<T>>, used: Tick, generation: u16 },
    /// A touch of a session that is not in memory.
    Late(Tick),
}

impl<T: Send + Sync + 'static> Inner<T> {
    /// Takes what came of a write. Returns what is to be written because of it.
    pub(super) fn settle(
        &self,
        write: Write<About<T>>,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<About<T>>> {
        let Write { request: Request { key, op }, about } = write;
        match about {
            About::End(number) => self.settle_end(key, number, outcome),
            About::Rotation(rotation) => {
                self.settle_rotation(rotation, outcome);
                None
            }
            About::Session { session, used, generation } => match op {
                Op::Load => {
                    self.settle_load(&session, outcome);
                    None
                }
                Op::Insert { .. } => {
                    self.settle_insertion(key, &session, (used, generation), outcome);
                    None
                }
                _ => self.settle_touch(key, session, used, generation, outcome),
            },
            About::Late(used) => {
                if outcome.is_ok() {
                    self.desk.lock().touched(key, used);
                }
                None
            }
        }
    }

    /// Takes what came of putting a session in, which was last active then, in this generation.
    pub(super) fn settle_insertion(
        &self,
        key: RecordKey,
        session: &Session<Shared<T>>,
        (used, generation): (Tick, u16),
        outcome: Result<Outcome, CollectionError>,
    ) {
        let reason = match outcome {
            Ok(Outcome::Done { .. }) => {
                // If it has ended meanwhile, that is pending.
                self.desk.lock().doubts.remove(&key);
                return session.data().acknowledge(generation, used);
            }
            Err(error) if error.may_be_applied() => return,
            Err(_) => {
                self.desk.lock().not_applied(key);
                return;
            }
            Ok(Outcome::Stale) => {
                // If an earlier attempt may have been applied, a touch tells. It must not be put in
                // anew then: it may have been ended since, and that be forgotten. The doubt stays
                // until the record is seen, since a clock may jump back.
                if self.desk.lock().not_applied(key) {
                    session.data().suspect();
                }
                return;
            }
            Ok(Outcome::Ended(end)) => self.reason(&end),
            Ok(Outcome::Full { limit, .. }) => EndReason::Evicted { limit },
            Ok(Outcome::Exists | Outcome::Missing | Outcome::Live(_)) => EndReason::Removed,
        };
        self.desk.lock().doubts.remove(&key);
        self.end_here(session, reason);
    }

    fn settle_touch(
        &self,
        key: RecordKey,
        session: Session<Shared<T>>,
        used: Tick,
        generation: u16,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<About<T>>> {
        // What is said of an id that it has lost since says nothing of the session.
        if self.key(&session) != key {
            return None;
        }
        let reason = match outcome {
            Ok(Outcome::Done { version }) => {
                self.desk.lock().doubts.remove(&key);
                session.data().acknowledge(generation, used);
                if version == session.data().version() {
                    return None;
                }
                let about = About::Session { session, used, generation };
                return Some(Write { request: Request { key, op: Op::Load }, about });
            }
            Ok(Outcome::Ended(end)) => self.reason(&end),
            // Never put in again: a flush takes the ends too.
            Ok(Outcome::Missing) if self.desk.lock().doubts.contains_key(&key) => {
                // It may yet arrive: its end is told, with a fence.
                self.store.end_for(session.record.id(), EndReason::Removed);
                return None;
            }
            Ok(Outcome::Missing) => EndReason::Removed,
            Ok(_) | Err(_) => return None,
        };
        self.end_here(&session, reason);
        None
    }

    /// Takes the data that another node has changed.
    fn settle_load(&self, session: &Session<Shared<T>>, outcome: Result<Outcome, CollectionError>) {
        if let Ok(Outcome::Live(stored)) = outcome
            && stored.nonce == session.data().nonce()
            && let Ok(data) = self.codec.decode(&stored.data)
        {
            session.data().set(data, stored.version);
        }
    }

    fn settle_end(
        &self,
        key: RecordKey,
        number: u64,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<About<T>>> {
        let Ok(outcome) = outcome else { return None };
        let mut node = self.desk.lock();
        // An answer to an earlier end says nothing of this one.
        node.ends.get(&key).filter(|pending| pending.number == number)?;
        let pending = node.ends.remove(&key)?;
        node.doubts.remove(&key);
        let Outcome::Ended(end) = outcome else { return None };
        // It was rotated by another node: what is to end is the session under its new id.
        let Successor { key: next, id } = end.successor?;
        let id = self.desk.key.unseal_successor(pending.id, next, id)?;
        let pending = node.add_end(next, PendingEnd { id, fence: false, ..pending });
        // Here too, and where it is being loaded.
        pending.tombstone.iter().for_each(|tombstone| node.heard_end(next, *tombstone));
        drop(node);
        if self.in_memory(id).is_some() {
            self.store.end_for(id, pending.reason);
        }
        Some(self.removal(next, &pending))
    }

    /// The write that tells of an end.
    pub(super) fn removal(&self, key: RecordKey, pending: &PendingEnd) -> Write<About<T>> {
        let reason = reasons::name_of(pending.reason);
        let id = Some(self.desk.key.seal(key, pending.id));
        let op = Op::Remove { reason, id, fence: pending.fence };
        Write { request: Request { key, op }, about: About::End(pending.number) }
    }

    /// The write that tells of a rotation, while the session is in memory.
    pub(super) fn rotation(&self, rotation: PendingRotation) -> Option<Write<About<T>>> {
        let ((key, old), (next, new)) = (rotation.old, rotation.new);
        let track = self.in_memory(new)?.track_id();
        let to = Successor { key: next, id: self.desk.key.seal_successor(old, new) };
        let id = Some(self.desk.key.seal(key, old));
        let request = Request { key, op: Op::Rotate { to, track, id } };
        Some(Write { request, about: About::Rotation(rotation) })
    }

    fn settle_rotation(
        &self,
        rotation: PendingRotation,
        outcome: Result<Outcome, CollectionError>,
    ) {
        let Ok(outcome) = outcome else { return };
        self.desk.lock().rotations.retain(|pending| pending.new.0 != rotation.new.0);
        let reason = match &outcome {
            // There is something under a new id that only this session can have: the rotation was
            // done, and its end is forgotten by now.
            Outcome::Done { .. } | Outcome::Exists => return,
            Outcome::Ended(end) => self.reason(end),
            _ => EndReason::Removed,
        };
        if let Some(session) = self.in_memory(rotation.new.1) {
            self.end_here(&session, reason);
        }
    }
}
