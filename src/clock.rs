//! Where the time comes from.
//!
//! A store reads a [`Clock`]: monotonic time, on which every timeout and every order is measured,
//! and the time of day, for display. A time of day that jumps ends no session.
//!
//! | clock | for whom |
//! |---|---|
//! | [`SystemClock`] | the default: servers that are not suspended |
//! | `BootClock` (feature `boot-clock`) | laptops, phones, machines that are suspended |
//! | [`CoarseClock`] | millions of touches a second |
//! | [`ManualClock`] | tests, your program's too |
//!
//! # Examples
//!
//! A test of a timeout, without sleeping:
//!
//! ```
//! use std::time::Duration;
//! use tenure::clock::ManualClock;
//! use tenure::{NewSession, SessionStore};
//!
//! let clock = ManualClock::new();
//! let store = SessionStore::builder().clock(clock.clone()).build()?;
//! let id = store.create(NewSession::new(())).unwrap().id();
//! clock.advance(Duration::from_secs(24 * 3_600));
//! assert!(store.touch(&id).is_err());
//! # Ok::<(), tenure::BuildError>(())
//! ```

#[cfg(all(feature = "boot-clock", any(target_os = "linux", target_os = "android")))]
mod boot;
mod coarse;
mod contract;
mod manual;
#[cfg(all(test, any(loom, shuttle)))]
mod still;
mod system;
#[cfg(test)]
#[cfg(not(any(loom, shuttle)))]
mod tests;

pub use crate::tick::Tick;
#[cfg(all(feature = "boot-clock", any(target_os = "linux", target_os = "android")))]
pub use boot::BootClock;
pub use coarse::CoarseClock;
pub use contract::Clock;
pub use manual::ManualClock;
#[cfg(all(test, any(loom, shuttle)))]
pub(crate) use still::StillClock;
pub use system::SystemClock;
