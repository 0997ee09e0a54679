//! Answers that are late: what else happens before they come.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::executor::{Gate, Line, poll_on};
use crate::fleet::Fleet;
use tenure::collection::HashKey;
use tenure::shared::{RefreshError, SharedAcquireError, SharedBuilder, SharedData, SharedSessions};
use tenure::{EndAs, Lease, NewSession, Session, SessionId, SessionStore};

#[test]
fn second_refresh_is_refused_while_one_is_under_way() {
    let fleet = Fleet::new();
    let (node, gate) = slow_node(&fleet, 9);
    let mut task = Context::from_waker(Waker::noop());
    let mut first = Box::pin(node.refresh_async());
    assert!(first.as_mut().poll(&mut task).is_pending());
    let mut second = Box::pin(node.refresh_async());
    assert_eq!(second.as_mut().poll(&mut task), Poll::Ready(Err(RefreshError::UnderWay)));
    drop((first, second));
    gate.open();
    let mut third = Box::pin(node.refresh_async());
    assert!(matches!(third.as_mut().poll(&mut task), Poll::Ready(Ok(_))));
}

#[test]
fn session_that_ends_before_its_insertion_is_sent_is_not_put_in() {
    let fleet = Fleet::new();
    let (node, created) = change_unsent_insertion(&fleet, |node, session| {
        node.store().end(session);
    });
    drop((node, created));
    assert_eq!(fleet.collection.live(), 1);
}

#[test]
fn session_that_is_rotated_before_its_insertion_is_sent_is_put_in_by_its_new_id() {
    let fleet = Fleet::new();
    let (node, created) = change_unsent_insertion(&fleet, |node, session| {
        node.store().rotate(session).unwrap();
    });
    drop(node);
    assert_eq!(fleet.collection.live(), 2);
    let there = fleet.node();
    assert!(created.iter().all(|session| there.acquire_or_load(session.id()).is_ok()));
}

/// Two sessions are created behind. While a refresh is putting the first in, and has made the
/// insertion of the second, which is not sent, something happens to that one. Then there is another
/// refresh.
fn change_unsent_insertion(
    fleet: &Fleet,
    change: impl Fn(&SharedSessions<u32, Line>, &Session<SharedData<u32>>),
) -> (SharedSessions<u32, Line>, [Session<SharedData<u32>>; 2]) {
    let (node, gate) = slow_node(fleet, 1);
    let mut task = Context::from_waker(Waker::noop());
    let created = [1, 2].map(|n| {
        let creation = pin!(node.create_async(NewSession::new(n)));
        match creation.poll(&mut task) {
            Poll::Ready(Ok(session)) => session,
            other => panic!("it waits for nothing: {other:?}"),
        }
    });
    let mut refresh = Box::pin(node.refresh_async());
    assert!(refresh.as_mut().poll(&mut task).is_pending());
    while fleet.collection.stats().feeds == 0 {
        gate.resume(0);
        assert!(refresh.as_mut().poll(&mut task).is_pending());
    }
    gate.resume(0);
    assert!(refresh.as_mut().poll(&mut task).is_pending());
    gate.resume(0);
    assert!(refresh.as_mut().poll(&mut task).is_pending());
    // Of which of them this is the insertion, their keys say.
    assert_eq!(fleet.collection.live(), 1);
    let there = fleet.node();
    let unsent = created.iter().find(|session| there.acquire_or_load(session.id()).is_err());
    change(&node, unsent.unwrap());
    gate.open();
    gate.resume(0);
    assert!(poll_on(refresh.as_mut()).0.is_ready());
    drop(refresh);
    refresh_at_once(&node);
    (node, created)
}

#[test]
fn session_that_was_loaded_before_a_flush_is_not_taken() {
    let fleet = Fleet::new();
    let id = fleet.node().create(NewSession::new(1)).unwrap().id();
    let (node, gate) = slow_node(&fleet, 9);
    gate.open();
    refresh_at_once(&node);
    let mut load = Box::pin(node.acquire_or_load_async(id));
    load_but_for_the_answer(&gate, load.as_mut());
    fleet.collection.flush();
    refresh_at_once(&node);
    gate.resume(0);
    let loaded = load.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(loaded, Poll::Ready(Err(SharedAcquireError::Unknown))), "{loaded:?}");
}

#[test]
fn session_that_is_rotated_while_it_is_loaded_elsewhere_goes_on() {
    let fleet = Fleet::new();
    let here = fleet.node();
    let session = here.create(NewSession::new(1)).unwrap();
    let (there, gate) = slow_node(&fleet, 9);
    gate.open();
    refresh_at_once(&there);
    let mut load = Box::pin(there.acquire_or_load_async(session.id()));
    load_but_for_the_answer(&gate, load.as_mut());
    here.rotate(&session).unwrap();
    refresh_at_once(&there);
    gate.resume(0);
    let loaded = load.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(loaded, Poll::Ready(Err(SharedAcquireError::Ended(_)))), "{loaded:?}");
    refresh_at_once(&there);
    here.refresh().unwrap();
    assert!(!session.is_ended());
}

