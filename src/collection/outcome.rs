//! What collections answer.

use super::error::CollectionError;
use super::key::RecordKey;
use super::record::{StoredEnd, StoredSession};
use super::stamp::Stamp;
use crate::end::LimitKind;

/// How a collection stands, as it is opened.
///
/// # Examples
///
/// ```
/// use tenure::collection::{CollectionTime, Epoch, Opened, Stamp};
///
/// let time = CollectionTime::from_micros(7);
/// let stamp = Stamp { time, epoch: Epoch::from_number(1), seq: 3 };
/// let opened = Opened { stamp, floor: 2 };
/// assert!(opened.floor <= opened.stamp.seq);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// When.
    pub stamp: Stamp,
    /// The highest seq of what it has forgotten.
    pub floor: u64,
}

/// What came of a batch of requests.
///
/// # Examples
///
/// ```
/// use tenure::collection::{Answer, CollectionTime, Epoch, Outcome, Stamp};
///
/// let time = CollectionTime::from_micros(7);
/// let stamp = Stamp { time, epoch: Epoch::from_number(1), seq: 0 };
/// let answer = Answer { stamp, outcomes: vec![Ok(Outcome::Missing)] };
/// assert_eq!(answer.outcomes.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When. Of several steps, as the first began.
    pub stamp: Stamp,
    /// What came of each request, in their order.
    pub outcomes: Vec<Result<Outcome, CollectionError>>,
}

/// What came of one request: see [`Op`](crate::collection::Op).
///
/// # Examples
///
/// ```
/// use tenure::collection::Outcome;
///
/// let outcome = Outcome::Done { version: 0 };
/// assert_ne!(outcome, Outcome::Missing);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or was before.
    Done {
        /// How often the data of the session that is there was changed; 0 if there is none.
        version: u32,
    },
    /// The session as it is there.
    Live(Box<StoredSession>),
    /// The session has ended.
    Ended(Box<StoredEnd>),
    /// There is nothing under the key. That decides nothing: it may be yet to come.
    Missing,
    /// There is another session under the key.
    Exists,
    /// The request is too late, or of another epoch.
    Stale,
    /// A limit is full.
    Full {
        /// Which.
        limit: LimitKind,
        /// How many sessions there are under it.
        live: usize,
        /// How many there may be.
        max: usize,
        /// Whether the limit evicts, and each session under it is in use.
        all_busy: bool,
    },
}

/// What happened after a place in the feed.
///
/// # Examples
///
/// ```
/// use tenure::collection::{CollectionTime, Epoch, Feed, Stamp};
///
/// let time = CollectionTime::from_micros(7);
/// let stamp = Stamp { time, epoch: Epoch::from_number(1), seq: 0 };
/// let feed = Feed { stamp, changes: Vec::new(), upto: 0, more: false, gap: false };
/// assert!(!feed.gap);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// When.
    pub stamp: Stamp,
    /// In the order of their seqs.
    pub changes: Vec<(RecordKey, Change)>,
    /// The seq to go on from.
    pub upto: u64,
    /// Whether there is more after that.
    pub more: bool,
    /// The place is of another epoch, or below the floor: what came after it is forgotten in part.
    /// Or it is above the seq of the stamp: the collection was put back to an older state. Then
    /// there are no changes in here, and `upto` is the seq of the stamp.
    pub gap: bool,
}

/// Something that happened to a record.
///
/// # Examples
///
/// ```
/// use tenure::collection::Change;
///
/// assert_ne!(Change::Updated { version: 1 }, Change::Updated { version: 2 });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The session ended.
    Ended(Box<StoredEnd>),
    /// Its data was changed. Only the last change of a session is listed.
    Updated {
        /// How often it was changed.
        version: u32,
    },
}

/// What an [`expire`](crate::collection::Collection::expire) did.
///
/// # Examples
///
/// ```
/// use tenure::collection::{CollectionTime, Epoch, Expired, Stamp};
///
/// let time = CollectionTime::from_micros(7);
/// let stamp = Stamp { time, epoch: Epoch::from_number(1), seq: 0 };
/// let expired = Expired { stamp, ended: 2, forgotten: 0, more: false };
/// assert_eq!(expired.ended, 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    /// When.
    pub stamp: Stamp,
    /// How many sessions ended because of their timeouts.
    pub ended: u64,
    /// How many ends, and notes of changes, were forgotten.
    pub forgotten: u64,
    /// Whether there is more to do.
    pub more: bool,
}

/// What an [`end_principal`](crate::collection::Collection::end_principal) did.
///
/// # Examples
///
/// ```
/// use tenure::collection::{CollectionTime, Epoch, PrincipalEnded, Stamp};
///
/// let time = CollectionTime::from_micros(7);
/// let stamp = Stamp { time, epoch: Epoch::from_number(1), seq: 0 };
/// let ended = PrincipalEnded { stamp, ended: Vec::new(), more: false };
/// assert!(ended.ended.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalEnded {
    /// When.
    pub stamp: Stamp,
    /// The sessions that it ended, each with its end.
    pub ended: Vec<(RecordKey, StoredEnd)>,
    /// Whether there are more to end.
    pub more: bool,
}
