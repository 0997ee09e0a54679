//! Clocks and id sources that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tenure::store::{IdError, IdSource};
use tenure::{
    Clock, EndAs, ManualClock, Selector, Session, SessionId, SessionStore, Tick, Timeouts,
};
use time::OffsetDateTime;

use crate::common::{ScriptedIds, Store, of, plain, secs};
use crate::usable::{CAP, is_usable, limits};

/// A switch that makes application code panic.
#[derive(Clone, Default)]
struct Bomb(Arc<AtomicBool>);

impl Bomb {
    fn arm(&self, armed: bool) {
        self.0.store(armed, Ordering::Relaxed);
    }

    fn tick(&self) {
        assert!(!self.0.load(Ordering::Relaxed), "on purpose");
    }
}

/// A clock of which either half may panic.
#[derive(Clone, Default)]
struct Fragile {
    now: Bomb,
    wall: Bomb,
    clock: ManualClock,
}

impl Clock for Fragile {
    fn now(&self) -> Tick {
        self.now.tick();
        self.clock.now()
    }

    fn wall(&self) -> OffsetDateTime {
        self.wall.tick();
        self.clock.wall()
    }
}

struct FragileIds(Bomb, ScriptedIds);

impl IdSource for FragileIds {
    fn next_id(&self) -> Result<SessionId, IdError> {
        self.0.tick();
        self.1.next_id()
    }
}

/// A store whose sessions idle out after ten seconds.
fn store(clock: &Fragile) -> Store {
    let builder = SessionStore::builder().limits(limits());
    let builder = builder.timeouts(Timeouts::none().idle(secs(10)));
    builder.clock(clock.clone()).build().unwrap()
}

#[test]
fn an_id_source_that_panics_changes_nothing() {
    let bomb = Bomb::default();
    let ids = FragileIds(bomb.clone(), ScriptedIds::default());
    let builder = SessionStore::builder().limits(limits()).id_source(ids);
    let store: Store = builder.build().unwrap();
    for _ in 0..CAP {
        store.create(of("alice")).unwrap();
    }
    let session = store.create(plain()).unwrap();
    let before = store.stats();
    bomb.arm(true);
    for _ in 0..2 * CAP {
        assert!(catch_unwind(AssertUnwindSafe(|| store.create(of("bob")))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| store.rotate(session.id()))).is_err());
    }
    bomb.arm(false);
    let after = store.stats();
    assert_eq!((after.live, after.created, after.ended), (CAP, before.created, before.ended));
    assert!(store.peek(session.id()).is_ok());
    is_usable(&store, || 0);
}

#[test]
fn a_clock_that_panics_changes_nothing() {
    let fragile = Fragile::default();
    let store = store(&fragile);
    let create = |_| store.create(of("alice")).unwrap();
    let sessions: Vec<_> = (0..CAP).map(create).collect();
    for expired in [false, true] {
        for call in CALLS {
            fragile.now.arm(true);
            let _ = catch_unwind(AssertUnwindSafe(|| call(&store, &sessions[0].id())));
            fragile.now.arm(false);
            let stats = store.stats();
            let counts = (stats.live, stats.created, stats.ended.total(), stats.leases);
            assert_eq!(counts, (CAP, CAP as u64, 0, 0), "expired: {expired}");
            assert!(!store.is_closed());
        }
        fragile.clock.advance(secs(10));
    }
    assert_eq!(store.reap().ended.total(), CAP as u64);
    is_usable(&store, || 0);
}

/// The store reads the time of day at other moments than the tick.
#[test]
fn a_wall_clock_that_panics_leaves_the_counts_right() {
    for expired in [false, true] {
        for call in CALLS {
            let fragile = Fragile::default();
            let store = store(&fragile);
            let create = |_| store.create(of("alice")).unwrap();
            let sessions: Vec<_> = (0..CAP).map(create).collect();
            if expired {
                fragile.clock.advance(secs(10));
            }
            fragile.wall.arm(true);
            let _ = catch_unwind(AssertUnwindSafe(|| call(&store, &sessions[0].id())));
            fragile.wall.arm(false);
            let stats = store.stats();
            let ended = |session: &&Session<u32>| session.tombstone().is_some();
            let ended = sessions.iter().filter(ended).count();
            assert_eq!(stats.ended.total(), ended as u64);
            assert_eq!((stats.created, stats.leases), (stats.live as u64 + ended as u64, 0));
            if !store.is_closed() {
                is_usable(&store, || 0);
            }
        }
    }
}

/// Every operation that reads the clock; those on one session are about this id.
const CALLS: [fn(&Store, &SessionId); 15] = [
    |store, _| drop(store.create(plain())),
    |store, id| drop(store.acquire(id)),
    |store, id| drop(store.touch(id)),
    |store, id| drop(store.peek(id)),
    |store, id| drop(store.rotate(id)),
    |store, id| {
        let _ = store.end(id);
    },
    |store, id| {
        let _ = store.end_as(id, EndAs::killed());
    },
    |store, id| {
        let _ = store.end_as(id, EndAs::logged_out().pinned_too());
    },
    |store, _| {
        let _ = store.end_where(&Selector::all());
    },
    |store, _| {
        let _ = store.end_where_as(&Selector::principal("alice"), EndAs::killed());
    },
    |store, _| drop(store.list(&Selector::all())),
    |store, _| {
        let _ = store.reap();
    },
    |store, _| {
        let _ = store.reap_at_most(1);
    },
    |store, _| {
        let _ = store.next_deadline();
    },
    |store, _| {
        let _ = store.close();
    },
];

#[test]
fn lease_is_given_back_though_the_clock_panics() {
    let fragile = Fragile::default();
    let store = store(&fragile);
    let session = store.create(plain()).unwrap();
    for _ in 0..3 {
        let lease = store.acquire(session.id()).unwrap();
        let _ = store.next_deadline();
        fragile.now.arm(true);
        // Letting go does not panic: that would abort a program that is unwinding already.
        drop(lease);
        fragile.now.arm(false);
        assert_eq!((session.leases(), store.stats().leases), (0, 0));
    }
    assert_eq!(store.stats().application_panics, 3);
    fragile.clock.advance(secs(10));
    assert_eq!(store.reap().ended.total(), 1);
    is_usable(&store, || 0);
}
