//! Data whose drop panics takes nobody with it: not the caller, not the counts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tenure::{ManualClock, NewSession, ReusableSession, ReusableSessions, SessionStore, Timeouts};

use crate::common::secs;
use crate::setup::balanced;

pub(crate) struct Explosive;

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("on purpose");
    }
}

pub(crate) fn explosive() -> NewSession<Explosive> {
    NewSession::new(Explosive)
}

pub(crate) fn store() -> (SessionStore<Explosive>, ManualClock) {
    let clock = ManualClock::new();
    clock.advance(secs(5_000));
    let builder = SessionStore::builder().timeouts(Timeouts::none().absolute(secs(4_000)));
    (builder.clock(clock.clone()).build().unwrap(), clock)
}

/// Does something that drops this many data, of which nobody else has a handle.
pub(crate) fn does(store: &SessionStore<Explosive>, drops: u64, what: &str, code: impl FnOnce()) {
    let before = store.stats().application_panics;
    let panics = catch_unwind(AssertUnwindSafe(code));
    assert!(panics.is_ok(), "{what}: a panic of the data's drop went through");
    assert_eq!(store.stats().application_panics - before, drops, "{what}");
}

#[test]
fn a_slot_survives_its_data() {
    let (store, clock) = store();
    let slot = ReusableSession::new(&store);
    let log_in = || drop(slot.get_or_login(explosive).unwrap());
    log_in();
    does(&store, 1, "invalidate", || assert!(slot.invalidate()));
    log_in();
    does(&store, 1, "replace", || drop(slot.replace(explosive()).unwrap()));
    clock.advance(secs(4_000));
    does(&store, 1, "get of an expired one", || assert!(slot.get().is_none()));
    log_in();
    clock.advance(secs(4_000));
    does(&store, 1, "a login after an expired one", log_in);
    clock.advance(secs(4_000));
    does(&store, 1, "reap", || assert_eq!(store.reap().ended.total(), 1));
    does(&store, 0, "get of a reaped one", || assert!(slot.get().is_none()));
    log_in();
    let id = slot.get().unwrap().id();
    does(&store, 1, "end_pinned", || drop(store.end_pinned(&id)));
    does(&store, 0, "invalidate of an ended one", || assert!(!slot.invalidate()));
    log_in();
    balanced(&store, 1);
    does(&store, 1, "drop", || drop(slot));
    balanced(&store, 0);
}

#[test]
fn a_check_may_refuse_such_data() {
    let (store, _) = store();
    let slot = ReusableSession::new(&store).validate_with(|_| false);
    drop(slot.get_or_login(explosive).unwrap());
    does(&store, 1, "get", || assert!(slot.get().is_none()));
    drop(slot.get_or_login(explosive).unwrap());
    does(&store, 1, "a login", || drop(slot.get_or_login(explosive).unwrap()));
    balanced(&store, 1);
}

#[test]
fn keyed_slots_survive_their_data() {
    let (store, clock) = store();
    let slots = ReusableSessions::new(&store, 2);
    let log_in = |key: u32| {
        clock.advance(secs(1));
        drop(slots.get_or_login(&key, explosive).unwrap());
    };
    [1, 2].into_iter().for_each(log_in);
    does(&store, 1, "pushing one out", || log_in(3));
    does(&store, 1, "replace", || drop(slots.replace(&2, explosive()).unwrap()));
    does(&store, 2, "invalidate_all", || assert_eq!(slots.invalidate_all(), 2));
    [2, 3].into_iter().for_each(log_in);
    clock.advance(secs(3_999));
    does(&store, 2, "sweep", || assert_eq!(slots.sweep(), 2));
    [1, 2].into_iter().for_each(log_in);
    balanced(&store, 2);
    let leases = [1, 2].map(|key| slots.lease_or_login(&key, explosive).unwrap());
    does(&store, 1, "a replacement that finds no slot", || {
        assert!(slots.replace(&3, explosive()).is_err());
    });
    drop(leases);
    does(&store, 2, "drop", || drop(slots));
    balanced(&store, 0);
}
