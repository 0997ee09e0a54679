//! What is not known of a session in the end, and what is done about that.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::fleet::{Fleet, INTERVAL, MINUTE};
use crate::late::{open_at_once, slow_node};
use tenure::collection::{
    Call, Codec, CodecError, Collection, Fault, HashKey, Op, Outcome, Policy, Request,
};
use tenure::shared::SharedSessions;
use tenure::{EndOutcome, EndReason, NewSession, SessionId, SessionStore};

const HOUR: Duration = Duration::from_secs(3_600);

/// Has insertions fail so, and all else succeed.
fn fail_insertions(fleet: &Fleet, fault: Fault) {
    let is_insertion = |call: &Call<'_>| call.name() == "insert";
    fleet.collection.faults(move |call| if is_insertion(call) { fault } else { Fault::None });
}

/// What the collection has under an id.
fn stored(fleet: &Fleet, id: SessionId) -> Outcome {
    let request = Request { key: HashKey::new([7; 32]).record_key(id), op: Op::Load };
    let answer = fleet.collection.apply(&[request]).unwrap();
    answer.outcomes.into_iter().next().unwrap().unwrap()
}

#[test]
fn session_whose_insertion_is_late_and_in_doubt_is_asked_for_at_once() {
    let fleet = Fleet::new();
    let here = fleet.builder().create_behind().insertion_window(MINUTE).build().unwrap();
    let session = here.create(NewSession::new(1)).unwrap();
    fail_insertions(&fleet, Fault::AnswerLost);
    assert!(here.refresh().is_err());
    fleet.collection.faults(|_| Fault::None);
    assert!(matches!(fleet.node().end(session.id()), Ok(EndOutcome::Ended(_))));
    fleet.clock.advance(2 * MINUTE);
    fleet.collection.prune();
    // A good refresh knows all ends that were acknowledged before it.
    here.refresh().unwrap();
    assert!(session.is_ended());
}

#[test]
fn doubt_outlasts_that_an_insertion_is_late() {
    let fleet = Fleet::new();
    let here = fleet.builder().create_behind().insertion_window(MINUTE).build().unwrap();
    let session = here.create(NewSession::new(1)).unwrap();
    fail_insertions(&fleet, Fault::Delayed);
    assert!(here.refresh().is_err());
    fleet.collection.faults(|_| Fault::None);
    fleet.clock.advance(2 * MINUTE);
    here.refresh().unwrap();
    assert!(session.is_ended());
    assert_eq!(here.shared_stats().insertions_in_doubt, 1);
    // The insertion would be in time again if the collection's clock went back by two minutes.
    assert_eq!(here.refresh().unwrap().ended, 1);
    assert!(matches!(stored(&fleet, session.id()), Outcome::Ended(_)));
    assert_eq!(here.shared_stats().insertions_in_doubt, 0);
}

#[test]
fn end_of_what_can_no_longer_arrive_is_told_without_a_fence() {
    let mut policy = Policy::new(INTERVAL);
    policy.keep_ends = 3 * HOUR;
    for (after, told) in [(HOUR + 10 * MINUTE, 1), (HOUR + 11 * MINUTE, 0)] {
        let fleet = Fleet::with(policy);
        let (here, there) = (fleet.node(), fleet.node());
        here.refresh().unwrap();
        let id = SessionId::from_bytes([5; 16]);
        fail_insertions(&fleet, Fault::AnswerLost);
        assert!(here.create(NewSession::new(1).id(id)).is_err());
        fleet.collection.faults(|_| Fault::None);
        let new = there.rotate(id).unwrap().id();
        fleet.clock.advance(after);
        // Had it been forgotten what the id was replaced by, a fence would acknowledge an end.
        fleet.collection.prune();
        assert_eq!(here.refresh().unwrap().ended, told);
        let stats = here.shared_stats();
        assert_eq!((stats.pending_ends, stats.insertions_in_doubt), (0, 0));
        assert!(matches!(stored(&fleet, new), Outcome::Missing | Outcome::Live(_)));
    }
}

