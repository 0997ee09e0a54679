//! Whole sequences of operations on a store and on a naive reference, compared after every step.
//!
//! What must hold after every step:
//! - the answer of the operation is the one that the reference gives, victims and reasons included;
//! - every session ever created has the end, the last-active time, the leases and the id that the
//!   reference says; it is shown as ended if and only if it is, or is past its deadline;
//! - each hook of an ended session ran once, with its tombstone, and no other hook ran;
//! - every session expires when the reference says, however often that was moved;
//! - the counters balance: created = live + ended, by reason;
//! - an application that sleeps as long as it was told, unless it is woken, misses no deadline;
//! - a listing shows the sessions that have not expired, oldest first;
//! - a subscriber was told of every creation, end and rotation, in order, and of nothing else.
//!
//! The matrix of limits and timeouts is tried in full; the rest of each store's configuration and
//! its operations are drawn. `TENURE_STEPS=10` runs ten times as many sequences; a failing run
//! prints how to repeat it.

mod admission;
mod bulk;
#[path = "../common/mod.rs"]
mod common;
mod compare;
mod create;
mod deadlines;
mod events;
mod keys;
mod names;
mod op;
mod pair;
mod pressure;
mod reaping;
mod reference;
mod run;
mod sequences;
mod setup;
mod tombstones;
