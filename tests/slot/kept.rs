//! Who keeps whom in memory: hooks with weak handles keep nothing.

use std::sync::{Arc, Weak, mpsc};

use tenure::slot::{ReusableSession, ReusableSessions, SessionPool};
use tenure::{EndReason, SessionStore, WeakSessionStore};

use crate::common::{Store, plain};
use crate::setup::{store, why};

#[test]
fn hook_with_a_weak_slot_keeps_neither_slot_nor_store() {
    let store = store();
    let kept = store.downgrade();
    let slot = Arc::new_cyclic(|slot: &Weak<ReusableSession<u32>>| {
        let (slot, store) = (Weak::clone(slot), store.downgrade());
        ReusableSession::new(&kept.upgrade().unwrap()).on_end(move |_, _| {
            let _ = (slot.upgrade().is_some(), store.upgrade().is_some());
        })
    });
    let session = slot.get_or_login(plain).unwrap();
    let weak = Arc::downgrade(&slot);
    drop(store);
    assert!(kept.upgrade().is_some(), "the slot keeps the store");
    drop(slot);
    assert_eq!(why(&session), Some(EndReason::LoggedOut));
    assert!(weak.upgrade().is_none() && kept.upgrade().is_none());
}

#[test]
fn ended_session_does_not_keep_the_store() {
    let store = store();
    let kept = store.downgrade();
    let slot = ReusableSession::new(&store);
    let slots = ReusableSessions::new(&store, 3);
    let pool = SessionPool::new(&store);
    let sessions = [
        slot.get_or_login(plain).unwrap(),
        slots.get_or_login(&1, plain).unwrap(),
        tenure::Session::clone(&pool.checkout(plain).unwrap()),
    ];
    drop((store, slot, slots, pool));
    assert!(kept.upgrade().is_none());
    assert!(sessions.iter().all(|session| why(session) == Some(EndReason::LoggedOut)));
}

#[test]
fn weak_handle_leads_to_its_store_while_there_is_one() {
    let store = store();
    let (none, weak) = (WeakSessionStore::<u32>::new(), store.downgrade());
    assert!(none.upgrade().is_none() && WeakSessionStore::<u32>::default().upgrade().is_none());
    let again = weak.clone().upgrade().unwrap();
    let id = store.create(plain()).unwrap().id();
    drop(store);
    assert!(again.peek(id).is_ok());
    drop(again);
    assert!(weak.upgrade().is_none());
}

#[test]
fn close_wakes_a_sleeping_reaper() {
    let place: Arc<std::sync::OnceLock<WeakSessionStore<u32>>> = Arc::default();
    let (tell, told) = mpsc::channel();
    let inner = Arc::clone(&place);
    let builder = SessionStore::builder().on_earlier_deadline(move || {
        let store = inner.get().and_then(WeakSessionStore::upgrade);
        tell.send(store.map(|store| (store.is_closed(), store.stats().live))).unwrap();
    });
    let store: Store = builder.build().unwrap();
    place.set(store.downgrade()).unwrap();
    store.create(plain()).unwrap();
    // It sleeps for an hour, whatever it has been told before.
    assert!(store.next_deadline().is_some());
    told.try_iter().for_each(drop);
    let _ = store.close();
    assert_eq!(told.try_iter().last(), Some(Some((true, 0))), "told once it is closed");
    // So does dropping the last handle, and the store is not kept by what it tells.
    drop(store);
    assert_eq!(told.try_iter().last(), Some(None));
    assert!(told.recv().is_err(), "the closure is gone with the store");
}
