//! Selectors, lists of snapshots and of handles, track ids and page cursors that come back.

mod common;

use std::sync::Arc;

use tenure::store::PageCursor;
use tenure::{
    EndAs, Limits, ManualClock, NewSession, Selector, Session, SessionStore, Timeouts, TrackId,
};

use common::{ScriptedIds, Store, listed, of, plain, secs};

fn store() -> Store {
    SessionStore::builder().limits(Limits::none()).timeouts(Timeouts::none()).build().unwrap()
}

#[test]
fn conditions_that_contradict_one_another_leave_no_session() {
    let store = store();
    let names = || plain().principal("alice").originator("web").host("north");
    let [one, other] = [(); 2].map(|()| store.create(names()).unwrap().track_id());
    let contradictions: [Selector<u32>; 5] = [
        Selector::principal("alice").and_principal("bob"),
        Selector::principal("bob").and_principal("alice").and_principal("alice"),
        Selector::originator("web").and_originator("cli"),
        Selector::host("north").and_host("south"),
        Selector::track_id(one).and_track_id(other),
    ];
    for nobody in contradictions {
        assert_eq!(store.end_where(&nobody).ended, 0, "{nobody:?}");
        assert!(store.sessions(&nobody).is_empty(), "{nobody:?}");
    }
    let agreeing = Selector::principal("alice").and_principal("alice").and_host("north");
    assert_eq!(store.list(&agreeing.and_track_id(one).and_track_id(one)).len(), 1);
}

#[test]
fn each_constructor_means_what_its_condition_means() {
    let store = store();
    let wanted = plain().principal("alice").originator("web").host("north");
    let session = store.create(wanted).unwrap();
    store.create(plain().principal("bob").originator("cli").host("south")).unwrap();
    let by: [Selector<u32>; 5] = [
        Selector::principal("alice"),
        Selector::originator(String::from("web")),
        Selector::host("north"),
        Selector::track_id(session.track_id()),
        Selector::matching(|session| session.principal() == Some("alice")),
    ];
    for selector in by {
        let found: Vec<_> = store.sessions(&selector).iter().map(Session::id).collect();
        assert_eq!(found, [session.id()], "{selector:?}");
    }
}

#[test]
fn except_spares_the_caller_whatever_its_id_has_become() {
    let store = store();
    let callers = [(); 2].map(|()| store.create(of("alice")).unwrap());
    for _ in 0..3 {
        store.create(of("alice")).unwrap();
    }
    let others = Selector::principal("alice").except(&callers[0]).except(&callers[1]);
    store.rotate(callers[0].id()).unwrap();
    assert_eq!(store.end_where(&others).ended, 3);
    assert!(callers.iter().all(|caller| !caller.is_ended()));
    assert_eq!(
        store
            .end_where_as(&Selector::principal("alice").except(&callers[1]), EndAs::killed())
            .ended,
        1
    );
}

/// It has the same creation number.
#[test]
fn except_of_another_stores_session_spares_none() {
    let (here, there) = (store(), store());
    here.create(plain()).unwrap();
    let stranger = there.create(plain()).unwrap();
    assert_eq!(here.end_where(&Selector::all().except(&stranger)).ended, 1);
}

#[test]
fn except_keeps_no_data_in_memory() {
    let store = SessionStore::builder().build().unwrap();
    let data = Arc::new(());
    let session = store.create(NewSession::new(Arc::clone(&data))).unwrap();
    let selector = Selector::all().except(&session);
    store.end(session.id());
    drop(session);
    assert_eq!(Arc::strong_count(&data), 1, "{selector:?}");
}

