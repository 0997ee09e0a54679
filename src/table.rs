//! The engine of a store: plain data behind one lock, and what a visit inside it does.

mod admission;
mod directory;
mod expiry;
mod held;
mod keeper;
#[cfg(any(feature = "shared", test))]
mod keeping;
mod ledger;
mod lingering;
mod live_sessions;
mod members;
mod parking;
mod publish;
mod ranking;
mod scope;
mod search;
mod settings;
#[cfg(test)]
mod tests;
mod unload;
mod visit;

pub(crate) use admission::{Bounds, NoPermit};
pub(crate) use keeper::Keeper;
pub(crate) use ledger::{CHUNK, Moment, Table, Visit};
pub(crate) use live_sessions::LiveSessions;
pub(crate) use members::Walk;
pub(crate) use scope::{GroupKind, Scope};
pub(crate) use search::Effort;
pub(crate) use settings::Settings;