/// What a node says of a session of a principal that another node ends, and then this one ends
/// all. Its load began before, and is over after that, or between both.
fn load_while_the_principal_ends(
    over_before: bool,
) -> [Result<Lease<SharedData<u32>>, SharedAcquireError>; 2] {
    let fleet = Fleet::new();
    let there = fleet.node();
    let id = there.create(NewSession::new(1).principal("alice")).unwrap().id();
    let (here, gate) = slow_node(&fleet, 9);
    gate.open();
    refresh_at_once(&here);
    let mut task = Context::from_waker(Waker::noop());
    let mut load = Box::pin(here.acquire_or_load_async(id));
    load_but_for_the_answer(&gate, load.as_mut());
    gate.close();
    let mut all = Box::pin(here.end_principal_async("alice", None, EndAs::killed()));
    assert!(all.as_mut().poll(&mut task).is_pending());
    there.end(id).unwrap();
    let mut loaded = None;
    if over_before {
        gate.resume(0);
        loaded = Some(load.as_mut().poll(&mut task));
    }
    gate.open();
    gate.resume(gate.parked() - 1);
    let Poll::Ready(Ok(ends)) = all.as_mut().poll(&mut task) else { panic!("it waits for none") };
    assert_eq!((ends.here, ends.elsewhere), (0, 0), "the other node was faster");
    let mut second = Box::pin(here.acquire_or_load_async(id));
    let waits = second.as_mut().poll(&mut task);
    if !over_before {
        gate.resume(0);
        loaded = Some(load.as_mut().poll(&mut task));
    }
    let second = if waits.is_pending() { second.as_mut().poll(&mut task) } else { waits };
    let (Some(Poll::Ready(first)), Poll::Ready(second)) = (loaded, second) else { panic!() };
    [first, second]
}

#[test]
fn session_that_another_node_ended_is_not_given_out_once_its_principal_has_ended() {
    let [first, second] = load_while_the_principal_ends(false);
    assert!(matches!(first, Err(SharedAcquireError::Ended(_))), "{first:?}");
    assert!(matches!(second, Err(SharedAcquireError::Ended(_))), "{second:?}");
    let [first, second] = load_while_the_principal_ends(true);
    assert!(first.is_ok());
    assert!(matches!(second, Err(SharedAcquireError::Ended(_))), "{second:?}");
}

#[test]
fn missing_is_believed_from_when_it_was_asked() {
    let fleet = Fleet::new();
    let here = fleet.node();
    let id = SessionId::from_bytes([5; 16]);
    let (there, gate) = slow_node(&fleet, 9);
    gate.open();
    refresh_at_once(&there);
    let mut load = Box::pin(there.acquire_or_load_async(id));
    load_but_for_the_answer(&gate, load.as_mut());
    here.create(NewSession::new(1).id(id)).unwrap();
    fleet.clock.advance(Duration::from_secs(1));
    gate.resume(0);
    let mut task = Context::from_waker(Waker::noop());
    assert!(matches!(load.as_mut().poll(&mut task), Poll::Ready(Err(_))));
    let again = pin!(there.acquire_or_load_async(id)).poll(&mut task);
    assert!(matches!(again, Poll::Ready(Ok(_))), "{again:?}");
}

#[test]
fn change_that_is_heard_before_the_creation_is_acknowledged_is_taken() {
    let fleet = Fleet::new();
    let there = fleet.node();
    let (node, gate) = slow_node_that(&fleet, 9, |builder| builder);
    gate.open();
    refresh_at_once(&node);
    let id = SessionId::from_bytes([5; 16]);
    let mut creation = Box::pin(node.create_async(NewSession::new(1).id(id)));
    load_but_for_the_answer(&gate, creation.as_mut());
    let lease = there.acquire_or_load(id).unwrap();
    there.update_data(&lease, |data| data + 1).unwrap();
    refresh_at_once(&node);
    gate.resume(0);
    let created = creation.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Ok(session)) = created else { panic!("it is there: {created:?}") };
    refresh_at_once(&node);
    assert_eq!(*session.data().get(), 2);
}

/// Polls what asks the collection once until the answer is under way.
pub(crate) fn load_but_for_the_answer(gate: &Gate, mut load: Pin<&mut impl Future>) {
    let mut task = Context::from_waker(Waker::noop());
    gate.close();
    assert!(load.as_mut().poll(&mut task).is_pending());
    gate.resume(0);
    assert!(load.as_mut().poll(&mut task).is_pending());
    gate.open();
}

pub(crate) fn refresh_at_once(node: &SharedSessions<u32, Line>) {
    let refresh = pin!(node.refresh_async());
    let (refreshed, _) = poll_on(refresh);
    assert!(matches!(refreshed, Poll::Ready(Ok(_))), "{refreshed:?}");
}

/// Has a node know how the collection stands. Then its calls wait again.
pub(crate) fn open_at_once(node: &SharedSessions<u32, Line>, gate: &Gate) {
    gate.open();
    refresh_at_once(node);
    gate.close();
}

/// A node that creates behind, and each of whose calls waits.
pub(crate) fn slow_node(fleet: &Fleet, batch: usize) -> (SharedSessions<u32, Line>, Gate) {
    slow_node_that(fleet, batch, SharedBuilder::create_behind)
}

pub(crate) fn slow_node_that(
    fleet: &Fleet,
    batch: usize,
    set: impl FnOnce(SharedBuilder<u32, Line>) -> SharedBuilder<u32, Line>,
) -> (SharedSessions<u32, Line>, Gate) {
    let gate = Gate::new(1, 0, false);
    let line = Line { inner: fleet.collection.clone(), gate: gate.clone(), batch, on: 0 };
    let store = SessionStore::builder().clock(fleet.clock.clone()).track_salt([3; 32]);
    let builder = SharedSessions::builder(line, HashKey::new([7; 32])).store(store);
    (set(builder).build().unwrap(), gate)
}