#[test]
fn handles_come_in_the_order_of_the_list_without_the_expired() {
    let clock = ManualClock::new();
    let timeouts = Timeouts::none().idle(secs(10));
    let store: Store =
        SessionStore::builder().clock(clock.clone()).timeouts(timeouts).build().unwrap();
    let sessions: Vec<_> = (0..4).map(|n| store.create(NewSession::new(n)).unwrap()).collect();
    clock.advance(secs(1));
    store.touch(sessions[0].id()).unwrap();
    store.touch(sessions[2].id()).unwrap();
    let data = |sessions: Vec<Session<u32>>| -> Vec<u32> {
        sessions.iter().map(|session| *session.data()).collect()
    };
    assert_eq!(data(store.sessions(&Selector::all())), [1, 3, 0, 2]);
    clock.advance(secs(9));
    assert_eq!(data(store.sessions(&Selector::all())), [0, 2]);
    // Looking is not using.
    clock.advance(secs(1));
    assert!(store.sessions(&Selector::all()).is_empty() && listed(&store) == 0);
}

#[test]
fn handle_in_a_list_tells_of_the_end_that_comes_after() {
    let store = store();
    let id = store.create(of("alice")).unwrap().id();
    let listed = store.sessions(&Selector::principal("alice"));
    store.end(id);
    assert!(listed[0].is_ended() && listed[0].tombstone().is_some());
    assert_eq!(listed[0].info().principal(), Some("alice"));
}

#[test]
fn cursor_of_another_store_begins_at_the_first_page() {
    let (before, after) = (store(), store());
    for store in [&before, &after] {
        (0..4).for_each(|n| drop(store.create(NewSession::new(n)).unwrap()));
    }
    let cursor = before.list_page(&Selector::all(), None, 3).next.unwrap();
    let text = cursor.to_string();
    let cursor: PageCursor = text.parse().unwrap();
    assert_eq!(before.list_page(&Selector::all(), Some(cursor), 3).sessions.len(), 1);
    assert_eq!(after.list_page(&Selector::all(), Some(cursor), 9).sessions.len(), 4);
    assert_eq!(after.sessions_page(&Selector::all(), Some(cursor), 9).sessions.len(), 4);
    // The cursor of a session in the list leads to those behind it.
    let list = after.list(&Selector::all());
    assert_eq!(after.list_page(&Selector::all(), Some(list[2].cursor()), 9).sessions.len(), 1);
}

#[test]
fn session_is_found_by_its_track_id_wherever_it_is() {
    let store = store();
    let names = ["alice", "bob", "carol"];
    let sessions: Vec<_> = (0..300).map(|n| store.create(of(names[n % 3])).unwrap()).collect();
    for rotated in sessions.iter().step_by(7) {
        store.rotate(rotated.id()).unwrap();
    }
    for (n, session) in sessions.iter().enumerate() {
        let track: TrackId = session.track_id().to_string().parse().unwrap();
        let ids = |selector: &Selector<u32>| -> Vec<_> {
            store.sessions(selector).iter().map(Session::id).collect()
        };
        assert_eq!(ids(&Selector::track_id(track)), [session.id()]);
        let its = Selector::principal(names[n % 3]).and_track_id(track);
        assert_eq!(ids(&its), [session.id()]);
        let anothers = Selector::principal(names[(n + 1) % 3]).and_track_id(track);
        assert!(ids(&anothers).is_empty() && ids(&its.except(session)).is_empty());
    }
    let gone = sessions[150].track_id();
    assert_eq!(store.end_where_as(&Selector::track_id(gone), EndAs::killed()).ended, 1);
    assert_eq!(store.end_where_as(&Selector::track_id(gone), EndAs::killed()).ended, 0);
    assert_eq!(
        store
            .end_where_as(&Selector::track_id(TrackId::from_bytes([0; 16])), EndAs::killed())
            .ended,
        0
    );
    assert_eq!(store.stats().live, 299);
}

#[test]
fn sessions_that_share_a_track_id_are_all_found() {
    let ids = ScriptedIds::default();
    let builder = SessionStore::builder().id_source(ids.clone()).tombstones(0, secs(0));
    let store: Store = builder.build().unwrap();
    let first = store.create(plain()).unwrap();
    let old = first.id();
    store.rotate(old).unwrap();
    // Nothing remembers the old id, so it can be given again.
    ids.then(Ok(old));
    let second = store.create(plain()).unwrap();
    assert_eq!(first.track_id(), second.track_id());
    assert_eq!(store.list(&Selector::track_id(first.track_id())).len(), 2);
}
