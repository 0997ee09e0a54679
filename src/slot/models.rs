//! Models of the slots.

#[cfg(loom)]
mod cell;
#[cfg(shuttle)]
mod engine;
#[cfg(shuttle)]
mod single_flight;
