//! The sessions that a pattern of names has to look at.

use std::hint::black_box;

use super::live_sessions::LiveSessions;
use super::scope::GroupKind;
use crate::groups::Group;
use crate::session::{Context, Names, Record, Seen};
use crate::sync::Arc;

/// A walk through the sessions of the smallest group that names single out, of all where they name
/// none; some of them in each visit.
///
/// It begins at the last and ends at the first. A session that comes off a list has its place taken
/// by the last of the list, so a session that the walk has yet to meet can only come nearer to the
/// first: the walk meets every session that is live from its beginning to its end. It may meet one
/// twice, and newer ones.
pub(crate) struct Walk<'a> {
    group: Option<(GroupKind, &'a str)>,
    /// How many are left.
    left: usize,
}

#[cfg(any(feature = "shared", test))]
impl Walk<'_> {
    /// A walk through all sessions, of those that there are when it begins.
    pub(crate) fn all() -> Self {
        Self { group: None, left: usize::MAX }
    }
}

impl<'a> Walk<'a> {
    pub(crate) fn new<T>(live: &LiveSessions<T>, names: Names<&'a str>) -> Self {
        let group = live.smallest(names);
        let left = group.map_or(live.len(), |group| live.rows(group).len());
        Self { group, left }
    }

    /// The next of them, at most this many. None when the walk has ended.
    pub(crate) fn next<T>(
        &mut self,
        live: &LiveSessions<T>,
        context: &Arc<Context>,
        at_most: usize,
    ) -> Vec<Arc<Record<T>>> {
        let mut next = Vec::with_capacity(at_most.min(self.left));
        self.each(live, context, at_most, |record, _| next.push(Arc::clone(record)));
        next
    }

    /// Looks at the next of them, at most this many, with each as it is seen. Returns whether there
    /// may be more.
    ///
    /// A clone waits for its record to come from memory, and so does a lock. So all records are
    /// read once before: then the processor waits for many of them at a time.
    pub(crate) fn each<T>(
        &mut self,
        live: &LiveSessions<T>,
        context: &Arc<Context>,
        at_most: usize,
        mut look: impl FnMut(&Arc<Record<T>>, Seen),
    ) -> bool {
        let rows = self.group.map(|group| live.rows(group));
        // Some may have gone since.
        let end = self.left.min(rows.map_or(live.len(), <[u32]>::len));
        self.left = end.saturating_sub(at_most);
        let record = |at: usize| &live.records[rows.map_or(at, |rows| rows[at] as usize)];
        let range = self.left..end;
        black_box(range.clone().filter(|at| record(*at).is_live_in(context)).count());
        range.map(record).for_each(|record| look(record, record.word.load()));
        self.left > 0
    }
}

impl<T> LiveSessions<T> {
    /// The sessions of the smallest group that these names single out; all where they name none.
    pub(crate) fn members(&self, names: Names<&str>) -> Vec<Arc<Record<T>>> {
        self.smallest(names).map_or_else(|| self.records.clone(), |group| self.at(self.rows(group)))
    }

    /// The smallest group that these names single out, if they name any.
    fn smallest<'a>(&self, names: Names<&'a str>) -> Option<(GroupKind, &'a str)> {
        let Names { principal, originator, host } = names;
        let kinds = [GroupKind::Principal, GroupKind::Originator, GroupKind::Host];
        let all = kinds.into_iter().zip([principal, originator, host]);
        let groups = all.filter_map(|(kind, name)| Some((kind, name?)));
        groups.min_by_key(|group| self.rows(*group).len())
    }

    fn rows(&self, (kind, name): (GroupKind, &str)) -> &[u32] {
        self.groups[kind].get(name).map_or(&[], Group::rows)
    }

    fn at(&self, rows: &[u32]) -> Vec<Arc<Record<T>>> {
        rows.iter().map(|row| Arc::clone(&self.records[*row as usize])).collect()
    }
}
