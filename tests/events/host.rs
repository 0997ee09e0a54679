//! Wakers and hooks are host code: they run outside the locks, and may call the store.

use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use tenure::events::EventKind::{Created, Ended};
use tenure::events::{Filter, Subscription};
use tenure::{NewSession, Selector, SessionStore};

use crate::common::{Store, of, plain, within_a_minute};
use crate::tools::{Woken, capped, crowd, followed, kinds, poll, rest, ring};

/// Everything that takes a lock of the store or of its events.
fn use_all(store: &Store) {
    let session = store.create(of("reentrant")).unwrap();
    store.rotate(session.id()).unwrap();
    drop(store.acquire(session.id()));
    let (_, mut events) = store.subscribe_with_snapshot(Filter::all());
    let watcher = events.watcher();
    let _ = store.end(session.id());
    let _ = (watcher.info(), watcher.barrier(std::time::Duration::ZERO), events.token());
    let _ = store.resync(&mut events);
    let _ = store.subscribe_from(Filter::all(), events.token());
    let _ = (store.list(&Selector::all()), store.subscriptions(), store.stats(), store.reap());
    let _ = format!("{events:?} {watcher:?}");
}

/// Uses the store when it is woken, and when it is dropped.
struct Meddler {
    store: Store,
    ran: Arc<Mutex<(usize, usize)>>,
    panics: bool,
}

impl Meddler {
    fn new(store: &Store, panics: bool) -> (Arc<Self>, Arc<Mutex<(usize, usize)>>) {
        let ran = Arc::default();
        (Arc::new(Self { store: store.clone(), ran: Arc::clone(&ran), panics }), ran)
    }
}

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        use_all(&self.store);
        self.ran.lock().unwrap().0 += 1;
        assert!(!self.panics, "on purpose");
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        use_all(&self.store);
        self.ran.lock().unwrap().1 += 1;
        assert!(!self.panics || std::thread::panicking(), "on purpose");
    }
}

/// Waits with a meddler, and lets go of its own pointer.
fn wait(store: &Store, events: &mut Subscription, panics: bool) -> Arc<Mutex<(usize, usize)>> {
    let (meddler, ran) = Meddler::new(store, panics);
    let waker = Waker::from(meddler);
    assert!(events.poll_recv(&mut Context::from_waker(&waker)).is_pending());
    ran
}

#[test]
fn wakers_may_use_the_store() {
    within_a_minute(|| {
        for panics in [false, true] {
            let (store, mut events) = followed();
            let mut other = store.subscribe(Filter::all());
            let ran = wait(&store, &mut events, panics);
            let quiet = Arc::new(Woken::default());
            assert!(poll(&mut other, &quiet).is_pending());
            store.create(plain()).unwrap();
            assert_eq!(ran.lock().unwrap().0, 1);
            assert!(quiet.times() >= 1, "the others are woken all the same");
            // Its own drop used the store as well.
            assert_eq!(ran.lock().unwrap().1, 1);
            assert!(rest(&mut events).len() > 3);
            assert_eq!(store.stats().application_panics > 0, panics);
        }
    });
}

/// A waker that is let go of without being woken.
#[test]
fn stale_wakers_are_dropped_outside_the_locks() {
    within_a_minute(|| {
        type Replace = fn(Subscription, &Store);
        let ways: [Replace; 5] = [
            |events, _| drop(events),
            |mut events, _| assert!(events.try_recv().unwrap().is_none()),
            |mut events, _| {
                assert!(poll(&mut events, &Arc::new(Woken::default())).is_pending());
            },
            |mut events, _| {
                assert!(events.recv_timeout(std::time::Duration::ZERO).unwrap().is_none());
            },
            |mut events, _| {
                let other = ring(3).build().unwrap();
                let _ = other.resync(&mut events);
            },
        ];
        for way in ways {
            let (store, _events) = followed();
            // It wants nothing of what the meddler does.
            let mut events = store.subscribe(Filter::all().principal("bob"));
            let ran = wait(&store, &mut events, false);
            way(events, &store);
            assert_eq!(*ran.lock().unwrap(), (0, 1));
        }
    });
}

/// Tries to go on when the store has closed.
struct AtTheEnd(Store, Arc<Mutex<usize>>);
impl Wake for AtTheEnd {
    fn wake(self: Arc<Self>) {
        *self.1.lock().unwrap() += 1;
        assert!(self.0.create(plain()).is_err());
        let _ = (self.0.list(&Selector::all()), self.0.subscriptions(), self.0.close());
    }
}

#[test]
fn a_close_wakes_outside_the_locks() {
    within_a_minute(|| {
        let store = ring(1_000).build().unwrap();
        let mut events = store.subscribe(Filter::all().kinds([]));
        let calls = Arc::new(Mutex::new(0));
        let waker = Waker::from(Arc::new(AtTheEnd(store.clone(), Arc::clone(&calls))));
        assert!(events.poll_recv(&mut Context::from_waker(&waker)).is_pending());
        crowd(&store, "alice", 3);
        let _ = store.close();
        assert_eq!(*calls.lock().unwrap(), 1);
        assert_eq!(store.stats().application_panics, 0);
    });
}

#[test]
fn hooks_may_follow_and_publish() {
    within_a_minute(|| {
        let (store, mut events) = followed();
        let session = store.create(plain()).unwrap();
        let within = store.clone();
        session.on_end(move |_, _| use_all(&within));
        let _ = store.end(session.id());
        let taken = rest(&mut events);
        let [first, second, third, ..] = kinds(&taken)[..] else { panic!("{taken:?}") };
        // Its end, and then what its hook did.
        assert_eq!([first, second, third], [Created, Ended, Created]);
        assert_eq!(store.stats().application_panics, 0);
    });
}

/// The data of a session may be dropped by whoever publishes its end.
#[test]
fn drops_of_data_may_follow_and_publish() {
    struct Data(Option<SessionStore<Data>>);
    impl Drop for Data {
        fn drop(&mut self) {
            if let Some(store) = self.0.take() {
                let (_, mut events) = store.subscribe_with_snapshot(Filter::all());
                store.create(NewSession::new(Data(None))).unwrap();
                assert!(events.try_recv().unwrap().is_some());
                assert_eq!(store.subscriptions().len(), 2);
            }
        }
    }
    within_a_minute(|| {
        let store: SessionStore<Data> = SessionStore::builder().build().unwrap();
        let mut events = store.subscribe(Filter::all());
        for _ in 0..20 {
            let data = Data(Some(store.clone()));
            let id = store.create(NewSession::new(data)).unwrap().id();
            let _ = store.end(id);
        }
        assert_eq!((rest(&mut events).len(), store.stats().application_panics), (60, 0));
    });
}

/// An eviction publishes for the newcomer and the victim, whose hook comes after both.
#[test]
fn a_hook_of_a_victim_sees_the_newcomer() {
    let store = capped(1).build().unwrap();
    let events = Arc::new(Mutex::new(store.subscribe(Filter::all())));
    let victim = store.create(plain()).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (follower, told) = (Arc::clone(&events), Arc::clone(&seen));
    victim.on_end(move |_, _| {
        *told.lock().unwrap() = kinds(&rest(&mut follower.lock().unwrap()));
    });
    store.create(plain()).unwrap();
    assert_eq!(*seen.lock().unwrap(), [Created, Ended, Created]);
}
