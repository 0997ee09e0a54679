//! Logins that are made once and used by many: the slot, keyed slots, the pool.
//!
//! Races are played by logins that do things, and by futures that are polled by hand: no test waits
//! for luck. Nothing sleeps; the few that wait for a deadline of the slot's wait in the slot.

#[path = "slot/asynchronous.rs"]
mod asynchronous;
#[path = "slot/attacks.rs"]
mod attacks;
#[path = "slot/changes.rs"]
mod changes;
#[path = "slot/checks.rs"]
mod checks;
mod common;
#[path = "slot/ends.rs"]
mod ends;
#[path = "slot/executor.rs"]
mod executor;
#[path = "slot/faults.rs"]
mod faults;
#[path = "slot/flight.rs"]
mod flight;
#[path = "slot/flight_threads.rs"]
mod flight_threads;
#[path = "slot/host_code.rs"]
mod host_code;
#[path = "slot/keyed.rs"]
mod keyed;
#[path = "slot/keyed_bound.rs"]
mod keyed_bound;
#[path = "slot/keys.rs"]
mod keys;
#[path = "slot/one.rs"]
mod one;
#[path = "slot/panics.rs"]
mod panics;
#[path = "slot/pinned.rs"]
mod pinned;
#[path = "slot/pool.rs"]
mod pool;
#[path = "slot/pool_close.rs"]
mod pool_close;
#[path = "slot/pool_margin.rs"]
mod pool_margin;
#[path = "slot/races.rs"]
mod races;
#[path = "slot/setup.rs"]
mod setup;
