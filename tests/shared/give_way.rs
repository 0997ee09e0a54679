//! Refreshes of many sessions, which let the other tasks of their thread run.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use crate::executor::{Gate, Line, poll_on};
use crate::fleet::Fleet;
use tenure::collection::{Codec, CodecError, HashKey};
use tenure::shared::SharedSessions;
use tenure::{NewSession, SessionStore};

/// Counts what is encoded.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Codec<u32> for Counting {
    fn encode(&self, data: &u32) -> Result<Vec<u8>, CodecError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(data.to_be_bytes().to_vec())
    }

    fn decode(&self, bytes: &[u8]) -> Result<u32, CodecError> {
        bytes.try_into().map(u32::from_be_bytes).map_err(|_| CodecError::decode("it has 4 bytes"))
    }
}

/// A node that creates behind, and whose calls do not wait.
fn node(fleet: &Fleet, gate: &Gate, encoded: &Counting) -> SharedSessions<u32, Line> {
    let line = Line { inner: fleet.collection.clone(), gate: gate.clone(), batch: 100, on: 0 };
    let store = SessionStore::builder().clock(fleet.clock.clone());
    let builder = SharedSessions::builder(line, HashKey::new([7; 32])).store(store);
    builder.create_behind().codec(encoded.clone()).build().unwrap()
}

#[test]
fn refresh_of_many_sessions_encodes_two_batches_at_a_time_at_most() {
    let (fleet, gate, encoded) = (Fleet::new(), Gate::new(0, 0, false), Counting::default());
    let node = node(&fleet, &gate, &encoded);
    for n in 0..3_000 {
        assert!(poll_on(pin!(node.create_async(NewSession::new(n)))).0.is_ready());
    }
    let (mut refresh, mut task) = (pin!(node.refresh_async()), Context::from_waker(Waker::noop()));
    let report = loop {
        let before = encoded.0.load(Ordering::Relaxed);
        let polled = refresh.as_mut().poll(&mut task);
        let in_this_poll = encoded.0.load(Ordering::Relaxed) - before;
        assert!(in_this_poll <= 200, "{in_this_poll} in one poll");
        if let Poll::Ready(report) = polled {
            break report.unwrap();
        }
    };
    assert_eq!((report.inserted, fleet.collection.live()), (3_000, 3_000));
}

#[test]
fn refresh_without_work_looks_at_some_sessions_at_a_time() {
    let (fleet, gate, encoded) = (Fleet::new(), Gate::new(0, 0, false), Counting::default());
    let node = node(&fleet, &gate, &encoded);
    for n in 0..5_000 {
        assert!(poll_on(pin!(node.create_async(NewSession::new(n)))).0.is_ready());
    }
    assert!(poll_on(pin!(node.refresh_async())).0.is_ready());
    let (refreshed, polls) = poll_on(pin!(node.refresh_async()));
    let Poll::Ready(Ok(report)) = refreshed else { panic!("{refreshed:?}") };
    assert_eq!((report.inserted, report.touched), (0, 0));
    assert!(polls >= 4, "{polls} polls");
}

#[test]
fn load_that_is_late_while_a_refresh_looks_for_what_it_heard_is_not_believed() {
    let (fleet, gate, encoded) = (Fleet::new(), Gate::new(0, 0, false), Counting::default());
    let (here, there) = (node(&fleet, &gate, &encoded), node(&fleet, &gate, &encoded));
    for n in 0..5_000 {
        assert!(poll_on(pin!(here.create_async(NewSession::new(n)))).0.is_ready());
    }
    assert!(poll_on(pin!(here.refresh_async())).0.is_ready());
    let elsewhere = there.create_async(NewSession::new(1));
    let Poll::Ready(Ok(session)) = poll_on(pin!(elsewhere)).0 else { panic!("it waits") };
    assert!(poll_on(pin!(there.refresh_async())).0.is_ready());

    // It is answered, and the answer is late.
    gate.close();
    let mut load = pin!(here.acquire_or_load_async(session.id()));
    assert!(poll_on(load.as_mut()).0.is_pending());
    gate.resume(0);
    assert!(poll_on(load.as_mut()).0.is_pending());
    gate.open();

    let Poll::Ready(Ok(lease)) = poll_on(pin!(there.acquire_or_load_async(session.id()))).0 else {
        panic!("it waits")
    };
    assert!(poll_on(pin!(there.update_data_async(&lease, |_| 2))).0.is_ready());
    let mut refresh = pin!(here.refresh_async());
    let mut task = Context::from_waker(Waker::noop());
    // It has heard of the change, and is looking for the session.
    assert!(refresh.as_mut().poll(&mut task).is_pending());
    gate.resume(0);
    let Poll::Ready(Ok(loaded)) = poll_on(load).0 else { panic!("it waits") };
    assert_eq!(*loaded.data().get(), 2);
    let loaded = loaded.session().clone();
    assert!(poll_on(refresh).0.is_ready());
    assert_eq!((*loaded.data().get(), loaded.is_ended()), (2, false));
}
