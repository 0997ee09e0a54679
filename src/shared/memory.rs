//! The memory of a node, as the refresh sees it.

use std::collections::HashMap;

use super::about::About;
use super::data::{Asked, Shared};
use super::inner::Inner;
use super::refresh::{Memory, Write};
use super::report::{RefreshReport, RefreshStep};
use super::translation::Translation;
use crate::collection::{
    Change, CollectionError, CollectionTime, Cursor, Op, Opened, Outcome, RecordKey, Request,
};
use crate::end::Tombstone;
use crate::session::{Record, Seen, Session};
use crate::sync::Arc;
use crate::table::Walk;

/// It, during one refresh.
pub(super) struct NodeMemory<'a, T> {
    pub(super) inner: &'a Inner<T>,
    /// How often another epoch had been adopted when the refresh began.
    adoptions: u64,
    /// What was heard of records whose ids are not known.
    heard: HashMap<RecordKey, Change>,
    /// Whether a write of a live session was obsolete as it was about to be sent.
    obsolete: bool,
}

impl<'a, T: Send + Sync + 'static> NodeMemory<'a, T> {
    pub(super) fn new(inner: &'a Inner<T>) -> Self {
        let adoptions = inner.desk.lock().adoptions();
        Self { inner, adoptions, heard: HashMap::new(), obsolete: false }
    }

    /// Notes how the collection stands.
    pub(super) fn note_opened(&self, opened: &Opened) {
        let clock = Translation::new(self.inner.store.now(), opened.stamp.time);
        self.inner.desk.lock().open(opened, clock, self.adoptions);
    }

    /// Looks at each session in memory.
    fn each(&self, mut look: impl FnMut(&Arc<Record<Shared<T>>>, Seen)) {
        let (table, mut walk) = (self.inner.store.table(), Walk::all());
        while table.each_kept(&mut walk, &mut look) {}
    }

    /// Takes what was heard of sessions whose ids are not known, which are found by their keys.
    pub(super) fn take_heard(&mut self) {
        if self.heard.is_empty() {
            return;
        }
        let mut heard = std::mem::take(&mut self.heard);
        let (key, mut found) = (&self.inner.desk.key, Vec::new());
        self.each(|record, _| {
            if let Some(change) = heard.remove(&key.record_key(record.key())) {
                found.push((Session::new(Arc::clone(record)), change));
            }
        });
        for (session, change) in found {
            self.take_change(&session, change);
        }
    }

    fn take_change(&self, session: &Session<Shared<T>>, change: Change) {
        match change {
            Change::Ended(end) => self.inner.end_here(session, self.inner.reason(&end)),
            Change::Updated { version } if version == session.data().version() => {}
            // The next touch tells which version there is.
            Change::Updated { .. } => self.inner.suspect(session.data()),
        }
    }

    /// The writes that sessions need.
    fn writes(
        &self,
        sessions: Vec<Session<Shared<T>>>,
        clock: Translation,
        asked: Asked,
        report: &mut RefreshReport,
    ) -> Vec<Write<About<T>>> {
        let mut writes = Vec::with_capacity(sessions.len());
        for session in sessions {
            match self.write(session, clock, asked) {
                Ok(write) => writes.push(write),
                Err(error) => report.failed(RefreshStep::Store, &error),
            }
        }
        writes
    }

    /// The write that a session needs.
    fn write(
        &self,
        session: Session<Shared<T>>,
        clock: Translation,
        asked: Asked,
    ) -> Result<Write<About<T>>, CollectionError> {
        let (request, used) = if session.data().synced().may_be_known() {
            self.inner.touch(&session, clock)
        } else {
            self.inner.insertion(&session)?
        };
        let version = session.data().version();
        Ok(Write { request, about: About::Session { session, used, asked, version } })
    }
}

impl<T: Send + Sync + 'static> Memory for NodeMemory<'_, T> {
    type About = About<T>;

    fn opened(&mut self, opened: &Opened) {
        self.note_opened(opened);
    }

    fn cursor(&self) -> Cursor {
        self.inner.desk.lock().cursor().expect("it was opened")
    }

    fn departures(&mut self) -> Vec<Write<About<T>>> {
        let (rotations, ends) = {
            let node = self.inner.desk.lock();
            (node.rotations.keys(), node.ends.clone())
        };
        let mut writes: Vec<_> =
            rotations.into_iter().filter_map(|key| self.inner.rotation(key)).collect();
        let from = writes.len();
        writes.extend(ends.iter().map(|(key, end)| self.inner.removal(*key, end)));
        writes[from..].sort_unstable_by_key(|write| write.request.key);
        writes
    }

