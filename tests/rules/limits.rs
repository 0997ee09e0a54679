//! Rules 1 and 2 where several limits meet.

use tenure::store::Shortage;
use tenure::{
    CreateError, EndReason, Limit, LimitKind, Limits, ManualClock, NewSession, Session,
    SessionStore, Timeouts,
};

use crate::common::{Store, of, plain, secs};

fn store(limits: Limits, clock: &ManualClock) -> Store {
    let builder = SessionStore::builder().limits(limits).timeouts(Timeouts::none());
    builder.clock(clock.clone()).build().unwrap()
}

fn end(session: &Session<u32>) -> Option<EndReason> {
    session.tombstone().map(|tombstone| tombstone.reason())
}

fn evicted(limit: LimitKind) -> EndReason {
    EndReason::Evicted { limit }
}

/// What locked MongoDB's administrators out: a store full of other people's sessions.
#[test]
fn rule_01_the_reserve_admits_privileged_sessions_alone() {
    let limits = Limits::none().global(Limit::reject(5)).reserve(2);
    let store = store(limits, &ManualClock::new());
    for _ in 0..3 {
        store.create(plain()).unwrap();
    }
    let full = |live, max, why| {
        let limit = LimitKind::Global;
        Some(CreateError::Full { limit, live, max, why })
    };
    let reserved = Shortage::Reserved { reserve: 2 };
    assert_eq!(store.create(plain()).err(), full(3, 3, reserved));
    store.create(plain().privileged()).unwrap();
    assert_eq!(store.create(plain()).err(), full(3, 3, reserved));
    store.create(plain().privileged()).unwrap();
    let privileged = store.create(plain().privileged()).err();
    assert_eq!(privileged, full(5, 5, Shortage::Rejecting));
    assert_eq!(store.stats().rejected.global, 3);
    // Pinned sessions count under no limit.
    store.create(plain().pinned()).unwrap();
    assert_eq!((store.stats().live, store.stats().pinned), (6, 1));
}

#[test]
fn rule_01_an_ordinary_session_takes_no_reserved_place() {
    let limits = Limits::none().global(Limit::evict_oldest(3)).reserve(1);
    let store = store(limits, &ManualClock::new());
    let sessions: Vec<_> = (0..4).map(|_| store.create(plain()).unwrap()).collect();
    assert_eq!(sessions.iter().filter(|session| !session.is_ended()).count(), 2);
    let admin = store.create(plain().privileged()).unwrap();
    assert_eq!((store.stats().live, end(&sessions[2])), (3, None));
    // The privileged one holds its place like any other, and is the youngest.
    store.create(plain()).unwrap();
    assert_eq!((store.stats().live, end(&admin)), (3, None));
}

#[test]
fn rule_02_limits_are_served_narrowest_first() {
    let clock = ManualClock::new();
    let limits = Limits::none()
        .per_principal(Limit::evict_oldest(1))
        .per_originator(Limit::evict_oldest(2))
        .global(Limit::evict_oldest(4));
    let store = store(limits, &clock);
    let create = |principal: &str, originator: &str| {
        clock.advance(secs(1));
        store.create(of(principal).originator(originator)).unwrap()
    };
    let oldest = create("carol", "cron");
    let bob = create("bob", "web");
    let dave = create("dave", "web");
    let alice = create("alice", "cli");
    // Alice's limit, the web's and the store's are full. Alice's session makes room in the store
    // too, the oldest of the web makes it there; the oldest of all stays.
    create("alice", "web");
    assert_eq!(end(&alice), Some(evicted(LimitKind::Principal)));
    assert_eq!(end(&bob), Some(evicted(LimitKind::Originator)));
    assert_eq!([&oldest, &dave].map(end), [None, None]);
    // One victim is enough where it counts under every limit that is full.
    create("dave", "web");
    assert_eq!(end(&dave), Some(evicted(LimitKind::Principal)));
    assert_eq!((end(&oldest), store.stats().live), (None, 3));
    // Where no narrower limit is full, the store's oldest is evicted.
    create("erin", "ftp");
    create("frank", "sms");
    assert_eq!(end(&oldest), Some(evicted(LimitKind::Global)));
}

#[test]
fn rule_02_a_refused_create_evicts_nothing() {
    let limits =
        Limits::none().per_principal(Limit::evict_oldest(1)).per_originator(Limit::evict_oldest(1));
    let store = store(limits, &ManualClock::new());
    let first = store.create(of("alice").originator("cli")).unwrap();
    let busy = store.create(of("bob").originator("web")).unwrap();
    let _lease = store.acquire(busy.id()).unwrap();
    // Alice's own limit could evict; the web's cannot.
    let full = store.create(of("alice").originator("web")).unwrap_err();
    let CreateError::Full { limit, why, .. } = full else { panic!("{full}") };
    assert_eq!((limit, why), (LimitKind::Originator, Shortage::AllInUse));
    assert_eq!([&first, &busy].map(end), [None, None]);
    assert_eq!(store.stats().rejected.originator, 1);
}

#[test]
fn rule_01_a_named_limit_replaces_the_common_one() {
    let limits = Limits::none()
        .per_principal(Limit::reject(1))
        .principal_exception("root", Limit::reject(3))
        .originator_exception("backup", Limit::UNLIMITED);
    let store = store(limits, &ManualClock::new());
    let count =
        |new: fn() -> NewSession<u32>| (0..10).filter(|_| store.create(new()).is_ok()).count();
    assert_eq!(count(|| of("alice")), 1);
    assert_eq!(count(|| of("root")), 3);
    assert_eq!(count(|| plain().originator("backup")), 10);
}

#[test]
fn rule_01_an_ordinary_session_evicts_no_privileged_one_for_a_reserved_place() {
    let limits = Limits::none().global(Limit::evict_oldest(3)).reserve(1);
    let store = store(limits, &ManualClock::new());
    let ids = [0, 1].map(|_| store.create(plain()).unwrap().id());
    let leases = ids.map(|id| store.acquire(id).unwrap());
    let admin = store.create(plain().privileged()).unwrap();
    let full = store.create(plain()).unwrap_err();
    assert!(matches!(full, CreateError::Full { live: 2, max: 2, .. }), "{full}");
    assert_eq!(end(&admin), None);
    drop(leases);
    // Now an ordinary one is evicted, though the privileged one has been idle for longer.
    store.create(plain()).unwrap();
    assert_eq!((end(&admin), store.stats().ended.evicted()), (None, 1));
}

#[test]
fn rule_01_a_principal_gets_no_reserved_place_by_evicting_its_privileged_session() {
    let limits = Limits::none().global(Limit::reject(3)).per_principal(Limit::evict_oldest(1));
    let store = store(limits.reserve(1), &ManualClock::new());
    let first = store.create(of("alice").privileged()).unwrap();
    store.create(plain()).unwrap();
    store.create(plain()).unwrap();
    let full = store.create(of("alice")).unwrap_err();
    assert!(matches!(full, CreateError::Full { .. }), "{full}");
    assert_eq!(end(&first), None);
    store.create(of("alice").privileged()).unwrap();
}
