//! Who waits for events, or for a subscriber, is woken: a wake-up that is lost stops the test.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tenure::events::{EventKind, Filter};
use tenure::{EndAs, Limits, SessionStore, StoreBuilder, Timeouts};

use crate::common::{Random, Store, factor, of, seed, spin_until, within_a_minute};

const LONG: Duration = Duration::MAX;

fn builder() -> StoreBuilder<u32> {
    SessionStore::builder().limits(Limits::none()).timeouts(Timeouts::none())
}

/// One publisher and one who waits, in lockstep: a wake-up that is lost stops both.
#[test]
fn no_wake_up_is_lost() {
    let mut random = Random::new(seed("lockstep"));
    within_a_minute(move || {
        let rounds = 12_000 * factor() as u64;
        let store: Store = builder().build().unwrap();
        for filter in [Filter::all(), Filter::all().kinds([EventKind::Ended])] {
            let mut events = store.subscribe(filter.clone());
            let taken = AtomicU64::new(0);
            let each = if filter == Filter::all() { 2 } else { 1 };
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    for _ in 0..rounds * each {
                        events
                            .recv_timeout(LONG)
                            .expect("nothing is lost")
                            .expect("for ever is long");
                        taken.fetch_add(1, Ordering::SeqCst);
                    }
                });
                for round in 1..=rounds {
                    let session = store.create(of("alice")).unwrap();
                    let _ = store.end(session.id());
                    spin_until(|| taken.load(Ordering::SeqCst) >= round * each);
                    // Now it is about to wait: come a little sooner or later each time.
                    (0..random.below(64)).for_each(|_| std::hint::spin_loop());
                }
            });
        }
    });
}

/// One who asks for barriers, and a subscriber that comes back just then.
#[test]
fn barrier_returns_once_the_subscriber_has_read() {
    within_a_minute(|| {
        for size in [1, 100] {
            let store: Store = builder().event_ring(size).build().unwrap();
            let mut events = store.subscribe(Filter::all());
            let watcher = events.watcher();
            std::thread::scope(|scope| {
                scope.spawn(move || {
                    // Until the store closes; what is lost is dealt with, too.
                    while !matches!(
                        events.recv_timeout(LONG),
                        Err(tenure::events::EventError::Closed)
                    ) {}
                });
                for _ in 0..6_000 * factor() {
                    store.create(of("alice")).unwrap();
                    assert_eq!(watcher.barrier(LONG), Ok(()));
                }
                let _ = store.close();
            });
        }
    });
}

/// One who is bound to a session that ends at just that moment.
#[test]
fn subscription_bound_to_a_session_wakes_when_it_ends() {
    let mut random = Random::new(seed("bound"));
    within_a_minute(move || {
        let store: Store = builder().build().unwrap();
        for _ in 0..3_000 * factor() {
            let session = store.create(of("alice")).unwrap();
            let nothing = Filter::all().kinds([]);
            let mut events = store.subscribe(nothing).until_end_of(&session);
            let pause = random.below(3_000);
            std::thread::scope(|scope| {
                scope.spawn(move || assert!(events.recv_timeout(LONG).is_err()));
                (0..pause).for_each(|_| std::hint::spin_loop());
                let _ = store.end_as(session.id(), EndAs::killed());
            });
        }
    });
}
