//! Draining: ends at once, and waits for the leases of what has ended.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tenure::slot::ReusableSession;
use tenure::store::{Drained, Draining};
use tenure::{AcquireError, EndAs, EndReason, NewSession, Selector, SessionStore};

use crate::common::{Store, of, secs, spin_until};

/// Counts how often a task is woken.
#[derive(Default)]
struct Alarm(AtomicUsize);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Alarm {
    fn rung(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

fn poll<T>(draining: &mut Draining<T>, alarm: &Arc<Alarm>) -> Poll<Drained> {
    let waker = Waker::from(Arc::clone(alarm));
    Pin::new(draining).poll(&mut Context::from_waker(&waker))
}

fn store() -> Store {
    SessionStore::builder().build().unwrap()
}

/// How many leases a drain of this waits for.
fn out(store: &Store, selector: &Selector<u32>) -> usize {
    store.drain(selector).wait(Duration::ZERO).leases
}

#[test]
fn a_drain_ends_at_once_and_waits_for_the_last_lease() {
    let store = store();
    let session = store.create(of("alice")).unwrap();
    let idle = store.create(of("alice")).unwrap();
    let leases = [(); 2].map(|()| store.acquire(&session).unwrap());
    let mut draining = store.drain_as(&Selector::principal("alice"), EndAs::killed());
    assert_eq!((draining.ended().ended, draining.leases()), (2, 2));
    assert_eq!(idle.tombstone().unwrap().reason(), EndReason::Killed);
    assert!(matches!(store.acquire(&session), Err(AcquireError::Ended(_))));

    let alarm = Arc::default();
    assert!(poll(&mut draining, &alarm).is_pending());
    let [first, second] = leases;
    drop(first);
    assert!(poll(&mut draining, &alarm).is_pending());
    assert_eq!((alarm.rung(), draining.leases()), (0, 1));
    drop(second);
    assert_eq!(alarm.rung(), 1);
    let Poll::Ready(drained) = poll(&mut draining, &alarm) else { panic!("all are back") };
    assert_eq!((drained.ended, drained.kept, drained.leases), (2, 0, 0));
}

#[test]
fn drains_of_the_same_sessions_wait_for_the_same_leases() {
    let store = store();
    let session = store.create(of("alice")).unwrap();
    let lease = store.acquire(&session).unwrap();
    let alarms: [Arc<Alarm>; 2] = Default::default();
    let mut drains = [(); 2].map(|()| store.drain(&Selector::all()));
    assert_eq!(
        drains.each_ref().map(|drain| (drain.ended().ended, drain.leases())),
        [(1, 1), (0, 1)]
    );
    for (drain, alarm) in drains.iter_mut().zip(&alarms) {
        assert!(poll(drain, alarm).is_pending());
    }
    assert_eq!(out(&store, &Selector::all()), 1, "one that runs out of time is made again");
    drop(lease);
    assert_eq!(alarms.each_ref().map(|alarm| alarm.rung()), [1, 1]);
    assert!(drains.iter_mut().all(|drain| drain.wait(Duration::MAX).leases == 0));
    assert_eq!(store.stats().ended.total(), 1);
}

#[test]
fn sessions_that_ended_before_in_use_are_waited_for_if_they_are_meant() {
    let store = store();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| store.create(of(name)).unwrap());
    let lease = store.acquire(&alice).unwrap();
    let _bobs = store.acquire(&bob).unwrap();
    for session in [&alice, &bob, &carol] {
        store.end(session);
    }
    assert_eq!(out(&store, &Selector::principal("alice")), 1);
    assert_eq!(out(&store, &Selector::track_id(alice.track_id())), 1);
    assert_eq!(out(&store, &Selector::principal("alice").and_track_id(bob.track_id())), 0);
    assert_eq!(out(&store, &Selector::principal("alice").and_principal("bob")), 0);
    assert_eq!(out(&store, &Selector::principal("carol")), 0, "it was not in use");
    assert_eq!(out(&store, &Selector::all()), 2);
    assert_eq!(out(&store, &Selector::all().except(&alice)), 1);
    assert_eq!(out(&store, &Selector::matching(|session| !session.is_ended())), 0);
    drop(lease);
    assert_eq!(out(&store, &Selector::principal("alice")), 0);
}

#[test]
fn sessions_that_go_on_are_not_waited_for() {
    let store = store();
    let pinned = store.create(of("alice").pinned()).unwrap();
    let spared = store.create(of("alice")).unwrap();
    let _leases = [&pinned, &spared].map(|session| store.acquire(session).unwrap());
    let alice = Selector::principal("alice").except(&spared);
    let drained = store.drain(&alice).wait(Duration::MAX);
    assert_eq!((drained.ended, drained.kept, drained.leases), (0, 1, 0));
    let drained = store.drain_as(&alice, EndAs::killed().pinned_too()).wait(Duration::ZERO);
    assert_eq!((drained.ended, drained.kept, drained.leases), (1, 0, 1));
}

#[test]
fn a_drain_that_is_given_up_wakes_nobody_and_keeps_no_data() {
    let store = SessionStore::builder().build().unwrap();
    let data = Arc::new(());
    let session = store.create(NewSession::new(Arc::clone(&data))).unwrap();
    let lease = store.acquire(&session).unwrap();
    drop(session);
    let (kept, given_up) = (store.drain(&Selector::all()), store.drain(&Selector::all()));
    let (mut kept, mut given_up, alarm) = (kept, given_up, Arc::default());
    assert!(poll(&mut given_up, &alarm).is_pending());
    drop(given_up);
    assert_eq!(Arc::strong_count(&alarm), 1, "its waker is dropped");
    drop(lease);
    assert_eq!((alarm.rung(), Arc::strong_count(&data)), (0, 1));
    assert_eq!(kept.wait(Duration::MAX).leases, 0);
}

#[test]
fn a_thread_that_waits_is_woken_by_the_last_lease() {
    let store = store();
    let session = store.create(of("alice")).unwrap();
    let lease = store.acquire(&session).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| store.drain(&Selector::all()).wait(secs(600)));
        spin_until(|| session.is_ended());
        drop(lease);
        let drained = waiting.join().unwrap();
        assert_eq!((drained.ended, drained.leases), (1, 0));
    });
}

#[test]
fn nothing_has_ended_where_a_predicate_panics() {
    let store = store();
    let [ended, live] = [(); 2].map(|()| store.create(of("alice")).unwrap());
    let _lease = store.acquire(&ended).unwrap();
    store.end(&ended);
    let picky = Selector::matching(|session| {
        assert!(session.leases() == 0, "on purpose");
        true
    });
    assert!(catch_unwind(AssertUnwindSafe(|| store.drain(&picky))).is_err());
    assert!(!live.is_ended());
}

#[test]
fn a_drain_does_not_wait_for_a_login_that_is_under_way() {
    let store = store();
    let slot = ReusableSession::new(&store).single_flight(secs(600));
    let other = store.create(of("alice")).unwrap();
    let session = slot.get_or_login(|| {
        assert_eq!(store.drain(&Selector::all()).wait(Duration::MAX).ended, 1);
        of("service")
    });
    assert!(other.is_ended() && !session.unwrap().is_ended());
}
