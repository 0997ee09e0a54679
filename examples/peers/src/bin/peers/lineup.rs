//! All tables at one number of sessions, alive at once, and the rounds that they run.

use std::time::Duration;

use tenure::SessionId;

use crate::results::Laps;
use peers::batch::Peer;
use peers::random;
use peers::tables::Kind;
use peers::threads;

#[derive(Default)]
pub(crate) struct Lineup {
    pub(crate) sessions: usize,
    pub(crate) entrants: Vec<Entrant>,
}

/// A full table, and ids of its live sessions.
pub(crate) struct Entrant {
    pub(crate) kind: Kind,
    pub(crate) peer: Box<dyn Peer>,
    pub(crate) ids: Vec<SessionId>,
}

impl Lineup {
    pub(crate) fn fill(sessions: usize) -> Self {
        let entrant = |kind: Kind| {
            let peer = kind.build(sessions);
            let ids = peer.fill(sessions);
            Entrant { kind, peer, ids }
        };
        Self { sessions, entrants: Kind::ALL.into_iter().map(entrant).collect() }
    }

    /// Runs a batch on each table in each round; another begins each time. The batch returns what
    /// it measured, or `None` where the table takes no part.
    pub(crate) fn rounds(
        &mut self,
        rounds: usize,
        mut batch: impl FnMut(&mut Entrant, usize) -> Option<f64>,
    ) -> Vec<Laps> {
        let laps = |entrant: &Entrant| Laps { kind: entrant.kind, values: Vec::new() };
        let mut laps: Vec<Laps> = self.entrants.iter().map(laps).collect();
        let tables = self.entrants.len();
        for round in 0..rounds {
            for turn in 0..tables {
                let at = (round + turn) % tables;
                laps[at].values.extend(batch(&mut self.entrants[at], round));
            }
        }
        laps
    }
}

impl Entrant {
    /// Touches every live session once, in random order and by two threads, and forgets the ids of
    /// those that are gone.
    pub(crate) fn touch_all(&mut self, seed: u64) {
        // So that tenure, which skips a touch within a millisecond of the last, skips none.
        std::thread::sleep(Duration::from_millis(2));
        random::shuffle(&mut self.ids, seed);
        let half = self.ids.len().div_ceil(2).max(1);
        let touch = |ids: &[SessionId]| -> Vec<SessionId> {
            ids.iter().copied().filter(|id| self.peer.touch_one(id)).collect()
        };
        let (_, live) = threads::run(self.ids.chunks(half).map(|ids| || touch(ids)).collect());
        self.ids = live.concat();
    }

    /// Brings the number of ids back to `sessions`: the first ones replace those of ended sessions.
    pub(crate) fn top_up(&mut self, sessions: usize) {
        self.ids.truncate(sessions);
        let live = self.ids.len();
        for at in 0..sessions - live {
            self.ids.push(self.ids[at % live]);
        }
    }
}
