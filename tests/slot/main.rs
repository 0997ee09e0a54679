//! Logins that are made once and used by many: the slot, keyed slots, the pool.
//!
//! Races are played by logins that do things, and by futures that are polled by hand: no test waits
//! for luck. Nothing sleeps; the few that wait for a deadline of the slot's wait in the slot.

mod asynchronous;
mod attacks;
mod changes;
mod checks;
#[path = "../common/mod.rs"]
mod common;
mod ends;
mod executor;
mod faults;
mod flight;
mod flight_threads;
mod host_code;
mod keyed;
mod keyed_bound;
mod keys;
mod one;
mod panics;
mod pinned;
mod pool;
mod pool_close;
mod pool_margin;
mod races;
mod setup;
