//! What a subscription leaves behind, and what can be seen of one.

use std::sync::{Arc, Weak};

use tenure::events::Filter;
use tenure::{EndAs, Limits, NewSession, Selector, SessionStore, Timeouts};

use crate::common::{of, plain};
use crate::tools::{Woken, crowd, followed, kinds, poll, rest, ring};

#[test]
fn subscriptions_are_listed_until_they_are_dropped() {
    let store = ring(4).build().unwrap();
    assert!(store.subscriptions().is_empty());
    let filters = [Filter::all(), Filter::all().principal("bob"), Filter::all().kinds([])];
    let mut open: Vec<_> = filters.iter().map(|filter| store.subscribe(filter.clone())).collect();
    crowd(&store, "alice", 3);
    crowd(&store, "bob", 3);
    assert!(poll(&mut open[2], &Arc::new(Woken::default())).is_pending());
    let infos = store.subscriptions();
    let shown: Vec<_> =
        infos.iter().map(|info| (info.filter.clone(), info.lag, info.lost, info.waiting)).collect();
    let [all, bob, none] = filters;
    assert_eq!(shown, [(all, 4, 2, false), (bob, 3, 0, false), (none, 0, 0, true)]);
    for (info, events) in infos.iter().zip(&open) {
        let own = events.info();
        assert_eq!((own.id, own.lag, own.lost), (info.id, info.lag, info.lost));
        let watched = events.watcher().info().unwrap();
        assert_eq!((watched.id, watched.waiting), (info.id, info.waiting));
    }
    while let Some(events) = open.pop() {
        let watcher = events.watcher();
        drop(events);
        assert_eq!(store.subscriptions().len(), open.len());
        assert!(watcher.info().is_none());
    }
    // No other ever has its number.
    let again = store.subscribe(Filter::all());
    assert!(infos.iter().all(|info| info.id != again.info().id));
}

#[test]
fn nothing_is_recorded_while_nobody_follows() {
    let store = ring(100).build().unwrap();
    let first = store.subscribe(Filter::all());
    let before = store.subscribe(Filter::all()).token();
    drop(first);
    crowd(&store, "alice", 50);
    let mut events = store.subscribe(Filter::all());
    assert!(rest(&mut events).is_empty());
    assert_eq!((events.info().lag, events.info().lost), (0, 0));
    assert!(store.subscribe_from(Filter::all(), before).is_err());
    crowd(&store, "alice", 1);
    assert_eq!(rest(&mut events).len(), 1);
}

/// The host's data is not kept by events, nor by who follows them.
#[test]
fn events_keep_no_session_alive() {
    let builder = SessionStore::builder().limits(Limits::none()).timeouts(Timeouts::none());
    let store = builder.keep_events(true).build().unwrap();
    let (snapshot, mut events) = store.subscribe_with_snapshot(Filter::all());
    let data: Vec<Arc<()>> = (0..9).map(|_| Arc::new(())).collect();
    for data in &data {
        store.create(NewSession::new(Arc::clone(data)).principal("alice")).unwrap();
    }
    let ids: Vec<_> =
        store.list(&Selector::all()).iter().map(tenure::SessionInfo::track_id).collect();
    let _ = store.end_where_as(&Selector::all(), EndAs::killed());
    assert!(data.iter().all(|data| Arc::strong_count(data) == 1), "all of it is dropped");
    let taken = rest(&mut events);
    assert_eq!((taken.len(), ids.len(), snapshot.len()), (18, 9, 0));
}

#[test]
fn a_subscription_bound_to_a_session_lets_go_of_it() {
    let builder = SessionStore::builder().limits(Limits::none()).timeouts(Timeouts::none());
    let store: SessionStore<Arc<()>> = builder.build().unwrap();
    let data = Arc::new(());
    let session = store.create(NewSession::new(Arc::clone(&data))).unwrap();
    let mut events = store.subscribe(Filter::all()).until_end_of(&session);
    let other = store.subscribe(Filter::all()).until_end_of(&session);
    let waker = Arc::new(Woken::default());
    assert!(poll(&mut events, &waker).is_pending());
    drop(other);
    let _ = store.end(session.id());
    drop(session);
    assert!(events.try_recv().is_err());
    assert_eq!(Arc::strong_count(&data), 1);
    drop(events);
    assert_eq!(Arc::strong_count(&waker), 1);
}

#[test]
fn a_subscription_keeps_no_store_alive() {
    let data = Arc::new(());
    let store = SessionStore::builder().build().unwrap();
    let mut events = store.subscribe(Filter::all());
    store.create(NewSession::new(Arc::clone(&data))).unwrap();
    drop(store);
    assert_eq!(Arc::strong_count(&data), 1);
    assert_eq!(crate::tools::until_closed(&mut events).len(), 2);
}

#[test]
fn wakers_are_let_go_of() {
    let (store, mut events) = followed();
    let wakers: Vec<Arc<Woken>> = (0..4).map(|_| Arc::default()).collect();
    let weak: Vec<Weak<Woken>> = wakers.iter().map(Arc::downgrade).collect();
    let gone = |index: usize| weak[index].strong_count() == 0;
    let mut wakers = wakers.into_iter();
    let mut wait = |events: &mut tenure::events::Subscription| {
        assert!(poll(events, &wakers.next().unwrap()).is_pending());
    };
    wait(&mut events);
    wait(&mut events);
    assert!(gone(0) && !gone(1), "replaced");
    assert!(events.try_recv().unwrap().is_none());
    assert!(gone(1), "read without waiting");
    wait(&mut events);
    store.create(plain()).unwrap();
    assert!(gone(2), "woken");
    drop(rest(&mut events));
    wait(&mut events);
    drop(events);
    assert!(gone(3), "dropped with the subscription");
}

#[test]
fn events_outlive_everything() {
    let (store, mut events) = followed();
    store.create(of("alice").host("north")).unwrap();
    let taken = rest(&mut events);
    let copy = taken[0].clone();
    drop((store, events, taken));
    assert_eq!((kinds(std::slice::from_ref(&copy)).len(), copy.host()), (1, Some("north")));
}

#[test]
fn what_is_sent_between_threads() {
    fn send<T: Send + 'static>() {}
    fn shared<T: Clone + Send + Sync + 'static>() {}
    send::<tenure::events::Subscription>();
    shared::<tenure::events::SubscriptionWatcher>();
    shared::<tenure::events::SubscriptionInfo>();
    shared::<tenure::events::Event>();
    shared::<tenure::events::EventToken>();
    shared::<Filter>();
    shared::<tenure::events::EventError>();
    shared::<tenure::events::BarrierError>();
    shared::<tenure::events::StaleToken>();
}
