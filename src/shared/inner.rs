//! What the clones of one [`SharedSessions`](super::handle::SharedSessions) have in common, apart
//! from the collection.

use std::time::Duration;

use super::alarm::OnAlarm;
use super::data::{AsOf, SharedData};
use super::keeper::LockedNode;
use super::reasons;
use super::translation::Translation;
use crate::collection::{
    Codec, CollectionError, CollectionTime, Cursor, Op, RecordKey, Request, StoredEnd,
    StoredSession,
};
use crate::end::{ApplicationReason, EndReason};
use crate::id::{Origin, SessionId, TrackId};
use crate::session::Session;
use crate::store::SessionStore;
use crate::sync::Arc;
use crate::tick::Tick;

/// A node: its memory, and what it knows beside it.
pub(super) struct Inner<T> {
    pub(super) store: SessionStore<SharedData<T>>,
    pub(super) locked: Arc<LockedNode>,
    pub(super) codec: Box<dyn Codec<T>>,
    pub(super) settings: Settings,
    pub(super) built: Tick,
    pub(super) on_alarm: Option<OnAlarm>,
}

/// What the application chose.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// For how long an insertion may be under way.
    pub(super) window: Duration,
    /// By how much the collection's clock may go back.
    pub(super) clock_jump: Duration,
    /// For how long a session counts as in use after a refresh found it so.
    pub(super) busy_for: Duration,
    pub(super) wait_for_creation: bool,
    pub(super) wait_for_end: bool,
    pub(super) max_staleness: Option<Duration>,
    /// How long ago this node may have heard of all ends until the alarm is raised.
    pub(super) alarm_above: Option<Duration>,
    pub(super) reasons: Vec<ApplicationReason>,
}

impl Settings {
    /// Refuses a collection that may have forgotten an end before an insertion is too late.
    pub(super) fn check(&self, keep_ends: Option<Duration>) -> Result<(), CollectionError> {
        let least = self.window.saturating_add(self.clock_jump.saturating_mul(2));
        match keep_ends.filter(|keep_ends| *keep_ends < least) {
            None => Ok(()),
            Some(keep_ends) => Err(CollectionError::ForgetsTooSoon { keep_ends, least }),
        }
    }
}