    fn heard(&mut self, key: RecordKey, change: Change) {
        if let Change::Ended(end) = &change {
            let now = self.inner.store.now();
            let reason = self.inner.reason(end);
            let tombstone = Tombstone::new(reason, now, self.inner.store.wall_at(now), now);
            // Before it is looked for in memory: a load that is under way looks here after it has
            // put it there.
            self.inner.desk.lock().heard_end(key, tombstone, true);
        }
        let holder = self.inner.desk.lock().rotations.holder(key);
        if let Some((id, next)) = holder {
            // A session that has lost this id here. That is what ended, if it was told.
            let own = matches!(&change, Change::Ended(end)
                if end.successor.is_some_and(|successor| successor.key == next));
            if let Some(session) = self.inner.in_memory(id).filter(|_| !own) {
                self.take_change(&session, change);
            }
        } else if let Change::Ended(end) = &change
            && let Some(sealed) = end.id
            && let Some(id) = self.inner.desk.key.unseal(key, sealed)
        {
            if let Some(session) = self.inner.in_memory(id) {
                self.take_change(&session, change);
            }
        } else {
            self.heard.insert(key, change);
        }
    }

    fn fed(&mut self, upto: Cursor, gap: bool) -> bool {
        self.take_heard();
        let mut node = self.inner.desk.lock();
        node.fed(upto, gap);
        !node.is_doubtful()
    }

    fn dirty(&mut self, report: &mut RefreshReport) -> Vec<Write<About<T>>> {
        let (clock, asking, touches) = {
            let node = self.inner.desk.lock();
            (node.clock, node.asking(), node.touches.clone())
        };
        let Some(clock) = clock else { return Vec::new() };
        let mut dirty = Vec::new();
        self.each(|record, seen| {
            let synced = record.data.synced();
            let ours = !seen.ended() && !synced.busy;
            if ours && synced.is_dirty(seen.last_active(), seen.in_use(), asking.generation) {
                dirty.push(Session::new(Arc::clone(record)));
            }
        });
        let mut writes = self.writes(dirty, clock, asking, report);
        writes.extend(touches.into_iter().map(|(key, used)| {
            let op = Op::Touch { used: clock.time(used), busy_until: CollectionTime::ORIGIN };
            Write { request: Request { key, op }, about: About::Late(used) }
        }));
        writes.sort_unstable_by_key(|write| {
            let insertion = matches!(write.request.op, Op::Insert { .. });
            (!insertion, write.request.key)
        });
        writes
    }

    fn sending(&mut self, writes: &mut Vec<Write<About<T>>>) {
        let (inner, obsolete) = (self.inner, &mut self.obsolete);
        writes.retain_mut(|Write { request, about }| match about {
            About::Session { session, .. } => {
                let goes = inner.sending(session, request);
                *obsolete |= !goes && !session.record.word.load().ended();
                goes
            }
            About::End(..) | About::Rotation(..) | About::Late(_) => true,
        });
    }

    fn left(&mut self, report: &mut RefreshReport) -> Vec<Write<About<T>>> {
        let obsolete = std::mem::take(&mut self.obsolete);
        let (clock, asking, doubtful) = {
            let node = self.inner.desk.lock();
            (node.clock, node.asking(), node.is_doubtful())
        };
        let Some(clock) = clock.filter(|_| doubtful || obsolete) else { return Vec::new() };
        let (mut left, mut certain) = (Vec::new(), true);
        self.each(|record, seen| {
            let synced = record.data.synced();
            let asks = synced.may_have_ended(asking.generation);
            // What another thread is putting in may be known by now, and the answer under way.
            certain &= seen.ended() || !(asks || synced.busy);
            let insert = obsolete && !synced.known;
            if !seen.ended() && !synced.busy && (asks || insert) {
                left.push(Session::new(Arc::clone(record)));
            }
        });
        if certain {
            self.inner.desk.lock().certain_since(asking);
        }
        self.writes(left, clock, asking, report)
    }

    fn settle(
        &mut self,
        write: Write<About<T>>,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<About<T>>> {
        self.inner.settle(write, outcome)
    }
}
