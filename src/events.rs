//! Subscribing to what happens in a store.

mod batch;
mod error;
#[cfg(all(test, shuttle))]
mod models;
mod receive;
#[cfg(feature = "stream")]
mod stream;
mod subscribe;
mod subscription;
mod watcher;

pub use error::{BarrierError, EventError};
pub use subscription::Subscription;
pub use watcher::SubscriptionWatcher;
