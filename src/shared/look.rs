//! How a refresh looks through the sessions in memory: some at a time, so that requests which share
//! its thread are served meanwhile.

use super::data::SharedData;
use super::found::Found;
use super::memory::{Look, NodeMemory, Written};
use super::seen::{Sought, Write};
use super::subject::Subject;
use crate::collection::{Change, CollectionError, CollectionTime, Op, Request};
use crate::session::Session;
use crate::sync::Arc;
use crate::table::Walk;

/// How many visits to the store's lock are made at a stretch.
const VISITS: u32 = 4;

impl<T: Send + Sync + 'static> NodeMemory<'_, T> {
    /// Begins to look for these.
    pub(super) fn begin(&mut self, what: Sought) {
        (self.walk, self.found) = (Walk::all(), Found::default());
        let obsolete = std::mem::take(&mut self.obsolete);
        let mut node = self.inner.locked.lock();
        let as_of = node.as_of();
        self.look = match what {
            Sought::Heard(upto) => {
                node.hears(upto);
                Look::Heard
            }
            Sought::Dirty => Look::Dirty(as_of),
            Sought::Left if node.is_doubtful() || obsolete => {
                Look::Left { as_of, obsolete, certain: true }
            }
            Sought::Left => Look::Over,
        };
        if what == Sought::Dirty {
            let touches = node.touches.clone();
            drop(node);
            for (key, used) in touches {
                self.found.add(false, key, Written::Late(key, used));
            }
        }
    }

    /// Looks at some more. Returns whether there are others yet.
    pub(super) fn go_on(&mut self) -> bool {
        for _ in 0..VISITS {
            let more = match self.look {
                Look::Heard => self.take_by_key(),
                Look::Dirty(_) | Look::Left { .. } => self.collect(),
                Look::Over => false,
            };
            if !more {
                if let Look::Left { as_of, certain: true, .. } = self.look {
                    self.inner.locked.lock().certain_since(as_of);
                }
                self.look = Look::Over;
                return false;
            }
        }
        true
    }

    /// Takes what was heard of sessions whose ids are not known, which are found by their keys:
    /// among some more of the sessions. Returns whether there are others yet.
    pub(super) fn take_by_key(&mut self) -> bool {
        if self.by_key.is_empty() {
            return false;
        }
        let (inner, by_key, mut found) = (self.inner, &mut self.by_key, Vec::new());
        let more = inner.store.table().each_kept(&mut self.walk, |record, _| {
            if let Some(change) = by_key.remove(&inner.locked.key.record_key(record.key())) {
                found.push((Session::new(Arc::clone(record)), change));
            }
        });
        for (session, change) in found {
            self.take_change(&session, change);
        }
        more
    }

    pub(super) fn take_change(&self, session: &Session<SharedData<T>>, change: Change) {
        match change {
            Change::Ended(end) => self.inner.end_here(session, self.inner.reason(&end)),
            Change::Updated { version } if version == session.data().version() => {}
            // The next touch tells which version there is.
            Change::Updated { .. } => self.inner.suspect(session.data()),
        }
    }

    /// Collects the sessions that are to be written.
    fn collect(&mut self) -> bool {
        let (inner, look, mut found) = (self.inner, &mut self.look, Vec::new());
        let more = inner.store.table().each_kept(&mut self.walk, |record, seen| {
            let synced = record.data.synced();
            let ours = !seen.ended() && !synced.inserting;
            let sought = match look {
                Look::Dirty(as_of) => {
                    synced.is_dirty(seen.last_active(), seen.in_use(), as_of.generation)
                }
                Look::Left { as_of, obsolete, certain } => {
                    let uncertain = synced.may_have_ended(as_of.generation);
                    // What another thread is putting in may be known by now, and the answer under
                    // way.
                    *certain &= seen.ended() || !(uncertain || synced.inserting);
                    uncertain || *obsolete && !synced.known
                }
                Look::Heard | Look::Over => false,
            };
            if ours && sought {
                found.push(Arc::clone(record));
            }
        });
        for record in found {
            let insertion = !record.data.synced().may_be_known();
            let key = inner.locked.key.record_key(record.key());
            self.found.add(insertion, key, Written::Session(Session::new(record)));
        }
        more
    }

    /// The write that is needed, if one is yet.
    pub(super) fn write(
        &self,
        what: Written<T>,
    ) -> Result<Option<Write<Subject<T>>>, CollectionError> {
        let (clock, as_of) = {
            let node = self.inner.locked.lock();
            (node.clock, node.as_of())
        };
        let Some(clock) = clock else { return Ok(None) };
        let session = match what {
            Written::Session(session) => session,
            Written::Late(key, used) => {
                let op = Op::Touch { used: clock.time(used), busy_until: CollectionTime::ORIGIN };
                return Ok(Some(Write {
                    request: Request { key, op },
                    subject: Subject::Late(used),
                }));
            }
        };
        if session.record.word.load().ended() {
            return Ok(None);
        }
        let (request, used) = if session.data().synced().may_be_known() {
            self.inner.touch(&session, clock)
        } else {
            self.inner.insertion(&session)?
        };
        let version = session.data().version();
        Ok(Some(Write { request, subject: Subject::Session { session, used, as_of, version } }))
    }
}
