//! The store: many sessions, many threads, one set of rules.

mod builder;
mod bulk;
mod create;
mod directory;
mod ending;
mod entry;
mod handle;
mod ledger;
mod lookup;
mod places;
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
pub use reap::ReapReport;
pub use selector::Selector;
