//! Which hosts are alive, and what follows when one is not.

mod beat;
mod builder;
mod create;
mod death;
mod error;
mod handle;
mod host;
mod hosts;
mod link;
mod next_death;
mod report;
mod skew;

pub use builder::HostLivenessBuilder;
pub use error::{HostError, LivenessBuildError};
pub use handle::HostLiveness;
pub use report::{Heartbeat, HostInfo, SweepReport};
pub use skew::SkewAlert;
