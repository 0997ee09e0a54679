//! Who takes the room.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Whether a store evicts more than it should, and who is behind it.
///
/// XenServer's support tool calls for help at more than 30 evictions an hour; a session that was
/// never used after its login is the mark of a client that leaks them.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().max_sessions(10).build()?;
/// for _ in 0..50 {
///     store.create(NewSession::new(()).originator("leaky-script")).unwrap();
/// }
/// let pressure = store.pressure(3);
/// assert!(pressure.alarm && pressure.evictions_last_hour == 40);
/// assert_eq!(pressure.originators.by_evictions[0].name, "leaky-script");
/// assert_eq!(pressure.originators.by_untouched[0].count, 10);
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pressure {
    /// Evictions in the past hour. The hour slides in steps of a minute.
    pub evictions_last_hour: u64,
    /// How many an hour are still in order.
    pub threshold: u32,
    /// Whether there were more than that.
    pub alarm: bool,
    /// The principals that take the most.
    pub principals: Top,
    /// The originators that take the most.
    pub originators: Top,
    /// Live sessions that have no originator to attribute them to.
    pub unattributed: usize,
}

/// The first few names of a kind, by different counts. The highest count comes first, equal ones in
/// the order of their names; a count of zero is left out.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().max_sessions(2).build()?;
/// for user in ["alice", "bob", "bob", "bob"] {
///     store.create(NewSession::new(()).principal(user)).unwrap();
/// }
/// let top = store.pressure(1).principals;
/// assert_eq!((&*top.by_live[0].name, top.by_live[0].count), ("bob", 2));
/// assert_eq!((&*top.by_evictions[0].name, top.by_evictions[0].count), ("alice", 1));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Top {
    /// By live sessions.
    pub by_live: Vec<Ranked>,
    /// By sessions evicted since the store was built. Exact while no more than 256 names were hit;
    /// beyond that a count may be too high, never too low.
    pub by_evictions: Vec<Ranked>,
    /// By live sessions that were never touched after they were created.
    pub by_untouched: Vec<Ranked>,
}

/// A name and its count.
///
/// # Examples
///
/// ```
/// use tenure::{NewSession, SessionStore};
///
/// let store = SessionStore::builder().build()?;
/// for script in ["backup", "monitor", "backup"] {
///     store.create(NewSession::new(()).originator(script)).unwrap();
/// }
/// let ranked = store.pressure(9).originators.by_live;
/// let first = (ranked[0].name.as_str(), ranked[0].count);
/// assert_eq!((ranked.len(), first), (2, ("backup", 2)));
/// # Ok::<(), tenure::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Ranked {
    /// The name of the principal or the originator.
    pub name: String,
    /// How many.
    pub count: u64,
}

/// The `top` highest of these counts.
pub(crate) fn rank<'a>(top: usize, counts: impl Iterator<Item = (&'a str, u64)>) -> Vec<Ranked> {
    let mut heap = BinaryHeap::new();
    for (name, count) in counts.filter(|(_, count)| *count > 0) {
        // The worst is on top of the heap and goes first.
        heap.push((Reverse(count), name));
        if heap.len() > top {
            heap.pop();
        }
    }
    let ranked = |(Reverse(count), name): (Reverse<u64>, &str)| Ranked { name: name.into(), count };
    heap.into_sorted_vec().into_iter().map(ranked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_come_first_and_equals_by_name() {
        let counts = [("d", 1), ("b", 7), ("c", 7), ("a", 3), ("zero", 0)];
        let names = |top| -> Vec<String> {
            rank(top, counts.into_iter()).into_iter().map(|ranked| ranked.name).collect()
        };
        assert_eq!(names(2), ["b", "c"]);
        assert_eq!(names(9), ["b", "c", "a", "d"]);
        assert!(names(0).is_empty());
    }
}
