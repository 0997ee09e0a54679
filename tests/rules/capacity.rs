//! Rules 1 to 3: how many there may be, and who makes room.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Barrier, OnceLock};

use tenure::store::{IdError, IdSource, Shortage};
use tenure::{
    AcquireError, CreateError, EndReason, Limit, LimitKind, Limits, ManualClock, Session,
    SessionId, SessionStore, Timeouts, WeakSessionStore,
};

use crate::common::{Store, of, plain, secs};

fn store(limits: Limits, clock: &ManualClock) -> Store {
    let builder = SessionStore::builder().limits(limits).timeouts(Timeouts::none());
    builder.clock(clock.clone()).build().unwrap()
}

/// Creates one session a second.
fn one_a_second(store: &Store, clock: &ManualClock, count: usize) -> Vec<Session<u32>> {
    let next = |_| {
        clock.advance(secs(1));
        store.create(of("alice")).unwrap()
    };
    (0..count).map(next).collect()
}

pub(crate) fn evicted_by(session: &Session<u32>) -> Option<LimitKind> {
    match session.tombstone()?.reason() {
        EndReason::Evicted { limit } => Some(limit),
        other => panic!("ended as {other}"),
    }
}

#[test]
fn rule_01_hard_cap() {
    const CAP: usize = 50;
    let per_principal = Limits::none().per_principal(Limit::evict_oldest(CAP));
    let per_originator = Limits::none().per_originator(Limit::evict_oldest(CAP));
    let global = Limits::none().global(Limit::evict_oldest(CAP));
    let rejecting = Limits::none().global(Limit::reject(CAP));
    for limits in [per_principal, per_originator, global, rejecting] {
        let store = store(limits, &ManualClock::new());
        let (start, over) = (Barrier::new(4), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..500 {
                        let _full = store.create(of("alice").originator("web"));
                        over.fetch_or(store.stats().live > CAP, Ordering::Relaxed);
                    }
                });
            }
        });
        assert!(!over.into_inner(), "the cap was exceeded for a moment");
        // The cap is reached, not just kept, and was never passed between two looks.
        assert_eq!((store.stats().live, store.stats().peak), (CAP, CAP));
    }
}

#[test]
fn rule_02_exact_order() {
    let clock = ManualClock::new();
    let limits =
        Limits::none().global(Limit::evict_oldest(5)).per_principal(Limit::evict_oldest(4));
    let store = store(limits, &clock);
    let bobs = store.create(of("bob")).unwrap();
    let alices = one_a_second(&store, &clock, 4);

    // Within the group: Alice's oldest is evicted, though Bob's session is older.
    clock.advance(secs(1));
    store.touch(alices[0].id()).unwrap();
    clock.advance(secs(1));
    store.create(of("alice")).unwrap();
    assert_eq!(evicted_by(&alices[1]), Some(LimitKind::Principal));

    // Over all: Bob's, until it is touched.
    store.create(plain()).unwrap();
    assert_eq!(evicted_by(&bobs), Some(LimitKind::Global));
    store.touch(alices[2].id()).unwrap();
    store.create(plain()).unwrap();
    assert_eq!(evicted_by(&alices[3]), Some(LimitKind::Global));
    assert_eq!([&alices[0], &alices[2]].map(evicted_by), [None, None]);
}

#[test]
fn rule_02_exact_order_of_equally_old_sessions() {
    let clock = ManualClock::new();
    let store = store(Limits::none().global(Limit::evict_oldest(20)), &clock);
    let crowd: Vec<_> = (0..20).map(|_| store.create(plain()).unwrap()).collect();
    clock.advance(secs(1));
    // Touched in a shuffled order on one tick: the creation number decides.
    for step in 0..20 {
        store.touch(crowd[step * 7 % 20].id()).unwrap();
    }
    for gone in 1..=20 {
        store.create(plain()).unwrap();
        let ended: Vec<bool> = crowd.iter().map(Session::is_ended).collect();
        let expected: Vec<bool> = (0..20).map(|number| number < gone).collect();
        assert_eq!(ended, expected, "after {gone} newcomers");
    }
}

