//! One session: the record that the store keeps, and the handle that the host holds.

mod activity;
mod context;
mod end_cell;
mod ended;
mod ending;
mod fate;
mod handle;
mod info;
mod label;
#[cfg(all(test, loom))]
mod models;
mod new;
mod record;
mod wanted;

pub(crate) use activity::Refusal;
pub(crate) use context::{Context, Count, OnEarlier};
pub(crate) use end_cell::EndCell;
pub use ended::Ended;
pub(crate) use ending::{Ending, Endings, let_go};
pub use handle::Session;
pub use info::{Cursor, SessionInfo};
pub(crate) use label::{ByName, Label, Names};
pub(crate) use new::MAX_NAME;
pub use new::NewSession;
pub(crate) use record::Record;
pub(crate) use wanted::Wanted;
