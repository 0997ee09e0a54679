//! Keyed slots that others use, push out, or lease at the same moment.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tenure::slot::ReusableSessions;
use tenure::{Lease, ManualClock, SessionStore, Timeouts};

use crate::common::{Store, factor, plain};
use crate::setup::{balanced, too_long};

/// The key 1 takes a lease while the map is copied, as another thread may.
struct Taking(u32, Arc<Mutex<Option<Arc<Plot>>>>);

struct Plot {
    store: Store,
    id: tenure::SessionId,
    lease: Mutex<Option<Lease<u32>>>,
}

impl Clone for Taking {
    fn clone(&self) -> Self {
        if let Some(plot) = &*self.1.lock().unwrap()
            && self.0 == 1
            && plot.lease.lock().unwrap().is_none()
        {
            *plot.lease.lock().unwrap() = plot.store.acquire(plot.id).ok();
        }
        Self(self.0, Arc::clone(&self.1))
    }
}

impl PartialEq for Taking {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Taking {}

impl std::hash::Hash for Taking {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// "Hold a lease while you work with a session, so that it does not go."
#[test]
fn lease_taken_in_time_spares_the_slot() {
    let store = crate::setup::store();
    let slots = ReusableSessions::new(&store, 1);
    let place = Arc::default();
    let key = |number| Taking(number, Arc::clone(&place));
    let first = slots.get_or_login(&key(1), plain).unwrap();
    let (id, lease) = (first.id(), Mutex::new(None));
    let plot = Arc::new(Plot { store: store.clone(), id, lease });
    *place.lock().unwrap() = Some(Arc::clone(&plot));
    let _ = slots.get_or_login(&key(2), plain);
    let lease = plot.lease.lock().unwrap().take().expect("it was live and is leased");
    assert!(!lease.is_ended(), "pushed out while it is in use");
}

/// Whoever loses the race for a slot looks again: that of the other is free by then. The hook of
/// the session that makes room plays the other thread.
#[test]
fn lost_race_for_a_slot_is_not_too_many() {
    let store = crate::setup::store();
    let slots = Arc::new(ReusableSessions::new(&store, 1));
    let first = slots.get_or_login(&1, plain).unwrap();
    let inner = Arc::clone(&slots);
    first.on_end(move |_, _| drop(inner.get_or_login(&3, plain).unwrap()));
    assert!(!slots.get_or_login(&2, plain).unwrap().is_ended());
    assert_eq!((slots.len(), slots.get(&2).is_some()), (1, true));
    balanced(&store, 1);
}

/// A replacement that the store refuses pushes nobody out.
#[test]
fn refused_replacement_evicts_no_slot() {
    let store = crate::setup::store();
    let slots = ReusableSessions::new(&store, 1);
    slots.get_or_login(&1, plain).unwrap();
    assert!(slots.replace(&2, plain().principal(too_long())).is_err());
    assert!(slots.get(&1).is_some());
}

/// More slots than a sort handles by insertion, which does not notice keys that move.
#[test]
fn slots_can_be_asked_while_one_makes_room() {
    const SLOTS: u32 = 32;
    let clock = ManualClock::new();
    let store = SessionStore::builder().timeouts(Timeouts::none()).clock(clock.clone());
    let store = store.build().unwrap();
    let slots = ReusableSessions::new(&store, SLOTS as usize);
    for key in 0..SLOTS {
        slots.get_or_login(&key, plain).unwrap();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for offset in [0, 7] {
            let (clock, slots, done) = (&clock, &slots, &done);
            scope.spawn(move || {
                for key in (0..).map(|turn| (turn * 5 + offset) % SLOTS) {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    clock.advance(std::time::Duration::from_micros(1));
                    let _ = slots.get(&key);
                }
            });
        }
        let pushing = || {
            for key in 0..2_000 * u32::try_from(factor()).unwrap() {
                slots.get_or_login(&(SLOTS + key), plain).unwrap();
            }
        };
        let pushed = catch_unwind(AssertUnwindSafe(pushing));
        done.store(true, Ordering::Relaxed);
        assert!(pushed.is_ok());
    });
    balanced(&store, SLOTS as usize);
}
