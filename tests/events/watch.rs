//! A live table that resynchronises by itself.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use tenure::events::{EventError, EventKind, Filter, Update, Watch};
use tenure::{Selector, Session, TrackId};

use crate::common::{Random, Store, of, plain, seed, spin_until, within_a_minute};
use crate::live::Live;
use crate::tools::{Woken, crowd, ring};

/// A table that is kept by a watch, with how often it was made anew.
#[derive(Default)]
struct Follower {
    live: Live,
    snapshots: usize,
}

impl Follower {
    /// Applies an update. Each has to make sense.
    fn apply(&mut self, update: &Update) {
        match update {
            Update::Snapshot(live) => {
                self.live = Live::of(live);
                self.snapshots += 1;
            }
            Update::Event(event) => self.live.apply(event),
        }
    }

    /// Takes all that there is.
    fn catch_up(&mut self, watch: &mut Watch) {
        while let Some(update) = watch.try_recv().expect("the store is open") {
            self.apply(&update);
        }
    }
}

/// Creates, ends and rotates sessions.
fn stir(store: &Store, random: &mut Random, times: usize) {
    let mut mine = Vec::new();
    for _ in 0..times {
        match random.below(4) {
            0 | 1 => mine.push(store.create(plain()).unwrap()),
            2 => drop(mine.pop().map(|session| store.end(&session))),
            _ => drop(mine.last().map(|session| store.rotate(session))),
        }
    }
}

#[test]
fn a_slow_follower_ends_up_with_the_stores_list() {
    let seed = seed("watch");
    let snapshots = within_a_minute(move || {
        let store = ring(8).build().unwrap();
        crowd(&store, "early", 3);
        let mut watch = store.watch(Filter::all());
        let done = AtomicBool::new(false);
        let mut follower = Follower::default();
        thread::scope(|scope| {
            let publishers = [1, 2, 3].map(|number| {
                let (store, mut random) = (&store, Random::new(seed ^ number));
                scope.spawn(move || stir(store, &mut random, 3_000))
            });
            let (done, watch, follower) = (&done, &mut watch, &mut follower);
            scope.spawn(move || {
                while !done.load(Ordering::SeqCst) {
                    if let Some(update) = watch.recv_timeout(Duration::ZERO).unwrap() {
                        follower.apply(&update);
                    }
                    // Slow: others publish meanwhile.
                    thread::yield_now();
                }
            });
            for publisher in publishers {
                publisher.join().unwrap();
            }
            done.store(true, Ordering::SeqCst);
        });
        follower.catch_up(&mut watch);
        follower.live.is_that_of(&store);
        // One that takes nothing at all for a while.
        stir(&store, &mut Random::new(seed), 100);
        let before = follower.snapshots;
        follower.catch_up(&mut watch);
        follower.live.is_that_of(&store);
        assert_eq!(follower.snapshots, before + 1);
        follower.snapshots
    });
    println!("{snapshots} snapshots");
}

#[test]
fn a_snapshot_comes_first_and_then_what_happens() {
    let store = ring(100).build().unwrap();
    crowd(&store, "alice", 2);
    crowd(&store, "bob", 1);
    let mut watch = store.watch(Filter::all().principal("alice"));
    let bob = store.create(of("bob")).unwrap();
    let alice = store.create(of("alice")).unwrap();
    let mut taken = std::iter::from_fn(|| watch.try_recv().unwrap());
    assert!(matches!(taken.next(), Some(Update::Snapshot(live)) if live.len() == 2));
    let Some(Update::Event(event)) = taken.next() else { panic!("no event") };
    assert_eq!((event.kind(), crate::tools::track(&event)), (EventKind::Created, alice.track_id()));
    assert!(taken.next().is_none(), "{:?} is not hers", bob.track_id());
    assert!(!watch.subscription().info().waiting);
}

