//! What a session tells of its own deadlines.

use tenure::{ManualClock, NewSession, SessionStore, Timeouts};

use crate::common::secs;

#[test]
fn timeouts_are_those_that_hold_now() {
    let clock = ManualClock::new();
    let timeouts = Timeouts::none().idle(secs(60)).absolute(secs(240));
    let store = SessionStore::builder().clock(clock.clone()).timeouts(timeouts).build().unwrap();
    let session = store.create(NewSession::new(0)).unwrap();
    let pinned = store.create(NewSession::new(0).pinned()).unwrap();
    assert_eq!(session.timeouts(), timeouts);
    assert_eq!(pinned.timeouts(), timeouts.idle(None));

    clock.advance(secs(30));
    let at = session.expires_at();
    store.set_timeouts(&session, session.timeouts()).unwrap();
    assert_eq!((session.expires_at(), session.timeouts()), (at, timeouts));

    store.expire_in(&session, secs(60)).unwrap();
    assert_eq!(session.timeouts(), Timeouts::none().absolute(secs(90)));
}

#[test]
fn a_snapshot_tells_when_the_session_expires() {
    let clock = ManualClock::new();
    let timeouts = Timeouts::none().idle(secs(60)).absolute(secs(240));
    let store = SessionStore::builder().clock(clock.clone()).timeouts(timeouts).build().unwrap();
    let session = store.create(NewSession::new(0)).unwrap();
    let start = store.now();
    clock.advance(secs(30));
    assert_eq!(session.info().expires_at(), Some(start + secs(60)));
    store.touch(&session).unwrap();
    assert_eq!(session.info().expires_at(), Some(start + secs(90)));

    let lease = store.acquire(&session).unwrap();
    assert_eq!(session.info().expires_at(), Some(start + secs(240)));
    store.set_timeouts(&session, timeouts.absolute(None)).unwrap();
    assert_eq!(session.info().expires_at(), None);
    drop(lease);
    assert_eq!(session.info().expires_at(), session.expires_at());

    store.end(&session);
    assert_eq!(session.info().expires_at(), None);
    assert!(store.is_empty());
}
