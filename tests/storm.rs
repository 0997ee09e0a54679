//! Threads against one store: what must hold in the middle of it, and once all is quiet.
//!
//! Nothing here sleeps: threads start together at a barrier and run as fast as they can.

mod common;
#[path = "storm/crowd.rs"]
mod crowd;
#[path = "storm/events.rs"]
mod events;
#[path = "storm/few.rs"]
mod few;
// The table that is kept by events, shared with events.rs.
#[path = "events/live.rs"]
mod live;
#[path = "storm/lockstep.rs"]
mod lockstep;
#[path = "storm/order.rs"]
mod order;
#[path = "storm/races.rs"]
mod races;
#[path = "storm/returns.rs"]
mod returns;
#[path = "storm/slot.rs"]
mod slot;
#[path = "storm/slots.rs"]
mod slots;
#[path = "storm/wake.rs"]
mod wake;