#[test]
fn a_watch_does_not_keep_the_store_open() {
    for lost in [false, true] {
        let store = ring(2).build().unwrap();
        let mut watch = store.watch(Filter::all());
        let names: HashSet<TrackId> =
            crowd(&store, "alice", 2 + usize::from(lost)).iter().map(Session::track_id).collect();
        let mut follower = Follower::default();
        if !lost {
            follower.catch_up(&mut watch);
            assert_eq!(follower.live.0, names);
        }
        drop(store);
        for update in watch {
            follower.apply(&update);
        }
        assert!(follower.live.0.is_empty(), "lost: {lost}");
    }
}

#[test]
fn a_watch_ends_with_the_store_or_its_own_session() {
    let store = ring(100).build().unwrap();
    let [own, other] = [(); 2].map(|()| store.create(plain()).unwrap());
    let mut watch = store.watch(Filter::all());
    let mut bound = store.watch(Filter::all()).until_end_of(&own);
    assert!(matches!(bound.try_recv(), Ok(Some(Update::Snapshot(live))) if live.len() == 2));
    store.end(&own);
    for _ in 0..2 {
        assert!(matches!(bound.try_recv(), Err(EventError::SessionEnded(_))));
        assert!(matches!(bound.recv_timeout(Duration::MAX), Err(EventError::SessionEnded(_))));
    }
    assert!(bound.into_iter().next().is_none());
    drop(other);
    store.close();
    let kinds: Vec<_> = std::iter::from_fn(|| watch.recv_timeout(Duration::MAX).unwrap_or(None))
        .filter_map(
            |update| if let Update::Event(event) = update { Some(event.kind()) } else { None },
        )
        .collect();
    assert_eq!(kinds, [EventKind::Ended; 2]);
    assert!(matches!(watch.try_recv(), Err(EventError::Closed)));
    assert!(store.list(&Selector::all()).is_empty());
}

#[test]
fn a_blocked_watch_is_woken() {
    within_a_minute(|| {
        let store = ring(100).build().unwrap();
        let watch = store.watch(Filter::all());
        let watcher = watch.subscription().watcher();
        thread::scope(|scope| {
            let follower = scope.spawn(|| watch.into_iter().take(2).count());
            spin_until(|| watcher.info().is_some_and(|info| info.waiting));
            store.create(plain()).unwrap();
            assert_eq!(follower.join().unwrap(), 2);
        });
        assert!(watcher.info().is_none(), "it is freed");
    });
}

#[test]
fn an_awaited_watch_is_woken_and_dropping_the_future_takes_nothing() {
    let store = ring(2).build().unwrap();
    let mut watch = store.watch(Filter::all());
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let task = &mut Context::from_waker(&waker);
    drop(watch.recv());
    let Poll::Ready(Ok(Update::Snapshot(_))) = pin!(watch.recv()).poll(task) else { panic!() };
    assert!(pin!(watch.recv()).poll(task).is_pending());
    crowd(&store, "alice", 1);
    assert_eq!(woken.times(), 1);
    let Poll::Ready(Ok(Update::Event(_))) = pin!(watch.recv()).poll(task) else { panic!() };
    crowd(&store, "alice", 3);
    let Poll::Ready(Ok(Update::Snapshot(live))) = pin!(watch.recv()).poll(task) else { panic!() };
    assert_eq!(live.len(), 4);
    assert!(pin!(watch.recv()).poll(task).is_pending());
}

#[cfg(feature = "stream")]
#[test]
fn a_watch_is_a_stream() {
    use futures_core::Stream;

    let store = ring(2).build().unwrap();
    let mut watch = store.watch(Filter::all());
    let task = &mut Context::from_waker(Waker::noop());
    let mut follower = Follower::default();
    for round in 0..3 {
        crowd(&store, "alice", 2 * round);
        while let Poll::Ready(update) = pin!(&mut watch).poll_next(task) {
            follower.apply(&update.expect("the store is open"));
        }
        follower.live.is_that_of(&store);
    }
    assert_eq!(follower.snapshots, 2, "the first, and that of four events");
    store.close();
    let rest = std::iter::from_fn(|| match pin!(&mut watch).poll_next(task) {
        Poll::Ready(update) => update,
        Poll::Pending => panic!("it ends"),
    });
    rest.for_each(|update| follower.apply(&update));
    assert!(follower.live.0.is_empty());
}
