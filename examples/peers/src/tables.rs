//! The tables that are put side by side: one small adapter each.
//!
//! All of them have `tenure::SessionId` for a key, drawn from the operating system at each
//! creation, and std's `RandomState` for a hasher. A table that does not record itself when a
//! session was last active reads the clock and stores the time in the record, as a session table
//! must; moka and mini-moka keep that time for their idle timeout, so their adapters do not do it a
//! second time.

mod floor;
mod lru_mutex;
mod mini_moka;
mod moka;
mod mutex_hashmap;
mod papaya;
mod quick_cache;
mod tenure;
mod tower_sessions;

pub use self::floor::Floor;
pub use self::lru_mutex::LruMutex;
pub use self::mini_moka::MiniMoka;
pub use self::moka::Moka;
pub use self::mutex_hashmap::MutexHashMap;
pub use self::papaya::Papaya;
pub use self::quick_cache::QuickCache;
pub use self::tenure::Tenure;
pub use self::tower_sessions::TowerSessions;

use super::batch::Peer;
use super::table::{Abilities, Table};

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Tenure,
    Floor,
    Papaya,
    Moka,
    MokaLru,
    MiniMoka,
    QuickCache,
    LruMutex,
    MutexHashMap,
    TowerSessions,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::Tenure,
        Self::Floor,
        Self::Papaya,
        Self::Moka,
        Self::MokaLru,
        Self::MiniMoka,
        Self::QuickCache,
        Self::LruMutex,
        Self::MutexHashMap,
        Self::TowerSessions,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Tenure => "tenure",
            Self::Floor => "floor (dashmap)",
            Self::Papaya => "floor (papaya)",
            Self::Moka => "moka",
            Self::MokaLru => "moka lru",
            Self::MiniMoka => "mini-moka",
            Self::QuickCache => "quick_cache",
            Self::LruMutex => "lru + mutex",
            Self::MutexHashMap => "mutex + hashmap",
            Self::TowerSessions => "tower-sessions",
        }
    }

    pub const fn abilities(self) -> Abilities {
        match self {
            Self::Tenure => Tenure::ABILITIES,
            Self::Floor => Floor::ABILITIES,
            Self::Papaya => Papaya::ABILITIES,
            Self::Moka => Moka::<false>::ABILITIES,
            Self::MokaLru => Moka::<true>::ABILITIES,
            Self::MiniMoka => MiniMoka::ABILITIES,
            Self::QuickCache => QuickCache::ABILITIES,
            Self::LruMutex => LruMutex::ABILITIES,
            Self::MutexHashMap => MutexHashMap::ABILITIES,
            Self::TowerSessions => TowerSessions::ABILITIES,
        }
    }

    /// An empty table of at most `cap` sessions, where it takes a cap.
    pub fn build(self, cap: usize) -> Box<dyn Peer> {
        match self {
            Self::Tenure => Box::new(Tenure::new(cap)),
            Self::Floor => Box::new(Floor::new()),
            Self::Papaya => Box::new(Papaya::new()),
            Self::Moka => Box::new(Moka::<false>::new(cap)),
            Self::MokaLru => Box::new(Moka::<true>::new(cap)),
            Self::MiniMoka => Box::new(MiniMoka::new(cap)),
            Self::QuickCache => Box::new(QuickCache::new(cap)),
            Self::LruMutex => Box::new(LruMutex::new(cap)),
            Self::MutexHashMap => Box::new(MutexHashMap::new(cap)),
            Self::TowerSessions => Box::new(TowerSessions::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;
    use crate::table::Evicts;

    const CAP: usize = 1_000;

    #[test]
    fn peers_find_their_sessions_and_evict_as_their_abilities_say() {
        for kind in Kind::ALL {
            let (name, peer) = (kind.name(), kind.build(CAP));
            let ids = peer.fill(CAP);
            assert_eq!(ids.len(), CAP, "{name}");
            let places = random::shuffled(CAP, random::SEED);
            assert_eq!(peer.touch_each(&ids, &places), 0, "{name}");
            assert_eq!(peer.lease_each(&ids, &places), 0, "{name}");

            let mut created = Vec::new();
            peer.create_each(CAP, &mut created);
            peer.settle();
            let refused = CAP - created.len();
            let evicts = kind.abilities().evicts;
            assert_eq!(refused, if evicts == Evicts::Refuses { CAP } else { 0 }, "{name}");
            let expected = if evicts == Evicts::No { 2 * CAP } else { CAP };
            assert!(peer.len() <= expected, "{name} has {} sessions", peer.len());
            if evicts == Evicts::Oldest {
                assert_eq!(
                    peer.touch_each(&ids, &places),
                    CAP,
                    "{name}: all the old ones are gone"
                );
                assert!(
                    created.iter().all(|id| peer.touch_one(id)),
                    "{name}: the new ones are there"
                );
            }
        }
    }
}
