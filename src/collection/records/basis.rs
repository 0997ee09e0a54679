//! What the rules need of a table of records.
//!
//! The rules are written once, over this: for what is in memory, where nothing fails, and for a
//! table of your program's.

use super::head::{Head, Note};
use super::meta::Meta;
use crate::collection::key::RecordKey;
use crate::collection::outcome::Change;
use crate::collection::policy::Policy;
use crate::collection::record::{StoredEnd, StoredSession};
use crate::collection::stamp::CollectionTime;
use crate::id::TrackId;

/// What is under a key.
pub(crate) enum Found<R> {
    Nothing,
    /// A session, and how it is written.
    Live(R, Head),
    Ended(StoredEnd),
}

/// What the entries of a feed have of a table: of each its seq, its key, and what happened.
pub(crate) type Entries = Vec<(u64, RecordKey, Change)>;

/// A table of records, while one call has it to itself.
pub(crate) trait Basis {
    type Error;
    /// Leads to a live session until that is written.
    type Row;

    fn policy(&self) -> Policy;
    fn meta(&mut self) -> &mut Meta;
    fn find(&mut self, key: RecordKey) -> Result<Found<Self::Row>, Self::Error>;

    /// Puts a session in, under a key that has nothing.
    fn begin(
        &mut self,
        key: RecordKey,
        session: &StoredSession,
        head: Head,
    ) -> Result<(), Self::Error>;
    /// Replaces a head by one that was used or is busy no less.
    fn set(&mut self, row: Self::Row, head: Head) -> Result<(), Self::Error>;
    /// Replaces a head and the data.
    fn change(
        &mut self,
        row: Self::Row,
        head: Head,
        note: Note,
        data: &[u8],
    ) -> Result<(), Self::Error>;
    /// Makes an end of a session.
    fn end(&mut self, row: Self::Row, end: StoredEnd) -> Result<(), Self::Error>;
    /// Puts an end under a key that has nothing.
    fn fence(&mut self, key: RecordKey, end: StoredEnd) -> Result<(), Self::Error>;
    /// Puts a session under another key, which has nothing, and an end under its own. The change of
    /// its data is listed no longer.
    fn rename(
        &mut self,
        row: Self::Row,
        to: (RecordKey, TrackId),
        end: StoredEnd,
    ) -> Result<(), Self::Error>;

    /// How many sessions there are, of a principal or in all.
    fn live(&mut self, principal: Option<&str>) -> Result<usize, Self::Error>;
    /// Which of them was used the longest ago among those that are not busy, and when.
    fn oldest(
        &mut self,
        principal: Option<&str>,
        now: CollectionTime,
    ) -> Result<Option<(RecordKey, CollectionTime)>, Self::Error>;
    /// A session of a principal that is not under these keys.
    fn next_of(
        &mut self,
        principal: &str,
        except: &[RecordKey],
    ) -> Result<Option<RecordKey>, Self::Error>;
    /// A session that is due, or was by the policy under which it was written.
    fn next_due(&mut self, now: CollectionTime) -> Result<Option<RecordKey>, Self::Error>;

    /// At most `at_most` entries of the feed after this seq, and whether there are more.
    fn entries(&mut self, after: u64, at_most: usize) -> Result<(Entries, bool), Self::Error>;
    /// The first entry of the feed: its seq and when it was.
    fn first_entry(&mut self) -> Result<Option<(u64, CollectionTime)>, Self::Error>;
    /// Forgets the first entry of the feed: the end, or the note of a change.
    fn forget_first(&mut self) -> Result<(), Self::Error>;
}
