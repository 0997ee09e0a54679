//! The session of a slot is pinned: nothing but its absolute timeout and the slot's owner ends it.

use tenure::slot::ReusableSession;
use tenure::store::BulkEnd;
use tenure::{
    CreateError, EndAs, EndOutcome, Limit, Limits, ManualClock, Selector, SessionStore, Timeouts,
};

use crate::common::{Store, of, plain, secs};
use crate::setup::{balanced, held, log_in, same, store};

#[test]
fn end_of_the_slots_session_returns_kept() {
    let store = store();
    let slot = ReusableSession::new(&store);
    let session = log_in(&slot, 1).unwrap();
    let id = session.id();
    for _ in 0..2 {
        assert_eq!(store.end(id), EndOutcome::Kept);
        assert_eq!(store.end_as(id, EndAs::killed()), EndOutcome::Kept);
        assert_eq!(store.end(&session), EndOutcome::Kept);
        for BulkEnd { ended, kept, .. } in [
            store.end_where(&Selector::all()),
            store.end_where_as(&Selector::all(), EndAs::killed()),
        ] {
            assert_eq!((ended, kept), (0, 1));
        }
    }
    assert!(!session.is_ended() && same(&slot.get().unwrap(), &session));
    balanced(&store, 1);
    // The same holds for one that took another's place.
    let next = slot.replace(plain()).unwrap();
    assert_eq!(store.end(next.id()), EndOutcome::Kept);
}

#[test]
fn full_store_admits_the_slots_session() {
    for limits in [
        Limits::none().global(Limit::reject(2)),
        Limits::none().global(Limit::reject(9)).per_principal(Limit::reject(2)),
        Limits::none().per_originator(Limit::reject(2)),
        Limits::none().global(Limit::evict_oldest(2)),
    ] {
        let builder = SessionStore::builder().limits(limits).timeouts(Timeouts::none());
        let store: Store = builder.clock(ManualClock::new()).build().unwrap();
        let new = || of("alice").originator("backup");
        let others = [store.create(new()).unwrap(), store.create(new()).unwrap()];
        let slot = ReusableSession::new(&store);
        let session = slot.get_or_login(new).unwrap();
        assert!(others.iter().all(|other| !other.is_ended()), "it took another's place");
        assert_eq!((store.stats().live, store.stats().pinned), (3, 1));
        slot.replace(new()).unwrap();
        assert!(session.is_ended() && others.iter().all(|other| !other.is_ended()));
        // It takes nobody's place, and leaves none when it goes.
        let leases = others.each_ref().map(|other| store.acquire(other.id()).unwrap());
        assert!(matches!(store.create(new()), Err(CreateError::Full { live: 2, max: 2, .. })));
        assert!(slot.invalidate());
        assert!(store.create(new()).is_err());
        drop(leases);
        balanced(&store, 0);
    }
}

#[test]
fn slots_session_is_never_evicted() {
    let clock = ManualClock::new();
    let limits =
        Limits::none().global(Limit::evict_oldest(2)).per_principal(Limit::evict_oldest(1));
    let builder = SessionStore::builder().limits(limits).timeouts(Timeouts::none());
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let slot = ReusableSession::new(&store);
    slot.get_or_login(|| of("alice")).unwrap();
    for _ in 0..10 {
        clock.advance(secs(1));
        store.create(of("alice")).unwrap();
        store.create(of("bob")).unwrap();
        assert_eq!(held(&slot), Some(0));
    }
    assert_eq!(store.stats().ended.evicted(), 18);
    balanced(&store, 1);
}

#[test]
fn slots_session_does_not_idle_out() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none().idle(secs(10)));
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let slot = ReusableSession::new(&store);
    // Not by the store's timeout, and not by one that the login asks for.
    for new in [plain, || plain().idle_timeout(secs(1))] {
        let session = slot.replace(new()).unwrap();
        for days in 1..4 {
            clock.advance(secs(days * 86_400));
            assert_eq!(store.reap().ended.total(), 0);
            assert_eq!(store.next_deadline(), None);
            assert!(same(&slot.get().unwrap(), &session));
        }
    }
    balanced(&store, 1);
}
