//! Where the time comes from.

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

#[cfg(all(feature = "boot-clock", any(target_os = "linux", target_os = "android")))]
pub use boot::BootClock;
pub use coarse::CoarseClock;
pub use contract::Clock;
pub use manual::ManualClock;
#[cfg(all(test, any(loom, shuttle)))]
pub(crate) use still::StillClock;
pub use system::SystemClock;
