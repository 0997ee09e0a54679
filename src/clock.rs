//! Where the time comes from.

mod coarse;
mod contract;
mod manual;
#[cfg(all(test, any(loom, shuttle)))]
mod still;
mod system;

pub use coarse::CoarseClock;
pub use contract::Clock;
pub use manual::ManualClock;
#[cfg(all(test, any(loom, shuttle)))]
pub(crate) use still::StillClock;
pub use system::SystemClock;
