//! The ways to name a session: each operation takes each of them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tenure::slot::SessionPool;
use tenure::{
    AcquireError, EndAs, EndOutcome, EndReason, LookupError, RotateError, Session, SessionKey,
    SessionStore, Timeouts,
};

use crate::common::{Store, factor, id, plain, secs, spin_until};

fn store() -> Store {
    SessionStore::builder().build().unwrap()
}

/// Every operation on one session but an end, with a key of a live session. The key is made anew
/// for each, since a rotation changes the id.
fn use_all<K: SessionKey<u32>>(store: &Store, key: impl Fn() -> K) {
    assert!(store.touch(key()).is_ok());
    assert!(store.peek(key()).is_ok());
    assert_eq!(store.acquire(key()).unwrap().leases(), 2);
    assert!(store.expire_in(key(), secs(60)).is_ok());
    assert!(store.set_timeouts(key(), Timeouts::none()).is_ok());
    assert!(store.rotate(key()).is_ok());
    let next = id(u128::from(store.stats().rotated) + 1_000);
    assert_eq!(store.rotate_to(key(), next).unwrap().id(), next);
}

/// Every operation on one session, with a key that leads to none.
fn use_none<K: SessionKey<u32> + Copy>(store: &Store, key: K) {
    let before = store.stats().lookups.unknown;
    assert_eq!(store.touch(key).err(), Some(LookupError::Unknown));
    assert_eq!(store.peek(key).err(), Some(LookupError::Unknown));
    assert_eq!(store.acquire(key).err(), Some(AcquireError::Unknown));
    assert_eq!(store.stats().lookups.unknown, before + 3);
    assert_eq!(store.expire_in(key, secs(60)).err(), Some(LookupError::Unknown));
    assert_eq!(store.set_timeouts(key, Timeouts::none()).err(), Some(LookupError::Unknown));
    let unknown = RotateError::from(LookupError::Unknown);
    assert_eq!(store.rotate(key).err(), Some(unknown.clone()));
    assert_eq!(store.rotate_to(key, id(1)).err(), Some(unknown));
    assert_eq!(store.end(key), EndOutcome::Unknown);
    assert_eq!(store.end_as(key, EndAs::killed().pinned_too()), EndOutcome::Unknown);
}

type End<'a> = &'a dyn Fn(&Session<u32>) -> EndOutcome;

#[test]
fn every_operation_takes_every_key() {
    let store = store();
    let session = store.create(plain()).unwrap();
    let lease = store.acquire(&session).unwrap();
    // The borrowed ones must outlive the call, and a rotation gives another id each time.
    use_all(&store, || session.id());
    use_all(&store, || &session);
    use_all(&store, || &lease);
    use_all(&store, || session.id().expose());
    let lease = Arc::new(lease);
    use_all(&store, || &lease);
    for _ in 0..2 {
        let (now, text) = (session.id(), session.id().expose());
        assert!(store.touch(now).is_ok() && store.touch(&text).is_ok());
        assert!(store.touch(text.as_str()).is_ok());
        store.rotate(&text).unwrap();
        assert!(store.touch(now).is_err() && store.touch(text.as_str()).is_err());
    }
    drop(lease);
    let ends: [End<'_>; 6] = [
        &|it| store.end(it.id()),
        &|it| store.end(it),
        &|it| store.end(it.id().expose()),
        &|it| store.end(it.id().expose().as_str()),
        &|it| store.end(&store.acquire(it).unwrap()),
        &|it| store.end(&Arc::new(store.acquire(it).unwrap())),
    ];
    for end in ends {
        let session = store.create(plain()).unwrap();
        assert!(matches!(end(&session), EndOutcome::Ended(_)));
        let known = session.tombstone().unwrap();
        assert_eq!(store.end(&session), EndOutcome::AlreadyEnded(known));
        assert_eq!(store.peek(&session).err(), Some(LookupError::Ended(known)));
        let moved = store.set_timeouts(&session, Timeouts::none());
        assert_eq!(moved.err(), Some(LookupError::Ended(known)));
        assert_eq!(store.rotate(&session).err(), Some(LookupError::Ended(known).into()));
    }
    assert_eq!((store.stats().live, store.stats().ended.total()), (1, 6));
}

#[test]
fn handle_of_another_store_and_malformed_text_are_unknown() {
    let (here, elsewhere) = (store(), store());
    let session = elsewhere.create(plain().id(id(7))).unwrap();
    let lease = elsewhere.acquire(&session).unwrap();
    let own = here.create(plain().id(id(0xabc_def))).unwrap();
    use_none(&here, &session);
    use_none(&here, &lease);
    let text = own.id().expose();
    for nonsense in ["", "nonsense", &text.to_uppercase(), &format!(" {text}"), &text[1..]] {
        use_none(&here, nonsense);
        use_none(&here, &nonsense.to_string());
    }
    assert!(!session.is_ended() && !own.is_ended());
    elsewhere.end(&session);
    use_none(&here, &session);
}

#[test]
fn handle_does_not_race_a_rotation() {
    let store = store();
    let session = store.create(plain()).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                store.rotate(&session).unwrap();
            }
        });
        spin_until(|| store.stats().rotated > 0);
        for _ in 0..20_000 * factor() {
            store.touch(&session).expect("touch");
            drop(store.acquire(&session).expect("acquire"));
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(matches!(store.end_as(&session, EndAs::killed()), EndOutcome::Ended(_)));
    assert_eq!(session.tombstone().unwrap().reason(), EndReason::Killed);
}

#[test]
fn handles_are_equal_if_the_session_is_the_same() {
    let store = store();
    let (one, other) = (store.create(plain()).unwrap(), store.create(plain()).unwrap());
    let same = store.rotate(one.id()).unwrap();
    assert!(one == same && one != other);
    #[allow(clippy::mutable_key_type)] // It is hashed by where it is, which does not change.
    let known: HashSet<_> = [one, same, other].into();
    assert_eq!(known.len(), 2);
}

#[test]
fn a_loan_is_a_key() {
    let store = store();
    let lent = SessionPool::new(&store).checkout(plain).unwrap();
    let _lease = store.acquire(&*lent).unwrap();
    assert!(store.touch(&lent).is_ok() && store.rotate(&lent).is_ok());
    assert_eq!(store.acquire(&lent).unwrap().leases(), 3);
    assert!(matches!(store.end(&lent), EndOutcome::Ended(_)));
}

#[test]
fn errors_tell_of_the_end() {
    let store = store();
    let session = store.create(plain().id(id(1))).unwrap();
    store.end(&session);
    let end = session.tombstone();
    assert_eq!(store.touch(&session).unwrap_err().tombstone(), end);
    assert_eq!(store.acquire(&session).unwrap_err().tombstone(), end);
    assert_eq!(store.rotate(&session).unwrap_err().tombstone(), end);
    assert_eq!(store.create(plain().id(id(1))).unwrap_err().tombstone(), end);
    let live = store.create(plain()).unwrap();
    assert_eq!(store.rotate_to(&live, id(1)).unwrap_err().tombstone(), end);
    assert_eq!(store.touch("nonsense").unwrap_err().tombstone(), None);
}
