//! What follows from the outcome of a write.

use super::data::{AsOf, SharedData};
use super::inner::Inner;
use super::seen::Write;
use super::subject::Subject;
use crate::collection::{CollectionError, Op, Outcome, RecordKey, Request};
use crate::end::EndReason;
use crate::session::Session;
use crate::tick::Tick;

impl<T: Send + Sync + 'static> Inner<T> {
    /// Takes what came of a write. Returns what is to be written because of it.
    pub(super) fn settle(
        &self,
        write: Write<Subject<T>>,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<Subject<T>>> {
        let Write { request: Request { key, op }, subject } = write;
        match subject {
            Subject::End(of, sent) => self.settle_end(of, sent, outcome),
            Subject::Rotation(session, from, again) => {
                self.settle_rotation(&session, from, again, outcome)
            }
            Subject::Session { session, used, as_of, version } => match op {
                Op::Load => {
                    if self.settle_load(&session, version, outcome) {
                        self.acknowledge(key, session.data(), used, as_of);
                    }
                    // If it was given another id before it was known that it is there.
                    self.rotation(self.key(&session))
                }
                Op::Insert { .. } => {
                    self.settle_insertion(key, &session, (used, as_of), outcome);
                    // If it was given another id meanwhile.
                    self.rotation(self.key(&session))
                }
                _ => {
                    let untold = Some(session.clone()).filter(|own| !own.data().synced().known);
                    let next = self.settle_touch(key, session, used, as_of, outcome);
                    next.or_else(|| self.rotation(self.key(&untold?)))
                }
            },
            Subject::Late(used) => {
                if outcome.is_ok() {
                    self.locked.lock().touched(key, used);
                }
                None
            }
        }
    }

    /// Takes what came of putting a session in, which was last active then, as was known then.
    pub(super) fn settle_insertion(
        &self,
        key: RecordKey,
        session: &Session<SharedData<T>>,
        (used, as_of): (Tick, AsOf),
        outcome: Result<Outcome, CollectionError>,
    ) {
        let mut node = self.locked.lock();
        let now = self.locked.key.record_key(session.record.key());
        if node.rotations.collection_key(now) != key {
            // It is being given another id. The doubt stays until that is told.
            return;
        }
        if session.data().synced().known && !matches!(outcome, Ok(Outcome::Done { .. })) {
            // Another attempt was acknowledged, and what came after that has refused this one.
            node.not_applied(key);
            return;
        }
        let reason = match outcome {
            Ok(Outcome::Done { .. }) => {
                // If it has ended meanwhile, that is pending.
                node.doubts.remove(&key);
                node.misses.forget(key);
                return session.data().acknowledge(as_of.generation, used, false);
            }
            Err(error) if error.may_be_applied() => return,
            Err(_) => {
                node.not_applied(key);
                return;
            }
            Ok(Outcome::Stale) => {
                // If an earlier attempt may have been applied, a touch tells; else it is put in
                // anew. The doubt stays: the collection's clock may go back, and one may arrive.
                if node.not_applied(key) {
                    node.suspect_one(true);
                    session.data().suspect();
                }
                return;
            }
            Ok(Outcome::Full { limit, .. }) => {
                let others = node.not_applied(key);
                drop(node);
                let reason = EndReason::Evicted { limit };
                if others {
                    // One of them may find room yet: the end is told.
                    self.store.end_for(session.record.id(), reason);
                } else {
                    self.end_here(session, reason);
                }
                return;
            }
            Ok(Outcome::Ended(end)) => self.reason(&end),
            Ok(Outcome::Exists | Outcome::Missing | Outcome::Live(_)) => EndReason::Removed,
        };
        node.doubts.remove(&key);
        drop(node);
        self.end_here(session, reason);
    }

    pub(super) fn settle_touch(
        &self,
        key: RecordKey,
        session: Session<SharedData<T>>,
        used: Tick,
        as_of: AsOf,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<Subject<T>>> {
        let reason = match outcome {
            Ok(Outcome::Done { version }) => {
                self.acknowledge(key, session.data(), used, as_of);
                let own = session.data().version();
                if version == own {
                    return None;
                }
                // Until its data is here.
                session.data().suspect();
                let as_of = self.locked.lock().as_of();
                let subject = Subject::Session { session, used, as_of, version: own };
                return Some(Write { request: Request { key, op: Op::Load }, subject });
            }
            // The answer is about an id that the session has lost. Once the collection may know
            // that, it does not matter to the session.
            Ok(_) if self.key(&session) != key && session.data().synced().known => return None,
            Ok(Outcome::Ended(end)) => self.reason(&end),
            // Never put in again: a flush takes the ends too.
            Ok(Outcome::Missing) if self.locked.lock().doubts.contains_key(&key) => {
                // An insertion may yet arrive: its end is told.
                self.store.end_for(session.record.id(), EndReason::Removed);
                return None;
            }
            Ok(Outcome::Missing) => EndReason::Removed,
            Ok(_) | Err(_) => return None,
        };
        self.end_here(&session, reason);
        None
    }

    /// Takes the data that another node has changed, in the place of this version. Returns whether
    /// it did.
    fn settle_load(
        &self,
        session: &Session<SharedData<T>>,
        seen: u32,
        outcome: Result<Outcome, CollectionError>,
    ) -> bool {
        if let Ok(Outcome::Live(stored)) = outcome
            && stored.nonce == session.data().nonce()
            && let Ok(data) = self.decode(&stored.data)
        {
            return self.replace_data(session.data(), seen, data, stored.version);
        }
        false
    }
}
