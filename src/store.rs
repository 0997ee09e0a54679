//! The store: many sessions, many threads, one set of rules.

mod build;
mod builder;
mod bulk;
mod create;
mod departure;
mod directory;
mod ending;
mod entry;
mod handle;
mod hub;
mod ledger;
mod lookup;
#[cfg(all(test, any(loom, shuttle)))]
pub(crate) mod models;
mod outbox;
mod places;
mod publish;
mod reap;
mod report;
mod roll;
mod rotate;
mod search;
mod selector;

pub use builder::StoreBuilder;
pub use bulk::{BulkEnd, Page};
pub use ending::EndOutcome;
pub use handle::SessionStore;
pub(crate) use hub::EventHub;
pub(crate) use ledger::Moment;
pub use reap::ReapReport;
pub use selector::Selector;
