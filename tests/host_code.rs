//! The host's own code misbehaves: it panics, it comes back into the store, it repeats itself.
//! Every store must stay usable, and its counts right.

#[path = "host_code/bombs.rs"]
mod bombs;
mod common;
#[path = "host_code/ids.rs"]
mod ids;
#[path = "host_code/panics.rs"]
mod panics;
#[path = "host_code/reenters.rs"]
mod reenters;
#[path = "host_code/usable.rs"]
mod usable;
