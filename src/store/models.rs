//! Models of the store, and what they build it from.

#[cfg(shuttle)]
mod crowd;
#[cfg(loom)]
mod deadline;
#[cfg(loom)]
mod drain;
#[cfg(shuttle)]
mod kept;
#[cfg(loom)]
mod parking;
mod setup;
#[cfg(loom)]
mod sleeper;
#[cfg(loom)]
mod unload;

#[cfg(shuttle)]
pub(crate) use setup::setup;
