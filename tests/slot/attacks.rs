//! What an attack on slots came upon.

use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tenure::{
    LoginError, ManualClock, NewSession, ReusableSession, ReusableSessions, SessionStore, Timeouts,
};

use crate::common::{factor, plain, secs};
use crate::setup::{balanced, store};

/// A key that panics when it is hashed, if it is told to.
#[derive(Clone, PartialEq, Eq)]
struct Touchy(bool);

impl Hash for Touchy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        assert!(!self.0, "touched");
        state.write_u8(0);
    }
}

/// More slots than a sort handles by insertion, which does not notice keys that move.
#[test]
fn slots_are_asked_for_while_one_is_looked_for_to_go() {
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

#[test]
fn a_key_that_panics_in_a_replacement_leaves_no_session() {
    let store = store();
    let slots = ReusableSessions::new(&store, 4);
    slots.replace(&Touchy(false), plain()).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| slots.replace(&Touchy(true), plain())));
    assert!(panicked.is_err());
    balanced(&store, 1);
}

#[test]
fn a_check_that_replaces_and_refuses_is_given_up() {
    let store = store();
    let own: Arc<std::sync::OnceLock<std::sync::Weak<ReusableSession<u32>>>> = Arc::default();
    let theirs = Arc::clone(&own);
    let slot = Arc::new(ReusableSession::new(&store).validate_with(move |_| {
        if let Some(slot) = theirs.get().and_then(std::sync::Weak::upgrade) {
            slot.replace(NewSession::new(0)).unwrap();
        }
        false
    }));
    own.set(Arc::downgrade(&slot)).unwrap();
    slot.replace(plain()).unwrap();
    assert!(matches!(slot.get_or_login(plain), Err(LoginError::Contended { .. })));
    balanced(&store, 1);
}

#[test]
fn a_slot_that_was_asked_in_the_future_is_not_the_newest_for_ever() {
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
