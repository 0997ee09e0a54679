//! What has happened and nobody was told yet.

use time::OffsetDateTime;

use crate::end::Tombstone;
use crate::event_log::What;
use crate::session::Seen;
use crate::session::{Record, SessionInfo};
use crate::sync::Arc;
use crate::time::Tick;

/// What has happened and is not in the log yet.
pub(crate) struct Outbox<T> {
    /// The number of the next event.
    pub(crate) next: u64,
    pub(crate) noted: Vec<Noted<T>>,
}

/// A change in the outbox.
pub(crate) struct Noted<T> {
    pub(crate) number: u64,
    pub(crate) at: Tick,
    pub(crate) wall: OffsetDateTime,
    pub(crate) news: News<T>,
}

/// What happened.
pub(crate) enum News<T> {
    /// Something to a session, which was like this then.
    Session(Arc<Record<T>>, Seen, Fact),
    /// Something that is no session's.
    Other(What),
    /// The store has closed: there will be no more.
    Closed,
}

/// What happened to a session.
#[derive(Clone, Copy)]
pub(crate) enum Fact {
    Created,
    Ended(Tombstone),
    Rotated,
}

impl<T> Outbox<T> {
    pub(crate) const fn new() -> Self {
        Self { next: 0, noted: Vec::new() }
    }
}

impl Fact {
    pub(crate) const fn about(self, info: SessionInfo) -> What {
        match self {
            Self::Created => What::Created(info),
            Self::Ended(tombstone) => What::Ended(info, tombstone),
            Self::Rotated => What::Rotated(info),
        }
    }
}
