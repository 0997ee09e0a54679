//! The names of a session: the secret [`SessionId`], and the [`TrackId`] that is safe to log.

mod cell;
mod fold;
mod session_id;
mod source;
mod track;

pub(crate) use cell::IdCell;
pub(crate) use fold::IdFold;
pub use session_id::{ParseIdError, SessionId};
pub use source::{IdError, IdSource};
pub(crate) use source::{Ids, random_bytes};
pub use track::TrackId;
pub(crate) use track::{Track, TrackSalt};
