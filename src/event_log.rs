//! One bounded ring of events, and many cursors that read it; and the hub that puts them in.

mod cursor;
mod event;
mod filter;
mod hub;
mod outbox;
mod ring;
mod token;

pub use cursor::SubscriptionInfo;
pub(crate) use cursor::Wakers;
pub(crate) use event::What;
pub use event::{Event, EventKind};
pub use filter::Filter;
pub(crate) use hub::EventHub;
pub(crate) use ring::{EventLog, Read};
pub use token::{EventToken, ParseTokenError};
