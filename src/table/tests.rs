//! How much of a search one visit to the lock may do.

use super::ledger::CHUNK;
use super::live_sessions::LiveSessions;
use super::scope::{GroupKind, Scope};
use super::search::{Effort, Found};
use crate::clock::ManualClock;
use crate::groups::Permit;
use crate::id::{SessionId, TrackSalt};
use crate::limits::{Limit, Limits};
use crate::session::{Begun, Context, FreshRecord, Label, Names, NewRecord};
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
        let context = Arc::new(Context::new(clock, TrackSalt::new([0; 32]), 0, None));
        let limit = Limit::evict_oldest(many);
        let limits = Limits::none().global(limit).per_principal(limit);
        let (mut live, label) = (LiveSessions::new(&limits), Arc::new(Label::new("alice")));
        for number in 0..many as u64 {
            let (pinned, privileged, context) = (false, false, Arc::clone(&context));
            let id = SessionId::from_bytes(u128::from(number).to_be_bytes());
            let fresh = FreshRecord::new(NewRecord { id, pinned, privileged, context, data: () });
            let names = Names { principal: Some(Arc::clone(&label)), ..Names::default() };
            let deadlines = Deadlines::new(Timeouts::none(), Tick::ZERO);
            let begun =
                Begun { number, created: Tick::ZERO, last_active: Tick::ZERO, deadlines, names };
            let record = fresh.begin(begun);
            record.lease(Tick::ZERO).unwrap();
            live.seat(Permit::mint(true), &record, &limits);
        }
        Self { context, label, live }
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
