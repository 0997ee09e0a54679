//! Random numbers of a seed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tenure::SessionId;
use tenure::store::{IdError, IdSource};

/// `SplitMix64`.
pub(super) struct Random(u64);

fn mixed(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below this.
    #[allow(clippy::cast_possible_truncation, reason = "it is below a number of 32 bits")]
    pub(super) fn below(&mut self, end: u32) -> u32 {
        (self.next() % u64::from(end.max(1))) as u32
    }

    /// Whether something happens that does in so many of a hundred cases.
    pub(super) fn in_hundred(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// A time that passes until something happens that does so at any moment, after this on
    /// average.
    pub(super) fn around(&mut self, mean: Duration) -> Duration {
        let uniform = ((self.next() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
        mean.mul_f64(-uniform.ln())
    }

    /// A time shorter than this.
    pub(super) fn within(&mut self, span: Duration) -> Duration {
        span.mul_f64((self.next() >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// Ids of a seed, for all nodes. A program must not do this: whoever knows one could tell the next.
pub(super) struct Ids(pub(super) AtomicU64);

impl IdSource for Ids {
    fn next_id(&self) -> Result<SessionId, IdError> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let halves = [mixed(number), mixed(!number)].map(u64::to_be_bytes);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&halves[0]);
        bytes[8..].copy_from_slice(&halves[1]);
        Ok(SessionId::from_bytes(bytes))
    }
}
