//! The ways to keep sessions in a Redis while they are used.

mod plain;
mod tenure;
mod tower;

use std::error::Error;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use fleet::RedisServer;

use crate::counts::Counts;

pub(crate) type Way = fn(&RedisServer, &Work) -> Result<Counts, Box<dyn Error>>;

/// How many commands are sent before the first is answered, where several are.
const PIPELINE: usize = 100;

pub(crate) const ALL: [(&str, Way); 6] = [
    ("tenure, one refresh after all", tenure::one_refresh),
    ("tenure, ten refreshes", tenure::ten_refreshes),
    ("`SET … PX` a request", plain::one_by_one),
    ("the same, 100 in a pipeline", plain::pipelined),
    ("tower-sessions: load and save", tower::one_by_one),
    ("the same, 100 at once", tower::at_once),
];

/// What is done.
pub(crate) struct Work {
    pub(crate) sessions: u32,
    pub(crate) requests: u32,
    pub(crate) data: String,
}

impl Work {
    /// Which session each request is for: the same in each way.
    pub(crate) fn draw(&self) -> impl Iterator<Item = usize> {
        let (hasher, sessions) = (BuildHasherDefault::<DefaultHasher>::default(), self.sessions);
        (0..self.requests).map(move |number| {
            let below = hasher.hash_one(number) % u64::from(sessions);
            usize::try_from(below).unwrap_or(0)
        })
    }
}
