//! What a sweep of keyed slots drops, and what counts as asking for long.

use std::time::Duration;

use tenure::slot::ReusableSessions;
use tenure::{EndReason, ManualClock, NewSession, Session, SessionStore, Timeouts};

use crate::common::{plain, secs};
use crate::setup::{balanced, running as store, why};

type Slots = ReusableSessions<u32, u32>;

fn log_in(slots: &Slots, key: u32) -> Session<u32> {
    slots.get_or_login(&key, || NewSession::new(key)).unwrap()
}

/// Which of these sessions were logged out.
fn gone<const N: usize>(sessions: &[Session<u32>; N]) -> [bool; N] {
    sessions.each_ref().map(|session| why(session) == Some(EndReason::LoggedOut))
}

#[test]
fn sweep_drops_slots_that_went_unasked() {
    let (store, clock) = store();
    let hourly = Slots::new(&store, 10);
    let slots = Slots::new(&store, 10).unused_for(secs(100));
    for (slots, unused_for) in [(hourly, 3_600), (slots, 100)] {
        let tick = Duration::from_micros(1);
        let sessions = [1, 2, 3, 4].map(|key| log_in(&slots, key));
        assert_eq!(slots.sweep(), 0);
        clock.advance(tick);
        drop(slots.get(&1));
        let lease = store.acquire(sessions[1].id()).unwrap();
        slots.invalidate(&3);
        clock.advance(secs(unused_for).saturating_sub(2 * tick));
        assert_eq!((slots.sweep(), slots.len()), (0, 4), "a tick too early");
        clock.advance(tick);
        assert_eq!((slots.sweep(), slots.len()), (2, 2), "the one in use is spared");
        assert_eq!(gone(&sessions), [false, false, false, true]);
        clock.advance(tick);
        drop(lease);
        assert_eq!((slots.sweep(), slots.sweep(), slots.len()), (2, 0, 0));
        assert_eq!(gone(&sessions), [true, true, false, true]);
        balanced(&store, 0);
        log_in(&slots, 1);
    }
}

/// A slot that was made this very moment was not unused for an hour.
#[test]
fn sweep_spares_new_slots_on_a_young_clock() {
    let store = crate::setup::store();
    for span in [secs(3_600), std::time::Duration::MAX] {
        let slots = ReusableSessions::new(&store, 9).unused_for(span);
        slots.get_or_login(&1, plain).unwrap();
        assert_eq!(slots.sweep(), 0);
    }
}

#[test]
fn slot_asked_in_the_future_is_not_the_newest_for_ever() {
    let clock = ManualClock::new();
    let store = SessionStore::builder().timeouts(Timeouts::none()).clock(clock.clone());
    let store = store.build().unwrap();
    let slots = ReusableSessions::new(&store, 2).unused_for(secs(60));
    clock.advance(secs(1_000_000));
    slots.get_or_login(&0, plain).unwrap();
    clock.set_back(secs(999_000));
    let mut logins = 0;
    for turn in 0..100 {
        clock.advance(secs(1));
        let mut login = || {
            logins += 1;
            plain()
        };
        slots.get_or_login(&(1 + turn % 2), &mut login).unwrap();
    }
    // The third key counts as asked for when the first of them looked.
    assert!(logins <= 4, "two live keys push each other out: {logins} logins");
    clock.advance(secs(60));
    assert_eq!(slots.sweep(), 2);
}
