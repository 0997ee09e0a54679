//! Models of one session's word, as requests and the store change it.
//!
//! The store has one evictor at a time, since it holds a lock then; here there may be two, for the
//! word must not need the lock.

use time::OffsetDateTime;

use super::activity::Gone;
use super::context::Context;
use super::ending::{Ending, UnfinishedEnd};
use super::fresh::FreshRecord;
use super::names::Names;
use super::record::{Begun, NewRecord, Record};
use super::return_queue::ReturnQueue;
use super::word::{Changed, Seen};
use crate::clock::StillClock;
use crate::end::{EndReason, Tombstone};
use crate::id::{SessionId, TrackSalt};
use crate::sync::Arc;
use crate::sync::checker::{exhaustively, join_all, spawn};
use crate::tick::Tick;
use crate::timeouts::{Deadlines, Timeouts};

const CREATED: Tick = Tick::from_micros(1);

fn tick(micros: u64) -> Tick {
    Tick::from_micros(micros)
}

/// A session that never expires, and the clock by which leases are given back.
fn session() -> (Arc<Record<()>>, StillClock) {
    let clock = StillClock::default();
    clock.set(CREATED.as_micros());
    let context = Context::new(Box::new(clock.clone()), TrackSalt::new([0; 32], 0), 0, None);
    let (id, deadlines) =
        (SessionId::from_bytes([1; 16]), Deadlines::new(Timeouts::none(), CREATED));
    let context = Arc::new(context);
    let new = NewRecord { id, pinned: false, privileged: false, context, data: () };
    let begun = Begun {
        number: 0,
        created: CREATED,
        last_active: CREATED,
        deadlines,
        names: Names::default(),
    };
    (FreshRecord::new(new).begin(begun), clock)
}

/// Ends the session as the store does, and tells the tombstone.
fn end(record: &Arc<Record<()>>, seen: Seen) -> Result<Tombstone, Changed> {
    let wall = OffsetDateTime::UNIX_EPOCH;
    let tombstone = Tombstone::new(EndReason::Killed, CREATED, wall, seen.last_active());
    let waiting = UnfinishedEnd::begin(record, seen)?.finish(tombstone, 1);
    Ending::new(Arc::clone(record), tombstone, waiting).deliver(&record.context);
    Ok(tombstone)
}

/// Evicts the session if it is free and was last active when it was created.
fn evict(record: &Arc<Record<()>>) -> bool {
    let seen = record.word.load();
    let oldest = !seen.ended() && !seen.in_use() && seen.last_active() == CREATED;
    oldest && end(record, seen).is_ok()
}

/// Ends the session, in use or not, unless it has ended.
fn kill(record: &Arc<Record<()>>) -> Option<Tombstone> {
    let mut seen = record.word.load();
    while !seen.ended() {
        match end(record, seen) {
            Ok(tombstone) => return Some(tombstone),
            Err(Changed(new)) => seen = new,
        }
    }
    None
}

/// Uses the session once. Returns whether it could.
fn use_once(record: &Record<()>, now: Tick) -> bool {
    let leased = record.lease(now);
    if leased.is_ok() {
        assert!(!record.word.load().ended(), "it was evicted while it was in use");
        record.release();
    }
    leased.is_ok()
}

#[test]
fn a_session_in_use_is_not_evicted() {
    // The lease at another tick, and at the very tick by which the victim was chosen.
    for at in [tick(2), CREATED] {
        exhaustively(8, move || {
            let (record, _clock) = session();
            let other = spawn({
                let record = Arc::clone(&record);
                move || use_once(&record, at)
            });
            let evicted = evict(&record);
            let used = other.join().unwrap();
            let seen = record.word.load();
            assert_eq!((seen.ended(), seen.leases()), (evicted, 0));
            assert!(used || evicted, "neither had a reason to fail");
            assert_eq!(record.lease(tick(3)).is_ok(), !evicted);
        });
    }
}

