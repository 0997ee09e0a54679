//! Models of the slots.

#[cfg(loom)]
mod cell;
