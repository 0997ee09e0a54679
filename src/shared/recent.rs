//! Ends that the collection has acknowledged of late.
//!
//! A server that fails may lose the last of what it has acknowledged: what it had not written to
//! disk, or sent to its replica. So each node keeps its own ends for a while, and sends them once
//! more when another server has taken over, or this one has restarted.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::pending::PendingEnd;
use crate::collection::RecordKey;
use crate::end::Tombstone;
use crate::tick::Tick;

/// For how long before it was last found running a server may have lost what it acknowledged.
const KEPT: Duration = Duration::from_secs(60);

/// The most ends that are kept. Of more the oldest are forgotten.
const MOST: usize = 50_000;

/// See the [module](self).
#[derive(Default)]
pub(super) struct Recent {
    /// In which run the server was found last, and how often that was another.
    found: Option<u64>,
    run: u64,
    ends: HashMap<RecordKey, PendingEnd>,
    /// When each was acknowledged first, in this order.
    order: VecDeque<(Tick, RecordKey)>,
}

impl Recent {
    /// The number of the server's run, as this node counts.
    pub(super) fn run(&self) -> u64 {
        self.run
    }

    pub(super) fn note(&mut self, end: PendingEnd, now: Tick) {
        let key = end.at;
        // What has ended once does not stay under another id, if it came back and was given one.
        let stays = self.ends.get(&key).map_or(end.stays, |before| before.stays.and(end.stays));
        if self.ends.insert(key, PendingEnd { older: None, unknown: false, stays, ..end }).is_none()
        {
            self.order.push_back((now, key));
        }
        if self.order.len() > MOST {
            self.forget_first();
        }
    }

    /// How a session ended, as far as that is kept: a server that lost it must not bring it back.
    pub(super) fn ended(&self, key: RecordKey) -> Option<Tombstone> {
        self.ends.get(&key).filter(|end| end.stays.is_none())?.tombstone
    }

    /// The server was found in this run. Returns what it may have lost.
    pub(super) fn opened(&mut self, run: u64, now: Tick) -> Vec<PendingEnd> {
        let before = self.found.replace(run);
        // What was told before it was found in any run may have been told in another.
        if before != Some(run) && (before.is_some() || !self.ends.is_empty()) {
            self.run += 1;
            self.order.clear();
            return self.ends.drain().map(|(_, end)| end).collect();
        }
        // What was acknowledged since is kept, whenever that was: until now it was not known that
        // the server still runs.
        while self.order.front().is_some_and(|(at, _)| now.since(*at) > KEPT) {
            self.forget_first();
        }
        Vec::new()
    }

    fn forget_first(&mut self) {
        if let Some((_, key)) = self.order.pop_front() {
            self.ends.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::end::EndReason;
    use crate::id::SessionId;

    fn end(n: u32) -> PendingEnd {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        let id = SessionId::from_bytes(bytes);
        PendingEnd::of(RecordKey::from_bytes(bytes), id, EndReason::LoggedOut)
    }

    fn at(seconds: u64) -> Tick {
        Tick::ZERO.saturating_add(Duration::from_secs(seconds))
    }

    #[test]
    fn ends_since_a_minute_before_the_last_open_are_told_again() {
        let mut recent = Recent::default();
        assert!(recent.opened(1, at(0)).is_empty());
        recent.note(end(1), at(10));
        recent.note(end(2), at(250));
        assert!(recent.opened(1, at(310)).is_empty());
        recent.note(end(3), at(320));
        let mut again: Vec<_> = recent.opened(2, at(900)).iter().map(|end| end.at).collect();
        again.sort_unstable();
        assert_eq!(again, [2, 3].map(|n| end(n).at));
        assert!(recent.opened(1, at(900)).is_empty() && recent.run() == 2);
        recent.note(end(5), at(900));
        assert!(recent.opened(1, at(961)).is_empty());
        assert!(recent.opened(2, at(961)).is_empty());
    }

    #[test]
    fn recent_ends_are_bounded() {
        let mut recent = Recent::default();
        (0..150_000).for_each(|n| recent.note(end(n % 70_000), at(u64::from(n))));
        assert_eq!((recent.ends.len(), recent.order.len()), (MOST, MOST));
        assert!(recent.ends.contains_key(&end(149_999 % 70_000).at));
    }
}
