//! Threads against one store: what must hold in the middle of it, and once all is quiet.
//!
//! Nothing here sleeps: threads start together at a barrier and run as fast as they can.

#[path = "../common/mod.rs"]
mod common;
mod crowd;
mod events;
mod few;
mod ids;
// The table that is kept by events, shared with events.rs.
#[path = "../common/live.rs"]
mod live;
mod lockstep;
mod order;
mod races;
mod returns;
mod slot;
mod slots;
mod wake;
