//! Stores with a keeper: tests of unloading and loading.

mod loading;
mod lookups;
mod pair;
#[cfg(not(any(loom, shuttle)))]
mod random;
mod reference;
mod setup;
mod unloading;