impl<T: Send + Sync + 'static> Inner<T> {
    pub(super) fn key(&self, session: &Session<SharedData<T>>) -> RecordKey {
        self.locked.key.record_key(session.record.id())
    }

    pub(super) fn reason(&self, end: &StoredEnd) -> EndReason {
        reasons::parse(&end.reason, &self.settings.reasons)
    }

    /// The session with this id, if it is in memory; also if it is overdue.
    pub(super) fn in_memory(&self, id: SessionId) -> Option<Session<SharedData<T>>> {
        self.store.table().directory.get(&id).map(Session::new)
    }

    /// The key by which the collection knows a session, or will.
    pub(super) fn collection_key(&self, session: &Session<SharedData<T>>) -> RecordKey {
        let key = self.key(session);
        self.locked.lock().rotations.collection_key(key)
    }

    /// Puts data in the place of the version that was `seen`. Returns whether it still was that.
    pub(super) fn replace_data(
        &self,
        data: &SharedData<T>,
        seen: u32,
        new: impl Into<Arc<T>>,
        version: u32,
    ) -> bool {
        let new = new.into();
        let before = {
            let _node = self.locked.lock();
            data.replace(seen, new, version)
        };
        before.is_ok()
    }

    /// Makes the next refresh ask whether the collection still has this session.
    pub(super) fn suspect(&self, data: &SharedData<T>) {
        let mut node = self.locked.lock();
        node.suspect_one(false);
        data.suspect();
    }

    /// The collection has answered a touch of a session, or given it out, by this key.
    pub(super) fn acknowledge(
        &self,
        key: RecordKey,
        data: &SharedData<T>,
        used: Tick,
        as_of: AsOf,
    ) {
        if !data.synced().suspect {
            return data.acknowledge(as_of.generation, used, false);
        }
        let mut node = self.locked.lock();
        // The feed may have told of it while its insertion was in doubt.
        node.doubts.remove(&key);
        let clears = node.suspicions == as_of.suspicions;
        data.acknowledge(as_of.generation, used, clears);
    }

    /// Notes that a request about a session is about to be sent. Returns false if it must not be:
    /// since it was made the session has ended, was put in by another thread, or the collection is
    /// to know it by another key.
    pub(super) fn sending(&self, session: &Session<SharedData<T>>, request: &mut Request) -> bool {
        {
            let mut node = self.locked.lock();
            if matches!(request.op, Op::Insert { .. }) && session.data().synced().may_be_known() {
                return false;
            }
            node.sending(request);
        }
        // In this order: an end and a rotation that come after this look find the doubt.
        let valid =
            !session.record.word.load().ended() && self.collection_key(session) == request.key;
        if !valid && matches!(request.op, Op::Insert { .. }) {
            self.locked.lock().not_applied(request.key);
        }
        valid
    }

    /// The session in memory that has this id, or had it as far as the collection knows.
    pub(super) fn called(&self, key: RecordKey, id: SessionId) -> Option<Session<SharedData<T>>> {
        let now = self.locked.lock().rotations.holder(key).map_or(id, |(now, _)| now);
        self.in_memory(now)
    }

    /// Ends a session here, of whose end the collection knows.
    pub(super) fn end_here(&self, session: &Session<SharedData<T>>, reason: EndReason) {
        // One that was replaced goes on under another id: if somebody ends it here at this moment,
        // that is told.
        if reason != EndReason::Replaced {
            session.data().note_ended();
        }
        self.store.end_for(session.record.id(), reason);
    }

    /// The request that puts a session in, and when the session was last active.
    pub(super) fn insertion(
        &self,
        session: &Session<SharedData<T>>,
    ) -> Result<(Request, Tick), CollectionError> {
        let (record, data) = (&session.record, session.data());
        let encoded = self.encode(&data.get())?;
        let (clock, cursor) = {
            let node = self.locked.lock();
            (node.clock, node.cursor())
        };
        let (Some(clock), Some(Cursor { epoch, .. })) = (clock, cursor) else {
            return Err(CollectionError::not_applied("nothing was heard of the collection yet"));
        };
        let (key, not_after) =
            (self.collection_key(session), clock.latest().saturating_add(self.settings.window));
        let (used, in_use) = self.used(session);
        let timeouts = session.timeouts();
        let created = clock.time(record.created());
        let name = |name: Option<&str>| name.map(str::to_owned);
        let stored = StoredSession {
            principal: name(session.principal()),
            originator: name(session.originator()),
            host: name(session.host()),
            privileged: record.privileged(),
            created,
            busy_until: self.busy_until(clock, used, in_use),
            idle: timeouts.idle_timeout(),
            deadline: timeouts.absolute_timeout().map(|span| created.saturating_add(span)),
            version: data.version(),
            track: own_track_id(session),
            ..StoredSession::new(data.nonce(), clock.time(used), encoded)
        };
        let op = Op::Insert { session: Box::new(stored), not_after, epoch };
        Ok((Request { key, op }, used))
    }

    /// The request that tells when a session was used, and that time.
    pub(super) fn touch(
        &self,
        session: &Session<SharedData<T>>,
        clock: Translation,
    ) -> (Request, Tick) {
        let (used, in_use) = self.used(session);
        let busy_until = self.busy_until(clock, used, in_use);
        let op = Op::Touch { used: clock.time(used), busy_until };
        (Request { key: self.collection_key(session), op }, used)
    }

    /// When a session was last used: now, if it is in use.
    fn used(&self, session: &Session<SharedData<T>>) -> (Tick, bool) {
        let seen = session.record.word.load();
        let (last_active, in_use) = (seen.last_active(), seen.in_use());
        (if in_use { last_active.max(self.store.now()) } else { last_active }, in_use)
    }

    fn busy_until(&self, clock: Translation, used: Tick, in_use: bool) -> CollectionTime {
        let busy = clock.time(used).saturating_add(self.settings.busy_for);
        if in_use { busy } else { CollectionTime::ORIGIN }
    }
}

/// The session's name for logs, where nodes cannot work it out of its id.
fn own_track_id<T>(session: &Session<SharedData<T>>) -> Option<TrackId> {
    let (own, record) = (session.track_id(), &session.record);
    let of_id = record.context.salt.track_id(Origin::FirstId(record.id()));
    (own != of_id).then_some(own)
}
