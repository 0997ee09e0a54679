//! A model of how nodes with a memory each, and one collection, agree about sessions.
//!
//! Requests touch only a node's memory. A *refresh* brings memory and collection together: it hears
//! the collection's time, removes what was ended here, hears what was ended elsewhere, inserts what
//! is new, and stores when sessions were last used. The collection has an *epoch*, which a flush
//! changes; a *seq*, one for each tombstone; and a *floor*, the highest seq that it has forgotten.
//!
//! Calls are lost, answered in vain, applied late or never; nodes stall, crash and start again; the
//! collection is flushed, forgets tombstones, and its clock jumps back. The model is of its own and
//! uses nothing of the library. `search.rs` tries everything that can happen, breadth first, so
//! that a trace is a shortest one. What must hold is in `fault.rs`:
//! - what was acknowledged as ended is never live again, and no node that has refreshed since, with
//!   success and without a suspect session left, holds it;
//! - what is gone, be it ended, forgotten or flushed, does not come back;
//! - a node never holds again what it ended itself, and the first reason stays;
//! - what was created is somewhere until it is ended, expires or is flushed, unless the node that
//!   created it crashed before the collection acknowledged it, or could not tell in time whether
//!   its insert was applied;
//! - of two creators of one id only one is told that it is theirs;
//! - within the bounds, what was used within its timeout is neither refused nor expired, and what
//!   was not used for the timeout and the grace is not accepted;
//! - from every state, each node's next refreshes without faults make all agree.
//!
//! Each rule of the protocol (`rule.rs`) is switched off in some configuration (`cases.rs`,
//! `rhythm.rs`), and something is seen to be wrong. To see the traces, run a test with
//! `-- --nocapture`. Configurations that are too large to finish are searched as far as there is
//! time (`wide.rs`), and walked through at random (`walks.rs`): `TENURE_STEPS=4` does sixteen times
//! as much, and a walk that fails prints how to repeat it.
//!
//! The model leaves out data but for `update.rs`, limits and evictions, absolute deadlines (which
//! every node knows), and batches of more than one record.

mod budget;
mod call;
mod cases;
mod collection;
mod fault;
mod hear;
mod node;
mod refresh;
mod rhythm;
mod rule;
mod search;
mod setup;
mod state;
mod step;
mod take;
mod tell;
mod tried;
mod update;
mod walks;
mod wide;

/// By how much `TENURE_STEPS` asks for more than usual.
fn factor() -> usize {
    std::env::var("TENURE_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(1).max(1)
}
