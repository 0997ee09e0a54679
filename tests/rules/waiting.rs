//! Rule 4 for those who wait: futures of an end, and what becomes of sessions with their store.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};

use tenure::store::UntilEnded;
use tenure::{EndAs, EndReason, ManualClock, Selector, SessionStore, Timeouts, Tombstone};

use crate::common::{Store, plain, secs};

/// Counts how often a task is woken.
#[derive(Default)]
struct Alarm(AtomicUsize);

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn poll(future: &mut UntilEnded<u32>, alarm: &Arc<Alarm>) -> Poll<Tombstone> {
    let waker = Waker::from(Arc::clone(alarm));
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

fn woken(alarm: &Alarm) -> usize {
    alarm.0.load(Ordering::Relaxed)
}

#[test]
fn rule_04_every_waiter_is_woken_once() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none().idle(secs(10)));
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let session = store.create(plain()).unwrap();
    let other = store.create(plain()).unwrap();
    let (mut first, mut second, mut given_up) = (session.ended(), session.ended(), session.ended());
    let alarms: [Arc<Alarm>; 4] = Default::default();
    assert!(poll(&mut first, &alarms[0]).is_pending());
    assert!(poll(&mut second, &alarms[1]).is_pending());
    assert!(poll(&mut given_up, &alarms[2]).is_pending());
    drop(given_up);
    // Polled again, perhaps by another task: the last waker counts.
    assert!(poll(&mut second, &alarms[3]).is_pending());

    let _ = store.end(other.id());
    assert_eq!(alarms.each_ref().map(|alarm| woken(alarm)), [0; 4]);
    clock.advance(secs(10));
    let _ = store.reap();
    assert_eq!(alarms.each_ref().map(|alarm| woken(alarm)), [1, 0, 0, 1]);
    let tombstone = session.tombstone().expect("it was reaped");
    assert_eq!(tombstone.reason(), EndReason::IdleTimeout);
    for mut future in [first, second, session.ended()] {
        assert_eq!(poll(&mut future, &alarms[0]), Poll::Ready(tombstone));
    }
    assert_eq!(woken(&alarms[0]), 1);
}

#[test]
fn rule_04_a_session_ends_with_its_store() {
    let store: Store = SessionStore::builder().build().unwrap();
    let session = store.create(plain()).unwrap();
    let pinned = store.create(plain().pinned()).unwrap();
    let lease = store.acquire(session.id()).unwrap();
    let (tell, told) = mpsc::channel();
    for session in [&session, &pinned] {
        let tell = tell.clone();
        session.on_end(move |_, tombstone| tell.send(tombstone.reason()).unwrap());
    }
    drop(tell);
    let (clone, alarm) = (store.clone(), Arc::new(Alarm::default()));
    let mut future = session.ended();
    assert!(poll(&mut future, &alarm).is_pending());

    drop(store);
    assert!(!session.is_ended(), "a clone is left");
    drop(clone);
    assert_eq!(told.iter().collect::<Vec<_>>(), [EndReason::StoreClosed; 2]);
    assert_eq!((woken(&alarm), session.is_ended()), (1, true));
    assert_eq!(pinned.tombstone().unwrap().reason(), EndReason::StoreClosed);
    // What is left of it can still be read.
    assert_eq!((session.leases(), lease.is_ended()), (1, true));
    drop(lease);
    assert_eq!((session.leases(), *session.data()), (0, 0));
    assert!(poll(&mut future, &alarm).is_ready());
}

#[test]
fn rule_04_pinned_sessions_end_only_explicitly() {
    let clock = ManualClock::new();
    let timeouts = Timeouts::none().idle(secs(10)).absolute(secs(100));
    let builder = SessionStore::builder().timeouts(timeouts);
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let shared = store.create(plain().pinned()).unwrap();
    clock.advance(secs(99));
    let _ = (store.end(shared.id()), store.end_as(shared.id(), EndAs::killed()));
    let bulk = store.end_where_as(&Selector::all(), EndAs::killed());
    assert_eq!((bulk.ended, bulk.kept), (0, 1));
    assert_eq!(store.reap().ended.total(), 0);
    assert!(!shared.is_ended());
    clock.advance(secs(1));
    assert!(shared.is_ended());
    let reaped = store.reap().ended;
    assert_eq!(reaped.count(EndReason::AbsoluteTimeout), 1);
}
