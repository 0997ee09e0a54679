//! Rule 6 for what expires while the application's code runs.

use tenure::{EndReason, ManualClock, Selector, SessionStore, Timeouts};

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
