//! Lifecycle events: what each tells, their order, losses, tokens, waiting, barriers.
//!
//! Nothing here sleeps. Storms of events are in `tests/storm`; the reference of `tests/model`
//! predicts every event of whole sequences of operations.

mod barriers;
mod batch;
#[path = "../common/mod.rs"]
mod common;
mod filters;
mod flood;
mod follow;
mod freed;
mod host;
mod hosts;
mod kinds;
mod lines;
#[path = "../common/live.rs"]
mod live;
mod order;
mod pressure;
mod ring;
#[cfg(feature = "stream")]
mod stream;
mod tokens;
mod tools;
mod topics;
mod waiting;
mod watch;
