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

#[doc = include_str!("../ARCHITECTURE.md")]
pub mod internals {}
