//! A store that does the same each time.

use super::super::builder::StoreBuilder;
use super::super::handle::SessionStore;
use crate::clock::StillClock;
use crate::id::{IdError, IdSource, SessionId};
use crate::limits::Limits;
use crate::sync::{Arc, Ordering, QuietU64};
use crate::timeouts::Timeouts;

struct Numbered(QuietU64);

impl IdSource for Numbered {
    fn next_id(&self) -> Result<SessionId, IdError> {
        Ok(id(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

pub(crate) fn id(number: u64) -> SessionId {
    SessionId::from_bytes(u128::from(number).to_be_bytes())
}

/// The settings of a store without timeouts, in which every touch writes; and its clock.
pub(crate) fn setup() -> (StoreBuilder<u32>, StillClock) {
    let clock = StillClock::default();
    let builder = SessionStore::builder()
        .clock(clock.clone())
        .id_source(Numbered(QuietU64::new(1)))
        .track_salt([0; 32])
        .touch_resolution(std::time::Duration::ZERO)
        .timeouts(Timeouts::none());
    (builder, clock)
}

/// A store with these limits.
pub(super) fn limited(limits: Limits) -> (SessionStore<u32>, StillClock) {
    let (builder, clock) = setup();
    (builder.limits(limits).build().unwrap(), clock)
}

/// The store of these settings, and how often the application was told of an earlier deadline.
pub(super) fn telling(builder: StoreBuilder<u32>) -> (SessionStore<u32>, Arc<QuietU64>) {
    let told = Arc::new(QuietU64::new(0));
    let tell = Arc::clone(&told);
    let tell = move || {
        tell.fetch_add(1, Ordering::Relaxed);
    };
    (builder.on_earlier_deadline(tell).build().unwrap(), told)
}
