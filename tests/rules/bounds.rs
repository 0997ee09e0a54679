//! Rules 9 and 10: memory is bounded, and time can do us no harm.

use std::sync::Arc;
use std::time::Duration;

use tenure::{
    EndAs, EndOutcome, EndReason, Limit, Limits, LookupError, ManualClock, NewSession, Selector,
    SessionStore, Tick, Timeouts,
};

use crate::common::{Store, listed, of, plain, secs};

#[test]
fn rule_09_bounded_memory() {
    const TOMBSTONES: usize = 100;
    let clock = ManualClock::new();
    let builder = SessionStore::builder().limits(Limits::none().global(Limit::evict_oldest(50)));
    let builder = builder.timeouts(Timeouts::none()).tombstones(TOMBSTONES, secs(60));
    let store: SessionStore<Arc<()>> = builder.clock(clock.clone()).build().unwrap();
    let data = Arc::new(());
    let mut last = None;
    for number in 0..2_000 {
        let new = NewSession::new(Arc::clone(&data));
        let new = new.principal(format!("p{number}")).originator(format!("o{number}")).host("h");
        let session = store.create(new).unwrap();
        let hooks = Arc::clone(&data);
        session.on_end(move |_, _| drop(hooks));
        last = Some(store.rotate(session.id()).unwrap().id());
        assert!(store.stats().tombstones <= TOMBSTONES);
    }
    // What the victims held is free: their data and hooks, and the groups of their names.
    assert_eq!(Arc::strong_count(&data), 1 + 2 * 50);
    let pressure = store.pressure(usize::MAX);
    assert_eq!(pressure.principals.by_live.len(), 50);
    assert_eq!(pressure.originators.by_untouched.len(), 50);
    let evictors = pressure.principals.by_evictions.len();
    assert!(evictors <= 256, "evictions of {evictors} principals are remembered");

    let end = store.end_where_as(&Selector::all(), EndAs::killed());
    assert_eq!((end.ended, Arc::strong_count(&data)), (50, 1));
    assert!(store.pressure(usize::MAX).principals.by_live.is_empty());

    // Tombstones go by age too.
    let last = last.expect("there was one");
    assert!(matches!(store.end(last), EndOutcome::AlreadyEnded(_)));
    clock.advance(secs(60));
    assert_eq!(store.end(last), EndOutcome::Unknown);
    assert_eq!(store.peek(last).err(), Some(LookupError::Unknown));
    let _ = store.reap();
    assert_eq!(store.stats().tombstones, 0);
}

/// What leaks sessions may lease each of them as it creates it.
#[test]
fn rule_09_a_session_that_was_created_leased_is_untouched() {
    let store: Store = SessionStore::builder().build().unwrap();
    let untouched = || store.pressure(1).principals.by_untouched.first().map_or(0, |it| it.count);
    let leases = [of("leaky"), of("leaky")].map(|new| store.create_leased(new).unwrap());
    assert_eq!(untouched(), 2);
    let [first, _second] = leases.map(|lease| lease.session().clone());
    assert_eq!(untouched(), 2, "to give the first lease back is not to come again");
    drop(store.acquire(&first).unwrap());
    assert_eq!(untouched(), 1);
}

#[test]
fn rule_09_a_refused_create_leaves_nothing_behind() {
    let limits = Limits::none().global(Limit::reject(1));
    let store: Store = SessionStore::builder().limits(limits).build().unwrap();
    store.create(plain()).unwrap();
    for number in 0..100 {
        assert!(store.create(of(&format!("p{number}")).originator("web")).is_err());
    }
    let pressure = store.pressure(usize::MAX);
    assert!(pressure.principals.by_live.is_empty() && pressure.originators.by_live.is_empty());
    assert_eq!((store.stats().tombstones, store.stats().rejected.global), (0, 100));
}

#[test]
fn rule_10_clock_jumps_change_no_counts() {
    let clock = ManualClock::new();
    let timeouts = Timeouts::none().idle(secs(100)).absolute(Duration::MAX);
    let builder = SessionStore::builder().limits(Limits::none()).timeouts(timeouts);
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    clock.advance(secs(1_000));
    let sessions: Vec<_> = (0..10).map(|_| store.create(plain()).unwrap()).collect();

    // A wall clock that is days off, as in xapi's log, ends nothing.
    for days in [9, -9, 40_000, -80_000] {
        clock.jump_wall(time::Duration::days(days));
        assert_eq!((store.reap().ended.total(), listed(&store)), (0, 10));
    }
    // Nor does a monotonic clock that runs backwards; a touch does not make a session older.
    clock.set(Tick::ZERO);
    assert_eq!((store.reap().ended.total(), listed(&store)), (0, 10));
    store.touch(sessions[0].id()).unwrap();
    drop(store.acquire(sessions[1].id()).unwrap());
    let then = Tick::START.saturating_add(secs(1_000));
    assert!(sessions.iter().all(|session| session.last_active() == then));

    // At the end of time every idle one is over, once; what is created there still works.
    clock.set(Tick::MAX);
    assert_eq!(store.reap().ended.count(EndReason::IdleTimeout), 10);
    assert_eq!(store.reap().ended.total(), 0);
    let late = store.create(plain()).unwrap();
    assert!(!late.is_ended());
    assert_eq!(store.end(late.id()), EndOutcome::Ended(late.tombstone().unwrap()));
    let stats = store.stats();
    assert_eq!((stats.created, stats.live, stats.ended.total()), (11, 0, 11));
}

#[test]
fn rule_09_evictions_are_remembered_for_an_hour() {
    let clock = ManualClock::new();
    let limits = Limits::none().global(Limit::evict_oldest(1));
    let builder = SessionStore::builder().limits(limits).timeouts(Timeouts::none());
    let store: Store = builder.clock(clock.clone()).alarm_above(30).build().unwrap();
    let evictions = || (store.pressure(0).evictions_last_hour, store.pressure(0).alarm);
    store.create(plain()).unwrap();
    (0..30).for_each(|_| drop(store.create(plain()).unwrap()));
    assert_eq!(evictions(), (30, false));
    store.create(plain()).unwrap();
    assert_eq!(evictions(), (31, true));
    clock.advance(secs(3_599));
    assert_eq!(evictions(), (31, true));
    clock.advance(secs(61));
    assert_eq!(evictions(), (0, false));
    // Minute by minute, for long enough to use every cell of the window again.
    for minute in 1..=200 {
        store.create(plain()).unwrap();
        assert_eq!(evictions().0, minute.min(61));
        clock.advance(secs(60));
    }
}

#[test]
fn rule_09_a_name_above_4096_bytes_is_refused() {
    let store: Store = SessionStore::builder().build().unwrap();
    assert!(store.create(plain().originator("x".repeat(4_096))).is_ok());
    let refused = store.create(plain().originator("x".repeat(4_097))).unwrap_err();
    let message = "the name of the originator has 4097 bytes, more than 4096";
    assert_eq!(refused.to_string(), message);
}