#[test]
fn end_of_what_is_not_there_is_not_acknowledged() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let session = here.create(NewSession::new(1)).unwrap();
    let new = there.rotate(session.id()).unwrap();
    // That it was replaced is forgotten before the other node hears of it.
    fleet.collection.prune();
    let error = here.end(&session).unwrap_err();
    assert!(matches!(error.outcome, EndOutcome::Ended(_)) && session.is_ended());
    assert!(!error.error.may_be_applied(), "{error}");
    assert_eq!(here.shared_stats().pending_ends, 0);
    assert!(matches!(here.end(&session), Ok(EndOutcome::AlreadyEnded(_))));
    assert!(matches!(here.end(new.id()), Ok(EndOutcome::Ended(_))));
}

#[test]
fn end_of_an_unknown_id_costs_one_question() {
    let fleet = Fleet::new();
    let (node, gate) = slow_node(&fleet, 9);
    open_at_once(&node, &gate);
    let unknown = SessionId::from_bytes([5; 16]);
    let mut task = Context::from_waker(Waker::noop());
    let mut ends: Vec<_> = (0..20).map(|_| Box::pin(node.end_async(unknown))).collect();
    // Each asks for it while the question of another is under way.
    for end in &mut ends {
        assert!(end.as_mut().poll(&mut task).is_pending());
    }
    gate.open();
    while gate.parked() > 0 {
        gate.resume(0);
    }
    for end in &mut ends {
        assert_eq!(end.as_mut().poll(&mut task), Poll::Ready(Ok(EndOutcome::Unknown)));
    }
    drop(ends);
    assert_eq!(fleet.collection.stats().removes, 20);
    let refresh = pin!(node.refresh_async());
    assert!(matches!(refresh.poll(&mut task), Poll::Ready(Ok(_))));
    assert_eq!(node.shared_stats().pending_ends, 0);
}

#[test]
fn end_of_one_that_comes_into_memory_as_it_is_asked_for_is_an_end_here() {
    let fleet = Fleet::new();
    let id = SessionId::from_bytes([5; 16]);
    let there = fleet.node();
    let (node, gate) = slow_node(&fleet, 9);
    open_at_once(&node, &gate);
    let mut task = Context::from_waker(Waker::noop());
    let mut end = Box::pin(node.end_async(id));
    assert!(end.as_mut().poll(&mut task).is_pending());
    // The question is under way: meanwhile the session is created here, and rotated elsewhere.
    let create = pin!(node.create_async(NewSession::new(1).id(id)));
    let Poll::Ready(Ok(session)) = create.poll(&mut task) else { panic!("it does not wait") };
    gate.open();
    let refresh = pin!(node.refresh_async());
    _ = refresh.poll(&mut task);
    if let Ok(lease) = there.acquire_or_load(id) {
        there.rotate(&lease).unwrap();
    }
    gate.resume(0);
    assert!(matches!(end.as_mut().poll(&mut task), Poll::Ready(Ok(_))));
    assert!(session.is_ended());
    assert_eq!(fleet.collection.live(), 0);
}

/// What panics at 13.
struct Superstitious;

impl Codec<u32> for Superstitious {
    fn encode(&self, data: &u32) -> Result<Vec<u8>, CodecError> {
        assert_ne!(*data, 13);
        Ok(data.to_be_bytes().to_vec())
    }

    fn decode(&self, bytes: &[u8]) -> Result<u32, CodecError> {
        Ok(u32::from_be_bytes(bytes.try_into().unwrap()))
    }
}

#[test]
fn codec_that_panics_spoils_one_session_alone() {
    let fleet = Fleet::new();
    let here = fleet.builder().codec(Superstitious).create_behind().build().unwrap();
    let sessions = [12, 13, 14].map(|data| here.create(NewSession::new(data)).unwrap());
    let error = here.refresh().unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 failures, the first at store: not applied: the codec panicked"
    );
    assert_eq!(fleet.collection.live(), 2);
    // As long, as all data is in MessagePack.
    let there = fleet.builder().codec(Superstitious).build().unwrap();
    let lease = there.acquire_or_load(sessions[2].id()).unwrap();
    assert!(there.update_data(&lease, |_| 13).is_err());
    assert_eq!(*lease.data().get(), 14);
    assert!(fleet.node().acquire_or_load(sessions[0].id()).is_err());
}

