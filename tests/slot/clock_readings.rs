//! How often asking a slot reads the clock: its dearest part.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tenure::slot::ReusableSession;
use tenure::{Clock, ManualClock, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{Store, add_one, plain, secs};

/// A clock that counts its readings.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>, ManualClock);

impl Clock for Counting {
    fn now(&self) -> Tick {
        add_one(&self.0);
        self.1.now()
    }

    fn wall(&self) -> OffsetDateTime {
        add_one(&self.0);
        self.1.wall()
    }
}

#[test]
fn get_reads_the_clock_only_for_an_absolute_timeout() {
    for (timeouts, readings) in
        [(Timeouts::none(), 0), (Timeouts::none().idle(secs(9)), 0), (Timeouts::default(), 1)]
    {
        let clock = Counting::default();
        let builder = SessionStore::builder().timeouts(timeouts).clock(clock.clone());
        let store: Store = builder.build().unwrap();
        let slot = ReusableSession::new(&store);
        slot.get_or_login(plain).unwrap();
        let checked = ReusableSession::new(&store).validate_with(|_| true);
        checked.get_or_login(plain).unwrap();
        let asks: [&dyn Fn() -> bool; 4] = [
            &|| slot.get().is_some(),
            &|| slot.get_or_login(plain).is_ok(),
            &|| checked.get().is_some(),
            &|| checked.get_or_login(plain).is_ok(),
        ];
        for ask in asks {
            clock.0.store(0, Ordering::Relaxed);
            assert!(ask());
            assert_eq!(clock.0.load(Ordering::Relaxed), readings);
        }
    }
}
