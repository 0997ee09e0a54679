//! The records in memory as the table of the rules, with notes of what they write.

use std::convert::Infallible;

use super::apply::{Decision, apply};
use super::basis::{Basis, Entries, Found};
use super::head::{Head, NEVER, Note};
use super::meta::Meta;
use super::slots::{Row, Slot};
use super::sweep;
use super::table::{Records, Write};
use crate::collection::error::CollectionError;
use crate::collection::key::{Fingerprint, RecordKey};
use crate::collection::op::Request;
use crate::collection::outcome::{Change, Expired, Feed, Opened, PrincipalEnded};
use crate::collection::policy::Policy;
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::stamp::{CollectionTime, Cursor};
use crate::id::TrackId;

struct Recorded<'a> {
    records: &'a mut Records,
    writes: &'a mut Vec<Write>,
}

impl Records {
    /// How the collection stands. The first fingerprint is kept.
    pub(crate) fn open(
        &mut self,
        now: CollectionTime,
        fingerprint: Fingerprint,
    ) -> Result<Opened, CollectionError> {
        sweep::open(&mut self.recorded(&mut Vec::new()), now, fingerprint)
    }

    /// Does what a request asks. What it writes is added to `writes`, as in the others.
    pub(crate) fn apply(
        &mut self,
        now: CollectionTime,
        request: &Request,
        writes: &mut Vec<Write>,
    ) -> Decision {
        let Ok(decision) = apply(&mut self.recorded(writes), now, request);
        decision
    }

    /// What ended and what changed after a place.
    pub(crate) fn feed(&mut self, now: CollectionTime, after: Cursor, at_most: usize) -> Feed {
        let Ok(feed) = sweep::feed(&mut self.recorded(&mut Vec::new()), now, after, at_most);
        feed
    }

    /// Ends what is past its timeouts, and forgets what is old, at most `at_most` records.
    pub(crate) fn expire(
        &mut self,
        now: CollectionTime,
        at_most: usize,
        writes: &mut Vec<Write>,
    ) -> Expired {
        let Ok(expired) = sweep::expire(&mut self.recorded(writes), now, at_most);
        expired
    }

    /// Ends the sessions of a principal, at most `at_most`, except those under these keys.
    pub(crate) fn end_principal(
        &mut self,
        now: CollectionTime,
        of: (&str, &str),
        except: &[RecordKey],
        at_most: usize,
        writes: &mut Vec<Write>,
    ) -> PrincipalEnded {
        let mut recorded = self.recorded(writes);
        let Ok(ended) = sweep::end_principal(&mut recorded, now, of, except, at_most);
        ended
    }

    /// Forgets every end and every note of a change.
    pub(crate) fn prune(&mut self, writes: &mut Vec<Write>) {
        let Ok(()) = sweep::prune(&mut self.recorded(writes));
    }

    fn recorded<'a>(&'a mut self, writes: &'a mut Vec<Write>) -> Recorded<'a> {
        Recorded { records: self, writes }
    }
}

