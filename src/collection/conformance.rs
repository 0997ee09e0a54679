//! Tests of what a collection does, for those who write one.
//!
//! One line in a test of yours:
//!
//! ```
//! use tenure::collection::{MemoryCollection, conformance};
//!
//! conformance::run(MemoryCollection::new);
//! ```
//!
//! Each rule of [`Collection`](crate::collection::Collection) and [`Op`](crate::collection::Op) is
//! tried on a collection of its own, with threads where it is about several nodes. A collection
//! that breaks one makes the test panic, with the rule, the operation, what it returned and what
//! it should have.
//!
//! If your collection's clock can be driven, [`run_timed`] tries the limits of time to the
//! microsecond. [`run`] needs a clock that is right, and at least a day after its origin: it writes
//! sessions that were used long ago.

mod blocking;
mod case;
mod expire;
mod feed;
mod forget;
mod insert;
mod insert_stale;
mod limits;
mod limits_evict;
mod load;
mod open;
mod pairs;
mod principal;
mod races;
mod races_limits;
mod remove;
mod rotate;
mod run;
mod sizes;
mod touch;
mod update;

pub use case::TestClock;
pub use run::{run, run_async, run_async_timed, run_timed};
