//! What the writes of a refresh are about.

use super::data::{AsOf, SharedData};
use super::pending::PendingEnd;
use super::rotations::KeyedId;
use crate::collection::RecordKey;
use crate::session::Session;
use crate::tick::Tick;

/// What a write is about.
pub(super) enum Subject<T> {
    /// The end of the session that had this key here, as it is told.
    End(RecordKey, PendingEnd),
    /// A session that has lost this id, and whether that was sent before.
    Rotation(Session<SharedData<T>>, KeyedId, bool),
    /// A session: when it was last active, what the node knew as the request was made, and the
    /// version of its data.
    Session { session: Session<SharedData<T>>, used: Tick, as_of: AsOf, version: u32 },
    /// A touch of a session that is not in memory.
    Late(Tick),
}
