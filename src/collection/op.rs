//! What nodes ask of a collection.

use std::fmt;

use super::key::{RecordKey, SealedId};
use super::record::{DataLen, StoredSession, Successor};
use super::stamp::{CollectionTime, Epoch};
use crate::id::TrackId;

/// Something to be done about one record.
///
/// # Examples
///
/// ```
/// use tenure::collection::{Op, RecordKey, Request};
///
/// let request = Request { key: RecordKey::from_bytes([1; 16]), op: Op::Load };
/// assert_eq!(request.op.name(), "load");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The record that it is about.
    pub key: RecordKey,
    /// What is to be done.
    pub op: Op,
}

/// What is to be done about a record. Each is one atomic step, and may be repeated without harm.
///
/// The [outcomes](crate::collection::Outcome) are named in each.
///
/// # Examples
///
/// ```
/// use tenure::collection::Op;
///
/// let op = Op::Remove { reason: "logged_out".into(), id: None, fence: false };
/// assert_eq!(op.name(), "remove");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum Op {
    /// Puts a new session in.
    ///
    /// - The collection's epoch is not `epoch`, or its time is later than `not_after`: `Stale`.
    /// - There is an end under the key: `Ended`.
    /// - There is a session with the same nonce: `Done`; with another: `Exists`.
    /// - Else the limits of the [`Policy`](crate::collection::Policy), that of the principal first.
    ///   Where one is full and evicts, the session under it that was used the longest ago and is
    ///   not busy ends, as `evicted_principal` or `evicted_global`, and gets a seq. Where none can,
    ///   since all are busy, or that one was not idle for the limit's `min_idle`: `Full`, and
    ///   nobody ends.
    /// - Then it is written, with its `used` at most the collection's time: `Done`.
    ///
    /// All in one step, so that no limit is ever exceeded.
    Insert {
        /// The session.
        session: Box<StoredSession>,
        /// The last moment at which it may be put in: a request that is late must not undo an end
        /// that is forgotten by then.
        not_after: CollectionTime,
        /// The epoch in which it may be put in.
        epoch: Epoch,
    },
    /// Notes that a session was used.
    ///
    /// - There is a session: `used` becomes the later of what it was and `min(given, now)`, and
    ///   `busy_until` the later of both. `Done`, even if the session is overdue.
    /// - There is an end: `Ended`. Nothing: `Missing`, and nothing is written.
    Touch {
        /// When it was last used.
        used: CollectionTime,
        /// Until when it counts as in use.
        busy_until: CollectionTime,
    },
    /// Ends a session.
    ///
    /// - There is a session: it becomes an end with this reason, the collection's time and the next
    ///   seq. `Done`.
    /// - There is an end: `Ended`, and it stays as it is.
    /// - Nothing: with `fence` an end is written, `Done`; without, `Missing`.
    Remove {
        /// Why it ends: the name of the [`EndReason`](crate::EndReason).
        reason: String,
        /// Its id, for the nodes that hear of the end.
        id: Option<SealedId>,
        /// Whether to write an end where there is nothing: an insertion may yet arrive.
        fence: bool,
    },
    /// Reads a session, and marks it used.
    ///
    /// - There is a session, and now < `used` + its idle timeout + the
    ///   [grace](crate::collection::Policy::grace), and it is not past its deadline: `used` becomes
    ///   now, and it is returned. `Live`.
    /// - There is an end: `Ended`. Else `Missing`.
    Load,
    /// Changes the data of a session.
    ///
    /// - There is a session with this nonce, and its version is `version`: the data and the token
    ///   are written, the version becomes one more (it wraps around), the change gets the next seq.
    ///   `Done`.
    /// - Its version is one more already, and its token is `token`: `Done`. This is a repetition.
    /// - Any other session: `Live`, as it is; it is not marked used.
    /// - There is an end: `Ended`. Nothing: `Missing`.
    Update {
        /// The nonce of the session.
        nonce: u32,
        /// The version that the change was made of.
        version: u32,
        /// A random number by which a repetition of this change is recognised.
        token: u64,
        /// The new data.
        data: Vec<u8>,
    },
    /// Moves a session to another key.
    ///
    /// - There is a session, and nothing under the new key: the session is there now, with this
    ///   name for logs; under the old key is an end with the reason `replaced`, the next seq and
    ///   this successor. A change of its data that is in the feed is no longer listed. `Done`.
    /// - There is an end with this very successor: `Done`, with the version of what is under the
    ///   new key. This is a repetition.
    /// - There is another end: `Ended`. Something under the new key: `Exists`. Else `Missing`.
    Rotate {
        /// The new key, and the new id.
        to: Successor,
        /// The session's name for logs.
        track: TrackId,
        /// The old id, for the nodes that hear of its end.
        id: Option<SealedId>,
    },
}

impl Op {
    /// A name for programs, such as the value of a metric's label.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Insert { .. } => "insert",
            Self::Touch { .. } => "touch",
            Self::Remove { .. } => "remove",
            Self::Load => "load",
            Self::Update { .. } => "update",
            Self::Rotate { .. } => "rotate",
        }
    }
}

/// Of data, only the length is shown.
impl fmt::Debug for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct(self.name());
        match self {
            Self::Load => &mut shown,
            Self::Insert { session, not_after, epoch } => {
                shown.field("session", session).field("not_after", not_after).field("epoch", epoch)
            }
            Self::Touch { used, busy_until } => {
                shown.field("used", used).field("busy_until", busy_until)
            }
            Self::Remove { reason, id, fence } => {
                shown.field("reason", reason).field("id", id).field("fence", fence)
            }
            Self::Update { nonce, version, token, data } => shown
                .field("nonce", nonce)
                .field("version", version)
                .field("token", token)
                .field("data", &DataLen(data.len())),
            Self::Rotate { to, track, id } => {
                shown.field("to", to).field("track", track).field("id", id)
            }
        }
        .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_not_shown() {
        let data = b"hush".to_vec();
        let shown = format!("{:?}", Op::Update { nonce: 1, version: 2, token: 3, data });
        assert!(shown.contains("4 bytes") && !shown.contains("104, 117"), "{shown}");
    }
}
