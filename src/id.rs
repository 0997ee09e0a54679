//! The names of a session: the secret [`SessionId`], and the [`TrackId`] that is safe to log.

mod cell;
mod fold;
mod keyed_hash;
mod session_id;
mod source;
mod track;
mod track_id;

pub(crate) use cell::IdCell;
pub(crate) use fold::IdFold;
pub use session_id::{ParseIdError, SessionId};
pub use source::{IdError, IdSource};
pub(crate) use source::{Ids, random_bytes};
pub(crate) use track::{Origin, Track, TrackSalt};
pub use track_id::{ParseTrackIdError, TrackId};