#[test]
fn insertions_in_doubt_are_bounded() {
    let fleet = Fleet::new();
    let store = SessionStore::builder().clock(fleet.clock.clone()).max_sessions(1_000_000);
    let builder = SharedSessions::builder(fleet.collection.clone(), HashKey::new([7; 32]));
    let node = builder.store(store).build().unwrap();
    node.refresh().unwrap();
    fail_insertions(&fleet, Fault::Lost);
    for n in 0..10_500 {
        assert!(node.create(NewSession::new(n)).is_err());
    }
    let stats = node.shared_stats();
    assert_eq!((stats.insertions_in_doubt, stats.pending_ends), (10_000, 10_000));
    assert_eq!(fleet.collection.stats().inserts, 0);
    fleet.collection.faults(|_| Fault::None);
    let refused = node.create(NewSession::new(1)).unwrap_err().to_string();
    assert!(refused.ends_with("10000 insertions are in doubt until the next refresh"), "{refused}");
    node.refresh().unwrap();
    assert!(node.create(NewSession::new(1)).is_ok());
}

#[test]
fn ends_that_a_server_lost_are_told_again() {
    let fleet = Fleet::new();
    let (here, there) = (fleet.node(), fleet.node());
    let held = here.create(NewSession::new(1)).unwrap().id();
    let elsewhere = here.create(NewSession::new(2)).unwrap().id();
    let replaced = here.create(NewSession::new(3)).unwrap().id();
    drop(there.acquire_or_load(held).unwrap());
    there.refresh().unwrap();
    let before = fleet.collection.snapshot();
    here.rotate(replaced).unwrap();
    for id in [held, elsewhere, replaced] {
        there.end(id).unwrap();
    }
    assert_eq!(fleet.collection.live(), 0);
    fleet.collection.roll_back(&before);
    assert_eq!(fleet.collection.live(), 3);
    there.refresh().unwrap();
    assert_eq!((fleet.collection.live(), there.shared_stats().pending_ends), (0, 0));
    for id in [held, elsewhere, replaced] {
        assert!(matches!(stored(&fleet, id), Outcome::Ended(_)));
    }
    // Once: not at each refresh from now on.
    assert_eq!(there.refresh().unwrap().ended, 0);
}

#[test]
fn fence_that_a_server_lost_is_told_again() {
    let fleet = Fleet::new();
    let node = fleet.node();
    node.refresh().unwrap();
    let id = SessionId::from_bytes([5; 16]);
    let before = fleet.collection.snapshot();
    fail_insertions(&fleet, Fault::Delayed);
    assert!(node.create(NewSession::new(1).id(id)).is_err());
    fleet.collection.faults(|_| Fault::None);
    node.refresh().unwrap();
    fleet.collection.roll_back(&before);
    node.refresh().unwrap();
    assert_eq!(fleet.collection.deliver(), 1);
    assert!(matches!(stored(&fleet, id), Outcome::Ended(_)));
}

#[test]
fn id_that_was_replaced_does_not_come_back_where_a_server_lost_that() {
    for lost in [false, true] {
        let fleet = Fleet::new();
        let (here, there) = (fleet.node(), fleet.node());
        let session = here.create(NewSession::new(1)).unwrap();
        let old = session.id();
        here.refresh().unwrap();
        let before = fleet.collection.snapshot();
        here.rotate(&session).unwrap();
        let after = fleet.collection.snapshot();
        fleet.collection.roll_back(if lost { &before } else { &after });
        here.refresh().unwrap();
        assert!(there.acquire_or_load(old).is_err());
        // It is logged out where it is not there by its new id.
        assert_eq!(session.is_ended(), lost);
        assert_eq!(there.acquire_or_load(session.id()).is_err(), lost);
        let reason = session.tombstone().map(|tombstone| tombstone.reason());
        assert_eq!(reason, lost.then_some(EndReason::Removed));
    }
}
