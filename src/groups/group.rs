//! The live sessions of one name.

use crate::min_index::{MinIndex, Ranking, shrink};
use crate::session::Label;
use crate::sync::Arc;

/// The live sessions of one principal, originator or host.
///
/// Its members are rows of the store's list, in no order; a session's place among them is its seat.
#[derive(Debug)]
pub(crate) struct Group {
    label: Arc<Label>,
    members: Members,
    /// How many members count under the group's limit: all but the pinned.
    counted: u32,
    /// Whether the group's limit evicts.
    evicts: bool,
}

/// Most groups have one member, in a store that has a million of them.
#[derive(Debug)]
enum Members {
    One(u32),
    Many(Box<Many>),
}

#[derive(Debug)]
struct Many {
    rows: Vec<u32>,
    /// By last active; there is one where the group's limit evicts and it has more than a
    /// [`FEW`](Group::FEW) members.
    ages: Option<MinIndex>,
}

/// How the index of a group ranks its members: by seat, as `ranking` does by row.
struct Seats<'a, R> {
    rows: &'a [u32],
    ranking: &'a R,
}

impl<R: Ranking> Ranking for Seats<'_, R> {
    fn bound(&self, seat: usize) -> u64 {
        self.ranking.bound(self.rows[seat] as usize)
    }

    fn refreshed(&self, seat: usize) -> u64 {
        self.ranking.refreshed(self.rows[seat] as usize)
    }

    fn number(&self, seat: usize) -> u64 {
        self.ranking.number(self.rows[seat] as usize)
    }
}

impl Group {
    /// So many members are looked at one by one, which costs no more than to look at one block of
    /// an index.
    pub(crate) const FEW: usize = 16;

    /// A group with its first member.
    pub(super) fn new(label: &Arc<Label>, evicts: bool, row: u32, counted: bool) -> Self {
        let (label, members) = (Arc::clone(label), Members::One(row));
        Self { label, members, counted: counted.into(), evicts }
    }

    pub(crate) fn label(&self) -> &Arc<Label> {
        &self.label
    }

    pub(crate) fn rows(&self) -> &[u32] {
        match &self.members {
            Members::One(row) => std::slice::from_ref(row),
            Members::Many(many) => &many.rows,
        }
    }

    pub(crate) fn counted(&self) -> usize {
        self.counted as usize
    }

    /// The index of the group, unless it has but a few members.
    pub(crate) fn ages(&self) -> Option<&MinIndex> {
        match &self.members {
            Members::One(_) => None,
            Members::Many(many) => many.ages.as_ref(),
        }
    }

    /// The index of the group, unless it has but a few members, and the members.
    fn ages_mut(&mut self) -> Option<(&mut MinIndex, &[u32])> {
        match &mut self.members {
            Members::One(_) => None,
            Members::Many(many) => Some((many.ages.as_mut()?, &many.rows)),
        }
    }

    /// Adds a member behind the last, and returns its seat.
    pub(super) fn push(&mut self, row: u32, counted: bool, ranking: &impl Ranking) -> usize {
        self.counted += u32::from(counted);
        if let Members::One(first) = self.members {
            self.members = Members::Many(Box::new(Many { rows: vec![first], ages: None }));
        }
        let Members::Many(many) = &mut self.members else { return 0 };
        many.rows.push(row);
        let (rows, seats) = (&many.rows, Seats { rows: &many.rows, ranking });
        if let Some(index) = &mut many.ages {
            index.push(&seats);
        } else if self.evicts && rows.len() > Self::FEW {
            let index = many.ages.insert(MinIndex::default());
            for _ in rows {
                index.push(&seats);
            }
        }
        rows.len() - 1
    }

    /// Removes the member at this seat, puts the last into it, and returns which that is.
    /// The group has another member.
    pub(super) fn swap_remove(&mut self, seat: usize, counted: bool) -> Option<u32> {
        self.counted -= u32::from(counted);
        let Members::Many(many) = &mut self.members else { return None };
        many.rows.swap_remove(seat);
        shrink(&mut many.rows);
        let rows = &many.rows;
        if rows.len() <= Self::FEW / 2 {
            many.ages = None;
        }
        if let Some(index) = &mut many.ages {
            index.swap_remove(seat);
        }
        let moved = rows.get(seat).copied();
        if let [last] = rows[..] {
            self.members = Members::One(last);
        }
        moved
    }

    /// The member at this seat is known by another row from now on, or is another.
    pub(super) fn put(&mut self, seat: usize, row: u32) {
        match &mut self.members {
            Members::One(only) => *only = row,
            Members::Many(many) => many.rows[seat] = row,
        }
    }

    /// Works out the bound of the member at this seat anew.
    pub(super) fn rebound(&mut self, seat: usize, ranking: &impl Ranking) {
        if let Some((index, rows)) = self.ages_mut() {
            index.set(seat, &Seats { rows, ranking });
        }
    }

    /// Works out anew the bounds around this seat, as [`MinIndex::refresh`] does.
    pub(crate) fn refresh(&mut self, seat: usize, height: u32, ranking: &impl Ranking) -> usize {
        self.ages_mut()
            .map_or(1, |(index, rows)| index.refresh(seat, height, &Seats { rows, ranking }))
    }
}
