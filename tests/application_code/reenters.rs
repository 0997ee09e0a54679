//! Hooks and drops that come back into the store that called them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tenure::{
    EndAs, EndReason, Limit, Limits, ManualClock, NewSession, Selector, Session, SessionStore,
    Timeouts,
};

use crate::common::{Store, add_one, listed, plain, secs, within_a_minute};

const CAP: usize = 4;

fn store(clock: &ManualClock) -> Store {
    let limits = Limits::none().global(Limit::evict_oldest(CAP));
    let timeouts = Timeouts::none().idle(secs(10));
    let builder = SessionStore::builder().limits(limits).timeouts(timeouts);
    builder.clock(clock.clone()).build().unwrap()
}

/// A way to end a session, or to make it be ended.
type End = fn(&Store, &ManualClock, &Session<u32>);

const ENDS: [End; 7] = [
    |store, _, session| {
        let _ = store.end(session.id());
    },
    |store, _, _| {
        let _ = store.end_where_as(&Selector::all(), EndAs::killed());
    },
    |store, _, _| (0..CAP).for_each(|_| drop(store.create(plain()))),
    |store, clock, _| {
        clock.advance(secs(10));
        let _ = store.reap();
    },
    |store, clock, _| {
        clock.advance(secs(10));
        while store.reap_at_most(1).more {}
    },
    |store, clock, session| {
        clock.advance(secs(10));
        assert!(store.touch(session.id()).is_err());
    },
    |store, _, _| {
        let _ = store.close();
    },
];

#[test]
fn a_hook_may_use_the_store() {
    for (number, end) in ENDS.into_iter().enumerate() {
        let (runs, closed, balanced) = within_a_minute(move || {
            let clock = ManualClock::new();
            let store = store(&clock);
            let runs = Arc::new(AtomicUsize::new(0));
            let session = store.create(plain()).unwrap();
            let (inner, count) = (store.clone(), Arc::clone(&runs));
            session.on_end(move |session, tombstone| {
                count.fetch_add(1, Ordering::Relaxed);
                assert!(session.is_ended() && session.tombstone() == Some(*tombstone));
                assert!(inner.peek(session.id()).is_err());
                if let Ok(next) = inner.create(plain()) {
                    let lease = inner.acquire(next.id()).unwrap();
                    inner.rotate(next.id()).unwrap();
                    drop(lease);
                    let _ = inner.end(next.id());
                }
                // A hook on an ended session runs inside this one.
                let count = Arc::clone(&count);
                session.on_end(move |_, _| add_one(&count));
                let _ = (inner.stats(), inner.pressure(1), inner.list(&Selector::all()));
                let _ = (inner.reap(), inner.next_deadline());
                let _ = inner.end_where_as(&Selector::all(), EndAs::killed());
            });
            end(&store, &clock, &session);
            let stats = store.stats();
            assert_eq!(stats.application_panics, 0, "something in the hook failed");
            let balanced = stats.created == stats.live as u64 + stats.ended.total();
            (runs.load(Ordering::Relaxed), store.is_closed(), balanced)
        });
        assert_eq!((runs, balanced), (2, true), "end number {number}, closed: {closed}");
    }
}

/// A chain: the hook of each session ends the next one.
#[test]
fn hooks_may_end_other_sessions() {
    const LINKS: usize = 50;
    let ended = within_a_minute(|| {
        let limits = Limits::none();
        let store: Store = SessionStore::builder().limits(limits).build().unwrap();
        let chain: Vec<_> = (0..LINKS).map(|_| store.create(plain()).unwrap()).collect();
        for pair in chain.windows(2) {
            let (inner, next) = (store.clone(), pair[1].id());
            pair[0].on_end(move |_, _| {
                let _ = inner.end_as(next, EndAs::killed());
            });
        }
        let _ = store.end_as(chain[0].id(), EndAs::killed());
        assert_eq!(listed(&store), 0);
        store.stats().ended.count(EndReason::Killed)
    });
    assert_eq!(ended, LINKS as u64);
}

/// Data that creates a session of its own kind when it is dropped, `heads` times.
struct Hydra {
    heads: usize,
    store: SessionStore<Hydra>,
}

impl Drop for Hydra {
    fn drop(&mut self) {
        let Some(heads) = self.heads.checked_sub(1) else {
            return;
        };
        let data = Self { heads, store: self.store.clone() };
        let created = self.store.create(NewSession::new(data));
        let _ = (self.store.stats(), self.store.list(&Selector::all()), created);
    }
}

#[test]
fn a_drop_may_use_the_store() {
    const HEADS: usize = 5;
    let (created, live) = within_a_minute(|| {
        let limits = Limits::none().global(Limit::evict_oldest(1));
        let store = SessionStore::<Hydra>::builder().limits(limits).build().unwrap();
        let data = Hydra { heads: HEADS, store: store.clone() };
        store.create(NewSession::new(data)).unwrap();
        // Each drop creates a successor, whose eviction or end drops it in turn.
        while store.end_where_as(&Selector::all(), EndAs::killed()).ended > 0 {}
        let stats = store.stats();
        assert_eq!(stats.application_panics, 0);
        (stats.created, stats.live)
    });
    assert_eq!((created, live), (1 + HEADS as u64, 0));
}

#[test]
fn a_hook_may_close_the_store() {
    let ended = within_a_minute(|| {
        let store = store(&ManualClock::new());
        let sessions: Vec<_> = (0..3).map(|_| store.create(plain()).unwrap()).collect();
        let inner = store.clone();
        sessions[0].on_end(move |_, _| {
            let _ = inner.close();
        });
        let _ = store.end(sessions[0].id());
        assert!(store.is_closed() && store.create(plain()).is_err());
        store.stats().ended
    });
    assert_eq!((ended.count(EndReason::StoreClosed), ended.count(EndReason::LoggedOut)), (2, 1));
}