#[test]
fn a_session_that_was_touched_is_not_evicted() {
    exhaustively(1_700, || {
        let (record, _clock) = session();
        let others = [2, 3].map(|at| {
            let record = Arc::clone(&record);
            spawn(move || record.touch(tick(at)))
        });
        let evicted = evict(&record);
        let touched = others.map(|other| other.join().unwrap());
        assert!(touched.iter().all(|touched| touched.is_ok() == !evicted), "{touched:?}");
        assert_eq!(record.word.load().last_active(), if evicted { CREATED } else { tick(3) });
    });
}

#[test]
fn a_session_ends_once() {
    exhaustively(13_000, || {
        let (record, _clock) = session();
        let others = [0, 1].map(|what| {
            let record = Arc::clone(&record);
            spawn(move || if what == 0 { evict(&record) } else { kill(&record).is_some() })
        });
        // A kill ends it all the same, an eviction does not.
        let used = record.lease(CREATED).is_ok();
        let ends = others.map(|other| usize::from(other.join().unwrap()));
        assert_eq!(ends[0] + ends[1], 1, "it ended {ends:?} times, used: {used}");
        assert!(record.word.load().ended());
        assert_eq!(record.tombstone().map(|known| known.reason()), Some(EndReason::Killed));
    });
}

#[test]
fn what_has_ended_stands_still() {
    exhaustively(14_000, || {
        let (record, clock) = session();
        record.lease(CREATED).unwrap();
        clock.set(9);
        let user = spawn({
            let record = Arc::clone(&record);
            move || record.release()
        });
        let other = spawn({
            let record = Arc::clone(&record);
            move || record.touch(tick(5))
        });
        let tombstone = kill(&record).expect("nobody else ends it");
        let at_once = record.word.load();
        assert_eq!(record.lease(tick(9)), Err(Gone::Ended.into()));
        user.join().unwrap();
        let _ = other.join().unwrap();
        let seen = record.word.load();
        assert!(seen.ended() && !seen.in_use());
        assert_eq!(at_once.last_active(), tombstone.last_active());
        assert_eq!(seen.last_active(), tombstone.last_active());
        assert_eq!(record.lease(tick(9)), Err(Gone::Ended.into()));
    });
}

#[test]
fn no_number_in_the_return_queue_is_lost() {
    exhaustively(300, || {
        let queue = Arc::new(ReturnQueue::default());
        let returns = [1, 2].map(|number| {
            let queue = Arc::clone(&queue);
            spawn(move || queue.put(number))
        });
        let mut taken = queue.take(1);
        join_all(returns);
        taken.extend(queue.take(2));
        taken.sort_unstable();
        assert_eq!((taken, queue.is_filled()), (vec![1, 2], false));
    });
}

/// No reader has a part of one move and a part of another.
#[test]
fn deadlines_are_of_one_move() {
    let moves = [(10, 40), (40, 10), (20, 20)].map(|(idle, absolute)| Deadlines { idle, absolute });
    exhaustively(600, move || {
        let (record, _clock) = session();
        record.set_deadlines(moves[0]);
        let reader = spawn({
            let record = Arc::clone(&record);
            move || [record.deadlines(), record.deadlines()]
        });
        record.set_deadlines(moves[1]);
        record.set_deadlines(moves[2]);
        let seen = reader.join().unwrap().map(|seen| moves.iter().position(|one| *one == seen));
        assert!(seen.iter().all(Option::is_some), "the deadlines of no move");
        assert!(seen[0] <= seen[1], "they were moved back");
        assert_eq!(record.deadlines(), moves[2]);
    });
}

#[test]
fn time_never_goes_back() {
    exhaustively(24, || {
        let (record, clock) = session();
        record.lease(CREATED).unwrap();
        clock.set(5);
        let user = spawn({
            let record = Arc::clone(&record);
            move || record.release()
        });
        let other = spawn({
            let record = Arc::clone(&record);
            move || record.touch(tick(9)).unwrap()
        });
        let first = record.word.load().last_active();
        assert!(record.word.load().last_active() >= first);
        other.join().unwrap();
        assert_eq!(record.word.load().last_active(), tick(9));
        user.join().unwrap();
        assert_eq!(record.word.load().last_active(), tick(9));
    });
}
