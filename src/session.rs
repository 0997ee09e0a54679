//! One session: the record that the store keeps, and the handle that your program holds.

mod activity;
mod cold;
mod context;
mod deadline_notice;
mod end_cell;
mod ending;
mod fresh;
mod handle;
mod info;
mod label;
mod lease;
#[cfg(all(test, loom))]
mod models;
mod name_hash;
mod names;
mod new;
mod past;
mod record;
mod return_queue;
mod short_name;
mod terms;
mod until_ended;
mod weak;
mod word;

pub(crate) use activity::Refusal;
pub(crate) use context::{Context, Count};
pub(crate) use deadline_notice::OnEarlier;
pub(crate) use end_cell::EndCell;
pub(crate) use ending::{Ending, Endings, UnfinishedEnd, drop_record};
pub(crate) use fresh::FreshRecord;
pub use handle::Session;
pub use info::{PageCursor, SessionInfo};
pub(crate) use label::Label;
pub use lease::Lease;
pub(crate) use name_hash::hash_of;
pub(crate) use names::Names;
pub(crate) use new::MAX_NAME;
pub use new::NewSession;
pub(crate) use past::Past;
pub(crate) use record::{Begun, NewRecord, Record};
pub(crate) use return_queue::ReturnQueue;
pub(crate) use short_name::Name;
pub use until_ended::UntilEnded;
pub(crate) use weak::WeakSession;
pub(crate) use word::{Changed, MAX_LEASES, Seen};
