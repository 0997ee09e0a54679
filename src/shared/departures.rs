//! What follows from telling an end, or a rotation.

use super::data::SharedData;
use super::inner::Inner;
use super::pending::PendingEnd;
use super::reasons;
use super::rotations::{KeyedId, Rotation};
use super::seen::Write;
use super::subject::Subject;
use crate::collection::{
    CollectionError, CollectionTime, Op, Outcome, RecordKey, Request, Successor,
};
use crate::end::EndReason;
use crate::session::Session;

impl<T: Send + Sync + 'static> Inner<T> {
    /// Takes what came of telling an end.
    pub(super) fn settle_end(
        &self,
        of: RecordKey,
        sent: PendingEnd,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<Subject<T>>> {
        let Ok(outcome) = outcome else { return None };
        let next = |Successor { key, id }| {
            self.locked.key.unseal_successor(sent.id, key, id).map(|id| (key, id))
        };
        let next = match &outcome {
            Outcome::Ended(end) => {
                end.successor.filter(|next| sent.stays != Some(next.key)).and_then(next)
            }
            _ => None,
        };
        let now = self.store.now();
        let mut node = self.locked.lock();
        let pending = node.ends.get(&of).cloned();
        if pending.as_ref().is_some_and(|pending| pending.at != sent.at) {
            // Somebody else was told the same, and has gone on from there.
            return None;
        }
        if outcome == Outcome::Missing {
            if pending.is_some_and(|pending| pending.number == sent.number) {
                // That acknowledges nothing. But there is nothing left to tell, and an insertion
                // that was in doubt can no longer arrive: else there would be a fence.
                node.ends.remove(&of);
                if sent.fence.is_some() {
                    node.doubts.remove(&sent.at);
                }
            }
            return None;
        }
        if sent.run != node.recent.run() {
            // The server has started again since: it is told once more.
            return None;
        }
        node.doubts.remove(&sent.at);
        node.end_acknowledged(sent.clone(), now);
        if sent.stays.is_some() && matches!(outcome, Outcome::Done { .. }) {
            // The server has lost a rotation: the session is not there by its new id.
            node.suspect_all();
        }
        if let Some(tombstone) = sent.tombstone {
            // A load may have begun since it was asked for.
            node.note_end(sent.at, tombstone, true);
        }
        let Some((next, id)) = next else {
            node.ends.remove(&of);
            drop(node);
            // It may have been created, or loaded, since it was asked for.
            if let Some(session) = self.called(sent.at, sent.id).filter(|_| sent.stays.is_none()) {
                self.end_here(&session, sent.reason);
            }
            return None;
        };
        // It was rotated by another node: what is to end is the session under its new id.
        let (at, own) = (sent.at, sent.id);
        let (fence, stays) = (None, None);
        let pending = PendingEnd { at: next, id, fence, stays, ..pending.unwrap_or(sent) };
        node.ends.insert(of, pending.clone());
        drop(node);
        // It may have been created, or loaded, by its old id since.
        if let Some(session) = self.in_memory(own).filter(|_| at != next) {
            self.end_here(&session, pending.reason);
        }
        if let Some(session) = self.called(next, id) {
            self.store.end_for(session.record.id(), pending.reason);
        }
        Some(self.removal(of, &pending))
    }

    /// The write that tells of an end.
    pub(super) fn removal(&self, of: RecordKey, pending: &PendingEnd) -> Write<Subject<T>> {
        let reason = reasons::name_of(pending.reason);
        let id = Some(self.locked.key.seal(pending.at, pending.id));
        let (clock, run) = {
            let node = self.locked.lock();
            (node.clock, node.recent.run())
        };
        let may_arrive = |until: CollectionTime| {
            let last = until.saturating_add(self.settings.clock_jump);
            // By no clock of this node, which may be hours ahead.
            clock.is_none_or(|clock| clock.latest() <= last)
        };
        let op = Op::Remove { reason, id, fence: pending.fence.is_some_and(may_arrive) };
        let sent = PendingEnd { run, ..pending.clone() };
        Write { request: Request { key: pending.at, op }, subject: Subject::End(of, sent) }
    }

    /// The write that tells of the next rotation of the session that has this key now, if the
    /// collection has the session.
    pub(super) fn rotation(&self, key: RecordKey) -> Option<Write<Subject<T>>> {
        let Rotation { id, from, to, again } = self.locked.lock().rotations.next(key)?;
        let session = self.in_memory(id).filter(|session| session.data().synced().known)?;
        let track = session.track_id();
        let to = Successor { key: to.0, id: self.locked.key.seal_successor(from.1, to.1) };
        let id = Some(self.locked.key.seal(from.0, from.1));
        let request = Request { key: from.0, op: Op::Rotate { to, track, id } };
        Some(Write { request, subject: Subject::Rotation(session, from, again) })
    }

    /// Takes what came of telling that a session has lost this id.
    pub(super) fn settle_rotation(
        &self,
        session: &Session<SharedData<T>>,
        from: KeyedId,
        again: bool,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<Subject<T>>> {
        let Ok(outcome) = outcome else { return None };
        let (data, key) = (session.data(), self.key(session));
        let reason = match &outcome {
            Outcome::Done { version } => {
                if *version != data.version() {
                    self.suspect(data);
                }
                let now = self.store.now();
                self.locked.lock().rotation_acknowledged(key, from, now);
                return self.rotation(key);
            }
            Outcome::Missing | Outcome::Exists if again || outcome == Outcome::Missing => {
                // It may have been told so long ago that this is forgotten: a touch tells.
                self.suspect(data);
                self.locked.lock().rotations.acknowledged(key, from.0);
                return self.rotation(key);
            }
            Outcome::Ended(end) => self.reason(end),
            _ => EndReason::Removed,
        };
        if session.record.word.load().ended() {
            return None;
        }
        self.end_here(session, reason);
        if let (Outcome::Exists, Some(tombstone)) = (outcome, session.tombstone()) {
            // The new id is another's: the session is under its old one.
            self.locked.lock().end_elsewhere(from.0, from.1, tombstone);
        }
        None
    }
}
