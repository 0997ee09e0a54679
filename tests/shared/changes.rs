//! Changes of one session's data on one node, which wait for each other.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::Poll;

use crate::executor::{Gate, Line, poll_on};
use crate::fleet::Fleet;
use tenure::collection::{Fault, HashKey};
use tenure::shared::{SharedData, SharedSessions, UpdateError};
use tenure::{Lease, NewSession, SessionStore};

type Node = SharedSessions<u32, Line>;
type Change<'a> = Pin<Box<dyn Future<Output = Result<u32, UpdateError>> + 'a>>;

/// A node, a session of it in use, and what lets its calls through.
fn node(fleet: &Fleet) -> (Node, Lease<SharedData<u32>>, Gate) {
    let gate = Gate::new(0, 0, false);
    let line = Line { inner: fleet.collection.clone(), gate: gate.clone(), batch: 100, on: 0 };
    let store = SessionStore::builder().clock(fleet.clock.clone());
    let builder = SharedSessions::builder(line, HashKey::new([7; 32])).store(store);
    let node = builder.build().unwrap();
    let Poll::Ready(Ok(session)) = poll_on(pin!(node.create_async(NewSession::new(0)))).0 else {
        panic!("it waits")
    };
    let lease = node.store().acquire(&session).unwrap();
    (node, lease, gate)
}

/// Changes, of which the first waits for the collection and the others for it.
fn changes<'a>(node: &'a Node, lease: &'a Lease<SharedData<u32>>, gate: &Gate) -> Vec<Change<'a>> {
    gate.close();
    let change = async || node.update_data_async(lease, |data| data + 1).await.map(|new| *new);
    let mut changes: Vec<Change<'a>> = Vec::new();
    for _ in 0..64 {
        changes.push(Box::pin(change()));
    }
    for change in &mut changes {
        assert!(poll_on(change.as_mut()).0.is_pending());
    }
    assert_eq!(gate.parked(), 1, "one asks");
    changes
}

/// Polls each in its turn until all are over.
fn finish(mut changes: Vec<Change<'_>>, gate: &Gate) -> Vec<Result<u32, UpdateError>> {
    gate.open();
    if gate.parked() > 0 {
        gate.resume(0);
    }
    let done = changes.iter_mut().map(|change| match poll_on(change.as_mut()).0 {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    });
    done.collect()
}

#[test]
fn changes_of_a_session_on_one_node_are_all_made_and_none_is_tried_twice() {
    let fleet = Fleet::new();
    let (node, lease, gate) = node(&fleet);
    let before = fleet.collection.stats().updates;
    let done = finish(changes(&node, &lease, &gate), &gate);
    assert_eq!(done, (1..=64).map(Ok).collect::<Vec<_>>());
    assert_eq!(fleet.collection.stats().updates - before, 64);
}

#[test]
fn change_that_is_given_up_lets_the_next_go_on() {
    let fleet = Fleet::new();
    let (node, lease, gate) = node(&fleet);
    let mut changes = changes(&node, &lease, &gate);
    // The one that asks, one that is next, and one that waits. What is dropped may be applied.
    drop((changes.remove(40), changes.remove(1), changes.remove(0)));
    let done = finish(changes, &gate);
    assert_eq!(done.len(), 61);
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert!([61, 62].contains(&*lease.data().get()));
}

#[test]
fn changes_that_waited_fail_with_the_one_that_could_not_reach_the_collection() {
    let fleet = Fleet::new();
    let (node, lease, gate) = node(&fleet);
    let changes = changes(&node, &lease, &gate);
    let before = fleet.collection.stats().updates;
    fleet.collection.fail_next(Fault::Refused);
    let done = finish(changes, &gate);
    assert!(done.iter().all(|done| matches!(done, Err(UpdateError::Collection(_)))), "{done:?}");
    assert!(fleet.collection.stats().updates - before <= 1);
    assert!(poll_on(pin!(node.update_data_async(&lease, |data| data + 1))).0.is_ready());
    assert_eq!(*lease.data().get(), 1);
}

#[test]
fn change_within_a_change_does_not_wait_for_itself() {
    let fleet = Fleet::new();
    let node = fleet.node();
    let [one, other] = [1, 2].map(|n| node.create(NewSession::new(n)).unwrap());
    let [one, other] = [one, other].map(|session| node.store().acquire(&session).unwrap());
    let changed = node.update_data(&one, |data| {
        node.update_data(&other, |other| other + data).unwrap();
        data + 1
    });
    assert_eq!((changed.map(|new| *new), *other.data().get()), (Ok(2), 3));
    let own = node.update_data(&one, |data| {
        node.update_data(&one, |data| data + 1).unwrap();
        data + 1
    });
    assert!(matches!(own, Err(UpdateError::Contended { .. })), "{own:?}");
}

#[test]
fn change_that_refuses_or_panics_changes_nothing() {
    let fleet = Fleet::new();
    let node = fleet.node();
    let session = node.create(NewSession::new(1)).unwrap();
    let lease = node.store().acquire(&session).unwrap();
    assert_eq!(node.try_update_data(&lease, |_| Err::<u32, _>("no")), Ok(Err("no")));
    let panics = || node.update_data(&lease, |_| panic!("on purpose"));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
    assert_eq!((*session.data().get(), session.data().version()), (1, 0));
    assert_eq!(node.update_data(&lease, |data| data + 1).map(|new| *new), Ok(2));
}
