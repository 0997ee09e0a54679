//! Promises of the documentation that were broken once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tenure::{
    Clock, CreateError, EndReason, Limit, Limits, LookupError, ManualClock, NewSession,
    RotateError, Selector, SessionId, SessionStore, Tick, Timeouts,
};
use time::OffsetDateTime;

const SECOND: Duration = Duration::from_secs(1);

fn store_with(limits: Limits) -> SessionStore<u32> {
    SessionStore::builder().limits(limits).clock(ManualClock::new()).build().unwrap()
}

/// A store on a manual clock with this idle timeout.
fn idling(idle: Duration) -> (SessionStore<u32>, ManualClock) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none().idle(idle));
    (builder.clock(clock.clone()).tombstones(100, 1_000 * SECOND).build().unwrap(), clock)
}

fn ordinary(n: u32) -> NewSession<u32> {
    NewSession::new(n)
}

fn admin(n: u32) -> NewSession<u32> {
    NewSession::new(n).privileged()
}

#[test]
fn ordinary_sessions_do_not_evict_their_way_into_the_reserve() {
    let store = store_with(Limits::none().global(Limit::evict_oldest(3)).reserve(1));
    let ids = [0, 1].map(|n| store.create(ordinary(n)).unwrap().id());
    let leases = ids.map(|id| store.acquire(&id).unwrap());
    let first = store.create(admin(2)).unwrap();
    let refused = store.create(ordinary(3)).unwrap_err();
    assert!(matches!(refused, CreateError::Full { live: 2, max: 2, .. }), "{refused}");
    assert!(!first.is_ended(), "an administrator was evicted for an ordinary session");
    drop(leases);
    // Now an ordinary one goes, though the administrator has been idle for longer.
    store.create(ordinary(4)).unwrap();
    assert!(!first.is_ended());
    assert_eq!(store.stats().ended.evicted(), 1);
}

#[test]
fn a_principal_does_not_turn_its_privileged_places_into_ordinary_ones() {
    let limits = Limits::none().global(Limit::reject(3)).per_principal(Limit::evict_oldest(1));
    let store = store_with(limits.reserve(1));
    let first = store.create(admin(0).principal("alice")).unwrap();
    store.create(ordinary(1)).unwrap();
    store.create(ordinary(2)).unwrap();
    let refused = store.create(ordinary(3).principal("alice")).unwrap_err();
    assert!(matches!(refused, CreateError::Full { .. }) && !first.is_ended(), "{refused}");
    store.create(admin(4).principal("alice")).unwrap();
}

#[test]
fn an_id_in_its_grace_cannot_be_rotated_and_stays_dead_afterwards() {
    let clock = ManualClock::new();
    let builder = SessionStore::<u32>::builder().clock(clock.clone());
    let store = builder.rotation_grace(10 * SECOND).build().unwrap();
    let stolen = store.create(ordinary(0)).unwrap().id();
    let good = store.rotate(&stolen).unwrap().id();
    assert!(store.peek(&stolen).is_ok());
    let refused = store.rotate(&stolen).unwrap_err();
    let RotateError::Lookup(LookupError::Ended(tombstone)) = refused else { panic!("{refused}") };
    assert_eq!(tombstone.reason(), EndReason::Replaced);
    assert!(store.peek(&good).is_ok());
    clock.advance(15 * SECOND);
    assert!(store.peek(&stolen).is_err());
    clock.set_back(10 * SECOND);
    assert!(store.peek(&stolen).is_err(), "the clock ran back, and the old id answers again");
}

#[test]
fn a_create_in_a_full_store_ends_all_that_has_expired() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().limits(Limits::none().global(Limit::reject(500)));
    let store = builder.clock(clock.clone()).build().unwrap();
    (0..500).for_each(|n| drop(store.create(ordinary(n)).unwrap()));
    clock.advance(3_600 * SECOND);
    store.create(ordinary(500)).unwrap();
    assert_eq!(store.stats().live, 1);
}

/// A clock that takes a large step back after each reading, and forward again after the next.
struct Swing(AtomicU64);

impl Clock for Swing {
    fn now(&self) -> Tick {
        let reading = self.0.fetch_add(1, Ordering::Relaxed);
        Tick::from_micros(if reading.is_multiple_of(2) { 0 } else { 60_000_000 })
    }
    fn wall(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }
}

