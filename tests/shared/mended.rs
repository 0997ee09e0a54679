//! What once went wrong, each by hand.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::executor::{Gate, Line};
use crate::fleet::{Fleet, INTERVAL, MINUTE};
use tenure::collection::{Call, Fault, HashKey};
use tenure::shared::{RefreshError, Shared, SharedAcquireError, SharedSessions};
use tenure::{EndReason, NewSession, Session, SessionStore};

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
fn ends_are_heard_again_after_the_collection_went_back() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let create = |n| here.create(NewSession::new(n)).unwrap().id();
    let (first, second) = (create(1), create(2));
    let before = fleet.collection.snapshot();
    for n in 0..5 {
        here.end(create(n)).unwrap();
    }
    there.refresh().unwrap();
    let held = [first, second].map(|id| (*there.acquire_or_load(id).unwrap()).clone());
    there.refresh().unwrap();
    fleet.collection.roll_back(&before);
    // It hears of the first end, and then of the second, while it is ahead of the collection.
    for (id, session) in [first, second].into_iter().zip(&held) {
        here.end(id).unwrap();
        there.refresh().unwrap();
        assert_eq!(session.tombstone().unwrap().reason(), EndReason::LoggedOut);
    }
    // It can load again.
    here.refresh().unwrap();
    let new = create(3);
    assert!(there.acquire_or_load(new).is_ok());
}

#[test]
fn no_gap_hides_an_end_after_the_collection_went_back() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let create = |n| here.create(NewSession::new(n)).unwrap().id();
    let held = create(1);
    let before = fleet.collection.snapshot();
    (0..5).for_each(|n| _ = here.end(create(n)).unwrap());
    drop(there.acquire_or_load(held).unwrap());
    there.refresh().unwrap();
    fleet.collection.roll_back(&before);
    there.refresh().unwrap();
    here.refresh().unwrap();
    // As many ends as were taken back, and one more.
    here.end(held).unwrap();
    (0..5).for_each(|n| _ = here.end(create(n)).unwrap());
    there.refresh().unwrap();
    assert!(matches!(there.acquire_or_load(held), Err(SharedAcquireError::Ended(_))));
}

#[test]
fn rotations_between_two_refreshes_are_all_told() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    let ids = [0, 1, 2].map(|_| here.store().rotate(&session).unwrap().id());
    assert_eq!(here.refresh().unwrap().rotated, 3);
    assert!(!session.is_ended());
    assert!(there.acquire_or_load(ids[2]).is_ok());
    assert!(there.acquire_or_load(ids[1]).is_err());
    // The first of two fails: the second waits for it.
    here.store().rotate(&session).unwrap();
    here.store().rotate(&session).unwrap();
    let refused = |call: &Call<'_>| matches!(call, Call::Request(_));
    fleet.collection.faults(move |call| if refused(call) { Fault::Refused } else { Fault::None });
    assert!(here.refresh().is_err());
    fleet.collection.faults(|_| Fault::None);
    assert_eq!(here.refresh().unwrap().rotated, 2);
    assert!(!session.is_ended() && there.acquire_or_load(session.id()).is_ok());
}

#[test]
fn end_of_a_rotated_session_is_acknowledged_once_no_id_leads_to_it() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    let old = session.id();
    here.store().rotate(&session).unwrap();
    here.end(&session).unwrap();
    drop(here);
    assert!(there.acquire_or_load(old).is_err());
    assert_eq!(fleet.collection.live(), 0);
}

#[test]
fn end_by_an_id_in_its_grace_is_acknowledged_by_the_collection() {
    let fleet = Fleet::new();
    let store = SessionStore::builder().clock(fleet.clock.clone()).rotation_grace(MINUTE);
    let node = fleet.builder().store(store).build().unwrap();
    let session = node.create(NewSession::new(1)).unwrap();
    let old = session.id();
    node.rotate(&session).unwrap();
    node.end(old).unwrap();
    assert!(session.is_ended());
    assert_eq!((node.shared_stats().pending_ends, fleet.collection.live()), (0, 0));
}

#[test]
fn changes_of_two_threads_on_one_node_are_both_made() {
    let fleet = Fleet::new();
    let node = fleet.node();
    let id = node.create(NewSession::new(0)).unwrap().id();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let lease = node.acquire_or_load(id).unwrap();
                let mut done = 0;
                while done < 500 {
                    done += u32::from(node.update_data(&lease, |data| data + 1).is_ok());
                }
            });
        }
    });
    assert_eq!(*node.acquire_or_load(id).unwrap().data().get(), 1_000);
}

#[test]
fn changed_data_is_asked_for_until_it_is_here() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    here.refresh().unwrap();
    let lease = there.acquire_or_load(session.id()).unwrap();
    there.update_data(&lease, |data| data + 1).unwrap();
    let is_load = |call: &Call<'_>| call.name() == "load";
    fleet.collection.faults(move |call| if is_load(call) { Fault::Lost } else { Fault::None });
    assert!(here.refresh().is_err());
    fleet.collection.faults(|_| Fault::None);
    here.refresh().unwrap();
    assert_eq!(*session.data().get(), 2);
}

#[test]
fn failed_change_says_that_it_may_have_been_made() {
    let fleet = Fleet::new();
    let node = fleet.node();
    let session = node.create(NewSession::new(1)).unwrap();
    let lease = node.acquire_or_load(&session).unwrap();
    fleet.collection.fail_next(Fault::AnswerLost);
    fleet.collection.fail_next(Fault::Refused);
    let error = node.update_data(&lease, |data| data + 1).unwrap_err();
    assert!(error.to_string().starts_with("applied or not"), "{error}");
    fleet.clock.advance(INTERVAL);
    node.refresh().unwrap();
    assert_eq!(*session.data().get(), 2);
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
    change: impl Fn(&SharedSessions<u32, Line>, &Session<Shared<u32>>),
) -> (SharedSessions<u32, Line>, [Session<Shared<u32>>; 2]) {
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
    assert!(refresh.as_mut().poll(&mut task).is_ready());
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

/// Polls a load until the collection has answered it, and the answer is under way.
fn load_but_for_the_answer(gate: &Gate, mut load: Pin<&mut impl Future>) {
    let mut task = Context::from_waker(Waker::noop());
    gate.close();
    assert!(load.as_mut().poll(&mut task).is_pending());
    gate.resume(0);
    assert!(load.as_mut().poll(&mut task).is_pending());
    gate.open();
}

fn refresh_at_once(node: &SharedSessions<u32, Line>) {
    let refresh = pin!(node.refresh_async());
    let refreshed = refresh.poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(refreshed, Poll::Ready(Ok(_))), "{refreshed:?}");
}

/// A node that creates behind, and each of whose calls waits.
fn slow_node(fleet: &Fleet, batch: usize) -> (SharedSessions<u32, Line>, Gate) {
    let gate = Gate::new(1, 0, false);
    let line = Line { inner: fleet.collection.clone(), gate: gate.clone(), batch, on: 0 };
    let store = SessionStore::builder().clock(fleet.clock.clone()).track_salt([3; 32]);
    let builder = SharedSessions::<u32, _>::builder(line, HashKey::new([7; 32]));
    (builder.store(store).create_behind().build().unwrap(), gate)
}
