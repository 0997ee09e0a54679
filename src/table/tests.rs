//! How much of a search one visit to the lock may do, and walks in several visits.

use std::collections::HashSet;

use super::ledger::{CHUNK, Ledger};
use super::live_sessions::LiveSessions;
use super::members::Walk;
use super::scope::{GroupKind, Scope};
use super::search::{Effort, Found};
use crate::clock::ManualClock;
use crate::groups::Permit;
use crate::id::{SessionId, TrackSalt};
use crate::limits::{Limit, Limits};
use crate::session::{Begun, Context, FreshRecord, Label, Names, NewRecord, Record};
use crate::sync::Arc;
use crate::tick::Tick;
use crate::timeouts::{Deadlines, Timeouts};

const MANY: usize = 1_000;

/// Sessions in use, on the list of a store whose limits evict.
struct Engine {
    context: Arc<Context>,
    label: Arc<Label>,
    live: LiveSessions<()>,
}

impl Engine {
    fn all_in_use(many: usize) -> Self {
        let clock = Box::new(ManualClock::new());
        let context = Arc::new(Context::new(clock, TrackSalt::new([0; 32], 0), 0, None));
        let limit = Limit::evict_oldest(many);
        let limits = Limits::none().global(limit).per_principal(limit);
        let (mut live, label) = (LiveSessions::new(&limits), Arc::new(Label::new("alice")));
        for number in 0..many as u64 {
            let record = new_record(number, &context, &label);
            record.lease(Tick::ZERO).unwrap();
            live.seat(Permit::mint(true), &record, &limits);
        }
        Self { context, label, live }
    }

    /// Adds a session that is free.
    fn add(&mut self, number: u64) {
        let record = new_record(number, &self.context, &self.label);
        self.live.seat(Permit::mint(true), &record, &Limits::none());
    }

    /// Visits until a search is over, with this much effort each. Returns what it found, how many
    /// visits it took, and the most sessions that one of them parked or took out of the queue.
    fn search(&mut self, steps: usize, group: bool) -> (Option<Found<()>>, usize, usize) {
        let Self { context, label, live } = self;
        let scope = if group { Scope::Group(GroupKind::Principal, label) } else { Scope::All };
        let (mut effort, mut most) = (Effort::new(), 0);
        for visits in 1.. {
            let before = live.parked.len();
            effort.allow(steps);
            let found = live.oldest(scope, &context.returns, &mut effort);
            most = most.max(live.parked.len().abs_diff(before));
            if let Ok(found) = found {
                return (found, visits, most);
            }
        }
        unreachable!("it ends before the numbers do")
    }
}

fn new_record(number: u64, context: &Arc<Context>, label: &Arc<Label>) -> Arc<Record<()>> {
    let (pinned, privileged, context) = (false, false, Arc::clone(context));
    let id = SessionId::from_bytes(u128::from(number).to_be_bytes());
    let fresh = FreshRecord::new(NewRecord { id, pinned, privileged, context, data: () });
    let names = Names { principal: Some(Arc::clone(label)), ..Names::default() };
    let deadlines = Deadlines::new(Timeouts::none(), Tick::ZERO);
    let (created, last_active) = (Tick::ZERO, Tick::ZERO);
    fresh.begin(Begun { number, created, last_active, deadlines, names })
}

#[test]
fn walk_meets_every_session_that_stays() {
    const STAY: u64 = 100;
    for principal in [None, Some("alice")] {
        let names = Names { principal, ..Names::default() };
        let mut engine = Engine::all_in_use(0);
        // Every third stays. The others end while the walk is under way, from either end of the
        // list in turn, and newcomers join it.
        (0..3 * STAY).for_each(|number| engine.add(number));
        let mut met = HashSet::new();
        let mut walk = Walk::new(&engine.live, names);
        for round in 1.. {
            let some = walk.next(&engine.live, &engine.context, 8);
            if some.is_empty() {
                break;
            }
            assert!(some.len() <= 8 && round < STAY, "{} in round {round}", some.len());
            met.extend(some.iter().map(|record| record.number()));
            let goes = |record: &&Arc<Record<()>>| !record.number().is_multiple_of(3);
            for end in 0..10 {
                let mut going = engine.live.records.iter().filter(goes);
                let gone = if end % 2 == 0 { going.next() } else { going.next_back() };
                let Some(gone) = gone.map(Arc::clone) else { break };
                engine.live.remove(&gone);
            }
            engine.add(3 * STAY + 3 * round + 1);
        }
        let missed: Vec<_> = (0..STAY).map(|n| 3 * n).filter(|n| !met.contains(n)).collect();
        assert!(missed.is_empty(), "{missed:?} were not met among {principal:?}");
    }
}

#[test]
fn search_that_meets_many_leases_takes_many_visits() {
    for group in [false, true] {
        let mut engine = Engine::all_in_use(MANY);
        let (found, visits, most) = engine.search(CHUNK, group);
        assert!(found.is_none() && engine.live.parked.len() == MANY);
        assert!(visits >= MANY / CHUNK && most <= CHUNK, "{visits} visits, one with {most} steps");
    }
}

#[test]
fn search_that_empties_a_long_queue_takes_many_visits() {
    let mut engine = Engine::all_in_use(MANY);
    assert!(engine.search(usize::MAX, false).0.is_none());
    engine.live.records.iter().for_each(|record| record.release());
    let (found, visits, most) = engine.search(CHUNK, false);
    assert_eq!(found.map(|found| found.record.number()), Some(0));
    assert!(visits >= MANY / CHUNK && most <= CHUNK, "{visits} visits, one with {most} steps");
}

#[test]
fn search_looks_again_a_bounded_number_of_times() {
    const LOOKS: usize = 64;
    for group in [false, true] {
        let mut engine = Engine::all_in_use(2);
        let mut effort = Effort::new();
        let scope = Scope::Group(GroupKind::Principal, &engine.label);
        let scope = if group { scope } else { Scope::All };
        for round in 0..=LOOKS {
            // Something comes back before each of its looks is over.
            engine.context.returns.put(7);
            effort.allow(CHUNK);
            let found = engine.live.oldest(scope, &engine.context.returns, &mut effort);
            assert!(found.unwrap().is_none());
            assert_eq!(engine.context.returns.is_filled(), round == LOOKS, "round {round}");
        }
    }
}

#[test]
fn shards_that_a_reaper_takes_are_left_to_no_other_and_keep_no_new_ebb_out() {
    let mut ledger = Ledger::<()>::new(&Limits::none());
    ledger.to_shrink = 64;
    assert_eq!((ledger.take_to_shrink(10), ledger.take_to_shrink(50)), (54..64, 4..54));
    // Sessions came and went while those two give memory back.
    ledger.to_shrink = 64;
    assert_eq!((ledger.take_to_shrink(usize::MAX), ledger.to_shrink), (0..64, 0));
}
