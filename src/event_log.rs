//! One bounded ring of events, and many cursors that read it. Plain data: its lock is the store's.

mod cursor;
mod event;
mod filter;
mod hub;
mod ring;
mod token;

pub use cursor::SubscriptionInfo;
pub(crate) use cursor::Wakers;
pub(crate) use event::{Change, What};
pub use event::{Event, EventKind};
pub use filter::Filter;
pub(crate) use hub::EventHub;
pub(crate) use ring::{EventLog, Read};
pub use token::{EventToken, ParseTokenError};
