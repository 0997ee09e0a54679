//! The session of a slot and a lease of it in one call.

use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};

use tenure::slot::{LoginError, ReusableSession, ReusableSessions};
use tenure::{EndReason, Lease, NewSession, SessionStore};

use crate::common::{Store, add_one, factor, plain};
use crate::executor::Task;
use crate::setup::{balanced, ended, short_lived, store, why};

type Leased = Result<Lease<u32>, LoginError<&'static str>>;

/// The ways to lease the session of a slot, and of the key 1.
fn ways<'a>(
    slot: &'a ReusableSession<u32>,
    slots: &'a ReusableSessions<u32, u32>,
) -> [Box<dyn Fn(u32) -> Leased + 'a>; 4] {
    [
        Box::new(|data| slot.try_lease_or_login(|| Ok(NewSession::new(data)))),
        Box::new(|data| {
            let login = || ready(Ok(NewSession::new(data)));
            Task::new(slot.lease_or_login_async(login)).finish()
        }),
        Box::new(|data| slots.try_lease_or_login(&1, || Ok(NewSession::new(data)))),
        Box::new(|data| {
            let login = || ready(Ok(NewSession::new(data)));
            Task::new(slots.lease_or_login_async(&1, login)).finish()
        }),
    ]
}

#[test]
fn lease_is_of_a_fresh_or_of_the_held_session() {
    let (store, clock) = short_lived();
    let (slot, slots) = (ReusableSession::new(&store), ReusableSessions::new(&store, 1));
    for way in ways(&slot, &slots) {
        let first = way(1).unwrap();
        assert!(first.is_pinned() && !first.is_ended());
        let second = way(2).unwrap();
        assert_eq!((*second.data(), second.leases(), store.stats().leases), (1, 2, 2));
        // A lease does not keep it from its absolute timeout.
        clock.advance(crate::common::secs(10));
        let third = way(3).unwrap();
        assert_eq!((*third.data(), third.leases()), (3, 1));
        assert_eq!(why(&first), Some(EndReason::AbsoluteTimeout));
        drop((first, second, third));
        assert_eq!(store.stats().leases, 0);
        let (one, all) = (slot.invalidate(), slots.invalidate_all());
        assert!(one || all == 1);
    }
    balanced(&store, 0);
}

#[test]
fn failed_login_returns_its_error() {
    let store = store();
    let (slot, slots) = (ReusableSession::new(&store), ReusableSessions::new(&store, 1));
    let wrong = LoginError::Login("wrong password");
    assert_eq!(slot.try_lease_or_login(|| Err("wrong password")).unwrap_err(), wrong);
    assert_eq!(slots.try_lease_or_login(&1, || Err("wrong password")).unwrap_err(), wrong);
    assert!(slot.lease_or_login(plain).is_ok() && slots.lease_or_login(&1, plain).is_ok());
    assert_eq!(store.stats().leases, 0);
}

#[test]
fn session_without_free_leases_stays_in_the_slot() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let leases: Vec<_> = (0..16_383).map(|_| slot.lease_or_login(plain).unwrap()).collect();
    let refused = LoginError::TooManyLeases { max: 16_383 };
    for checked in [false, true] {
        assert_eq!(slot.lease_or_login(plain).unwrap_err(), refused);
        assert!(slot.get().is_some(), "{checked}: a handle needs no lease");
    }
    drop(leases);
    assert!(slot.lease_or_login(plain).is_ok());
    assert_eq!(store.stats().created, 1);
    balanced(&store, 1);
}

#[test]
fn refusing_check_keeps_no_lease() {
    let store = store();
    let slot = ReusableSession::new(&store).validate_with(|session| *session.data() > 1);
    drop(slot.lease_or_login(plain).unwrap());
    let lease = slot.lease_or_login(|| NewSession::new(2)).unwrap();
    assert_eq!((*lease.data(), lease.leases(), store.stats().leases), (2, 1, 1));
    drop(lease);
    assert_eq!((slot.lease_or_login(plain).unwrap().leases(), store.stats().created), (1, 2));
    balanced(&store, 1);
}

/// The loser of a race, whose own session ends, gives its lease back.
#[test]
fn loser_of_a_race_leases_the_winners_session() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let lease = slot.lease_or_login(|| {
        slot.replace(NewSession::new(2)).unwrap();
        NewSession::new(1)
    });
    assert_eq!((*lease.as_ref().unwrap().data(), store.stats().leases), (2, 1));
    assert_eq!(ended(&store, EndReason::Replaced), 1);
    balanced(&store, 1);
}

/// More keys than slots: whatever others push out, a session with a lease is not among it.
#[test]
fn leased_session_is_never_evicted_by_another_key() {
    const THREADS: u32 = 4;
    let store: Store = SessionStore::builder().build().unwrap();
    let slots = ReusableSessions::new(&store, 2);
    let [leased, refused] = [const { AtomicUsize::new(0) }; 2];
    let rounds = 2_000 * u32::try_from(factor()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (slots, leased, refused) = (&slots, &leased, &refused);
            scope.spawn(move || {
                for round in 0..rounds {
                    match slots.lease_or_login(&((thread + round) % 3), plain) {
                        Ok(lease) => {
                            add_one(leased);
                            assert!(!lease.is_ended(), "{:?}", lease.tombstone());
                        }
                        Err(LoginError::TooMany { .. } | LoginError::Contended { .. }) => {
                            add_one(refused);
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    println!("{leased:?} leased, {refused:?} refused");
    assert!(leased.load(Ordering::Relaxed) > 0 && store.stats().leases == 0);
    balanced(&store, (0..3).filter(|key| slots.get(key).is_some()).count());
}
