//! One node.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tenure::collection::{HashKey, MemoryCollection};
use tenure::events::{EventKind, Filter, Subscription};
use tenure::shared::SharedSessions;
use tenure::store::{IdError, IdSource};
use tenure::{EndReason, ManualClock, SessionId, SessionStore, Tick, TrackId};

use super::config::Config;
use super::random::Ids;
use super::tally::{Ages, Done};

/// The most sessions in a node's memory. Beyond that the oldest would be unloaded.
const CAP: usize = 50_000;

pub(super) type Sessions = SharedSessions<String, MemoryCollection>;

/// What all nodes have in common.
pub(super) struct Common {
    pub(super) clock: ManualClock,
    pub(super) collection: MemoryCollection,
    pub(super) config: Config,
    pub(super) ids: Arc<Ids>,
}

/// The same ids for all nodes.
struct Shared(Arc<Ids>);

impl IdSource for Shared {
    fn next_id(&self) -> Result<SessionId, IdError> {
        self.0.next_id()
    }
}

pub(super) struct Node {
    pub(super) sessions: Sessions,
    ends: Subscription,
    refreshes: u64,
    touched: u64,
    heard: u64,
}

/// When, and on which node, the sessions with these names were logged out.
pub(super) type Logouts = HashMap<TrackId, (Tick, usize)>;

impl Common {
    pub(super) fn new(config: Config, clock: ManualClock, collection: MemoryCollection) -> Self {
        let ids = Arc::new(Ids(AtomicU64::new(config.seed)));
        Self { clock, collection, config, ids }
    }

    /// A node with nothing in its memory.
    pub(super) fn node(&self) -> Node {
        let store = SessionStore::builder()
            .clock(self.clock.clone())
            .max_sessions(CAP)
            .idle_timeout(self.config.idle)
            .absolute_timeout(None)
            .track_salt([3; 32])
            .id_source(Shared(Arc::clone(&self.ids)));
        let builder = SharedSessions::builder(self.collection.clone(), HashKey::new([7; 32]));
        let sessions: Sessions = builder.store(store).build().expect("sensible settings");
        let ends = sessions.store().subscribe(Filter::all().kinds([EventKind::Ended]));
        Node { sessions, ends, refreshes: 0, touched: 0, heard: 0 }
    }
}

impl Node {
    /// Reaps and refreshes, and notes when the logouts took place of which this node hears.
    pub(super) fn refresh(&mut self, number: usize, logouts: &Logouts, ages: &mut Ages) {
        let _ = self.sessions.store().reap();
        let report = self.sessions.refresh().expect("the collection does not fail");
        self.refreshes += 1;
        self.touched += report.touched;
        self.heard += report.heard;
        let now = self.sessions.store().now();
        while let Some(event) = self.ends.try_recv().expect("there is room for all of them") {
            let Some(EndReason::LoggedOut) = event.reason() else { continue };
            let track = event.session().expect("it is about one").track_id();
            match logouts.get(&track) {
                Some((_, on)) if *on == number => {}
                Some((at, _)) => ages.add(now.since(*at)),
                None => {}
            }
        }
    }

    /// What it has done since it started.
    pub(super) fn done(&self) -> Done {
        let (stats, shared) = (self.sessions.store().stats(), self.sessions.shared_stats());
        Done {
            created: stats.created,
            loaded: stats.loaded,
            ended: stats.ended.total(),
            unloaded: stats.unloaded,
            left: stats.live as u64,
            asked: shared.loads + shared.loads_ended + shared.loads_missing + shared.loads_failed,
            missed: shared.loads_ended + shared.loads_missing,
            refreshes: self.refreshes,
            touched: self.touched,
            heard: self.heard,
            failures: 0,
        }
    }
}