impl Basis for Recorded<'_> {
    type Error = Infallible;
    type Row = (RecordKey, Row);

    fn policy(&self) -> Policy {
        self.records.policy
    }

    fn meta(&mut self) -> &mut Meta {
        &mut self.records.meta
    }

    fn find(&mut self, key: RecordKey) -> Result<Found<Self::Row>, Infallible> {
        let Some(row) = self.records.slots.find(key) else { return Ok(Found::Nothing) };
        Ok(match self.records.slots.get(row) {
            Slot::Live(_, live) => Found::Live((key, row), live.head),
            Slot::End(_, end) => Found::Ended(end.stored()),
            Slot::Vacant { .. } => Found::Nothing,
        })
    }

    fn begin(
        &mut self,
        key: RecordKey,
        session: &StoredSession,
        head: Head,
    ) -> Result<(), Infallible> {
        self.records.begin(key, head, session.principal.as_deref());
        self.writes.push(Write::Session(key));
        Ok(())
    }

    fn set(&mut self, (key, row): Self::Row, head: Head) -> Result<(), Infallible> {
        if let Some(live) = self.records.slots.live_mut(row) {
            live.head = head;
        }
        self.writes.push(Write::Head(key));
        Ok(())
    }

    fn change(
        &mut self,
        (key, row): Self::Row,
        head: Head,
        note: Note,
        _: &[u8],
    ) -> Result<(), Infallible> {
        if let Some(live) = self.records.slots.live_mut(row) {
            live.head = head;
        }
        self.records.note(row, note);
        self.writes.push(Write::Session(key));
        Ok(())
    }

    fn end(&mut self, (key, row): Self::Row, end: StoredEnd) -> Result<(), Infallible> {
        self.records.end(row, &end);
        self.writes.push(Write::End(key));
        Ok(())
    }

    fn fence(&mut self, key: RecordKey, end: StoredEnd) -> Result<(), Infallible> {
        self.records.restore_end(key, &end);
        self.writes.push(Write::End(key));
        Ok(())
    }

    fn rename(
        &mut self,
        (from, row): Self::Row,
        (to, _): (RecordKey, TrackId),
        end: StoredEnd,
    ) -> Result<(), Infallible> {
        self.records.rename(row, to, &end);
        self.writes.push(Write::Moved { from, to });
        Ok(())
    }

    fn live(&mut self, principal: Option<&str>) -> Result<usize, Infallible> {
        let Some(name) = principal else { return Ok(self.records.live) };
        Ok(self.records.principals.find(name).map_or(0, |(_, live)| live))
    }

    fn oldest(
        &mut self,
        principal: Option<&str>,
        now: CollectionTime,
    ) -> Result<Option<(RecordKey, CollectionTime)>, Infallible> {
        let Records { principals, ages, ages_by_principal, slots, .. } = &mut *self.records;
        let (ages, scope) = match principal {
            None => (ages, 0),
            Some(name) => match principals.find(name) {
                Some((number, _)) => (ages_by_principal, number),
                None => return Ok(None),
            },
        };
        let Some(ages) = ages else { return Ok(None) };
        let found = ages.least(scope, now, Records::times(slots));
        let named = |(row, used)| Some((slots.key(row)?, CollectionTime::from_micros(used)));
        Ok(found.and_then(named))
    }

    fn next_of(
        &mut self,
        principal: &str,
        except: &[RecordKey],
    ) -> Result<Option<RecordKey>, Infallible> {
        let Records { principals, of_principal, slots, .. } = &*self.records;
        let Some((number, _)) = principals.find(principal) else { return Ok(None) };
        let rows = of_principal.range((number, 0)..=(number, Row::MAX));
        let mut keys = rows.filter_map(|(_, row)| slots.key(*row));
        Ok(keys.find(|key| !except.contains(key)))
    }

    fn next_due(&mut self, now: CollectionTime) -> Result<Option<RecordKey>, Infallible> {
        let Records { expiry, slots, policy, .. } = &mut *self.records;
        let due =
            expiry.due(now, |row| slots.live(row).map_or(NEVER, |live| live.head.due(policy)));
        Ok(due.and_then(|row| slots.key(row)))
    }

    fn entries(&mut self, after: u64, at_most: usize) -> Result<(Entries, bool), Infallible> {
        let Records { log, slots, .. } = &*self.records;
        let mut entries = log.after(after);
        let listed = entries.by_ref().take(at_most).filter_map(|(seq, row)| {
            Some(match slots.get(row) {
                Slot::Live(key, live) => {
                    (seq, *key, Change::Updated { version: live.head.version })
                }
                Slot::End(key, end) => (seq, *key, Change::Ended(Box::new(end.stored()))),
                Slot::Vacant { .. } => return None,
            })
        });
        let listed = listed.collect();
        Ok((listed, entries.next().is_some()))
    }

    fn first_entry(&mut self) -> Result<Option<(u64, CollectionTime)>, Infallible> {
        Ok(self.records.log.first().map(|(seq, entry)| (seq, entry.at)))
    }

    fn forget_first(&mut self) -> Result<(), Infallible> {
        let Some((seq, entry)) = self.records.log.first() else { return Ok(()) };
        self.records.log.remove(seq);
        if let Some(live) = self.records.slots.live_mut(entry.row) {
            live.noted = 0;
        } else {
            self.writes.extend(self.records.slots.key(entry.row).map(Write::Forgotten));
            self.records.slots.remove(entry.row);
        }
        Ok(())
    }
}
