//! One bounded ring of events, and many cursors that read it; and the hub that puts them in.

mod cursor;
mod event;
mod filter;
mod hub;
mod kind;
mod line;
mod matches;
mod outbox;
mod ring;
mod subject;
mod subscriber;
mod token;
mod topic;
mod topics;

pub use cursor::SubscriptionInfo;
pub(crate) use cursor::Wakers;
pub use event::Event;
pub(crate) use event::What;
pub use filter::Filter;
pub(crate) use hub::EventHub;
pub use kind::EventKind;
pub(crate) use ring::{EventLog, Read};
pub use token::{EventToken, ParseTokenError, StaleToken};
pub(crate) use topics::CursorId;
