//! The memory of a node, as the refresh uses it.

use std::collections::HashMap;

use super::data::{AsOf, SharedData};
use super::found::Found;
use super::inner::Inner;
use super::report::{RefreshReport, RefreshStep};
use super::seen::{Memory, Sought, Write};
use super::subject::Subject;
use super::translation::Translation;
use crate::collection::{Change, CollectionError, Cursor, Opened, Outcome, RecordKey};
use crate::end::Tombstone;
use crate::session::Session;
use crate::table::Walk;
use crate::tick::Tick;

/// What is to be written of.
pub(super) enum Written<T> {
    Session(Session<SharedData<T>>),
    /// A touch of a session that is not in memory.
    Late(RecordKey, Tick),
}

/// A walk through the sessions, under way.
#[derive(Clone, Copy)]
pub(super) enum Look {
    /// For those of which the feed told.
    Heard,
    /// For those of which the collection is yet to be told.
    Dirty(AsOf),
    /// For those that are left.
    Left {
        /// What was known when it began.
        as_of: AsOf,
        /// Whether a write was obsolete.
        obsolete: bool,
        /// Whether none that was met is in doubt.
        certain: bool,
    },
    /// There is none.
    Over,
}

/// The memory of a node during one refresh.
pub(super) struct NodeMemory<'a, T> {
    pub(super) inner: &'a Inner<T>,
    /// How often another epoch had been adopted when the refresh began.
    adoptions: u64,
    /// What was heard of records whose ids are not known.
    pub(super) by_key: HashMap<RecordKey, Change>,
    /// Whether a write of a live session was obsolete as it was about to be sent.
    pub(super) obsolete: bool,
    pub(super) look: Look,
    pub(super) walk: Walk<'static>,
    /// What is to be written.
    pub(super) found: Found<Written<T>>,
}

impl<'a, T: Send + Sync + 'static> NodeMemory<'a, T> {
    pub(super) fn new(inner: &'a Inner<T>) -> Self {
        let adoptions = inner.locked.lock().adoptions();
        let (by_key, found, look) = (HashMap::new(), Found::default(), Look::Over);
        Self { inner, adoptions, by_key, obsolete: false, look, walk: Walk::all(), found }
    }

    /// Notes how the collection stands.
    pub(super) fn note_opened(&self, opened: &Opened) {
        let clock = Translation::new(self.inner.store.now(), opened.stamp.time);
        self.inner.locked.lock().open(opened, clock, self.adoptions);
    }
}

impl<T: Send + Sync + 'static> Memory for NodeMemory<'_, T> {
    type Subject = Subject<T>;

    fn opened(&mut self, opened: &Opened) {
        self.note_opened(opened);
    }

    fn cursor(&self) -> Cursor {
        self.inner.locked.lock().cursor().expect("it was opened")
    }

    fn departures(&mut self) -> Vec<Write<Subject<T>>> {
        let (rotations, ends) = {
            let node = self.inner.locked.lock();
            (node.rotations.keys(), node.ends.clone())
        };
        let mut writes: Vec<_> =
            rotations.into_iter().filter_map(|key| self.inner.rotation(key)).collect();
        let from = writes.len();
        writes.extend(ends.iter().map(|(key, end)| self.inner.removal(*key, end)));
        writes[from..].sort_unstable_by_key(|write| write.request.key);
        writes
    }

    fn apply_change(&mut self, key: RecordKey, change: Change) {
        if let Change::Ended(end) = &change {
            let now = self.inner.store.now();
            let reason = self.inner.reason(end);
            let tombstone = Tombstone::new(reason, now, self.inner.store.wall_at(now), now);
            // Before it is looked for in memory: a load that is under way looks here after it has
            // put it there.
            self.inner.locked.lock().note_end(key, tombstone, true);
        }
        let holder = self.inner.locked.lock().rotations.holder(key);
        if let Some((id, next)) = holder {
            // A session that has lost this id here. That is what ended, if it was told.
            let own = matches!(&change, Change::Ended(end)
                if end.successor.is_some_and(|successor| successor.key == next));
            if let Some(session) = self.inner.in_memory(id).filter(|_| !own) {
                self.take_change(&session, change);
            }
        } else if let Change::Ended(end) = &change
            && let Some(sealed) = end.id
            && let Some(id) = self.inner.locked.key.unseal(key, sealed)
        {
            if let Some(session) = self.inner.in_memory(id) {
                self.take_change(&session, change);
            }
        } else {
            self.by_key.insert(key, change);
        }
    }

    fn end_of_feed(&mut self, upto: Cursor, gap: bool) -> bool {
        let mut node = self.inner.locked.lock();
        node.end_of_feed(upto, gap);
        !node.is_doubtful()
    }

    fn look_for(&mut self, what: Sought) {
        self.begin(what);
    }

    fn look_on(&mut self) -> bool {
        self.go_on()
    }

    fn found(&self) -> (usize, usize) {
        self.found.len()
    }

    fn next_write(&mut self, report: &mut RefreshReport) -> Option<Write<Subject<T>>> {
        loop {
            let found = self.found.take()?;
            match self.write(found) {
                Ok(None) => {}
                Ok(write) => return write,
                Err(error) => report.failed(RefreshStep::Store, &error),
            }
        }
    }

    fn sending(&mut self, writes: &mut Vec<Write<Subject<T>>>) {
        let (inner, obsolete) = (self.inner, &mut self.obsolete);
        writes.retain_mut(|Write { request, subject }| match subject {
            Subject::Session { session, .. } => {
                let valid = inner.sending(session, request);
                *obsolete |= !valid && !session.record.word.load().ended();
                valid
            }
            Subject::End(..) | Subject::Rotation(..) | Subject::Late(_) => true,
        });
    }

    fn settle(
        &mut self,
        write: Write<Subject<T>>,
        outcome: Result<Outcome, CollectionError>,
    ) -> Option<Write<Subject<T>>> {
        self.inner.settle(write, outcome)
    }
}
