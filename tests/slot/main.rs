//! Logins that are made once and used by many: the slot, keyed slots, the pool.
//!
//! Races are played by logins that do things, and by futures that are polled by hand: no test waits
//! for luck. Nothing sleeps; the few that wait for a deadline of the slot's wait in the slot.

mod abandoned;
mod application_code;
mod asynchronous;
mod changes;
mod checks;
mod clock_readings;
#[path = "../common/mod.rs"]
mod common;
mod ends;
mod every;
mod executor;
mod flight;
mod flight_threads;
mod flight_wakers;
mod kept;
mod keyed;
mod keyed_bound;
mod keyed_races;
mod keyed_sweep;
mod keys;
mod kinds;
mod leases;
mod one;
mod panics;
mod pinned;
mod pool;
mod pool_bound;
mod pool_close;
mod pool_leases;
mod pool_margin;
mod put_off;
mod races;
mod setup;
