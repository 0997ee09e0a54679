//! Rule 6 for what expires while the application's code runs.

use std::time::Duration;

use tenure::{EndReason, LookupError, ManualClock, Selector, Session, SessionStore, Timeouts};

use crate::common::{Store, plain, secs};

/// A store of three sessions, and what means all of them but takes ten seconds over each.
fn slow() -> (Store, Selector<u32>) {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none().absolute(secs(30)));
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    for _ in 0..3 {
        store.create(plain()).unwrap();
    }
    let slow = Selector::matching(move |_| {
        clock.advance(secs(10));
        true
    });
    (store, slow)
}

#[test]
fn rule_06_what_expires_while_a_predicate_runs_ends_for_its_timeout() {
    let (store, slow) = slow();
    let sessions = store.sessions(&Selector::all());
    assert_eq!(store.end_where(&slow).ended, 0);
    for session in sessions {
        let tombstone = session.tombstone().unwrap();
        assert_eq!(tombstone.reason(), EndReason::AbsoluteTimeout);
        assert_eq!(tombstone.at(), store.now());
    }
}

#[test]
fn rule_06_what_expires_while_a_predicate_runs_is_not_listed() {
    let (store, slow) = slow();
    assert!(store.list(&slow).is_empty());
}

#[test]
fn rule_06_a_deadline_moved_into_the_past_ends_the_session_and_fails_the_call() {
    let clock = ManualClock::new();
    let builder = SessionStore::builder().timeouts(Timeouts::none().idle(secs(100)));
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    let [one, other] = [plain(), plain()].map(|new| store.create(new).unwrap());
    clock.advance(secs(10));
    let ended = |session: &Session<u32>| session.tombstone().map(LookupError::Ended);
    let idle = store.set_timeouts(&one, Timeouts::none().idle(secs(10))).err();
    assert_eq!((idle.is_some(), idle), (true, ended(&one)));
    let at_once = store.expire_in(&other, Duration::ZERO).err();
    assert_eq!((at_once.is_some(), at_once), (true, ended(&other)));
    assert_eq!(one.tombstone().unwrap().reason(), EndReason::IdleTimeout);
    assert_eq!(other.tombstone().unwrap().reason(), EndReason::AbsoluteTimeout);
}