#[test]
fn no_clock_makes_a_bulk_end_take_a_pinned_session() {
    for skew in 0..8 {
        let builder = SessionStore::builder().timeouts(Timeouts::none().absolute(30 * SECOND));
        let store = builder.clock(Swing(AtomicU64::new(skew))).build().unwrap();
        let pinned = store.create(ordinary(0).pinned()).unwrap();
        (0..200).for_each(|n| drop(store.create(ordinary(n)).unwrap()));
        store.end_where(&Selector::all());
        let reason = pinned.tombstone().map(|tombstone| tombstone.reason());
        assert_ne!(reason, Some(EndReason::LoggedOut), "skew {skew}");
    }
}

#[test]
fn a_coarse_touch_resolution_does_not_idle_out_what_is_in_use() {
    let clock = ManualClock::new();
    let store = SessionStore::builder()
        .timeouts(Timeouts::none().idle(30 * SECOND))
        .touch_resolution(60 * SECOND)
        .clock(clock.clone())
        .build()
        .unwrap();
    let id = store.create(ordinary(0)).unwrap().id();
    for _ in 0..20 {
        clock.advance(10 * SECOND);
        store.touch(&id).unwrap();
    }
}

#[test]
fn a_page_of_nothing_does_not_end_the_list() {
    let store = store_with(Limits::none());
    (0..5).for_each(|n| drop(store.create(ordinary(n)).unwrap()));
    assert!(store.list_page(&Selector::all(), None, 0).next.is_some());
}

#[test]
fn dropping_tombstones_is_in_the_budget() {
    let (store, clock) = idling(5_000 * SECOND);
    let ids: Vec<SessionId> = (0..50).map(|n| store.create(ordinary(n)).unwrap().id()).collect();
    for id in &ids {
        store.end(id);
    }
    clock.advance(1_000 * SECOND);
    let report = store.reap_at_most(20);
    assert_eq!((report.tombstones_dropped, report.steps, report.more), (20, 20, true));
    assert_eq!(store.reap().tombstones_dropped, 30);
}

#[test]
fn a_name_without_end_is_refused_with_the_numbers() {
    let store = store_with(Limits::none());
    let refused = store.create(ordinary(0).originator("x".repeat(4_097))).unwrap_err();
    let says = "the name of the originator has 4097 bytes, more than 4096";
    assert_eq!(refused.to_string(), says);
}

#[test]
fn a_logout_by_handle_beats_a_rotation() {
    let (store, other) = (store_with(Limits::none()), store_with(Limits::none()));
    let session = store.create(ordinary(0)).unwrap();
    store.rotate(&session.id()).unwrap();
    assert!(matches!(other.end_session(&session), tenure::EndOutcome::Unknown));
    assert!(matches!(store.end_session(&session), tenure::EndOutcome::Ended(_)));
    assert!(matches!(store.end_session(&session), tenure::EndOutcome::AlreadyEnded(_)));
}

/// The host sleeps without end, since the only session is in use. When its lease goes, some other
/// thread may be inside the store at any point of that; the host must be told all the same.
#[test]
fn the_host_is_told_of_every_lease_that_comes_back() {
    const ROUNDS: usize = 3_000;
    let told = Arc::new(AtomicUsize::new(0));
    let (tell, clock) = (Arc::clone(&told), ManualClock::new());
    let store: SessionStore<u32> = SessionStore::builder()
        .clock(clock.clone())
        .timeouts(Timeouts::none().idle(10 * SECOND))
        .on_earlier_deadline(move || {
            tell.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    let (turn, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1..=ROUNDS {
                while turn.load(Ordering::Acquire) < round {
                    std::thread::yield_now();
                }
                for _ in 0..3 {
                    store.end(&SessionId::from_bytes([9; 16]));
                }
                done.store(round, Ordering::Release);
            }
        });
        for round in 1..=ROUNDS {
            let id = store.create(ordinary(0)).unwrap().id();
            let lease = store.acquire(&id).unwrap();
            clock.advance(20 * SECOND);
            assert_eq!(store.reap().next_deadline, None);
            let before = told.load(Ordering::SeqCst);
            turn.store(round, Ordering::Release);
            (0..round % 64).for_each(|_| std::hint::spin_loop());
            drop(lease);
            while done.load(Ordering::Acquire) < round {
                std::thread::yield_now();
            }
            assert!(told.load(Ordering::SeqCst) > before, "round {round}: nobody was told");
            let _ = store.kill(&id);
        }
    });
}
