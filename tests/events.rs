//! Lifecycle events: what each tells, their order, losses, tokens, waiting, barriers.
//!
//! Nothing here sleeps. Storms of events are in `storm.rs`; the reference of `model.rs` predicts
//! every event of whole sequences of operations.

#[path = "events/barriers.rs"]
mod barriers;
#[path = "events/batch.rs"]
mod batch;
mod common;
#[path = "events/filters.rs"]
mod filters;
#[path = "events/flood.rs"]
mod flood;
#[path = "events/follow.rs"]
mod follow;
#[path = "events/freed.rs"]
mod freed;
#[path = "events/host.rs"]
mod host;
#[path = "events/hosts.rs"]
mod hosts;
#[path = "events/kinds.rs"]
mod kinds;
#[path = "events/live.rs"]
mod live;
#[path = "events/order.rs"]
mod order;
#[path = "events/pressure.rs"]
mod pressure;
#[path = "events/ring.rs"]
mod ring;
#[cfg(feature = "stream")]
#[path = "events/stream.rs"]
mod stream;
#[path = "events/tokens.rs"]
mod tokens;
#[path = "events/tools.rs"]
mod tools;
#[path = "events/waiting.rs"]
mod waiting;
