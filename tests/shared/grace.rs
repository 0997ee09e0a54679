//! What was used within its timeout is refused nowhere, as long as nodes refresh within the grace.

use std::time::Duration;

use tenure::collection::{Fault, HashKey, MemoryCollection, Policy};
use tenure::shared::SharedSessions;
use tenure::{ManualClock, NewSession, SessionId, SessionStore};

use crate::common::{Random, factor, secs, seed};

type Node = SharedSessions<u64, MemoryCollection>;

const IDLE: Duration = secs(1_000);
/// How often nodes refresh. One in a row may fail.
const INTERVAL: Duration = secs(100);
/// By how much a node's clock may jump in an interval.
const JUMP: Duration = secs(20);
/// The grace: two intervals, and the error of the clocks.
const GRACE: Duration = secs(250);

struct Place {
    node: Node,
    clock: ManualClock,
    next: Duration,
    failed: bool,
}

struct Used {
    id: SessionId,
    at: Duration,
}

#[test]
fn session_that_was_used_within_its_timeout_is_refused_nowhere() {
    let seed = seed("session_that_was_used_within_its_timeout_is_refused_nowhere");
    for episode in 0..(40 * factor()) as u64 {
        let mut random = Random::new(seed.wrapping_add(episode));
        let time = ManualClock::new();
        let mut policy = Policy::new(INTERVAL);
        (policy.grace, policy.hold) = (GRACE, Duration::ZERO);
        let collection = MemoryCollection::with_clock(policy, time.clone());
        let mut places: Vec<Place> = (0..3).map(|_| place(&collection, &mut random)).collect();
        let create = |place: &Place| {
            let session = place.node.create(NewSession::new(0)).unwrap();
            Used { id: session.id(), at: Duration::ZERO }
        };
        let mut sessions: Vec<Used> = (0..8).map(|at| create(&places[at % 3])).collect();
        let (mut now, step) = (Duration::ZERO, secs(10));
        while now < secs(20_000) {
            now += step;
            time.advance(step);
            for place in &mut places {
                let jump = if random.below(200) == 0 { JUMP } else { Duration::ZERO };
                place.clock.advance(step + jump);
                place.refresh(now, &collection, &mut random);
            }
            let place = &places[random.below(3)];
            for used in &mut sessions {
                // Some are used often, some at the last moment.
                let idle = now.saturating_sub(used.at);
                if idle + step >= IDLE || random.below(300) == 0 {
                    let found = place.node.acquire_or_load(used.id);
                    assert!(found.is_ok(), "seed {seed}, {episode}, {idle:?}: {found:?}");
                    used.at = now;
                }
            }
            place.node.store().reap();
        }
        // Not for ever.
        for _ in 0..200 {
            now += step;
            time.advance(step);
            for place in &mut places {
                place.clock.advance(step);
                place.refresh(now, &collection, &mut random);
            }
        }
        assert_eq!(collection.live(), 0, "seed {seed}, {episode}");
    }
}

fn place(collection: &MemoryCollection, random: &mut Random) -> Place {
    let clock = ManualClock::new();
    clock.advance(secs(random.below(1_000_000) as u64));
    let store = SessionStore::builder().clock(clock.clone()).idle_timeout(IDLE);
    let builder = SharedSessions::builder(collection.clone(), HashKey::new([5; 32]));
    let node = builder.store(store.absolute_timeout(None)).build().unwrap();
    Place { node, clock, next: Duration::ZERO, failed: false }
}

impl Place {
    /// Refreshes, if it is time. One in a row may fail, in any way.
    fn refresh(&mut self, now: Duration, collection: &MemoryCollection, random: &mut Random) {
        if now < self.next {
            return;
        }
        self.next = now + INTERVAL;
        self.failed = !self.failed && random.below(2) == 0;
        if self.failed {
            collection.faults(Fault::seeded(random.next(), 2));
        }
        let refreshed = self.node.refresh();
        assert!(refreshed.is_ok() || self.failed, "{refreshed:?}");
        collection.faults(|_| Fault::None);
        self.node.store().reap();
    }
}
