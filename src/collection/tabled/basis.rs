//! The table, as the rules need it.

use super::record::{Kept, int};
use super::table::{Tabled, placed_at};
use crate::collection::error::CollectionError;
use crate::collection::key::RecordKey;
use crate::collection::outcome::Change;
use crate::collection::policy::Policy;
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::records::{Basis, Entries, Found, Head, Meta, Note};
use crate::collection::stamp::CollectionTime;
use crate::end::EndReason;
use crate::id::TrackId;

/// How many keys that are due are read at once.
const PAGE: usize = 256;

/// A live session as it is in the table.
pub(super) struct Row {
    key: RecordKey,
    session: Box<StoredSession>,
    note: Option<Note>,
}

impl Tabled<'_> {
    fn write(&mut self, key: RecordKey, kept: &Kept) -> Result<(), CollectionError> {
        self.wrote = true;
        self.table.put(key, &kept.record(&self.policy))
    }

    fn write_row(&mut self, row: Row) -> Result<(), CollectionError> {
        let Row { key, session, note } = row;
        self.write(key, &Kept::Live { session, note })
    }
}

impl Basis for Tabled<'_> {
    type Error = CollectionError;
    type Row = Row;

    fn policy(&self) -> Policy {
        self.policy
    }

    fn meta(&mut self) -> &mut Meta {
        &mut self.about.meta
    }

    fn find(&mut self, key: RecordKey) -> Result<Found<Row>, CollectionError> {
        Ok(match self.read(key)? {
            None => Found::Nothing,
            Some(Kept::Ended(end)) => Found::Ended(end),
            Some(Kept::Live { session, note }) => {
                let head = Head::of(&session, session.used);
                Found::Live(Row { key, session, note }, head)
            }
        })
    }

    fn begin(
        &mut self,
        key: RecordKey,
        session: &StoredSession,
        head: Head,
    ) -> Result<(), CollectionError> {
        self.about.live += 1;
        let session = Box::new(session.clone());
        self.set(Row { key, session, note: None }, head)
    }

    fn set(&mut self, mut row: Row, head: Head) -> Result<(), CollectionError> {
        head.put_into(&mut row.session);
        self.write_row(row)
    }

    fn change(
        &mut self,
        mut row: Row,
        head: Head,
        note: Note,
        data: &[u8],
    ) -> Result<(), CollectionError> {
        row.session.data = data.to_vec();
        row.note = Some(note);
        self.set(row, head)
    }

    fn end(&mut self, row: Row, end: StoredEnd) -> Result<(), CollectionError> {
        self.about.live = self.about.live.saturating_sub(1);
        self.fence(row.key, end)
    }

    fn fence(&mut self, key: RecordKey, end: StoredEnd) -> Result<(), CollectionError> {
        self.write(key, &Kept::Ended(end))
    }

    fn rename(
        &mut self,
        mut row: Row,
        (to, track): (RecordKey, TrackId),
        end: StoredEnd,
    ) -> Result<(), CollectionError> {
        self.fence(row.key, end)?;
        row.session.track = Some(track);
        self.write_row(Row { key: to, note: None, ..row })
    }

    fn live(&mut self, principal: Option<&str>) -> Result<usize, CollectionError> {
        principal.map_or(Ok(self.about.live), |name| self.table.count(name))
    }

    fn oldest(
        &mut self,
        principal: Option<&str>,
        now: CollectionTime,
    ) -> Result<Option<(RecordKey, CollectionTime)>, CollectionError> {
        let mut at_most = self.passed.len() + 1;
        loop {
            let keys = self.table.oldest(principal, int(now.as_micros()), at_most)?;
            let all = keys.len() < at_most;
            for key in keys {
                if !self.passed.contains(&key)
                    && let Some(session) = self.session(key)?
                {
                    return Ok(Some((key, session.used)));
                }
            }
            if all {
                return Ok(None);
            }
            at_most = at_most.saturating_mul(2);
        }
    }

    fn next_of(
        &mut self,
        principal: &str,
        except: &[RecordKey],
    ) -> Result<Option<RecordKey>, CollectionError> {
        loop {
            let at_most = except.len() + self.passed.len() + 1;
            let keys = self.table.of_principal(principal, at_most)?;
            let left = |key: &RecordKey| !except.contains(key) && !self.passed.contains(key);
            let Some(key) = keys.into_iter().find(left) else { return Ok(None) };
            if self.session(key)?.is_some() {
                return Ok(Some(key));
            }
        }
    }

    fn next_due(&mut self, now: CollectionTime) -> Result<Option<RecordKey>, CollectionError> {
        loop {
            if self.due.is_empty() {
                let keys = self.table.due(int(now.as_micros()), PAGE + self.passed.len())?;
                self.due.extend(keys.into_iter().filter(|key| !self.passed.contains(key)));
            }
            let Some(key) = self.due.pop_front() else { return Ok(None) };
            self.passed.insert(key);
            // What cannot be read stays as it is.
            if self.session(key)?.is_some() {
                return Ok(Some(key));
            }
        }
    }

    fn entries(&mut self, after: u64, at_most: usize) -> Result<(Entries, bool), CollectionError> {
        let mut keys = self.table.placed(int(after), at_most.saturating_add(1))?;
        let more = keys.len() > at_most;
        keys.truncate(at_most);
        let mut entries = Vec::with_capacity(keys.len());
        for (place, key) in keys {
            let seq = u64::try_from(place).unwrap_or(0);
            let change = match self.readable(key)? {
                Some(Kept::Live { session, .. }) => Change::Updated { version: session.version },
                Some(Kept::Ended(end)) => Change::Ended(Box::new(end)),
                // It may be an end: nodes that have the session in memory must not keep it.
                None => {
                    let reason = EndReason::Removed.as_str();
                    Change::Ended(Box::new(StoredEnd::new(reason, self.about.time, seq)))
                }
            };
            entries.push((seq, key, change));
        }
        Ok((entries, more))
    }

    fn first_entry(&mut self) -> Result<Option<(u64, CollectionTime)>, CollectionError> {
        let note = self.first()?.and_then(|(_, kept)| placed_at(&kept));
        Ok(note.map(|Note { seq, at }| (seq, at)))
    }

    fn forget_first(&mut self) -> Result<(), CollectionError> {
        match self.first()? {
            Some((key, Kept::Live { session, .. })) => {
                self.write_row(Row { key, session, note: None })
            }
            Some((key, Kept::Ended(_))) => {
                self.wrote = true;
                self.table.delete(key)
            }
            None => Ok(()),
        }
    }
}
