//! Where the time comes from.

mod coarse;
mod contract;
mod manual;
mod system;

pub use coarse::CoarseClock;
pub use contract::Clock;
pub use manual::ManualClock;
pub use system::SystemClock;
