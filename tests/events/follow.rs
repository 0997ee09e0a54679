//! A table that is kept by a snapshot and the events after it, while threads create and end.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tenure::events::{Event, EventError, Filter};
use tenure::{EndAs, Limits, NewSession, Selector, SessionStore, Timeouts};

use crate::common::{Random, Store, factor, of, seed, within_a_minute};
use crate::live::Live;
use crate::tools::{crowd, rest, ring};

const PUBLISHERS: u64 = 2;
/// How many events a test follows.
const ENOUGH: usize = 5_000;

/// Does all that there is an event of, with a few sessions at a time.
fn publish(store: &Store, random: &mut Random, over: &AtomicBool) {
    let mut mine = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let chosen = random.below(mine.len().max(1));
        match random.below(20) {
            0 => {
                let _ = store.end_where(&Selector::principal("p1"));
            }
            1..5 if !mine.is_empty() => {
                if let Ok(session) = store.rotate(mine[chosen]) {
                    mine[chosen] = session.id();
                }
            }
            5..12 if !mine.is_empty() => {
                let _ = store.end_as(mine.swap_remove(chosen), EndAs::killed());
            }
            _ if mine.len() > 60 => {
                let _ = store.end(mine.swap_remove(chosen));
            }
            _ => mine.push(store.create(of(&format!("p{}", random.below(3)))).unwrap().id()),
        }
    }
}

/// Calls `follow` until it has had enough while others publish, and then once more.
fn while_others_publish(store: &Store, seed: u64, mut follow: impl FnMut() -> bool) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for publisher in 0..PUBLISHERS {
            let (over, mut random) = (&over, Random::new(seed ^ publisher));
            scope.spawn(move || publish(store, &mut random, over));
        }
        // Should it fail, the publishers have to know.
        let followed = catch_unwind(AssertUnwindSafe(|| while !follow() {}));
        over.store(true, Ordering::Relaxed);
        followed.unwrap_or_else(|panic| resume_unwind(panic));
    });
    follow();
}

#[test]
fn a_snapshot_and_its_events_are_the_table() {
    let seed = seed("follow");
    within_a_minute(move || {
        let store = ring(1 << 20).build().unwrap();
        let (mut followers, mut count) = (VecDeque::new(), 0);
        while_others_publish(&store, seed, || {
            let (snapshot, events) = store.subscribe_with_snapshot(Filter::all());
            followers.push_back((Live::of(&snapshot), events));
            let newest: &mut (Live, _) = followers.back_mut().expect("it is new");
            newest.0.apply_all(&rest(&mut newest.1));
            if followers.len() > 8 {
                let (mut live, mut events) = followers.pop_front().expect("there are eight");
                let taken = rest(&mut events);
                count += taken.len();
                live.apply_all(&taken);
            }
            count > ENOUGH * factor()
        });
        for (mut live, mut events) in followers {
            live.apply_all(&rest(&mut events));
            live.is_that_of(&store);
        }
    });
}

/// A ring so small that losses are the rule.
#[test]
fn a_resync_is_the_table_again() {
    let seed = seed("resync");
    within_a_minute(move || {
        for size in [1, 4, 64] {
            let store = ring(size).build().unwrap();
            // A table large enough that its snapshot takes a while.
            crowd(&store, "still", 100);
            let (snapshot, mut events) = store.subscribe_with_snapshot(Filter::all());
            let (mut live, mut losses, mut told) = (Live::of(&snapshot), 0, 0);
            let mut next = |live: &mut Live, losses: &mut usize| match events.try_recv() {
                Ok(Some(event)) => {
                    live.apply(&event);
                    true
                }
                Ok(None) => false,
                Err(EventError::EventsLost { missed }) => {
                    assert!(missed > 0);
                    told += missed;
                    *losses += 1;
                    *live = Live::of(&store.resync(&mut events));
                    true
                }
                Err(other) => panic!("{other}"),
            };
            while_others_publish(&store, seed ^ size as u64, || {
                next(&mut live, &mut losses);
                losses > 40 * factor()
            });
            // All is quiet: what comes now is told of.
            crowd(&store, "last", 1);
            while next(&mut live, &mut losses) {}
            // What was lost between being told and the snapshot was told to nobody.
            assert!(events.info().lost >= told, "{told} were told");
            println!("resync: {losses} losses in a ring of {size}");
            live.is_that_of(&store);
        }
    });
}

