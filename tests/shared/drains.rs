//! Draining on a node of a fleet, and replacing data.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tenure::collection::{Call, Fault};
use tenure::shared::SharedAcquireError;
use tenure::{EndAs, EndReason, NewSession, Selector};

use crate::fleet::Fleet;

/// What a future returns that is ready at once.
fn now<R>(future: impl Future<Output = R>) -> R {
    let mut task = Context::from_waker(Waker::noop());
    let Poll::Ready(result) = pin!(future).poll(&mut task) else { panic!("it waits") };
    result
}

#[test]
fn drain_ends_everywhere_and_waits_for_leases_here() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let ids = [(); 3].map(|()| here.create(NewSession::new(7).principal("alice")).unwrap().id());
    let other = here.create(NewSession::new(7).principal("bob")).unwrap();
    let lease = here.acquire_or_load(ids[0]).unwrap();
    let elsewhere = there.acquire_or_load(ids[1]).unwrap();

    let before = fleet.collection.stats();
    let alice = Selector::principal("alice");
    let mut draining = here.drain(&alice, EndAs::killed());
    assert_eq!(draining.acknowledged, Ok(()));
    let after = fleet.collection.stats();
    assert_eq!((after.removes - before.removes, after.applies - before.applies), (3, 1));
    assert_eq!((here.shared_stats().pending_ends, fleet.collection.live()), (0, 1));

    let drained = draining.leases.wait(Duration::ZERO);
    assert_eq!((drained.ended, drained.leases), (3, 1), "leases of other nodes do not count");
    there.refresh().unwrap();
    assert_eq!(elsewhere.tombstone().unwrap().reason(), EndReason::Killed);
    let refused = there.acquire_or_load(ids[0]).unwrap_err();
    assert!(matches!(refused, SharedAcquireError::Ended(_)));

    // Once more: nothing ends, nothing is told, and the same lease is waited for.
    let before = fleet.collection.stats();
    let mut again = now(here.drain_async(&alice, EndAs::killed()));
    assert_eq!(fleet.collection.stats(), before);
    let drained = again.leases.wait(Duration::ZERO);
    assert_eq!((drained.ended, drained.leases), (0, 1));
    drop(lease);
    assert_eq!(draining.leases.wait(Duration::MAX).leases, 0);
    assert_eq!(now(again.leases).leases, 0);
    assert!(!other.is_ended());
}

#[test]
fn drain_that_is_not_acknowledged_is_told_by_the_next_refresh() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let id = here.create(NewSession::new(7)).unwrap().id();
    there.refresh().unwrap();
    fleet.collection.faults(|call| match call {
        Call::Request(_) => Fault::AnswerLost,
        _ => Fault::None,
    });
    let draining = here.drain(&Selector::all(), EndAs::logged_out());
    assert!(draining.acknowledged.is_err());
    assert_eq!((draining.leases.ended().ended, here.shared_stats().pending_ends), (1, 1));
    fleet.collection.faults(|_| Fault::None);
    here.refresh().unwrap();
    assert_eq!(here.shared_stats().pending_ends, 0);
    assert!(matches!(there.acquire_or_load(id), Err(SharedAcquireError::Ended(_))));
}

#[test]
fn drain_behind_leaves_the_telling_to_the_next_refresh() {
    let fleet = Fleet::new();
    let node = fleet.builder().end_behind().build().unwrap();
    node.create(NewSession::new(7)).unwrap();
    let before = fleet.collection.stats();
    assert_eq!(node.drain(&Selector::all(), EndAs::killed()).acknowledged, Ok(()));
    assert_eq!((fleet.collection.stats(), fleet.collection.live()), (before, 1));
    node.refresh().unwrap();
    assert_eq!(fleet.collection.live(), 0);
}

#[test]
fn data_is_replaced_whatever_there_was() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    let lease = there.acquire_or_load(session.id()).unwrap();
    there.update_data(&lease, |data| data + 1).unwrap();
    // Of the change it does not know yet.
    let own = here.acquire_or_load(&session).unwrap();
    here.replace_data(&own, 7).unwrap();
    assert_eq!((*own.data().get(), own.data().version()), (7, 2));
    now(there.replace_data_async(&lease, 8)).unwrap();
    here.refresh().unwrap();
    assert_eq!((*own.data().get(), *lease.data().get()), (8, 8));
}
