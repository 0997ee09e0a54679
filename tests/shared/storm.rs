//! Threads that use two nodes at once, while the collection fails at random.

use std::sync::Mutex;
use std::thread;

use tenure::collection::{
    Collection, Fault, HashKey, MemoryCollection, Op, Outcome, Policy, Request,
};
use tenure::shared::{SharedAcquireError, SharedSessions, UpdateError};
use tenure::{EndOutcome, ManualClock, NewSession, SessionId, SessionStore};

use crate::common::{Random, factor, secs, seed, within_a_minute};

type Node = SharedSessions<u64, MemoryCollection>;

/// What is known of a session.
#[derive(Clone, Debug, Default)]
struct Known {
    ids: Vec<SessionId>,
    ended: bool,
    excused: bool,
    changes: u64,
    doubts: u64,
}

const THREADS: usize = 4;
const SESSIONS: usize = 12;
const KEY: [u8; 32] = [9; 32];

struct Crowd {
    nodes: [Node; 2],
    collection: MemoryCollection,
    known: Mutex<Vec<Known>>,
}

impl Crowd {
    fn new(seed: u64) -> Self {
        let clock = ManualClock::new();
        let collection = MemoryCollection::with_clock(Policy::new(secs(300)), clock.clone());
        let node = || {
            let store = SessionStore::builder().clock(clock.clone()).idle_timeout(secs(1_800));
            let builder = SharedSessions::builder(collection.clone(), HashKey::new(KEY));
            builder.store(store.track_salt([1; 32])).build().unwrap()
        };
        let nodes = [node(), node()];
        let create = |at: usize| {
            let session = nodes[at % 2].create(NewSession::new(0)).unwrap();
            Known { ids: vec![session.id()], ..Known::default() }
        };
        let known = Mutex::new((0..SESSIONS).map(create).collect());
        collection.faults(Fault::seeded(seed, 9));
        Self { nodes, collection, known }
    }

    fn work(&self, mut random: Random, steps: usize) {
        for _ in 0..steps {
            let (node, at) = (&self.nodes[random.below(2)], random.below(SESSIONS));
            let id = *self.known.lock().unwrap()[at].ids.last().unwrap();
            match random.below(100) {
                0..10 => _ = node.refresh(),
                10..12 => {
                    let ended = node.end(id);
                    let known = &mut self.known.lock().unwrap()[at];
                    known.ended |= matches!(ended, Ok(EndOutcome::Ended(_)));
                    known.excused = true;
                }
                12..16 => {
                    let rotated = node.rotate(id);
                    let known = &mut self.known.lock().unwrap()[at];
                    match rotated {
                        Ok(session) => known.ids.push(session.id()),
                        Err(_) => known.excused = true,
                    }
                }
                16..50 => {
                    let Ok(lease) = node.acquire_or_load(id) else { continue };
                    let updated = node.update_data(&lease, |data| data + 1);
                    let known = &mut self.known.lock().unwrap()[at];
                    match updated {
                        Ok(_) => known.changes += 1,
                        Err(UpdateError::Collection(error)) if !error.may_be_applied() => {}
                        Err(UpdateError::Contended { .. }) => {}
                        Err(_) => known.doubts += 1,
                    }
                }
                50..55 => {
                    // Only its own thread knows of it.
                    if let Ok(session) = node.create(NewSession::new(0)) {
                        drop(node.acquire_or_load(&session));
                        let _maybe_later = node.end(&session);
                    }
                }
                55..60 => _ = self.collection.deliver(),
                _ => drop(node.acquire_or_load(id)),
            }
        }
    }

    fn check(&self) {
        self.collection.faults(|_| Fault::None);
        self.collection.deliver();
        for node in [0, 1, 0, 1] {
            self.nodes[node].refresh().unwrap();
        }
        for known in self.known.lock().unwrap().iter() {
            let id = *known.ids.last().unwrap();
            let op = Op::Load;
            let request = Request { key: HashKey::new(KEY).record_key(id), op };
            let answer = self.collection.apply(&[request]).unwrap();
            let live = matches!(answer.outcomes[0], Ok(Outcome::Live(_)));
            assert!(live || known.excused, "it is lost: {known:?}");
            assert!(!live || !known.ended, "it is back: {known:?}");
            for node in &self.nodes {
                match node.acquire_or_load(id) {
                    Ok(lease) => {
                        assert!(live, "it is live here alone: {known:?}");
                        let data = *lease.data().get();
                        let range = known.changes..=known.changes + known.doubts;
                        assert!(range.contains(&data), "{data} changes: {known:?}");
                    }
                    Err(SharedAcquireError::Unknown | SharedAcquireError::Ended(_)) => {
                        assert!(!live, "it is refused here alone: {known:?}");
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
        for node in &self.nodes {
            let (stats, shared) = (node.store().stats(), node.shared_stats());
            let gone = stats.ended.total() + stats.unloaded;
            assert_eq!(stats.created + stats.loaded - gone, stats.live as u64, "{stats:?}");
            let pending = shared.pending_ends + shared.pending_rotations + shared.pending_touches;
            let under_way = shared.insertions_in_doubt + shared.loads_under_way;
            assert_eq!(pending + under_way, 0, "{shared:?}");
            assert!(stats.live <= SESSIONS, "sessions of nobody: {stats:?}");
        }
        assert!(self.collection.live() <= SESSIONS, "sessions of nobody");
    }
}

#[test]
fn threads_on_two_nodes_agree_after_a_storm() {
    let seed = seed("threads_on_two_nodes_agree_after_a_storm");
    for round in 0..(20 * factor()) as u64 {
        within_a_minute(move || {
            let seed = seed.wrapping_add(round);
            let crowd = Crowd::new(seed);
            thread::scope(|scope| {
                for thread in 0..THREADS as u64 {
                    let (crowd, random) = (&crowd, Random::new(seed ^ thread << 32));
                    scope.spawn(move || crowd.work(random, 400));
                }
            });
            crowd.check();
        });
    }
}
