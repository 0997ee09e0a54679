//! Stores with a keeper: tests of unloading and loading.

mod loading;
mod lookups;
mod pair;
mod random;
mod reference;
mod setup;
mod sweep;
mod unloading;