/// A resync with no loss before it, over and over.
#[test]
fn a_resync_may_come_at_any_time() {
    let seed = seed("resync at any time");
    within_a_minute(move || {
        let store = ring(1 << 20).build().unwrap();
        let (snapshot, mut events) = store.subscribe_with_snapshot(Filter::all());
        let (mut live, mut count) = (Live::of(&snapshot), 0);
        while_others_publish(&store, seed, || {
            let taken = rest(&mut events);
            live.apply_all(&taken);
            if !taken.is_empty() {
                live = Live::of(&store.resync(&mut events));
            }
            count += taken.len();
            count > ENOUGH * factor()
        });
        live.apply_all(&rest(&mut events));
        live.is_that_of(&store);
        assert_eq!(events.info().lost, 0);
    });
}

/// What a token does not lead to any more is in the snapshot that is asked for instead.
#[test]
fn a_stale_token_is_the_table_again() {
    let seed = seed("stale");
    within_a_minute(move || {
        let store = ring(1 << 20).build().unwrap();
        let wrong = ring(1).build().unwrap().subscribe(Filter::all()).token();
        let mut rounds = 0;
        while_others_publish(&store, seed, || {
            assert!(store.subscribe_from(Filter::all(), wrong).is_err());
            let (live, mut events) = store.subscribe_with_snapshot(Filter::all());
            let mut live = Live::of(&live);
            let taken = rest(&mut events);
            live.apply_all(&taken);
            rounds += usize::from(!taken.is_empty());
            rounds > 60 * factor()
        });
    });
}

#[test]
fn a_resync_forgets_what_was_missed_and_keeps_the_filter() {
    let store = ring(3).build().unwrap();
    crowd(&store, "bob", 2);
    let mut events = store.subscribe(Filter::all().principal("bob"));
    let (id, watcher) = (events.info().id, events.watcher());
    crowd(&store, "bob", 5);
    crowd(&store, "alice", 1);
    assert_eq!(events.info().lost, 3);
    let sessions = store.resync(&mut events);
    assert_eq!(sessions.len(), 7);
    assert!(sessions.iter().all(|info| info.principal() == Some("bob")));
    assert!(rest(&mut events).is_empty(), "they are in the snapshot");
    let info = watcher.info().expect("it is the same subscription");
    assert_eq!((info.id, info.lag, info.lost), (id, 0, 3));
    crowd(&store, "alice", 1);
    crowd(&store, "bob", 1);
    assert_eq!(rest(&mut events).len(), 1);
    assert_eq!(store.subscriptions().len(), 1);
}

#[test]
fn a_resync_may_move_to_another_store() {
    let store = ring(9).build().unwrap();
    let mut events = store.subscribe(Filter::all().principal("bob"));
    let watcher = events.watcher();
    let other = ring(9).build().unwrap();
    crowd(&other, "bob", 2);
    crowd(&other, "alice", 1);
    assert_eq!(other.resync(&mut events).len(), 2);
    assert!(watcher.info().is_none() && store.subscriptions().is_empty());
    crowd(&store, "bob", 1);
    assert!(rest(&mut events).is_empty());
    crowd(&other, "alice", 1);
    crowd(&other, "bob", 1);
    assert_eq!(rest(&mut events).iter().map(Event::kind).count(), 1);
}

#[test]
fn a_resync_keeps_the_session_that_it_is_bound_to() {
    let (store, other) = (ring(9).build().unwrap(), ring(9).build().unwrap());
    for moves in [false, true] {
        let session = store.create(of("bob")).unwrap();
        let mut events = store.subscribe(Filter::all()).until_end_of(&session);
        let _ = if moves { other.resync(&mut events) } else { store.resync(&mut events) };
        assert!(events.try_recv().unwrap().is_none());
        let _ = store.end(session.id());
        assert!(matches!(events.try_recv(), Err(EventError::SessionEnded(_))), "moves: {moves}");
    }
}

/// Expired sessions are in a snapshot, since their end is an event that is yet to come.
#[test]
fn a_snapshot_has_the_expired_until_they_have_ended() {
    let clock = tenure::ManualClock::new();
    let timeouts = Timeouts::none().idle(crate::common::secs(9));
    let builder = SessionStore::builder().limits(Limits::none()).timeouts(timeouts);
    let store: Store = builder.clock(clock.clone()).build().unwrap();
    store.create(NewSession::new(0)).unwrap();
    clock.advance(crate::common::secs(9));
    let (snapshot, mut events) = store.subscribe_with_snapshot(Filter::all());
    assert_eq!((snapshot.len(), store.list(&Selector::all()).len()), (1, 0));
    let mut live = Live::of(&snapshot);
    store.reap();
    live.apply_all(&rest(&mut events));
    live.is_that_of(&store);
}