#[test]
fn rule_03_in_use_is_safe() {
    let clock = ManualClock::new();
    let idle = Timeouts::none().idle(secs(100));
    let limits = Limits::none().global(Limit::evict_oldest(3));
    let builder = SessionStore::builder().limits(limits).timeouts(idle);
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let sessions = one_a_second(&store, &clock, 3);
    let mut leases = vec![store.acquire(sessions[0].id()).unwrap()];
    leases.push(store.acquire(sessions[2].id()).unwrap());

    // The two that are in use are passed over.
    clock.advance(secs(1));
    let newcomer = store.create(plain()).unwrap();
    assert!(sessions[1].is_ended());
    leases.push(store.acquire(newcomer.id()).unwrap());
    let full = store.create(plain()).unwrap_err();
    let (limit, why) = (LimitKind::Global, Shortage::AllInUse);
    assert_eq!(full, CreateError::Full { limit, live: 3, max: 3, why });

    // In use they do not idle out either; afterwards they do, from the end of the last use.
    clock.advance(secs(1_000));
    assert_eq!(store.reap().ended.total(), 0);
    assert!(leases.iter().all(|lease| !lease.is_ended()));
    leases.clear();
    clock.advance(secs(99));
    assert_eq!(store.reap().ended.total(), 0);
    clock.advance(secs(1));
    assert_eq!(store.reap().ended.count(EndReason::IdleTimeout), 3);
}

#[test]
fn rule_03_sessions_younger_than_min_idle_are_not_evicted() {
    let clock = ManualClock::new();
    let limits = Limits::none().global(Limit::evict_oldest(2).min_idle(secs(10)));
    let store = store(limits, &clock);
    let sessions = one_a_second(&store, &clock, 2);
    clock.advance(secs(8));
    let full = store.create(plain()).unwrap_err();
    let why = Shortage::TooYoung { idle: secs(9), min_idle: secs(10) };
    assert_eq!(full, CreateError::Full { limit: LimitKind::Global, live: 2, max: 2, why });
    clock.advance(secs(1));
    store.create(plain()).unwrap();
    assert!(sessions[0].is_ended() && !sessions[1].is_ended());
}

#[test]
fn rule_03_a_lease_beyond_the_maximum_is_refused() {
    let store: Store = SessionStore::builder().build().unwrap();
    let session = store.create(plain()).unwrap();
    let mut leases = Vec::new();
    let max = loop {
        match store.acquire(session.id()) {
            Ok(lease) => leases.push(lease),
            Err(AcquireError::TooManyLeases { max }) => break max,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!((leases.len(), session.leases()), (max as usize, max));
    assert!(store.touch(session.id()).is_ok());
    leases.pop();
    leases.push(store.acquire(session.id()).unwrap());
    drop(leases);
    assert_eq!((session.leases(), store.stats().leases), (0, 0));
}

#[test]
fn rule_01_a_limit_of_zero_refuses_every_create() {
    let zero = [Limit::reject(0), Limit::evict_oldest(0)];
    let why = Shortage::Rejecting;
    for limit in zero {
        let limits = Limits::none().principal_exception("bob", limit);
        let store = store(limits, &ManualClock::new());
        store.create(of("alice")).unwrap();
        let full = store.create(of("bob")).unwrap_err();
        let limit = LimitKind::Principal;
        assert_eq!(full, CreateError::Full { limit, live: 0, max: 0, why });
        assert!(store.create(of("bob").pinned()).is_ok(), "pinned ones count nowhere");
    }
}

/// Creates a session and lets time go by while the first id is drawn, after the clock was read for
/// the session that the id is for.
struct Overtaking {
    store: Arc<OnceLock<WeakSessionStore<u32>>>,
    clock: ManualClock,
    drawn: AtomicU64,
}

impl IdSource for Overtaking {
    fn next_id(&self) -> Result<SessionId, IdError> {
        let number = self.drawn.fetch_add(1, Ordering::Relaxed);
        if number == 0 {
            self.clock.advance(secs(1));
            let store = self.store.get().and_then(WeakSessionStore::upgrade);
            store.expect("it is there").create(plain()).expect("there is room");
        }
        Ok(SessionId::from_bytes(u128::from(number).to_be_bytes()))
    }
}

#[test]
fn newcomer_that_was_overtaken_is_not_the_oldest_at_once() {
    let (clock, cell) = (ManualClock::new(), Arc::new(OnceLock::new()));
    let ids =
        Overtaking { store: Arc::clone(&cell), clock: clock.clone(), drawn: AtomicU64::new(0) };
    let limits = Limits::none().global(Limit::evict_oldest(2));
    let builder = SessionStore::builder().clock(clock).id_source(ids).limits(limits);
    let store = builder.build().unwrap();
    assert!(cell.set(store.downgrade()).is_ok());
    let newcomer = store.create(plain()).unwrap();
    assert_eq!(newcomer.created_at(), store.now(), "its time is that before it was overtaken");
    store.create(plain()).unwrap();
    assert!(!newcomer.is_ended(), "it was evicted before one that was created earlier");
}
