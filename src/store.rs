//! The store: many sessions, many threads, one set of rules.

mod builder;
mod bulk;
mod create;
mod deadline;
mod end;
mod handle;
mod limiting;
mod lookup;
#[cfg(all(test, any(loom, shuttle)))]
pub(crate) mod models;
mod reap;
mod report;
mod rotate;
mod selector;

pub use builder::StoreBuilder;
pub use bulk::{BulkEnd, Page};
pub use end::EndOutcome;
pub use handle::{SessionStore, WeakSessionStore};
pub use reap::ReapReport;
pub use selector::Selector;
