//! The guide: how to build with this crate, a page a subject.
//!
//! | page | for |
//! |---|---|
//! | [`concepts`] | every term on one page |
//! | [`web`] | cookies, an extractor, a lease that lasts as long as a streamed body |
//! | [`reaping`] | ending what has expired, on a thread and on tokio |
//! | [`limits`] | choosing limits and timeouts |
//! | [`data`] | changing a session's data |
//! | [`clocks`] | which clock, and what happens while the machine is suspended |
//! | `scaling` | sessions that survive a restart, and fleets (feature `shared`) |
//! | `servers` | a node behind tokio or axum, over Redis or a file (feature `shared`) |
//! | `collections` | shared sessions in a database of your own (feature `shared`) |
//! | `sizing` | how much a fleet writes and holds, in figures (feature `shared`) |
//! | [`internals`] | how it works inside, and why |

#[doc = include_str!("guide/concepts.md")]
pub mod concepts {}

#[doc = include_str!("guide/web.md")]
pub mod web {}

#[doc = include_str!("guide/reaping.md")]
pub mod reaping {}

#[doc = include_str!("guide/limits.md")]
pub mod limits {}

#[doc = include_str!("guide/data.md")]
pub mod data {}

#[doc = include_str!("guide/clocks.md")]
pub mod clocks {}

#[cfg(feature = "shared")]
#[doc = include_str!("guide/scaling.md")]
pub mod scaling {}

#[cfg(feature = "shared")]
#[doc = include_str!("guide/servers.md")]
pub mod servers {}

#[cfg(feature = "shared")]
#[doc = include_str!("guide/collections.md")]
pub mod collections {}

#[cfg(feature = "shared")]
#[doc = include_str!("guide/sizing.md")]
pub mod sizing {}

#[doc = include_str!("../ARCHITECTURE.md")]
pub mod internals {}
