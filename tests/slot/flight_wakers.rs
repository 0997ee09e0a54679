//! Single flight and the wakers of those that wait.

use std::sync::Arc;
use std::task::{Wake, Waker};

use tenure::NewSession;
use tenure::slot::ReusableSession;

use crate::executor::{Calls, Gate};
use crate::flight::{asking, single};
use crate::setup::{balanced, log_in, store};

#[test]
fn cancelled_waiter_is_forgotten() {
    let store = store();
    let (slot, gate) = (single(&store), Gate::new());
    let mut leader = asking(&slot, &gate);
    leader.waits();
    let (old, new) = (Arc::new(Calls::default()), Arc::new(Calls::default()));
    let mut waiter = asking(&slot, &gate);
    assert!(waiter.poll_with(&Waker::from(Arc::clone(&old))).is_pending());
    assert!(waiter.poll_with(&Waker::from(Arc::clone(&new))).is_pending());
    assert_eq!(Arc::strong_count(&old), 1, "the waker of an earlier poll is kept");
    let mut gone = asking(&slot, &gate);
    gone.waits();
    assert_eq!(gone.wakers_kept(), 1);
    let calls = gone.woken();
    drop(gone);
    gate.open(Ok(NewSession::new(1)));
    leader.finish().unwrap();
    assert_eq!((old.count(), new.count(), calls), (0, 1, 0));
    assert_eq!(Arc::strong_count(&new), 1);
    waiter.finish().unwrap();
    balanced(&store, 1);
}

#[test]
fn cancelled_waiter_leaves_no_waker() {
    let store = store();
    let (slot, gate) = (single(&store), Gate::new());
    let mut leader = asking(&slot, &gate);
    leader.waits();
    let calls = Arc::new(Calls::default());
    let mut waiter = asking(&slot, &gate);
    assert!(waiter.poll_with(&Waker::from(Arc::clone(&calls))).is_pending());
    drop(waiter);
    assert_eq!(Arc::strong_count(&calls), 1);
    drop(leader);
    assert_eq!(calls.count(), 0);
}

/// A waker that comes back into the slot, and one that panics.
struct Rude(Arc<ReusableSession<u32>>);

impl Wake for Rude {
    fn wake(self: Arc<Self>) {
        assert!(self.0.get().is_none());
        log_in(&self.0, 7).unwrap();
        panic!("on purpose");
    }
}

#[test]
fn wakers_may_use_the_slot_and_panic() {
    let store = store();
    let (slot, gate) = (Arc::new(single(&store)), Gate::new());
    let mut leader = asking(&slot, &gate);
    leader.waits();
    let (mut first, mut second) = (asking(&slot, &gate), asking(&slot, &gate));
    let rude = Waker::from(Arc::new(Rude(Arc::clone(&slot))));
    assert!(first.poll_with(&rude).is_pending());
    second.waits();
    drop(leader);
    assert_eq!((second.woken(), store.stats().application_panics), (1, 1));
    assert_eq!(*second.finish().unwrap().data(), 7);
    assert_eq!(*first.finish().unwrap().data(), 7);
    balanced(&store, 1);
}
