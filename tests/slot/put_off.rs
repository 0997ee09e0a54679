//! A deadline that is put off while a slot finds its session expired.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tenure::slot::ReusableSession;
use tenure::{Clock, ManualClock, SessionStore, Tick, Timeouts};
use time::OffsetDateTime;

use crate::common::{Store, plain, secs};
use crate::setup::{balanced, same};

type Step = Box<dyn FnOnce() + Send>;

/// A clock that does something at each of its next readings.
#[derive(Clone, Default)]
struct Staged(ManualClock, Arc<Mutex<VecDeque<Step>>>);

impl Staged {
    fn stage(&self, steps: impl IntoIterator<Item = Step>) {
        self.1.lock().unwrap_or_else(PoisonError::into_inner).extend(steps);
    }

    fn step(&self) {
        let step = self.1.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        if let Some(step) = step {
            step();
        }
    }
}

impl Clock for Staged {
    fn now(&self) -> Tick {
        self.step();
        self.0.now()
    }

    fn wall(&self) -> OffsetDateTime {
        self.step();
        self.0.wall()
    }
}

/// The other thread read the clock before the deadline, and has the store's lock after the slot
/// has read it.
#[test]
fn session_put_off_while_a_slot_finds_it_expired_lives_on() {
    let clock = Staged::default();
    let timeouts = Timeouts::none().absolute(secs(10));
    let builder = SessionStore::builder().timeouts(timeouts).clock(clock.clone());
    let store: Store = builder.build().unwrap();
    let slot = ReusableSession::new(&store);
    let session = slot.get_or_login(plain).unwrap();
    clock.0.advance(secs(10));
    let put_off = {
        let (store, session, time) = (store.clone(), session.clone(), clock.0.clone());
        move || {
            time.set_back(secs(1));
            store.set_timeouts(&session, Timeouts::none().absolute(secs(100))).unwrap();
            time.advance(secs(1));
        }
    };
    // The first look, which is fast, the look that ends what has expired, and then.
    clock.stage([Box::new(|| ()) as Step, Box::new(|| ()), Box::new(put_off)]);
    let given = slot.get().expect("the session is live");
    assert!(same(&given, &session) && !session.is_ended());
    balanced(&store, 1);
}
